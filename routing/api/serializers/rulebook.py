"""Versions of the rulebook as the API shows them."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from routing.api.fields import Fact, StrictSerializer, Text
from routing.models import RulebookVersion


class VersionSerializer(serializers.ModelSerializer[RulebookVersion]):
    note = Fact()
    published_by = Fact(source="published_by.username", help_text="Null: a program.")

    class Meta:
        model = RulebookVersion
        fields = ["number", "note", "published_at", "published_by"]
        read_only_fields = fields


class PublishSerializer(StrictSerializer):
    note = Text(max_length=300, allow_blank=True, default="", help_text="What changed, for people.")


class DiffSerializer(serializers.Serializer[Any]):
    """What publishing the draft would change."""

    published = serializers.IntegerField(allow_null=True, help_text="Number of the published version.")
    changes = serializers.ListField(child=serializers.CharField(), help_text="In words.")
