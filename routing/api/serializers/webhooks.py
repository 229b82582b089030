"""Webhooks, their deliveries and the outbox as the API shows them, and what a webhook is made of."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from routing.api.fields import Fact, Flag, StrictSerializer, Text
from routing.models import OutboxMessage, Webhook, WebhookDelivery, WebhookEvent
from routing.services.webhooks.manage import wrong_with

RESULTS = [("waiting", "Waiting"), *((value, label) for value, label in WebhookDelivery.Result.choices if value)]
MESSAGE_RESULTS = [("waiting", "Waiting"), *((value, label) for value, label in OutboxMessage.Result.choices if value)]


class AskedWebhookSerializer(StrictSerializer):
    """What a webhook is made of; to change one, only what changes."""

    name = Text(max_length=100)
    url = Text(max_length=500, help_text="https:// on a public address, unless OUTGOING_ALLOWED permits it.")
    events = serializers.ListField(
        child=serializers.ChoiceField(WebhookEvent.choices), required=False, help_text="None: all of them."
    )
    active = Flag(required=False)

    def validate_name(self, name: str) -> str:
        others = Webhook.objects.exclude(pk=self.instance.pk) if self.instance else Webhook.objects.all()
        if others.filter(name=name).exists():
            raise serializers.ValidationError("There is a webhook of this name already.")
        return name

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if "url" in attrs and (errors := wrong_with(url=attrs["url"], events=())):
            raise serializers.ValidationError(errors)
        if "events" in attrs:
            attrs["events"] = sorted(set(attrs["events"]))
        return attrs


class WebhookSerializer(serializers.ModelSerializer[Webhook]):
    """An address that is told of events. Its secret is shown when it is made, and when it is exchanged."""

    id = serializers.UUIDField(source="uuid", read_only=True)
    url = serializers.CharField(read_only=True)
    events = serializers.ListField(child=serializers.ChoiceField(WebhookEvent.choices), read_only=True)
    stopped_reason = Fact(help_text="Why the system switched it off.")

    class Meta:
        model = Webhook
        fields = ["id", "name", "url", "events", "active", "stopped_reason", "former_until", "created_at"]
        read_only_fields = fields


class SecretWebhookSerializer(WebhookSerializer):
    """A webhook with its secret, which is shown this once."""

    secret = serializers.CharField(read_only=True, help_text="Verifies signatures, as Standard Webhooks says.")

    class Meta(WebhookSerializer.Meta):
        fields = [*WebhookSerializer.Meta.fields, "secret"]
        read_only_fields = fields


class DeliverySerializer(serializers.ModelSerializer[WebhookDelivery]):
    """One event on its way to one webhook. `id` is its webhook-id, the same on every try."""

    id = serializers.UUIDField(source="uuid", read_only=True)
    webhook = serializers.UUIDField(source="webhook.uuid", read_only=True)
    event = serializers.CharField(read_only=True)
    lead = serializers.UUIDField(source="lead.uuid", read_only=True, allow_null=True, default=None)
    result = serializers.SerializerMethodField()
    error = Fact(help_text="What was wrong with the last try.")

    class Meta:
        model = WebhookDelivery
        fields = [
            "id", "webhook", "event", "lead", "result", "tries", "status_code", "error",
            "created_at", "available_at", "done_at",
        ]  # fmt: skip
        read_only_fields = fields

    def get_result(self, delivery: WebhookDelivery) -> str:
        return delivery.result or "waiting"


class MessageSerializer(serializers.ModelSerializer[OutboxMessage]):
    """One message on its way to a person, an agent or an address."""

    id = serializers.CharField(source="key", read_only=True, help_text="The same message never has another one.")
    kind = serializers.CharField(read_only=True)
    channel = serializers.CharField(read_only=True)
    lead = serializers.UUIDField(source="lead.uuid", read_only=True, allow_null=True, default=None)
    rep = serializers.EmailField(source="rep.email", read_only=True, allow_null=True, default=None)
    address = Fact(help_text="If it is not the rep's.")
    result = serializers.SerializerMethodField()
    error = Fact(help_text="Why it was not sent, or what was wrong with the last try.")

    class Meta:
        model = OutboxMessage
        fields = [
            "id", "kind", "channel", "lead", "rep", "address", "result", "tries", "error",
            "created_at", "available_at", "done_at",
        ]  # fmt: skip
        read_only_fields = fields

    def get_result(self, message: OutboxMessage) -> str:
        return message.result or "waiting"


class RetriedSerializer(serializers.Serializer[Any]):
    """How many are sent again."""

    retried = serializers.IntegerField()


class AgentSecretSerializer(serializers.Serializer[Any]):
    """What an agent verifies the signatures of its alerts with."""

    secret = serializers.CharField()
