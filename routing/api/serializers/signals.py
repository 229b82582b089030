"""Buying signals as the API shows them, and what one is sent in with."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from routing.api.fields import Fact
from routing.models import Signal

EXAMPLE = {
    "domain": "globex.com",
    "kind": "hiring",
    "title": "Globex hires a head of platform",
    "text": "They look for somebody who knows Kubernetes.",
    "strength": 0.8,
    "source_url": "https://globex.example/jobs/17",
    "observed_at": "2026-03-01T09:00:00Z",
}
_TEXT = {"type": ["string", "integer", "number", "boolean", "null"]}
SIGNAL_ASKED: dict[str, Any] = {
    "type": "object",
    "additionalProperties": False,
    "properties": {
        "lead": {"type": ["string", "null"], "description": "Id of a lead."},
        "email": {"type": ["string", "null"], "description": "Of a person."},
        "domain": {"type": ["string", "null"], "description": "Of a company; a web address is read too."},
        "kind": {"type": ["string", "integer"], "description": "Such as funding, hiring, pricing_visit, usage."},
        "title": {"type": ["string", "integer", "null"], "maxLength": 200},
        "text": {"type": ["string", "integer", "null"], "maxLength": 20_000},
        "strength": {"type": ["number", "string", "null"], "description": "0 to 1; 1."},
        "half_life_days": {"type": ["number", "string", "null"], "description": "Null: the company's setting."},
        "source_url": {"type": ["string", "null"], "maxLength": 500},
        "observed_at": {"type": ["string", "null"], "description": "RFC 3339 with its offset; now."},
    },
    "required": ["kind"],
    "examples": [EXAMPLE],
}


class SignalSerializer(serializers.ModelSerializer[Signal]):
    id = serializers.UUIDField(source="uuid", read_only=True)
    lead = serializers.UUIDField(source="lead.uuid", read_only=True, allow_null=True)
    email = Fact()
    domain = Fact()
    title = Fact()
    text = Fact()
    source_url = Fact()

    class Meta:
        model = Signal
        fields = [
            "id",
            "lead",
            "email",
            "domain",
            "kind",
            "title",
            "text",
            "strength",
            "half_life_days",
            "source_url",
            "observed_at",
            "received_at",
        ]
        read_only_fields = fields
