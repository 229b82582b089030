"""Reps as the API shows them, and what of them it changes."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from reps.models import Rep, Skill, Team
from routing.api.fields import Caps, Fact, Flag, Hours, Instant, StrictSerializer, Text


class RepSerializer(serializers.ModelSerializer[Rep]):
    id = serializers.UUIDField(source="uuid", read_only=True)
    team = Fact(source="team.name")
    timezone = Fact(help_text="Null: the team's.")
    working_hours = Hours(read_only=True)
    holidays = Fact(help_text="Country, or country and region: US, US-CA.")
    languages = serializers.ListField(child=serializers.CharField(), read_only=True)
    skills = serializers.SlugRelatedField[Skill](slug_field="name", many=True, read_only=True)
    caps = Caps(read_only=True)
    paused_reason = Fact()
    backup = serializers.EmailField(source="backup.email", read_only=True, allow_null=True)

    class Meta:
        model = Rep
        fields = [
            "id",
            "email",
            "name",
            "team",
            "timezone",
            "working_hours",
            "holidays",
            "languages",
            "skills",
            "about",
            "caps",
            "active",
            "paused",
            "paused_until",
            "paused_reason",
            "backup",
            "created_at",
        ]
        read_only_fields = fields


class RepChangesSerializer(StrictSerializer):
    """What of a rep can be changed: all of it takes effect at once."""

    name = Text(max_length=150)
    team = serializers.SlugRelatedField(slug_field="name", queryset=Team.objects.all(), allow_null=True)
    timezone = Text(max_length=64, allow_null=True, help_text="IANA name; null: the team's.")
    working_hours = Hours()
    holidays = Text(max_length=10, allow_null=True)
    languages = serializers.ListField(child=Text(max_length=10), max_length=100)
    skills = serializers.SlugRelatedField(slug_field="name", queryset=Skill.objects.all(), many=True)
    about = Text(max_length=20_000, allow_blank=True)
    caps = Caps()
    active = Flag()
    paused = Flag()
    paused_until = Instant(allow_null=True, help_text="Null: until resumed.")
    paused_reason = Text(max_length=200, allow_null=True)
    backup = serializers.SlugRelatedField(slug_field="email", queryset=Rep.objects.all(), allow_null=True)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        unknown_texts = ("timezone", "holidays", "paused_reason")
        return attrs | {name: "" for name in unknown_texts if name in attrs and attrs[name] is None}
