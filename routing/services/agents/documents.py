"""What an agent is told of a lead that is its own: the lead, why, until when, and where to answer."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from django.conf import settings
from django.urls import reverse

from routing.models import Assignment
from routing.notifications.briefs import Brief
from routing.services.sla.policies import load_policies
from routing.snapshots.lead_documents import instant_text, lead_document, lead_rows

TYPE = "agent.lead"
ANSWERS = ("accept", "respond", "decline", "outcome", "reassign", "release")
"""The calls that answer an alert, each at the lead's address and with a key bound to the agent."""


def agent_body(brief: Brief, assignment: Assignment, *, now: datetime) -> str:
    """The JSON of one alert. The deadline is the one that an acknowledgement now would start."""
    lead = lead_document(lead_rows().get(pk=assignment.lead_id))
    policies = load_policies([assignment], start=now)
    started = assignment.clock_started_at or now
    data: dict[str, Any] = {
        "lead": lead,
        "why": brief.reason,
        "attempt": assignment.attempt,
        "deadline": instant_text(policies.due_at(assignment, started)),
        "acknowledge_seconds": assignment.rep.ack_seconds,
        "notes": _notes(assignment),
        "links": _links(lead["id"]),
    }
    body = {"type": TYPE, "timestamp": instant_text(now), "data": data}
    return json.dumps(body, separators=(",", ":"), ensure_ascii=False)


def _notes(assignment: Assignment) -> list[dict[str, str]]:
    """What earlier owners left behind when they passed the lead on."""
    earlier = Assignment.objects.filter(lead=assignment.lead_id, ended_at__isnull=False).exclude(note="")
    rows = earlier.order_by("attempt").values_list("rep__name", "rep__email", "note")
    return [{"name": name, "email": email, "note": note} for name, email, note in rows]


def _links(lead: str) -> dict[str, str]:
    names = {"lead": "api:lead"} | {answer: f"api:lead-{answer}" for answer in ANSWERS}
    return {name: f"{settings.PUBLIC_URL}{reverse(view, args=[lead])}" for name, view in names.items()}
