"""The page that asks before something is done with many rows, and what is told afterwards."""

from __future__ import annotations

from functools import partial
from typing import Any, ClassVar

from django.contrib import messages
from django.contrib.admin.options import IS_POPUP_VAR
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.forms import Form
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from unfold.widgets import UnfoldBooleanWidget

from routing.admin.bulk.act import BulkAct, Doing
from routing.admin.bulk.chosen import ROWS, SPARED, Sorted, read, sort, written
from routing.admin.bulk.doing import do_each
from routing.engine.counting import counted

ACT = "bulk_act"
NAMED = 5
"""So many rows of each reason are named in what is told afterwards; the page before names more."""
LISTED = 100


class ActsOnMany:
    """A list with such acts. They stand among its actions; choosing one leads to its page."""

    bulk: ClassVar[tuple[BulkAct, ...]] = ()
    noun: ClassVar[tuple[str, str]]
    opts: Any
    admin_site: Any

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        actions: dict[str, Any] = super().get_actions(request)  # type: ignore[misc]  # a page follows
        if IS_POPUP_VAR in request.GET:
            return actions
        own = {act.name: (partial(_ask, act=act), act.name, act.title) for act in self.bulk if act.may(request)}
        return own | actions

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        if request.method == "POST" and ACT in request.POST:
            return self.confirmed(request)
        response: HttpResponse = super().changelist_view(request, extra_context)  # type: ignore[misc]
        return response

    def confirmed(self, request: HttpRequest) -> HttpResponse:
        """Do what was asked for on the page of an act, or show the page again with what is wrong."""
        act = next((act for act in self.bulk if act.name == request.POST[ACT]), None)
        if act is None:
            raise Http404("There is no such action.")
        if not (self.has_view_or_change_permission(request) and act.may(request)):  # type: ignore[attr-defined]
            raise PermissionDenied
        states = read(request, most=act.most)
        rows = self.rows(request, list(states))
        form = act.form(request.POST)
        if not form.is_valid():
            return self.asked(request, act, rows, form)
        found = do_each(act, rows, states, Doing(form.cleaned_data, request), spared=SPARED in request.POST)
        self.tell(request, act, found)
        return HttpResponseRedirect(request.get_full_path())

    def rows(self, request: HttpRequest, keys: list[int]) -> list[Any]:
        """Those of the rows that the viewer may see, as they are now."""
        chosen: QuerySet[Any] = self.get_queryset(request).filter(pk__in=keys)  # type: ignore[attr-defined]
        return list(chosen.order_by("pk"))

    def label(self, row: Any) -> str:
        """What a row is called."""
        return str(row)

    # --- the question -----------------------------------------------------------------------------------------------

    def asked(self, request: HttpRequest, act: BulkAct, rows: list[Any], form: Form) -> HttpResponse:
        found = sort(act, rows)
        count, spared = len(found.applies), sum(map(len, found.spared.values()))
        context = {
            **self.admin_site.each_context(request),
            "title": act.button.format(self.counted(count or spared)),
            "button": act.button.format("them" if spared else self.counted(count)),
            "working": f"Working on {'them' if spared else self.counted(count)}: this can take some seconds.",
            "act": act,
            "form": form,
            "chosen": self.counted(len(rows)),
            "count": count,
            "spared_count": spared,
            "applies": self.listed(found.applies),
            "left": self.by_reason(found.left),
            "spared": self.by_reason(found.spared),
            "spared_box": UnfoldBooleanWidget({"id": "bulk-spared"}).render(SPARED, SPARED in request.POST),
            "names": {"act": ACT, "rows": ROWS},
            "rows": written(rows, act.state),
            "back": request.get_full_path(),
        }
        return TemplateResponse(request, "admin/routing/bulk.html", context)

    def by_reason(self, found: dict[str, list[Any]]) -> list[tuple[str, dict[str, Any]]]:
        """Each reason, as the end of a sentence, with the rows that it holds for."""
        return [(f"{why[:1].lower()}{why[1:]}", self.listed(rows)) for why, rows in found.items()]

    def listed(self, rows: list[Any]) -> dict[str, Any]:
        """Links to the first of them, and how many more there are."""
        links = [self.link(row) for row in rows[:LISTED]]
        return {"count": len(rows), "links": links, "more": max(0, len(rows) - LISTED)}

    def link(self, row: Any) -> SafeString:
        address = reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_change", args=[row.pk])
        return format_html('<a class="lr-link" href="{}">{}</a>', address, self.label(row))

    def counted(self, number: int) -> str:
        one, many = self.noun if self.noun[0] else (self.opts.verbose_name, self.opts.verbose_name_plural)
        return counted(number, str(one), str(many))

    # --- what came of it --------------------------------------------------------------------------------------------

    def tell(self, request: HttpRequest, act: BulkAct, found: Sorted) -> None:
        if found.applies:
            messages.success(request, found.told or f"{self.counted(len(found.applies))} {act.done}.")
        if found.left:
            total = sum(map(len, found.left.values()))
            verb = "stays as it is" if total == 1 else "stay as they are"
            why = format_html_join(
                " ", "{}: {}.", ((why.rstrip("."), self.named(rows)) for why, rows in found.left.items())
            )
            messages.warning(request, format_html("{} {}. {}", self.counted(total), verb, why))
        if not (found.applies or found.left):
            messages.info(request, "Nothing was done: what you had chosen is no longer here.")

    def named(self, rows: list[Any]) -> SafeString:
        links = format_html_join(", ", "{}", ((self.link(row),) for row in rows[:NAMED]))
        return format_html("{} and {} more", links, len(rows) - NAMED) if len(rows) > NAMED else links


def _ask(page: Any, request: HttpRequest, queryset: QuerySet[Any], *, act: BulkAct) -> HttpResponse | None:
    """From the list to the page of the act, unless too many were chosen."""
    keys = list(dict.fromkeys(queryset.order_by().values_list("pk", flat=True)[: act.most + 1]))
    if len(keys) > act.most:
        messages.error(
            request, f"These are more than {page.counted(act.most)}: nothing was done. Choose at most {act.most:,} "
            "at a time: filter the list further, or tick them page by page.",
        )  # fmt: skip
        return None
    answer: HttpResponse = page.asked(request, act, page.rows(request, keys), act.form())
    return answer
