"""What is known of a person, asked for and answered."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from routing.api.fields import Fact, Flag, JSONObject, StrictSerializer, Text
from routing.models import AuditEntry, Consent


class WhoSerializer(StrictSerializer):
    """Address, number, or both: whoever has one of them. Or a lead: whoever has its address, else its number."""

    email = Text(required=False, allow_blank=True, default="", max_length=320)
    phone = Text(
        required=False, allow_blank=True, default="", max_length=50, help_text="With the country code: +49 30 901820."
    )
    lead = serializers.UUIDField(required=False, help_text="Id of one of their leads, without the other two.")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if attrs.get("lead") and (attrs["email"].strip() or attrs["phone"].strip()):
            raise serializers.ValidationError({"lead": ["Send either a lead, or an address and a number."]})
        return attrs


class EraseSerializer(WhoSerializer):
    never_again = Flag(required=False, default=False, help_text="And never take them back.")
    reason = Text(
        required=False, allow_blank=True, default="", max_length=200, help_text="Kept; without anybody's name."
    )


class PlaceSerializer(serializers.Serializer[Any]):
    place = serializers.CharField(source="name", help_text="Such as leads, submissions, work.")
    title = serializers.CharField()
    kept = serializers.CharField(help_text="How long, or the setting that says so.")
    about = serializers.IntegerField(source="linked", help_text="Rows about them.")
    naming = serializers.IntegerField(source="named", help_text="Rows about others that name them.")


class BackupSerializer(serializers.Serializer[Any]):
    file = serializers.CharField()
    made_at = serializers.DateTimeField()


class KnownSerializer(serializers.Serializer[Any]):
    count = serializers.IntegerField(help_text="Copies in all.")
    leads = serializers.ListField(child=serializers.UUIDField(), help_text="Their leads.")
    places = PlaceSerializer(many=True)
    waiting_on_disk = serializers.IntegerField(help_text="Submissions that came while the database was away.")
    backups = BackupSerializer(many=True, help_text="In the data folder: put beyond use.")


class ExportedPlaceSerializer(serializers.Serializer[Any]):
    name = serializers.CharField()
    title = serializers.CharField()
    kept = serializers.CharField()
    rows = serializers.ListField(child=serializers.DictField(), help_text="Column → value.")


class AboutSerializer(serializers.Serializer[Any]):
    email = serializers.ListField(child=serializers.CharField())
    phone = serializers.ListField(child=serializers.CharField())


class ExportSerializer(serializers.Serializer[Any]):
    """All of it, as it stands here."""

    made_at = serializers.DateTimeField()
    about = AboutSerializer()
    places = ExportedPlaceSerializer(many=True)
    waiting_on_disk = serializers.ListField(child=serializers.CharField())
    backups = BackupSerializer(many=True)


class ErasedSerializer(serializers.Serializer[Any]):
    erased = serializers.DictField(child=serializers.IntegerField(), source="counts", help_text="Place → how many.")
    by_hand = serializers.DictField(
        child=serializers.IntegerField(), help_text="Place → how many rows of the configuration still name them."
    )


class ConsentSerializer(serializers.ModelSerializer[Consent]):
    wording = Fact(help_text="What they read.")
    origin = Fact(help_text="Form, key, inbound address or file.")
    page = Fact()

    class Meta:
        model = Consent
        fields = ["given", "wording", "origin", "page", "given_at"]
        read_only_fields = fields


class AuditSerializer(serializers.ModelSerializer[AuditEntry]):
    id = serializers.UUIDField(source="uuid", read_only=True)
    by = serializers.CharField(source="who", help_text="A user, a key, a command, or the system.")
    subject = Fact(help_text="Kind of row, such as routing.form.")
    subject_id = Fact()
    detail = JSONObject(read_only=True)

    class Meta:
        model = AuditEntry
        fields = ["id", "happened_at", "by", "action", "subject", "subject_id", "detail"]
        read_only_fields = fields
