"""Submissions as they came in at forms and inbound addresses; those that no lead came of are looked at here."""

from __future__ import annotations

import json
import re
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.db.models.functions import Substr
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.views.decorators.http import require_POST
from unfold.contrib.filters.admin import ChoicesDropdownFilter, RangeDateTimeFilter, RelatedDropdownFilter
from unfold.decorators import display
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from reps.admin_base import RecordAdmin
from reps.admin_choices import KEY
from reps.admin_display import NOTHING, badge, moment, quiet, two_lines
from reps.admin_fields import LinesWidget
from routing.admin.base import received_at, user_of
from routing.admin.bulk import ActsOnMany
from routing.admin.bulk.records import SUBMISSION_ACTS
from routing.admin.line_fields import FactsField
from routing.intake import InvalidLead
from routing.intake.bodies import files_of
from routing.models import Lead, Submission
from routing.services.access import ROUTE_LEADS, SEE_ALL_LEADS
from routing.services.inbound.review import suggested_facts
from routing.services.submissions.review import NotToReview, discard, make_lead

TONES = {
    Submission.Status.RECEIVED: "blue",
    Submission.Status.ACCEPTED: "green",
    Submission.Status.INVALID: "red",
    Submission.Status.DISCARDED: "neutral",
}
ASKED = {
    "email": ("E-mail address", "Where the lead can be written to. A lead needs this or a phone number."),
    "phone": (
        "Phone number",
        "With its country code, such as +49 30 901820, or as it is dialled in the country below.",
    ),
    "first_name": ("First name", "What alerts and mails call the person. Empty: not known."),
    "last_name": ("Last name", "The family name, without titles. Empty: not known."),
    "company": ("Company", "As the person wrote it; it helps to find the account. Empty: not known."),
    "country": ("Country", "A code such as DE, or a name. Empty: concluded from other facts where they show it."),
}
"""The most important facts: what each is called, and what stands there."""
LONGEST_RAW = 200_000
BEGINNING = 4_000
LAST = 5
SOME_ADDRESS = re.compile(r"[^\s\"\\,:]{1,64}@[^\s\"\\,:]{1,200}")
"""What people know it by, whether it is right or not."""
DONE_ALREADY = "It became a lead already."


class LookFilter(admin.SimpleListFilter):
    title, parameter_name = "to look at", "look"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("waiting", "Nobody has looked at it yet"), ("review", "Its lead waits in review")]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        if self.value() == "waiting":
            return queryset.to_review()
        return queryset.filter(lead__status=Lead.Status.QUARANTINED) if self.value() == "review" else queryset


class LeadForm(forms.Form):
    """The facts of the lead that it is to become."""

    kind = forms.ChoiceField(
        choices=Lead.Kind.choices,
        widget=UnfoldAdminSelectWidget(),
        help_text="What the person asked for; rules can ask for it.",
    )
    message = forms.CharField(
        required=False,
        max_length=50_000,
        widget=LinesWidget(),
        help_text="What the person wrote; the rep reads it in the alert. Empty: nothing.",
    )
    facts = FactsField(label="Further facts", help_text="One a line: job_title: CTO, or attributes.plan: large.")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        own = {
            name: forms.CharField(
                label=label, required=False, max_length=300, help_text=hint, widget=UnfoldAdminTextInputWidget()
            )
            for name, (label, hint) in ASKED.items()
        }
        self.fields = own | self.fields  # type: ignore[assignment]  # the most important first

    def facts_of_it(self) -> dict[str, Any]:
        given = {name: self.cleaned_data[name] for name in (*ASKED, "kind", "message")}
        return self.cleaned_data["facts"] | {name: value for name, value in given.items() if value}


@admin.register(Submission)
class SubmissionAdmin(ActsOnMany, RecordAdmin):
    list_display = ["what", "door", "state", "wrong", "arrived"]
    list_display_links = ["what"]
    list_select_related = ["form", "inbound", "lead", "reviewed_by"]
    list_filter = [
        LookFilter,
        ("status", ChoicesDropdownFilter),
        ("form", RelatedDropdownFilter),
        ("inbound", RelatedDropdownFilter),
        ("received_at", RangeDateTimeFilter),
    ]
    search_fields = ["lead__email", "key", "raw"]
    search_help_text = "Text in what was sent"
    bulk = SUBMISSION_ACTS
    change_form_outer_before_template = "admin/routing/submission_doing.html"
    empty_hint = "What visitors send with forms, and programs to inbound addresses, appears here as it came."
    publishing_note = "Kept as it came, before anything is checked. What could not become a lead waits here for you."
    fields = [("what", "state"), ("door", "arrived"), ("attempts", "page"), "wrong", "looked_at", "sent"]
    readonly_fields = ["what", "door", "state", "wrong", "arrived", "looked_at", "sent"]

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Everybody's leads are in it."""
        return super().has_view_permission(request, obj) and request.user.has_perm(SEE_ALL_LEADS)

    def has_route_leads_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm(ROUTE_LEADS)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Submission]:
        """A list needs only how they begin."""
        rows: QuerySet[Submission] = super().get_queryset(request)
        return rows.defer("raw").annotate(start=Substr("raw", 1, BEGINNING))

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any) -> Any:
        row = kwargs.get("obj")
        open_ = row is not None and row.lead_id is None
        context |= {"submission": row, "may_do": open_ and self.has_route_leads_permission(request)}
        return super().render_change_form(request, context, *args, **kwargs)

    # --- what can be done ---------------------------------------------------------------------------------------

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view
        return [
            path("<int:key>/lead/", view(self.lead_view), name="routing_submission_lead"),
            path("<int:key>/discard/", view(require_POST(self.discard_view)), name="routing_submission_discard"),
            *super().get_urls(),
        ]

    def lead_view(self, request: HttpRequest, key: int) -> HttpResponse:
        """GET shows what is known, POST makes the lead."""
        row = self._row(request, key)
        form = LeadForm(request.POST or None, initial=_initial(suggested_facts(row)))
        if request.method == "POST" and form.is_valid():
            try:
                lead = make_lead(row, form.facts_of_it(), user_of(request), received_at(request))
            except InvalidLead as invalid:
                _tell(form, invalid)
            except NotToReview:
                form.add_error(None, DONE_ALREADY)
            else:
                messages.success(request, "It is a lead now, and is being routed.")
                return HttpResponseRedirect(reverse("admin:routing_lead_change", args=[lead.pk]))
        context = {
            **self.admin_site.each_context(request),
            "title": f"Make a lead of it: {row}",
            "hint": "Correct what was wrong. What was sent stays as it came.",
            "warnings": [f"{name}: {' '.join(texts)}" if name else " ".join(texts) for name, texts in _errors(row)],
            "form": form,
            "button": "Make a lead of it",
            "back": reverse("admin:routing_submission_change", args=[row.pk]),
        }
        return TemplateResponse(request, "admin/routing/ask.html", context)

    def discard_view(self, request: HttpRequest, key: int) -> HttpResponse:
        row = self._row(request, key)
        try:
            discard(row, user_of(request), received_at(request))
        except NotToReview:
            messages.info(request, DONE_ALREADY)
        else:
            messages.success(request, "Discarded. It stays in this list.")
        return HttpResponseRedirect(reverse("admin:routing_submission_changelist"))

    def _row(self, request: HttpRequest, key: int) -> Submission:
        row: Submission | None = self.get_object(request, str(key)) if KEY.fullmatch(str(key)) else None
        if row is None:
            raise Http404("There is no such submission.")
        if not (self.has_view_permission(request) and self.has_route_leads_permission(request)):
            raise PermissionDenied
        return row

    # --- what is shown ------------------------------------------------------------------------------------------

    @display(description="submission")
    def what(self, row: Any) -> SafeString | str:
        if row.lead is not None:
            return str(row.lead)
        found = SOME_ADDRESS.search(row.start)
        start = found[0] if found else row.start
        return format_html('<span class="lr-break">{}</span>', quiet(start[:60] + ("…" if len(start) > 60 else "")))

    @display(description="came in at")
    def door(self, row: Submission) -> SafeString:
        return two_lines(row.form or row.inbound, "form" if row.form_id else "inbound address")

    @display(description="state", ordering="status")
    def state(self, row: Submission) -> SafeString:
        shown = badge(row.get_status_display(), TONES.get(Submission.Status(row.status), "neutral"))
        if row.lead is None:
            return shown
        address = reverse("admin:routing_lead_change", args=[row.lead_id])
        return format_html('<a href="{}">{}</a>', address, shown)

    @display(description="what is wrong")
    def wrong(self, row: Submission) -> SafeString:
        said = _errors(row)
        if not said:
            return NOTHING
        lines = ((f"{name}: " if name else "", " ".join(texts)) for name, texts in said)
        return format_html('<div class="lr-break">{}</div>', format_html_join("", "<div>{}{}</div>", lines))

    @display(description="arrived", ordering="received_at")
    def arrived(self, row: Any) -> SafeString:
        return moment(row.received_at, row.seen_at)

    @display(description="looked at by")
    def looked_at(self, row: Any) -> SafeString:
        if row.reviewed_at is None:
            return quiet("nobody yet") if row.lead_id is None else NOTHING
        return two_lines(row.reviewed_by or "somebody who is gone", moment(row.reviewed_at, row.seen_at))

    @display(description="what was sent")
    def sent(self, row: Submission) -> SafeString:
        if (pairs := _pairs(row.raw)) is not None:
            rows = format_html_join("", "<div><dt>{}</dt><dd>{}</dd></div>", pairs)
            return format_html('<dl class="lr-facts">{}</dl>', rows)
        return format_html('<pre class="lr-text lr-mono">{}</pre>', _readable(row.raw))


def last_submissions(request: HttpRequest, **door: Any) -> list[dict[str, Any]]:
    """What came in last at a form or an inbound address, for whoever may see everybody's leads."""
    if not request.user.has_perm(SEE_ALL_LEADS):
        return []
    rows = Submission.objects.filter(**door).select_related("lead").defer("raw", "errors")[:LAST]
    return [
        {
            "who": row.lead or "no lead",
            "url": reverse("admin:routing_submission_change", args=[row.pk]),
            "state": badge(row.get_status_display(), TONES.get(Submission.Status(row.status), "neutral")),
            "when": moment(row.received_at, received_at(request)),
        }
        for row in rows
    ]


def _errors(row: Submission) -> list[tuple[str, list[str]]]:
    """As they are kept; a damaged row has none."""
    found = row.errors if isinstance(row.errors, dict) else {}
    return [(str(name), [str(text) for text in texts]) for name, texts in found.items() if isinstance(texts, list)]


def _pairs(raw: str) -> list[tuple[str, str]] | None:
    """Of the fields of a form, their names and values; None for anything else."""
    try:
        rows = json.loads(raw[:LONGEST_RAW])
    except (ValueError, RecursionError):
        return None
    if not isinstance(rows, list) or not all(isinstance(row, list) and len(row) in (2, 3) for row in rows):
        return None
    files = [(file.field, f"the file “{file.name}”, {file.size} bytes, not kept") for file in files_of(rows)]
    return [(str(row[0]), str(row[1])) for row in rows if len(row) == 2] + files


def _readable(raw: str) -> str:
    try:
        return json.dumps(json.loads(raw), ensure_ascii=False, indent=2)[:LONGEST_RAW]
    except (ValueError, RecursionError):
        return raw[:LONGEST_RAW]


def _initial(facts: dict[str, Any]) -> dict[str, Any]:
    own = {name: facts[name] for name in (*ASKED, "kind", "message") if name in facts}
    return own | {"facts": {name: value for name, value in facts.items() if name not in own}}


def _tell(form: LeadForm, invalid: InvalidLead) -> None:
    for name, texts in invalid.errors.items():
        place = name if name in form.fields else "facts"
        form.add_error(place, texts if place == name else [f"{name}: {text}" for text in texts])
