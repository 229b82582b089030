"""Messages to people and agents: what is on its way, what has left, and what was given up."""

from __future__ import annotations

from typing import Any

from django_filters.rest_framework import DjangoFilterBackend
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.exceptions import NotFound
from rest_framework.mixins import ListModelMixin
from rest_framework.request import Request
from rest_framework.response import Response

from routing.api.arrival import arrived_at
from routing.api.filters import MessageFilters
from routing.api.problems import Conflict
from routing.api.serializers.actions import NothingSerializer
from routing.api.serializers.webhooks import MessageSerializer
from routing.api.views.actions import actor_of
from routing.api.views.base import ApiView
from routing.models import OutboxMessage, Scope
from routing.services.outbox_retry import CannotRetry, retry_message


class OutboxView(ListModelMixin, ApiView):
    """Newest first."""

    scopes = {"get": Scope.CONFIG_READ}
    serializer_class = MessageSerializer
    filter_backends = [DjangoFilterBackend]
    filterset_class = MessageFilters
    orderings = ("-created_at", "created_at")
    queryset = OutboxMessage.objects.select_related("lead", "rep")

    @extend_schema(operation_id="list_messages", summary="List messages in the outbox")
    def get(self, request: Request) -> Response:
        return self.list(request)


class RetryMessageView(ApiView):
    """One that was given up, or that waits for its next try."""

    scopes = {"post": Scope.CONFIG_WRITE}
    conflicts = {"post": (409,)}
    conflict_example = {"detail": "It was sent already."}
    serializer_class = MessageSerializer
    queryset = OutboxMessage.objects.select_related("lead", "rep")

    def get_object(self) -> Any:
        message = self.get_queryset().filter(key=self.kwargs["id"].replace("\0", "")).first()
        if message is None:
            raise NotFound()
        return message

    @extend_schema(
        operation_id="retry_message",
        summary="Send a message now",
        parameters=[OpenApiParameter("id", {"type": "string"}, location=OpenApiParameter.PATH)],
        request=None,
        responses=MessageSerializer,
    )
    def post(self, request: Request, id: str) -> Response:
        message = self.get_object()
        NothingSerializer(data=request.data).is_valid(raise_exception=True)
        try:
            retry_message(message=message, now=arrived_at(request), actor=actor_of(request))
        except CannotRetry as error:
            raise Conflict(str(error)) from error
        return Response(MessageSerializer(self.get_object()).data)
