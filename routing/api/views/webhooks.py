"""Outgoing webhooks: make them, test them, see what arrived and what did not, and send it again."""

from __future__ import annotations

from typing import Any

from django_filters.rest_framework import DjangoFilterBackend
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.mixins import ListModelMixin, RetrieveModelMixin
from rest_framework.request import Request
from rest_framework.response import Response

from reps.models import Rep
from routing.api.arrival import arrived_at
from routing.api.filters import DeliveryFilters, WebhookFilters
from routing.api.problems import TAKEN_JUST_NOW, Conflict
from routing.api.revisions import ETAG, IF_MATCH, IF_NONE_MATCH, etag, revision_asked
from routing.api.serializers.actions import NothingSerializer
from routing.api.serializers.webhooks import (
    AgentSecretSerializer,
    AskedWebhookSerializer,
    DeliverySerializer,
    RetriedSerializer,
    SecretWebhookSerializer,
    WebhookSerializer,
)
from routing.api.views.base import ApiView
from routing.models import Scope, Webhook, WebhookDelivery
from routing.services.agents.secret import agent_secret
from routing.services.webhooks.dead_letters import retry_deliveries
from routing.services.webhooks.manage import (
    change_webhook,
    make_webhook,
    remove_webhook,
    rotate_secret,
    send_test,
)

READ, WRITE = Scope.CONFIG_READ, Scope.CONFIG_WRITE
NAME_TAKEN = {"errors": {"name": [TAKEN_JUST_NOW]}}
SWITCHED_OFF = "This webhook is switched off. Switch it on first."
NO_AGENT = "This rep is a person. Only agents are alerted by webhook."


class WebhooksView(ListModelMixin, ApiView):
    """Live at once. The secret is in the answer to making one, and nowhere else."""

    scopes = {"get": READ, "post": WRITE}
    conflicts = {"post": (409,)}
    conflict_example = NAME_TAKEN
    serializer_class = WebhookSerializer
    filter_backends = [DjangoFilterBackend]
    filterset_class = WebhookFilters
    orderings = ("name", "-name", "created_at", "-created_at")
    queryset = Webhook.objects.all()

    @extend_schema(operation_id="list_webhooks", summary="List webhooks")
    def get(self, request: Request) -> Response:
        return self.list(request)

    @extend_schema(
        operation_id="add_webhook",
        summary="Make a webhook",
        parameters=[
            ETAG,
            OpenApiParameter("Location", OpenApiTypes.URI, location=OpenApiParameter.HEADER, response=[201]),
        ],
        request=AskedWebhookSerializer,
        responses={201: SecretWebhookSerializer},
    )
    def post(self, request: Request) -> Response:
        sent = AskedWebhookSerializer(data=request.data)
        sent.is_valid(raise_exception=True)
        hook = make_webhook(**sent.validated_data)
        headers = etag(hook) | {"Location": request.build_absolute_uri(f"{request.path}/{hook.uuid}")}
        return Response(SecretWebhookSerializer(hook).data, status=201, headers=headers)


class WebhookView(ApiView):
    scopes = {"get": READ, "patch": WRITE, "delete": WRITE}
    conflicts = {"get": (304,), "patch": (409, 412), "delete": (412,)}
    conflict_example = NAME_TAKEN
    serializer_class = WebhookSerializer
    queryset = Webhook.objects.all()

    @extend_schema(operation_id="get_webhook", summary="One webhook", parameters=[IF_NONE_MATCH, ETAG])
    def get(self, request: Request, id: str) -> Response:
        hook = self.get_object()
        return Response(WebhookSerializer(hook).data, headers=etag(hook))

    @extend_schema(
        operation_id="change_webhook",
        summary="Change a webhook: the fields that are given",
        parameters=[IF_MATCH, ETAG],
        request=AskedWebhookSerializer(partial=True),
        responses=WebhookSerializer,
    )
    def patch(self, request: Request, id: str) -> Response:
        """What waits for it goes to where it leads then."""
        hook = self.get_object()
        sent = AskedWebhookSerializer(hook, data=request.data, partial=True)
        sent.is_valid(raise_exception=True)
        revision = revision_asked(request, hook)
        changed = change_webhook(hook=hook, changes=sent.validated_data, revision=revision)
        return Response(WebhookSerializer(changed).data, headers=etag(changed))

    @extend_schema(
        operation_id="remove_webhook",
        summary="Take a webhook out",
        parameters=[IF_MATCH],
        responses={204: OpenApiResponse(description="It is gone, with its deliveries.")},
    )
    def delete(self, request: Request, id: str) -> Response:
        hook = self.get_object()
        remove_webhook(hook=hook, revision=revision_asked(request, hook))
        return Response(status=204)


class WebhookActionView(ApiView):
    scopes = {"post": WRITE}
    serializer_class: Any = NothingSerializer
    queryset = Webhook.objects.all()

    def asked(self, request: Request) -> Webhook:
        hook: Webhook = self.get_object()
        NothingSerializer(data=request.data).is_valid(raise_exception=True)
        return hook


class RotateWebhookView(WebhookActionView):
    @extend_schema(operation_id="rotate_webhook", summary="Exchange the secret", responses=SecretWebhookSerializer)
    def post(self, request: Request, id: str) -> Response:
        """For 24 hours deliveries are signed with both secrets."""
        hook = rotate_secret(hook=self.asked(request), now=arrived_at(request))
        return Response(SecretWebhookSerializer(hook).data)


class TestWebhookView(WebhookActionView):
    conflicts = {"post": (409,)}
    conflict_example = {"detail": SWITCHED_OFF}

    @extend_schema(operation_id="test_webhook", summary="Send a test delivery", responses={202: DeliverySerializer})
    def post(self, request: Request, id: str) -> Response:
        """Of the type `webhook.test`. Whether it arrived, its delivery says."""
        hook = self.asked(request)
        if not hook.active:
            raise Conflict(SWITCHED_OFF)
        return Response(DeliverySerializer(send_test(hook=hook, now=arrived_at(request))).data, status=202)


class RetryWebhookView(WebhookActionView):
    @extend_schema(
        operation_id="retry_webhook", summary="Send again all that was given up", responses=RetriedSerializer
    )
    def post(self, request: Request, id: str) -> Response:
        """Each with all its tries before it."""
        dead = WebhookDelivery.objects.filter(webhook=self.asked(request), result=WebhookDelivery.Result.FAILED)
        return Response(RetriedSerializer({"retried": retry_deliveries(dead, now=arrived_at(request))}).data)


class DeliveriesView(ListModelMixin, ApiView):
    """Newest first."""

    scopes = {"get": READ}
    serializer_class = DeliverySerializer
    filter_backends = [DjangoFilterBackend]
    filterset_class = DeliveryFilters
    orderings = ("-created_at", "created_at")
    queryset = WebhookDelivery.objects.select_related("webhook", "lead").defer("body")

    @extend_schema(operation_id="list_webhook_deliveries", summary="List deliveries to webhooks")
    def get(self, request: Request) -> Response:
        return self.list(request)


class DeliveryView(RetrieveModelMixin, ApiView):
    scopes = {"get": READ}
    serializer_class = DeliverySerializer
    queryset = WebhookDelivery.objects.select_related("webhook", "lead").defer("body")

    @extend_schema(operation_id="get_webhook_delivery", summary="One delivery to a webhook")
    def get(self, request: Request, id: str) -> Response:
        return self.retrieve(request)


class RetryDeliveryView(ApiView):
    scopes = {"post": WRITE}
    serializer_class = DeliverySerializer
    queryset = WebhookDelivery.objects.select_related("webhook", "lead")

    @extend_schema(
        operation_id="retry_webhook_delivery",
        summary="Send a delivery again",
        request=None,
        responses=DeliverySerializer,
    )
    def post(self, request: Request, id: str) -> Response:
        """Also one that has arrived; with all its tries before it."""
        delivery = self.get_object()
        NothingSerializer(data=request.data).is_valid(raise_exception=True)
        retry_deliveries(WebhookDelivery.objects.filter(pk=delivery.pk), now=arrived_at(request))
        return Response(DeliverySerializer(self.get_object()).data)


class AgentSecretView(ApiView):
    """It is made of the server's SECRET_KEY and the rep's id, so it can be asked for again."""

    scopes = {"post": WRITE}
    conflicts = {"post": (409,)}
    conflict_example = {"detail": NO_AGENT}
    serializer_class = AgentSecretSerializer
    queryset = Rep.objects.all()

    @extend_schema(
        operation_id="get_agent_secret", summary="The secret that an agent verifies alerts with", request=None
    )
    def post(self, request: Request, id: str) -> Response:
        rep = self.get_object()
        NothingSerializer(data=request.data).is_valid(raise_exception=True)
        if rep.kind != Rep.Kind.AGENT:
            raise Conflict(NO_AGENT)
        return Response(AgentSecretSerializer({"secret": agent_secret(rep)}).data)
