"""Runs that take longer than somebody waits: replays and repairs."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from routing.api.fields import Fact, JSONObject
from routing.models import Work


class RunSerializer(serializers.ModelSerializer[Work]):
    id = serializers.UUIDField(source="uuid", read_only=True)
    params = JSONObject(read_only=True)
    error = Fact()
    requested_by = Fact(source="requested_by.username", help_text="Null: a program.")

    class Meta:
        model = Work
        fields = [
            "id",
            "kind",
            "status",
            "params",
            "done",
            "total",
            "error",
            "cancel_asked",
            "requested_by",
            "created_at",
            "started_at",
            "finished_at",
        ]
        read_only_fields = fields


class ReportedRunSerializer(RunSerializer):
    """With what it found."""

    report = JSONObject(read_only=True, allow_null=True)

    class Meta(RunSerializer.Meta):
        fields: list[str] = [*RunSerializer.Meta.fields, "report"]
        read_only_fields = fields


_INSTANT = {"type": ["string", "null"], "maxLength": 40, "description": "RFC 3339 with its offset."}
_VERSION = {"type": ["string", "integer"], "description": "draft, published, or the number of a version."}
_NUMBER = {"type": "integer", "minimum": 1, "description": "Number of a version."}
REPLAY_ASKED: dict[str, Any] = {
    "type": "object",
    "additionalProperties": False,
    "properties": {
        "days": {"type": "number", "exclusiveMinimum": 0, "maximum": 366, "description": "The last days; 30."},
        "from": _INSTANT,
        "to": _INSTANT,
        "version": _VERSION,
    },
    "examples": [{"days": 30}],
}
REPAIR_ASKED: dict[str, Any] = {
    "type": "object",
    "additionalProperties": False,
    "required": ["from"],
    "properties": {
        "from": _NUMBER,
        "to": {"type": ["integer", "null"], "minimum": 1, "description": "By which version; the published one."},
        "since": _INSTANT,
        "until": _INSTANT,
        "apply": {"type": "boolean", "default": False, "description": "False: only say what would change."},
    },
    "examples": [{"from": 4, "to": 5, "apply": False}],
}
