"""Somebody leaves, or hands their leads over."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from reps.models import Rep
from routing.api.arrival import arrived_at
from routing.api.authentication import key_of
from routing.api.instants import to_come
from routing.api.problems import Conflict
from routing.api.serializers.departures import (
    DEPARTURE,
    LEAVING,
    PLAN,
    HandedOverSerializer,
    HandOverSerializer,
    LeavingSerializer,
    departure_view,
    leaving_view,
    pool_called,
    read_choices,
    rep_called,
)
from routing.api.views.base import ApiView
from routing.models import Scope
from routing.services.people.belongings import belongings
from routing.services.people.handing_over import Which, hand_over
from routing.services.people.leaving import CannotLeave, HasEnded, cancel_departure, plan_departure, planned
from routing.services.people.plans import Kind, read_plan, usual_plan

_ASKED = {
    "type": "object",
    "properties": {
        "at": {"type": ["string", "null"], "maxLength": 40, "description": "RFC 3339 with its offset. Null: now."},
        "plan": PLAN,
    },
    "additionalProperties": False,
}
_ONE = {key: value for key, value in DEPARTURE.items() if key != "type"} | {"type": "object"}


class HandOverView(ApiView):
    """Live at once."""

    scopes = {"post": Scope.CONFIG_WRITE}
    queryset = Rep.objects.all()
    serializer_class = HandOverSerializer

    @extend_schema(
        operation_id="hand_over_leads",
        summary="Hand a rep's open leads over",
        responses=HandedOverSerializer,
    )
    def post(self, request: Request, id: str) -> Response:
        """To a rep, to a pool by turn, or without either routed anew by the rules; never back to them."""
        rep = self.get_object()
        sent = HandOverSerializer(data=request.data)
        sent.is_valid(raise_exception=True)
        given = sent.validated_data
        done = hand_over(
            rep=rep,
            which=Which(given["leads"]),
            reason=given["reason"],
            now=arrived_at(request),
            actor=key_of(request).name,
            to=rep_called(given["to"], "to") if "to" in given else None,
            pool=pool_called(given["pool"], "pool") if "pool" in given else None,
        )
        return Response(HandedOverSerializer(done).data)


class LeavingView(ApiView):
    """Somebody leaves for good: what they have, and who gets it."""

    scopes = {"get": Scope.CONFIG_READ, "post": Scope.CONFIG_WRITE, "delete": Scope.CONFIG_WRITE}
    conflicts = {"delete": (409,)}
    conflict_example = {"detail": "Ana Diaz has left already."}
    queryset = Rep.objects.select_related("team__manager", "backup")
    serializer_class = LeavingSerializer

    @extend_schema(
        operation_id="get_leaving",
        summary="What a rep has, and where it goes when they leave",
        responses={(200, "application/json"): LEAVING},
    )
    def get(self, request: Request, id: str) -> Response:
        rep = self.get_object()
        departure = planned(rep)
        plan = read_plan(departure.plan, rep) if departure else usual_plan(rep)
        return Response(leaving_view(belongings(rep), plan, departure))

    @extend_schema(
        operation_id="leave",
        summary="A rep leaves, now or on a day",
        request={"application/json": _ASKED},
        responses={(200, "application/json"): _ONE},
    )
    def post(self, request: Request, id: str) -> Response:
        """A plan that is standing is replaced. What `plan` leaves out goes where it usually does."""
        rep, now = self.get_object(), arrived_at(request)
        sent = LeavingSerializer(data=request.data)
        sent.is_valid(raise_exception=True)
        choices = read_choices(sent.validated_data["plan"], belongings(rep))
        try:
            departure = plan_departure(
                rep=rep,
                leaves_at=to_come("at", sent.validated_data["at"], request) or now,
                plan=usual_plan(rep) | choices,
                user=None,
                now=now,
            )
        except CannotLeave as refusal:
            raise ValidationError({_field(kind): texts for kind, texts in refusal.errors.items()}) from refusal
        shown: Any = departure_view(departure)
        return Response(shown)

    @extend_schema(operation_id="stay", summary="Call a departure off", responses={204: None})
    def delete(self, request: Request, id: str) -> Response:
        departure = planned(self.get_object())
        if departure is None:
            raise Conflict("No departure is planned.")
        try:
            cancel_departure(departure=departure, now=arrived_at(request))
        except HasEnded as error:
            raise Conflict(str(error)) from error
        return Response(status=204)


def _field(kind: str) -> str:
    return f"plan.{kind}" if kind in set(Kind) else {"date": "at"}.get(kind, kind)
