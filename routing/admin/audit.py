"""The audit log: who did what, and when. It can be looked at, and nothing else."""

from __future__ import annotations

import json
from typing import Any

from django.apps import apps
from django.contrib import admin
from django.contrib.auth.models import User
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from unfold.contrib.filters.admin import DropdownFilter, RangeDateTimeFilter
from unfold.decorators import display

from reps.admin_base import CHANGES, RecordAdmin
from reps.admin_display import NOTHING, badge, moment, person, quiet, two_lines
from routing.acting import who_acts
from routing.clock import current_time
from routing.models import AuditEntry
from routing.services.privacy.audit_log import note

TONES = {"erased": "red", "removed": "red", "revoked": "red", "refused": "amber", "made": "green", "added": "green"}
"""By the last word of an action."""
LATEST = 2_000
"""How many of the newest entries the kinds to filter by are taken from."""


class ActionFilter(DropdownFilter):
    title, parameter_name = "what", "action"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        newest = AuditEntry.objects.values_list("action", flat=True)[:LATEST]
        return [(action, in_words(action)) for action in sorted(set(newest))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[AuditEntry]) -> QuerySet[AuditEntry]:
        return queryset.filter(action=self.value()) if self.value() else queryset


class UserFilter(DropdownFilter):
    title, parameter_name = "user", "user"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        active = User.objects.filter(Exists(AuditEntry.objects.filter(user=OuterRef("pk")))).order_by("username")
        return [(str(pk), name) for pk, name in active.values_list("pk", "username")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[AuditEntry]) -> QuerySet[AuditEntry]:
        value = self.value() or ""
        return queryset.filter(user=int(value)) if value.isdecimal() and len(value) < 10 else queryset


@admin.register(AuditEntry)
class AuditEntryAdmin(RecordAdmin):
    list_display = ["when", "who", "what", "about", "told"]
    list_display_links = ["when"]
    list_filter = [ActionFilter, UserFilter, ("happened_at", RangeDateTimeFilter)]
    search_fields = ["action", "actor", "subject", "subject_id"]
    search_help_text = "Action, key, kind of row or id"
    fields = readonly_fields = ["when", "who", "what", "about", "told", "entry"]
    empty_hint = "As soon as somebody publishes, makes a key or looks a person up, it is noted here."
    publishing_note = (
        "Rows are only ever added: the database refuses to change or remove one. A copy of each goes to the log of the "
        "process that wrote it. Nothing about people who are leads stands here."
    )

    @display(description="when", ordering="happened_at")
    def when(self, entry: Any) -> SafeString:
        return moment(entry.happened_at, entry.seen_at)

    @display(description="who")
    def who(self, entry: AuditEntry) -> SafeString:
        if entry.user_id is None:
            return quiet(entry.who)
        return person(entry.who)

    @display(description="what", ordering="action")
    def what(self, entry: AuditEntry) -> SafeString:
        return badge(in_words(entry.action), TONES.get(entry.action.rpartition(".")[2], "neutral"), entry.action)

    @display(description="about")
    def about(self, entry: AuditEntry) -> SafeString:
        if not entry.subject:
            return NOTHING
        return two_lines(called(entry.subject), entry.subject_id)

    @display(description="more")
    def told(self, entry: AuditEntry) -> SafeString:
        if not entry.detail:
            return NOTHING
        return format_html_join(", ", "{}", ((f"{key}: {plain(value)}",) for key, value in entry.detail.items()))

    @display(description="id in the logs")
    def entry(self, entry: AuditEntry) -> str:
        return str(entry.uuid)


def called(subject: str) -> str:
    """A row's kind as pages call it."""
    try:
        return str(apps.get_model(subject)._meta.verbose_name)
    except LookupError:  # of a version that had it
        return subject


def in_words(action: str) -> str:
    """Key made, for key.made."""
    words = action.replace(".", " ").replace("_", " ")
    return words[:1].upper() + words[1:]


def plain(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return str(value)


def note_change(verb: str, row: Any, message: Any) -> None:
    """A row that was changed on a page of the admin, unless whoever changed it has noted more."""
    if who_acts().noted:
        return
    fields = sorted({field for part in _parts(message) for field in part.get("fields", ())})
    detail = {"fields": fields} if fields else {}
    note(action=f"{row._meta.model_name}.{verb}", subject=row, detail=detail, now=current_time())


def _parts(message: Any) -> list[dict[str, Any]]:
    """What Django says was added, changed and removed, without the names of rows."""
    said = json.loads(message) if isinstance(message, str) and message.startswith("[") else message
    return [about for part in said for about in part.values()] if isinstance(said, list) else []


CHANGES.append(note_change)
