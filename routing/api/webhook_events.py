"""The `webhooks` of the OpenAPI document: what is sent to whoever subscribed, and the chapters of the document."""

from __future__ import annotations

from typing import Any

from routing.api.examples import recorded
from routing.models import WebhookEvent

HAPPENED: dict[str, str] = {
    WebhookEvent.LEAD_RECEIVED: "A lead came in.",
    WebhookEvent.LEAD_ASSIGNED: "A lead has its first owner.",
    WebhookEvent.LEAD_REASSIGNED: "A lead has another owner.",
    WebhookEvent.LEAD_HELD: "A lead waits: nobody can take it now.",
    WebhookEvent.LEAD_ACCEPTED: "The owner took note of a lead.",
    WebhookEvent.LEAD_RESPONDED: "A lead was answered for the first time.",
    WebhookEvent.LEAD_BREACHED: "The target for the first answer was missed.",
    WebhookEvent.LEAD_OUTCOME: "A lead was qualified, won or lost.",
    WebhookEvent.RULEBOOK_PUBLISHED: "A version of the rulebook is followed from now on.",
}
HEADERS = {
    "webhook-id": "The same on every try: what has been seen can be passed over.",
    "webhook-timestamp": "When this try was sent, in seconds since 1970.",
    "webhook-signature": "`v1,…` (HMAC-SHA256, Standard Webhooks); after a rotation one for each secret.",
}
VERSION = {
    "type": "object",
    "required": ["version", "note", "published_at"],
    "properties": {
        "version": {"type": "integer"},
        "note": {"type": "string"},
        "published_at": {"type": "string", "format": "date-time"},
    },
}
PUBLISHED = {"version": 7, "note": "West gets its own pool", "published_at": "2026-03-03T16:00:00Z"}
LEAD = {"$ref": "#/components/schemas/Lead"}
TAGS: dict[str, str] = {
    "leads": "Send leads in, follow them, act on them.",
    "signals": "Buying signals about leads, people and companies.",
    "settings": "The company's settings.",
    "teams": "Teams, their managers and hours.",
    "reps": "People and AI agents: their rows, pauses, statements; newcomers and those who leave.",
    "time-off": "Leave.",
    "skills": "What reps can have and rules can ask for.",
    "topics": "What leads are about, by keywords.",
    "tables": "Look-up tables: value → rep or pool.",
    "territories": "Territories and who owns them.",
    "accounts": "Companies and the people who look after them.",
    "pools": "Pools, their members and their ledgers.",
    "rules": "Rules, in their order.",
    "sla-policies": "How fast leads are to be answered, and what happens when they are not.",
    "examples": "Leads with the answer they must have before a draft is published.",
    "sources": "Where leads come from, and what they wait for.",
    "forms": "Hosted forms.",
    "inbound": "Addresses for programs that cannot change what they send.",
    "imports": "Files of leads: check, import, follow, undo.",
    "persons": "What is kept of a person: look it up, export it, erase it.",
    "audit": "Who did what.",
    "rulebook": "Draft and published versions: diff, lint, publish, roll back, repair.",
    "presets": "A way of sharing leads, set up in one call.",
    "simulations": "What would become of a lead.",
    "replays": "Past leads by other rules.",
    "routing": "Stop and resume all routing.",
    "insights": "Speed to lead, load, fairness, coverage, performance.",
    "webhooks": "Who is told of what happens.",
    "webhook-deliveries": "What was sent to webhooks, and what did not arrive.",
    "outbox": "Messages to people and agents.",
}


def add_webhooks_and_tags(result: dict[str, Any], generator: Any, **options: Any) -> dict[str, Any]:
    """What drf-spectacular does last with the document."""
    result["webhooks"] = {event.value: {"post": _operation(event)} for event in WebhookEvent}
    used = {
        tag for path in result["paths"].values() for operation in path.values() for tag in operation.get("tags", ())
    }
    known = [{"name": tag, "description": text} for tag, text in TAGS.items() if tag in used]
    result["tags"] = known + [{"name": tag} for tag in sorted(used - TAGS.keys())]
    return result


def body_schema(event: str) -> dict[str, Any]:
    """What the body of a delivery looks like."""
    return {
        "type": "object",
        "required": ["type", "timestamp", "data"],
        "properties": {
            "type": {"const": event},
            "timestamp": {"type": "string", "format": "date-time", "description": "When it happened."},
            "data": VERSION if event == WebhookEvent.RULEBOOK_PUBLISHED else LEAD,
        },
    }


def _operation(event: WebhookEvent) -> dict[str, Any]:
    lead = recorded().get("get_lead", {}).get("answers", {}).get("200")
    data = PUBLISHED if event == WebhookEvent.RULEBOOK_PUBLISHED else lead
    example = {"type": event.value, "timestamp": "2026-03-03T16:00:00Z", "data": data}
    return {
        "operationId": f"told_of_{event.value.replace('.', '_')}",
        "summary": HAPPENED[event],
        "description": "Sent to every webhook that wants it, at least once: until a 2xx answer within 15 seconds.",
        "parameters": [
            {"name": name, "in": "header", "required": True, "schema": {"type": "string"}, "description": text}
            for name, text in HEADERS.items()
        ],
        "requestBody": {
            "required": True,
            "content": {"application/json": {"schema": body_schema(event.value), "example": example}},
        },
        "responses": {
            "2XX": {"description": "It arrived."},
            "410": {"description": "Never again: the webhook is switched off."},
            "default": {"description": "It is tried again, ever more seldom, over three days."},
        },
    }
