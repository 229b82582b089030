"""What the auditor found: open incidents first."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import DateTimeField, F, Value
from django.http import HttpRequest
from django.urls import reverse
from django.utils.safestring import SafeString
from unfold.contrib.filters.admin import ChoicesDropdownFilter, RangeDateTimeFilter
from unfold.decorators import display

from reps.admin_base import RecordAdmin
from reps.admin_display import NOTHING, badge, moment, two_lines
from routing.admin.base import received_at
from routing.models import Incident

SHOWN = 5


@admin.register(Incident)
class IncidentAdmin(RecordAdmin):
    list_display = ["what", "state", "since", "over", "told"]
    list_display_links = ["what"]
    list_filter = [("kind", ChoicesDropdownFilter), ("opened_at", RangeDateTimeFilter)]
    search_fields = ["subject", "text"]
    fields = readonly_fields = ["kind", "subject", "text", "state", "since", "seen", "over", "told"]
    empty_hint = "Nothing was ever wrong. Each minute the auditor looks whether every promise is kept."
    publishing_note = (
        "What the auditor found. It mends what it can; of the rest the last resorts and admins get a mail, at most one "
        "an hour of each kind."
    )

    def get_queryset(self, request: HttpRequest) -> Any:
        """Not as other pages: an incident has a `seen_at` of its own."""
        now = Value(received_at(request), output_field=DateTimeField())
        return admin.ModelAdmin.get_queryset(self, request).annotate(looked_at=now)

    def get_ordering(self, request: HttpRequest) -> Any:
        return [F("closed_at").desc(nulls_first=True), "-opened_at", "-pk"]

    @display(description="what")
    def what(self, incident: Incident) -> SafeString:
        return two_lines(incident.get_kind_display(), incident.text)

    @display(description="state")
    def state(self, incident: Incident) -> SafeString:
        if incident.healed:
            return badge("Mended", "green")
        return badge("Over", "neutral") if incident.closed_at else badge("Open", "red")

    @display(description="since", ordering="opened_at")
    def since(self, incident: Any) -> SafeString:
        return moment(incident.opened_at, incident.looked_at)

    @display(description="found last")
    def seen(self, incident: Any) -> SafeString:
        return moment(incident.seen_at, incident.looked_at)

    @display(description="over", ordering="closed_at")
    def over(self, incident: Any) -> SafeString:
        return moment(incident.closed_at, incident.looked_at) if incident.closed_at else NOTHING

    @display(description="told", ordering="told_at")
    def told(self, incident: Any) -> SafeString:
        return moment(incident.told_at, incident.looked_at) if incident.told_at else NOTHING


def open_incidents() -> dict[str, Any]:
    """For the dashboard: what is wrong now, and where to look."""
    rows = Incident.objects.open().order_by("opened_at", "pk")
    return {
        "count": rows.count(),
        "texts": [(incident.get_kind_display(), incident.text) for incident in rows[:SHOWN]],
        "url": reverse("admin:routing_incident_changelist"),
    }
