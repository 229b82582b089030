"""The rulebook as the API shows it: versions, what is to be published, and what is wrong with the draft."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from routing.api.fields import Fact, Instant, JSONObject, StrictSerializer, Text
from routing.api.serializers.actions import Whole
from routing.models import RulebookVersion, ScheduledVersion
from routing.rulebook.lint import Severity
from routing.services.presets import list_presets


class VersionSerializer(serializers.ModelSerializer[RulebookVersion]):
    note = Fact()
    published_by = Fact(source="published_by.username", help_text="Null: a program.")

    class Meta:
        model = RulebookVersion
        fields = ["number", "note", "published_at", "published_by"]
        read_only_fields = fields


class WholeVersionSerializer(VersionSerializer):
    """With all it says, as the configuration file would."""

    content = JSONObject(read_only=True)

    class Meta(VersionSerializer.Meta):
        fields: list[str] = [*VersionSerializer.Meta.fields, "content"]
        read_only_fields = fields


class ScheduledSerializer(serializers.ModelSerializer[ScheduledVersion]):
    id = serializers.UUIDField(source="uuid", read_only=True)
    note = Fact()
    created_by = Fact(source="created_by.username", help_text="Null: a program.")

    class Meta:
        model = ScheduledVersion
        fields = ["id", "note", "publish_at", "created_at", "created_by"]
        read_only_fields = fields


class PublishSerializer(StrictSerializer):
    note = Text(max_length=300, allow_blank=True, default="", help_text="What changed, for people.")
    at = Instant(required=False, allow_null=True, default=None, help_text="When; null: now. The draft is frozen now.")


class RollbackSerializer(StrictSerializer):
    to = Whole(min_value=1, max_value=2_147_483_647, help_text="Number of the version to publish again.")


class DiffSerializer(serializers.Serializer[Any]):
    """What publishing the draft would change."""

    published = serializers.IntegerField(allow_null=True, help_text="Number of the published version.")
    changes = serializers.ListField(child=serializers.CharField(), help_text="In words.")


class FindingSerializer(serializers.Serializer[Any]):
    severity = serializers.ChoiceField([(severity.value, severity.value) for severity in Severity])
    code = serializers.CharField()
    section = serializers.CharField(allow_blank=True)
    name = serializers.CharField(allow_blank=True)
    path = serializers.CharField(allow_blank=True, help_text="Inside the row.")
    message = serializers.CharField()


class LintSerializer(serializers.Serializer[Any]):
    findings = FindingSerializer(many=True)


class RoutingStateSerializer(serializers.Serializer[Any]):
    paused = serializers.BooleanField()
    paused_since = serializers.DateTimeField(allow_null=True)


class PresetOptionsSerializer(StrictSerializer):
    members = serializers.ListField(
        child=Text(max_length=254), required=False, max_length=1000, help_text="E-mail addresses; all active people."
    )
    pool = Text(max_length=100, required=False, help_text="Name of its pool.")


class AppliedSerializer(serializers.Serializer[Any]):
    """What a preset made in the draft, and what is still missing."""

    preset = serializers.ChoiceField([(preset.name, preset.title) for preset in list_presets()])
    created = serializers.ListField(child=serializers.CharField())
    missing = serializers.ListField(child=serializers.CharField())
    pools = serializers.ListField(child=serializers.CharField(), help_text="Names.")
    rules = serializers.ListField(child=serializers.CharField(), help_text="Names.")
    test_lead = JSONObject()
    preview = JSONObject(help_text="What the draft would do with the test lead now.")
