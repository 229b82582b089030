"""The mail about an incident, or about all of its kind that were told of at once."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.conf import settings
from django.urls import reverse

from routing.engine.counting import counted
from routing.models import Incident, OutboxMessage
from routing.notifications.messages import Envelope, Message
from routing.notifications.problems import Trouble, problem

MOST_NAMED = 20


def problem_mail(message: OutboxMessage, envelope: Envelope) -> Message:
    """What a PROBLEM message tells."""
    first = Incident.objects.get(pk=message.payload["incident"])
    over = bool(message.payload.get("over"))
    together = Incident.objects.filter(kind=first.kind, told_at=first.told_at) if first.told_at else [first]
    incidents: list[Any] = list(together)[:MOST_NAMED]
    title = first.get_kind_display()
    if len(incidents) > 1:
        title = f"{title} ({counted(len(incidents), 'incident')})"
    url = f"{settings.PUBLIC_URL}{reverse('admin:routing_incident_changelist')}"
    return problem(title, [_trouble(incident) for incident in incidents], url, envelope, over=over)


def _trouble(incident: Incident) -> Trouble:
    return Trouble(
        incident.text, _moment(incident.opened_at), _moment(incident.closed_at) if incident.closed_at else ""
    )


def _moment(instant: datetime) -> str:
    return f"{instant.day} {instant:%B, %H:%M} UTC"
