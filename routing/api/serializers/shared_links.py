"""Links that share the story of a lead."""

from __future__ import annotations

from rest_framework import serializers

from routing.api.fields import StrictSerializer
from routing.api.serializers.actions import Whole
from routing.models import SharedLink
from routing.services.shared_links import LONGEST, shared_url


class ShareSerializer(StrictSerializer):
    days = Whole(min_value=1, max_value=LONGEST.days, help_text="How long the link works.")


class SharedLinkSerializer(serializers.Serializer[SharedLink]):
    id = serializers.UUIDField(source="uuid")
    url = serializers.SerializerMethodField(help_text="Whoever has it reads the story, without a key.")
    created_at = serializers.DateTimeField()
    ends_at = serializers.DateTimeField()

    def get_url(self, link: SharedLink) -> str:
        return shared_url(link)
