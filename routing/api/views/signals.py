"""Buying signals: send one in, look at them."""

from __future__ import annotations

from typing import Any

from django_filters.rest_framework import DjangoFilterBackend
from drf_spectacular.utils import extend_schema
from rest_framework.mixins import ListModelMixin
from rest_framework.request import Request
from rest_framework.response import Response

from routing.api.arrival import arrived_at
from routing.api.authentication import key_of
from routing.api.filters import SignalFilters
from routing.api.serializers.signals import SIGNAL_ASKED, SignalSerializer
from routing.api.views.actions import NOT_THEIRS
from routing.api.views.base import ApiView
from routing.models import Scope, Signal
from routing.services.receive_signal import receive_signal


class SignalsView(ListModelMixin, ApiView):
    """Newest first."""

    scopes = {"get": Scope.LEADS_READ, "post": Scope.SIGNALS_WRITE}
    conflicts = {"post": (409,)}
    conflict_example = NOT_THEIRS
    serializer_class = SignalSerializer
    filter_backends = [DjangoFilterBackend]
    filterset_class = SignalFilters
    orderings = ("-observed_at", "observed_at")
    queryset = Signal.objects.none()

    def get_queryset(self) -> Any:
        rows = Signal.objects.select_related("lead")
        own = key_of(self.request).rep_id
        return rows if own is None else rows.filter(lead__owner=own)

    @extend_schema(operation_id="list_signals", summary="List signals")
    def get(self, request: Request) -> Response:
        return self.list(request)

    @extend_schema(
        operation_id="send_signal",
        summary="Send a signal in",
        request={"application/json": SIGNAL_ASKED},
        responses={202: SignalSerializer},
    )
    def post(self, request: Request) -> Response:
        """About a lead, a person or a company. The same one again is not stored twice."""
        signal = receive_signal(facts=request.data, now=arrived_at(request), api_key=key_of(request))
        return Response(SignalSerializer(signal).data, status=202)
