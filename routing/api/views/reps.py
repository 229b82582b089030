"""What a rep has besides the row: a pause with its end, and the statement of their turns."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from reps.models import Rep
from routing.api import shapes
from routing.api.arrival import arrived_at
from routing.api.fields import Instant, StrictSerializer, Text
from routing.api.instants import instant_of, to_come
from routing.api.serializers.actions import NothingSerializer
from routing.api.serializers.statements import StatementSerializer, statement_view
from routing.api.views.base import ApiView
from routing.api.views.sections import reason_of
from routing.models import Pool, Scope
from routing.services.importing.one import save_row
from routing.services.importing.shown import document_of
from routing.services.statement import statement

_REP: Any = {(200, "application/json"): shapes.answered("reps")}


class PauseSerializer(StrictSerializer):
    until = Instant(required=False, allow_null=True, default=None, help_text="Null: until resumed.")
    reason = Text(required=False, allow_blank=True, default="", max_length=200)


class RepSwitchView(ApiView):
    """Live at once."""

    scopes = {"post": Scope.CONFIG_WRITE}
    queryset = Rep.objects.all()
    serializer_class: type[serializers.Serializer[Any]] = NothingSerializer

    def switch(self, request: Request, paused: dict[str, Any] | None) -> Response:
        rep = save_row(
            section="reps",
            row=self.get_object(),
            changes={"paused": paused},
            now=arrived_at(request),
            reason=reason_of(request),
        )
        return Response({"id": str(rep.uuid)} | document_of("reps", rep))


class PauseRepView(RepSwitchView):
    serializer_class = PauseSerializer

    @extend_schema(operation_id="pause_rep", summary="Pause a rep", responses=_REP)
    def post(self, request: Request, id: str) -> Response:
        """They get no more leads until then, or until resumed."""
        sent = PauseSerializer(data=request.data)
        sent.is_valid(raise_exception=True)
        until = to_come("until", sent.validated_data["until"], request)
        given = {"until": until.isoformat() if until else None, "reason": sent.validated_data["reason"]}
        return self.switch(request, given)


class ResumeRepView(RepSwitchView):
    @extend_schema(operation_id="resume_rep", summary="Resume a rep", responses=_REP)
    def post(self, request: Request, id: str) -> Response:
        """Leads that wait are looked at again."""
        NothingSerializer(data=request.data).is_valid(raise_exception=True)
        return self.switch(request, None)


class StatementView(ApiView):
    """Every turn and credit of a rep in a period; the lines add up."""

    scopes = {"get": Scope.CONFIG_READ}
    queryset = Rep.objects.all()
    parameters = ("from", "to", "pool")
    serializer_class = StatementSerializer

    @extend_schema(
        operation_id="get_rep_statement",
        summary="The statement of a rep's turns",
        parameters=[
            OpenApiParameter("from", {"type": "string", "format": "date-time"}, required=True),
            OpenApiParameter("to", {"type": "string", "format": "date-time"}, description="Not included; now."),
            OpenApiParameter("pool", description="Name of a pool; all ledgers without it."),
        ],
    )
    def get(self, request: Request, id: str) -> Response:
        rep = self.get_object()
        since, until = instant_of(request, "from"), instant_of(request, "to") or arrived_at(request)
        if since is None:
            raise ValidationError({"from": ["Say from when, such as 2026-03-01T00:00:00Z."]})
        if since >= until:
            raise ValidationError({"from": ["From lies before to."]})
        told = statement(rep=rep, since=since, until=until, pool=_pool(request.query_params.get("pool")))
        return Response(StatementSerializer(statement_view(told)).data)


def _pool(name: str | None) -> Pool | None:
    if name is None:
        return None
    pool = Pool.objects.current().filter(name=name.replace("\0", "")).first()
    if pool is None:
        raise ValidationError({"pool": [f"There is no pool “{name[:80]}”."]})
    return pool
