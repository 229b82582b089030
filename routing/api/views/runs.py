"""Replays and repairs: start one, follow it, read its report, cancel it. And simulations, which answer at once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar
from uuid import UUID

from django.db.models import QuerySet
from django.urls import reverse
from django_filters.rest_framework import DjangoFilterBackend
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.exceptions import ValidationError
from rest_framework.mixins import ListModelMixin, RetrieveModelMixin
from rest_framework.request import Request
from rest_framework.response import Response

from routing.api.arrival import arrived_at
from routing.api.filters import RunFilters
from routing.api.serializers.actions import NothingSerializer
from routing.api.serializers.decisions import SimulatedSerializer
from routing.api.serializers.new_lead import lead_changes_schema
from routing.api.serializers.runs import REPAIR_ASKED, REPLAY_ASKED, ReportedRunSerializer, RunSerializer
from routing.api.views.base import ApiView
from routing.models import Lead, Scope, Work
from routing.services import work
from routing.services.asked_spans import read_instant
from routing.services.simulate import simulate

LOCATION = OpenApiParameter("Location", OpenApiTypes.URI, location=OpenApiParameter.HEADER, response=[202])


class RunsView(ListModelMixin, ApiView):
    """Newest first. A report comes with the run itself."""

    scopes = {"get": Scope.CONFIG_READ, "post": Scope.CONFIG_WRITE}
    serializer_class = RunSerializer
    filter_backends = [DjangoFilterBackend]
    filterset_class: Any = RunFilters
    orderings: ClassVar[tuple[str, ...]] = ("-created_at", "created_at")
    kind: ClassVar[Work.Kind]

    def get_queryset(self) -> QuerySet[Work]:
        return Work.objects.filter(kind=self.kind).select_related("requested_by").defer("report")

    def start(self, request: Request, address: str) -> Response:
        run = work.start(kind=self.kind, params=request.data, user=None, now=arrived_at(request))
        headers = {"Location": request.build_absolute_uri(reverse(address, args=[run.uuid]))}
        return Response(RunSerializer(run).data, status=202, headers=headers)


class ReplaysView(RunsView):
    kind = Work.Kind.REPLAY

    @extend_schema(operation_id="list_replays", summary="List replays")
    def get(self, request: Request) -> Response:
        return self.list(request)

    @extend_schema(
        operation_id="start_replay",
        summary="Replay past leads",
        parameters=[LOCATION],
        request={"application/json": REPLAY_ASKED},
        responses={202: RunSerializer},
    )
    def post(self, request: Request) -> Response:
        """By the draft or any version, beside what is published and what happened."""
        return self.start(request, "api:replay")


class RepairsView(RunsView):
    kind = Work.Kind.REPAIR
    scopes = {"get": Scope.CONFIG_READ}

    @extend_schema(operation_id="list_repairs", summary="List repairs")
    def get(self, request: Request) -> Response:
        return self.list(request)


class RepairView(RunsView):
    kind = Work.Kind.REPAIR
    scopes = {"post": Scope.CONFIG_WRITE}
    orderings = ()
    filterset_class = None

    @extend_schema(
        operation_id="start_repair",
        summary="Decide again what a wrong version decided",
        parameters=[LOCATION],
        request={"application/json": REPAIR_ASKED},
        responses={202: RunSerializer},
    )
    def post(self, request: Request) -> Response:
        """Leads that nobody has touched. Without `apply` it only says what would change."""
        return self.start(request, "api:repair-run")


class RunView(RetrieveModelMixin, ApiView):
    scopes = {"get": Scope.CONFIG_READ}
    serializer_class = ReportedRunSerializer
    kind: ClassVar[Work.Kind]

    def get_queryset(self) -> QuerySet[Work]:
        return Work.objects.filter(kind=self.kind).select_related("requested_by")


class ReplayView(RunView):
    kind = Work.Kind.REPLAY

    @extend_schema(operation_id="get_replay", summary="One replay, with its report")
    def get(self, request: Request, id: str) -> Response:
        return self.retrieve(request)


class RepairRunView(RunView):
    kind = Work.Kind.REPAIR

    @extend_schema(operation_id="get_repair", summary="One repair, with its report")
    def get(self, request: Request, id: str) -> Response:
        return self.retrieve(request)


class CancelView(ApiView):
    scopes = {"post": Scope.CONFIG_WRITE}
    conflicts = {"post": (409,)}
    conflict_example = {"detail": "It has finished already: done."}
    serializer_class = RunSerializer
    kind: ClassVar[Work.Kind]

    def get_queryset(self) -> QuerySet[Work]:
        return Work.objects.filter(kind=self.kind)

    def cancel(self, request: Request) -> Response:
        run: Work = self.get_object()
        NothingSerializer(data=request.data).is_valid(raise_exception=True)
        return Response(RunSerializer(work.cancel(work=run)).data)


class CancelReplayView(CancelView):
    kind = Work.Kind.REPLAY

    @extend_schema(operation_id="cancel_replay", summary="Stop a replay", request=None)
    def post(self, request: Request, id: str) -> Response:
        return self.cancel(request)


class CancelRepairView(CancelView):
    kind = Work.Kind.REPAIR

    @extend_schema(operation_id="cancel_repair", summary="Stop a repair", request=None)
    def post(self, request: Request, id: str) -> Response:
        """What it has moved stays moved."""
        return self.cancel(request)


# --- simulations -------------------------------------------------------------------------------------------------

SIMULATION_ASKED: dict[str, Any] = {
    "type": "object",
    "additionalProperties": False,
    "required": ["lead"],
    "properties": {
        "lead": {
            "description": "The id of a lead, or its facts.",
            "anyOf": [{"type": "string", "format": "uuid"}, lead_changes_schema()],
        },
        "at": {"type": ["string", "null"], "description": "RFC 3339 with its offset; null: now.", "maxLength": 40},
        "version": {"type": ["string", "integer"], "description": "draft, published (default), or a number."},
    },
    "examples": [{"lead": {"email": "mia@globex.com", "country": "US"}, "version": "draft"}],
}


class SimulationsView(ApiView):
    """What would become of a lead. Nothing is written."""

    scopes = {"post": Scope.CONFIG_READ}
    serializer_class = SimulatedSerializer

    @extend_schema(
        operation_id="simulate",
        summary="What would become of a lead",
        request={"application/json": SIMULATION_ASKED},
        responses=SimulatedSerializer,
    )
    def post(self, request: Request) -> Response:
        sent: Mapping[str, Any] = request.data
        errors: dict[str, list[str]] = {
            name: ["There is no such field here. Send lead, at and version."]
            for name in sent
            if name not in SIMULATION_ASKED["properties"]
        }
        at, version = read_instant(sent, "at", errors), sent.get("version", "published")
        if isinstance(version, bool) or not isinstance(version, str | int):
            errors["version"] = ["Say draft, published, or the number of a version."]
        if not isinstance(sent.get("lead"), str | Mapping):
            errors["lead"] = ["Send the id of a lead, or its facts as an object."]
        if errors:
            raise ValidationError(errors)
        told = simulate(lead=_lead(sent["lead"]), at=at, version=version, now=arrived_at(request))
        return Response(SimulatedSerializer(told.decision).data)


def _lead(sent: str | Mapping[str, Any]) -> Lead | Mapping[str, Any]:
    if not isinstance(sent, str):
        return sent
    try:
        return Lead.objects.get(uuid=UUID(sent))
    except (ValueError, Lead.DoesNotExist) as error:
        raise ValidationError({"lead": ["There is no lead of this id."]}) from error
