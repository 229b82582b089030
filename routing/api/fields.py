"""Fields of requests and answers: strict about types, and null for what is not known."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from reps.models import Rep, WorkingHours
from reps.schedules import Block, InvalidHours, format_hours, parse_hours
from routing.models.bounds import TOO_FAR, is_far_away
from routing.services.change_rep import ALWAYS

JSON_OBJECT = {"type": "object", "additionalProperties": {}}
HOURS = {
    "description": "Blocks of a week, “always”, or null: the team's hours.",
    "oneOf": [
        {"type": "object", "additionalProperties": {"type": "array", "items": {"type": "string"}}},
        {"type": "string", "enum": [ALWAYS]},
        {"type": "null"},
    ],
    "examples": [{"mon-fri": ["09:00-12:00", "13:00-17:00"]}],
}
_LIMIT = {"type": "integer", "minimum": 0}
CAPS = {
    "description": "The most leads this person may get. `all` counts and blocks every kind of lead.",
    "type": "object",
    "propertyNames": {"enum": ["hour", "day", "week", "open", "unanswered"]},
    "additionalProperties": {
        "oneOf": [
            _LIMIT,
            {
                "type": "object",
                "properties": {"limit": _LIMIT, "all": {"type": "boolean"}},
                "required": ["limit"],
                "additionalProperties": False,
            },
        ]
    },
    "examples": [{"hour": 5, "day": 20, "open": {"limit": 40, "all": True}}],
}


class Fact(serializers.CharField):
    """A text in an answer; null if it is not known."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"read_only": True, "allow_null": True} | options)

    def to_representation(self, value: Any) -> Any:
        return str(value) or None


class Amount(serializers.FloatField):
    """A number in an answer; without a decimal point where it is whole."""

    def to_representation(self, value: Any) -> Any:
        number = float(value)
        return int(number) if number.is_integer() else number


class Text(serializers.CharField):
    """A text in a request: nothing else is taken for one."""

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        return super().to_internal_value(data)


class Flag(serializers.BooleanField):
    """True or false in a request, and nothing that looks like it."""

    def to_internal_value(self, data: Any) -> bool:
        if not isinstance(data, bool):
            self.fail("invalid", input=data)
        return data


class Instant(serializers.DateTimeField):
    """An RFC 3339 instant with its offset."""

    default_error_messages = {
        "no_offset": "Give the offset from UTC too, such as 2026-12-01T09:00:00+01:00.",
        "too_far": TOO_FAR,
    }

    def enforce_timezone(self, value: datetime) -> datetime:
        if value.tzinfo is None:
            self.fail("no_offset")
        if is_far_away(value):
            self.fail("too_far")
        return super().enforce_timezone(value)


@extend_schema_field(HOURS)
class Hours(serializers.Field):
    """The working hours of a rep, as in the configuration file."""

    def __init__(self, **options: Any) -> None:
        super().__init__(allow_null=True, **options)

    def get_attribute(self, instance: Rep) -> Any:
        return instance

    def to_representation(self, value: Rep) -> Any:
        if value.hours == Rep.Hours.OWN:
            return format_hours([_block(row) for row in value.working_hours.all()])
        return ALWAYS if value.hours == Rep.Hours.ALWAYS else None

    def to_internal_value(self, data: Any) -> tuple[Block, ...] | str:
        if data == ALWAYS:
            return ALWAYS
        try:
            return parse_hours(data)
        except InvalidHours as error:
            raise serializers.ValidationError(list(error.errors)) from error


def _block(row: WorkingHours) -> Block:
    return Block(row.weekday, row.start, row.end)


@extend_schema_field(JSON_OBJECT)
class JSONObject(serializers.JSONField):
    """A JSON object."""


@extend_schema_field(CAPS)
class Caps(serializers.JSONField):
    """Caps of a rep or of a membership."""

    default_error_messages = {"no_object": "Send an object: the cap's name and the most leads, such as day and 20."}

    def to_internal_value(self, data: Any) -> Any:
        if not isinstance(data, dict):
            self.fail("no_object")
        return super().to_internal_value(data)


class StrictSerializer(serializers.Serializer[Any]):
    """A request that may hold the fields named here and no others."""

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, Mapping):
            writable = {name for name, field in self.fields.items() if not field.read_only}
            if unknown := [name for name in data if name not in writable]:
                known = ", ".join(sorted(writable))
                raise serializers.ValidationError(
                    {name: [f"There is no such field here. The fields are: {known}."] for name in unknown}
                )
        return super().to_internal_value(data)
