"""What was sent and what is still to be sent: the local mailbox, the outbox."""

from __future__ import annotations

import re
from typing import Any

from django.contrib import admin
from django.db.models import Q
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold.contrib.filters.admin import ChoicesDropdownFilter, DropdownFilter, RangeDateTimeFilter
from unfold.decorators import display

from reps.admin_base import RecordAdmin
from reps.admin_display import NOTHING, badge, moment, quiet, two_lines
from routing.admin.bulk import ActsOnMany
from routing.admin.bulk.records import MESSAGE_ACTS
from routing.admin.labels import MESSAGE_TONES
from routing.models import MailboxMessage, OutboxMessage
from routing.services.access import ROUTE_LEADS

HIDDEN = "(only for whoever may route leads)"
# The frame runs no script, loads nothing from elsewhere, and opens links in a new tab only on a click.
MAIL_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'none'"


@admin.register(MailboxMessage)
class MailboxAdmin(RecordAdmin):
    noun = ("mail", "mails")
    list_display = ["mail", "to", "received"]
    list_display_links = ["mail"]
    list_filter = [("received_at", RangeDateTimeFilter)]
    search_fields = ["recipient", "subject"]
    change_form_template = "admin/routing/mail.html"
    empty_hint = "As soon as a lead finds its rep, the alert that the rep gets is shown here."
    publishing_note = "Mails that the local mail server took. With an outgoing mail server set they go there instead."

    def get_queryset(self, request: HttpRequest) -> Any:
        """Without the links to choose a password, but for whoever may change sign-ins."""
        mails = super().get_queryset(request)
        if not request.user.has_perm("auth.change_user"):
            mails = mails.exclude(text__contains=reverse("inbox:forgot"))
        return mails.defer("html", "headers") if _is_list(request) else mails

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        """Whoever may act for nobody gets no link by which the rep acts."""
        mail = super().get_object(request, object_id, from_field)
        if mail is not None and not request.user.has_perm(ROUTE_LEADS):
            mail.html, mail.text = without_links(mail.html), without_links(mail.text)
        return mail

    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, form_url: str = "", extra_context: Any = None
    ) -> Any:
        mail = self.get_object(request, object_id) if object_id else None
        return super().changeform_view(
            request,
            object_id,
            form_url,
            {
                "mail": mail,
                "mail_document": mail_document(mail.html) if mail else "",
                "links_hidden": not request.user.has_perm(ROUTE_LEADS),
            }
            | (extra_context or {}),
        )

    @display(description="mail", ordering="subject")
    def mail(self, mail: MailboxMessage) -> SafeString:
        preview = " ".join(without_links(mail.text).split())
        return two_lines(
            format_html('<span class="lr-strong">{}</span>', str(mail)), preview[:120] + "…" * (len(preview) > 120)
        )

    @display(description="to", ordering="recipient")
    def to(self, mail: MailboxMessage) -> str:
        return mail.recipient

    @display(description="received", ordering="received_at")
    def received(self, mail: Any) -> SafeString:
        return moment(mail.received_at, mail.seen_at)


def _is_list(request: HttpRequest) -> bool:
    match = request.resolver_match
    return match is not None and str(match.url_name).endswith("_changelist")


def without_links(text: str) -> str:
    """A mail, as text or HTML, without the addresses behind which a rep accepts, declines or answers."""
    before, after = reverse("inbox:link", args=["TOKEN"]).split("TOKEN")
    address = rf"https?://[^\s\"'<>]*?{re.escape(before)}[\w:%.=-]+{re.escape(after)}[^\s\"'<>]*"
    plain = re.sub(rf"\shref=([\"']){address}\1", "", text)
    return re.sub(address, HIDDEN, plain)


def mail_document(html: str) -> str:
    """The HTML part as a document of its own for a sandboxed frame."""
    head = f'<meta http-equiv="Content-Security-Policy" content="{MAIL_POLICY}"><base target="_blank">'
    return f"<!doctype html><html><head><meta charset=utf-8>{head}</head><body>{html}</body></html>"


class Unsent(DropdownFilter):
    """What somebody who looks for trouble wants to see."""

    title, parameter_name = "unsent", "unsent"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("waiting", "Waiting"), ("failing", "Waiting, failed before"), ("given_up", "Given up")]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        chosen = {
            "waiting": Q(done_at=None),
            "failing": Q(done_at=None) & ~Q(error=""),
            "given_up": Q(result=OutboxMessage.Result.FAILED),
        }
        return queryset.filter(chosen[self.value()]) if self.value() in chosen else queryset


@admin.register(OutboxMessage)
class OutboxAdmin(ActsOnMany, RecordAdmin):
    list_display = ["message", "to", "by", "state", "created", "tries", "trouble"]
    list_display_links = ["message"]
    list_select_related = ["lead", "rep"]
    list_filter = [
        Unsent,
        ("result", ChoicesDropdownFilter),
        ("channel", ChoicesDropdownFilter),
        ("kind", ChoicesDropdownFilter),
        ("created_at", RangeDateTimeFilter),
    ]
    search_fields = ["rep__name", "rep__email", "address", "lead__email"]
    bulk = MESSAGE_ACTS
    noun = ("message", "messages")
    fields = ["message", "to", "by", "state", "created", "available", "finished", "tries", "trouble", "key"]
    readonly_fields = ["message", "to", "by", "state", "created", "available", "finished", "trouble"]
    empty_hint = "Alerts to reps appear here as soon as a lead is routed."
    publishing_note = "Every message is written together with what causes it, and sent until somebody took it."

    @display(description="message")
    def message(self, message: OutboxMessage) -> SafeString:
        return two_lines(message.get_kind_display(), str(message.lead) if message.lead else "")

    @display(description="to")
    def to(self, message: OutboxMessage) -> SafeString:
        address = message.address or (message.rep.email if message.rep else "")
        return format_html('<span class="lr-break">{}</span>', address) if address else NOTHING

    @display(description="by", ordering="channel")
    def by(self, message: OutboxMessage) -> SafeString:
        return format_html('<span class="lr-nowrap">{}</span>', message.get_channel_display())

    @display(description="state", ordering="result")
    def state(self, message: OutboxMessage) -> SafeString:
        return badge(message.get_result_display(), MESSAGE_TONES.get(message.result, "neutral"))

    @display(description="written", ordering="created_at")
    def created(self, message: Any) -> SafeString:
        return moment(message.created_at, message.seen_at)

    @display(description="next try")
    def available(self, message: Any) -> SafeString:
        return moment(message.available_at, message.seen_at) if message.done_at is None else NOTHING

    @display(description="done")
    def finished(self, message: Any) -> SafeString:
        return moment(message.done_at, message.seen_at) if message.done_at else NOTHING

    @display(description="trouble")
    def trouble(self, message: OutboxMessage) -> SafeString:
        return quiet(message.error) if message.error else NOTHING
