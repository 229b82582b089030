"""Inbound addresses: their key, shown once; where in bodies of other programs a lead's fields stand; trying it out."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.views.decorators.http import require_POST
from unfold.contrib.filters.admin import BooleanRadioFilter, ChoicesDropdownFilter
from unfold.decorators import display

from reps.admin_base import HistoryAdmin
from reps.admin_choices import KEY
from reps.admin_display import badge, moment, quiet, two_lines
from routing.admin.base import Guarded, GuardedPage, note_named
from routing.admin.inbound_test import test_context
from routing.admin.mapping_form import MappingField
from routing.admin.secrets import KEPT, SecretField
from routing.admin.submissions import last_submissions
from routing.models import InboundAddress, Submission
from routing.rulebook.config.inbound import KEYS, wrong_with_inbound
from routing.services.access import SEE_ALL_LEADS
from routing.services.inbound.addresses import NewAddress, fresh_key, new_key, path_of
from routing.services.inbound.presets import inbound_presets

SHOWN_ONCE = (
    "Copy the address of “{}” now, it is not shown again: <code>{}</code> Whoever has it can send in leads. "
    "Its key, for senders that ask for a verify token: <code>{}</code>"
)


class InboundForm(Guarded, forms.ModelForm):
    mapping = MappingField(
        label="Where it stands",
        help_text="One row for each field of the lead, in any order. Of several rows of one field the first that "
        "gives something counts. What no row names becomes an attribute of the lead by its own name; a row for "
        "“unwanted” names what shall not.",
    )
    secret = SecretField(label="Secret", help_text=f"With which bodies are signed. {KEPT}")

    class Meta:
        model = InboundAddress
        fields = ["name", "active", "kind", "source", "campaign", "mapping", "minute_limit", "signature",
                  "signature_header"]  # fmt: skip
        help_texts = {
            "name": "Which program sends here, such as Typeform; for people.",
            "source": "Where its leads come from, as rules and reports know it, such as facebook. Empty: none.",
            "campaign": "What brought its leads, as rules and reports know it. Empty: none.",
            "kind": "What its new leads ask for, where a body says nothing else.",
            "active": "An inactive address answers as if it were not there, and takes nothing in.",
            "signature": "How the sender writes the signature of a body. Empty: none is checked.",
            "signature_header": "In which header the signature comes, such as X-Hub-Signature-256.",
        }

    def clean(self) -> Any:
        values = super().clean()
        given = {name: self.cleaned_data[name] for name in KEYS if name in self.cleaned_data}
        for error in wrong_with_inbound(given | {"mapping": {}}):
            if error.path in self.fields and error.path not in self.errors and error.path != "name":
                self.add_error(error.path, error.message[:1].upper() + error.message[1:])
        secret = self.cleaned_data.get("secret") or self.instance.signature_secret
        if self.cleaned_data.get("signature") and not secret:
            self.add_error("secret", "A signature needs its secret.")
        return values


@admin.register(InboundAddress)
class InboundAddressAdmin(GuardedPage, HistoryAdmin):
    form = InboundForm
    list_display = ["address", "state", "leads_of_it", "to_review", "used"]
    list_display_links = ["address"]
    list_filter = [("active", BooleanRadioFilter), ("kind", ChoicesDropdownFilter)]
    search_fields = ["name", "source", "prefix"]
    change_form_before_template = "admin/routing/inbound_links.html"
    change_form_outer_after_template = "admin/routing/inbound_after.html"
    empty_hint = "Programs that cannot change what they send (form builders, ad platforms) send it to an address here."
    publishing_note = "Its key is shown once, when it is made."
    fieldsets = [
        (None, {"fields": [("name", "active"), ("kind", "source"), "campaign", "mapping"]}),
        (
            "Limit and signature",
            {
                "fields": ["minute_limit", ("signature", "signature_header"), "secret"],
                "classes": ["collapse"],
            },
        ),
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[InboundAddress]:
        rows: QuerySet[InboundAddress] = super().get_queryset(request)
        review = Q(submissions__status=Submission.Status.INVALID, submissions__reviewed_at=None)
        accepted = Q(submissions__status=Submission.Status.ACCEPTED)
        return rows.annotate(
            lead_count=Count("submissions", filter=accepted), review_count=Count("submissions", filter=review)
        )

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """From the preset that the address names."""
        preset = inbound_presets().get(request.GET.get("preset", ""))
        if preset is None:
            return super().get_changeform_initial_data(request)
        return {"name": preset.name, "kind": preset.kind, "source": preset.source, "mapping": dict(preset.mapping)}

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any) -> Any:
        row = kwargs.get("obj")
        chosen = inbound_presets().get(request.GET.get("preset", ""))
        context |= {
            "presets": list(inbound_presets().values()) if row is None else [],
            "preset": chosen if row is None else None,
            "inbound": row,
            "last": last_submissions(request, inbound=row) if row is not None else [],
            "may_change": row is not None and self.has_change_permission(request, row),
            "may_test": request.user.has_perm(SEE_ALL_LEADS),
        }
        return super().render_change_form(request, context, *args, **kwargs)

    def save_model(self, request: HttpRequest, obj: InboundAddress, form: Any, change: bool) -> None:
        if secret := form.cleaned_data.get("secret"):
            obj.signature_secret = secret
        fresh = None if change else fresh_key()
        if fresh:
            obj.prefix, obj.digest = fresh.columns["prefix"], fresh.columns["digest"]
        super().save_model(request, obj, form, change)
        note_named(request, "inbound.changed" if change else "inbound.made", obj)
        if fresh:
            self._show(request, NewAddress(obj, fresh.key))

    def delete_model(self, request: HttpRequest, obj: InboundAddress) -> None:
        note_named(request, "inbound.deleted", obj)
        super().delete_model(request, obj)

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view
        return [
            path("<int:key>/test/", view(self.test_view), name="routing_inboundaddress_test"),
            path("<int:key>/key/", view(require_POST(self.key_view)), name="routing_inboundaddress_key"),
            *super().get_urls(),
        ]

    def test_view(self, request: HttpRequest, key: int) -> HttpResponse:
        """What a body would become. Writes nothing."""
        address = self._address(request, key)
        if not (self.has_view_permission(request, address) and request.user.has_perm(SEE_ALL_LEADS)):
            raise PermissionDenied
        context = {
            **self.admin_site.each_context(request),
            "title": f"Try out: {address.name}",
            **test_context(request, address),
        }
        return TemplateResponse(request, "admin/routing/inbound_test.html", context)

    def key_view(self, request: HttpRequest, key: int) -> HttpResponse:
        address = self._address(request, key)
        if not self.has_change_permission(request, address):
            raise PermissionDenied
        self._show(request, new_key(address=address))
        note_named(request, "inbound.key_exchanged", address)
        return HttpResponseRedirect(reverse("admin:routing_inboundaddress_change", args=[address.pk]))

    def _address(self, request: HttpRequest, key: int) -> InboundAddress:
        address: InboundAddress | None = self.get_object(request, str(key)) if KEY.fullmatch(str(key)) else None
        if address is None:
            raise Http404("There is no such inbound address.")
        return address

    def _show(self, request: HttpRequest, fresh: NewAddress) -> None:
        url = request.build_absolute_uri(path_of(fresh.key))
        messages.warning(request, format_html(SHOWN_ONCE, fresh.address.name, url, fresh.key))

    @display(description="address", ordering="name")
    def address(self, row: InboundAddress) -> SafeString:
        return two_lines(row.name, format_html("/in/{}…", row.prefix))

    @display(description="state", ordering="active")
    def state(self, row: InboundAddress) -> SafeString:
        return badge("On", "green") if row.active else badge("Off", "neutral")

    @display(description="leads", ordering="lead_count")
    def leads_of_it(self, row: Any) -> int:
        return int(row.lead_count)

    @display(description="to look at", ordering="review_count")
    def to_review(self, row: Any) -> SafeString | int:
        if not row.review_count:
            return 0
        address = f"{reverse('admin:routing_submission_changelist')}?inbound__id__exact={row.pk}&look=waiting"
        return format_html('<a href="{}">{}</a>', address, badge(str(row.review_count), "red"))

    @display(description="last used", ordering="last_used_at")
    def used(self, row: Any) -> SafeString:
        return moment(row.last_used_at, row.seen_at) if row.last_used_at else quiet("never")
