"""Outgoing webhooks and their deliveries: make, test, pause, exchange the secret, send again what was given up."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import Count, Max, Q, QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold.contrib.filters.admin import BooleanRadioFilter, ChoicesDropdownFilter, RelatedDropdownFilter
from unfold.decorators import display
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget, UnfoldAdminURLInputWidget

from reps.admin_base import CheckedForm, DeskAdmin, RecordAdmin
from reps.admin_display import NOTHING, badge, moment, quiet, two_lines
from routing.admin.bulk import ActsOnMany
from routing.admin.bulk.connections import DELIVERY_ACTS, SHOWN_ONCE, WEBHOOK_ACTS
from routing.admin.labels import MESSAGE_TONES
from routing.models import Webhook, WebhookDelivery, WebhookEvent
from routing.services.access import SEE_ALL_LEADS
from routing.services.webhooks.manage import change_webhook, make_webhook, wrong_with


class WebhookForm(CheckedForm):
    url = forms.URLField(
        label="Address",
        max_length=500,
        assume_scheme="https",
        widget=UnfoldAdminURLInputWidget(),
        help_text="Https, and reachable from here. It gets a signed POST for each event.",
    )
    events = forms.MultipleChoiceField(
        label="Told of",
        choices=[(value, f"{label} ({value})") for value, label in WebhookEvent.choices],
        widget=UnfoldAdminCheckboxSelectMultipleWidget(),
        required=False,
        help_text="Of which events it is told. None ticked: of all.",
    )

    class Meta:
        model = Webhook
        fields = ["name", "url", "events", "active"]
        help_texts = {
            "name": "Which program is told, such as CRM; for people.",
            "active": "While it is off nothing is sent, and what happens meanwhile is not told later.",
        }

    def clean_url(self) -> str:
        url: str = self.cleaned_data["url"]
        if errors := wrong_with(url=url, events=()):
            raise forms.ValidationError(errors["url"])
        return url


@admin.register(Webhook)
class WebhookAdmin(ActsOnMany, DeskAdmin):
    form = WebhookForm
    list_display = ["webhook", "told_of", "state", "last", "waiting", "given_up"]
    list_display_links = ["webhook"]
    list_filter = [("active", BooleanRadioFilter)]
    search_fields = ["name", "url"]
    bulk = WEBHOOK_ACTS
    fields = [("name", "active"), "url", "events"]
    empty_hint = "Another program that is to know at once who owns a lead is told by a webhook."
    publishing_note = "Signed as Standard Webhooks says. The secret is shown once, when the webhook is made."

    def get_queryset(self, request: HttpRequest) -> QuerySet[Webhook]:
        hooks: QuerySet[Webhook] = super().get_queryset(request)
        return hooks.annotate(
            last_at=Max("deliveries__done_at", filter=Q(deliveries__result=WebhookDelivery.Result.SENT)),
            waiting_count=Count("deliveries", filter=Q(deliveries__done_at=None)),
            dead_count=Count("deliveries", filter=Q(deliveries__result=WebhookDelivery.Result.FAILED)),
        )

    def save_model(self, request: HttpRequest, obj: Webhook, form: Any, change: bool) -> None:
        values = form.cleaned_data
        if change:
            change_webhook(hook=obj, changes=values)
            return
        made = make_webhook(name=values["name"], url=values["url"], events=values["events"], active=values["active"])
        obj.pk = made.pk
        messages.warning(request, format_html(SHOWN_ONCE, "secret of", made.name, made.secret, ""))

    @display(description="webhook", ordering="name")
    def webhook(self, hook: Webhook) -> SafeString:
        return two_lines(hook.name, hook.url)

    @display(description="told of")
    def told_of(self, hook: Webhook) -> str:
        return ", ".join(hook.events) or "everything"

    @display(description="state", ordering="active")
    def state(self, hook: Webhook) -> SafeString:
        if hook.active:
            return badge("On", "green")
        return badge("Switched off", "red", hook.stopped_reason) if hook.stopped_reason else badge("Paused", "neutral")

    @display(description="last arrived")
    def last(self, hook: Any) -> SafeString:
        return moment(hook.last_at, hook.seen_at) if hook.last_at else quiet("never")

    @display(description="waiting")
    def waiting(self, hook: Any) -> int:
        return int(hook.waiting_count)

    @display(description="given up")
    def given_up(self, hook: Any) -> SafeString | int:
        return badge(str(hook.dead_count), "red") if hook.dead_count else 0


@admin.register(WebhookDelivery)
class WebhookDeliveryAdmin(ActsOnMany, RecordAdmin):
    list_display = ["delivery", "webhook", "state", "created", "tries", "answer"]
    list_display_links = ["delivery"]
    list_select_related = ["lead", "webhook"]
    list_filter = [
        ("webhook", RelatedDropdownFilter),
        ("result", ChoicesDropdownFilter),
        ("event", ChoicesDropdownFilter),
    ]
    search_fields = ["lead__email", "webhook__name"]
    bulk = DELIVERY_ACTS
    readonly_fields = ["delivery", "webhook", "state", "created", "available", "tries", "answer", "uuid", "sent_body"]
    empty_hint = "As soon as something happens that a webhook wants to hear of, its delivery appears here."
    publishing_note = "Tried ten times within about three days, then given up. What was given up can be sent again."

    def get_fields(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        shown = [name for name in self.readonly_fields if name != "sent_body"]
        return [*shown, "sent_body"] if request.user.has_perm(SEE_ALL_LEADS) else shown

    def get_queryset(self, request: HttpRequest) -> QuerySet[WebhookDelivery]:
        rows: QuerySet[WebhookDelivery] = super().get_queryset(request)
        return rows.defer("body")

    @display(description="delivery", ordering="event")
    def delivery(self, delivery: WebhookDelivery) -> SafeString:
        return two_lines(delivery.event, str(delivery.lead) if delivery.lead else "")

    @display(description="state", ordering="result")
    def state(self, delivery: WebhookDelivery) -> SafeString:
        return badge(delivery.get_result_display(), MESSAGE_TONES.get(delivery.result, "neutral"))

    @display(description="written", ordering="created_at")
    def created(self, delivery: Any) -> SafeString:
        return moment(delivery.created_at, delivery.seen_at)

    @display(description="tried again")
    def available(self, delivery: Any) -> SafeString:
        return moment(delivery.available_at, delivery.seen_at) if delivery.done_at is None else NOTHING

    @display(description="last answer")
    def answer(self, delivery: WebhookDelivery) -> SafeString:
        said = delivery.error or str(delivery.status_code or "")
        return quiet(said) if said else NOTHING

    @display(description="body")
    def sent_body(self, delivery: WebhookDelivery) -> SafeString:
        return format_html('<pre class="lr-text">{}</pre>', delivery.body)
