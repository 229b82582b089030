"""What a pool has besides its settings: who is in it, how the sharing stands, and whether it is paused."""

from __future__ import annotations

from typing import Any

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from routing.api import shapes
from routing.api.arrival import arrived_at
from routing.api.problems import Conflict
from routing.api.revisions import ETAG, IF_MATCH, IF_NONE_MATCH, etag, revision_asked
from routing.api.serializers.actions import NothingSerializer
from routing.api.serializers.pools import LedgersSerializer, MemberSerializer, ledger_view
from routing.api.views.base import ApiView
from routing.api.views.sections import SCOPES, reason_of
from routing.engine.types import Strategy
from routing.models import LedgerAccount, Pool, PoolMember, Scope
from routing.services.importing.one import save_member_as, save_row
from routing.services.importing.shown import document_of
from routing.services.manage import remove_member
from routing.services.pause_pool import pause_pool

NO_CONTROL = "This pool has no control group: it does not go by results, or its share is 0 already."
ALREADY = "ana@acme.example is in this pool already. Change their weight, caps or ramp with PATCH."
_MEMBER = shapes.shaped(shapes.MEMBER, "rep") | {"type": "object"}
_CHANGES = shapes.shaped({key: shapes.MEMBER[key] for key in ("weight", "caps", "ramp")}) | {"type": "object"}


class PoolMembersView(ApiView):
    """Live at once."""

    scopes = SCOPES
    conflicts = {"post": (409,)}
    conflict_example = {"errors": {"rep": [ALREADY]}}
    queryset = Pool.objects.current()
    serializer_class = MemberSerializer
    orderings = ("joined_at", "-joined_at")

    @extend_schema(operation_id="list_pool_members", summary="Members of a pool", responses=MemberSerializer(many=True))
    def get(self, request: Request, id: str) -> Response:
        members = PoolMember.objects.filter(pool=self.get_object()).select_related("rep")
        return self.paged(self.paginate_queryset(members) or [])

    @extend_schema(
        operation_id="add_pool_member",
        summary="Put somebody in a pool",
        parameters=[ETAG],
        request={"application/json": _MEMBER},
        responses={201: MemberSerializer},
    )
    def post(self, request: Request, id: str) -> Response:
        """Whoever is in it already stays as they are: 409. PATCH changes them."""
        member = save_member_as(pool=self.get_object(), values=request.data, now=arrived_at(request))
        return Response(MemberSerializer(member).data, status=201, headers=etag(member))


class PoolMemberView(ApiView):
    """One member, by e-mail address. Live at once."""

    scopes = SCOPES
    conflicts = {"get": (304,), "patch": (412,), "delete": (412,)}
    queryset = Pool.objects.current()
    serializer_class = MemberSerializer

    def member(self, rep: str) -> PoolMember:
        rows = PoolMember.objects.select_related("rep", "pool")
        return get_object_or_404(rows, pool=self.get_object(), rep__email=rep.replace("\0", "").lower())

    @extend_schema(operation_id="get_pool_member", summary="One member of a pool", parameters=[IF_NONE_MATCH, ETAG])
    def get(self, request: Request, id: str, rep: str) -> Response:
        member = self.member(rep)
        return Response(MemberSerializer(member).data, headers=etag(member))

    @extend_schema(
        operation_id="change_pool_member",
        summary="Change a member's weight, caps or ramp",
        parameters=[IF_MATCH, ETAG],
        request={"application/json": _CHANGES},
        responses=MemberSerializer,
    )
    def patch(self, request: Request, id: str, rep: str) -> Response:
        member = self.member(rep)
        changed = save_member_as(
            pool=member.pool,
            member=member,
            values=request.data,
            now=arrived_at(request),
            revision=revision_asked(request, member),
        )
        return Response(MemberSerializer(changed).data, headers=etag(changed))

    @extend_schema(
        operation_id="remove_pool_member",
        summary="Take somebody out of a pool",
        parameters=[IF_MATCH],
        responses={204: OpenApiResponse(description="They are out; their balance waits for them.")},
    )
    def delete(self, request: Request, id: str, rep: str) -> Response:
        member = self.member(rep)
        remove_member(member=member, now=arrived_at(request), revision=revision_asked(request, member))
        return Response(status=204)


class PoolLedgerView(ApiView):
    """What everybody is owed, or got ahead: one ledger for each kind of lead that is counted apart."""

    scopes = {"get": Scope.CONFIG_READ}
    queryset = Pool.objects.current()
    serializer_class = LedgersSerializer

    @extend_schema(operation_id="get_pool_ledger", summary="How the sharing stands")
    def get(self, request: Request, id: str) -> Response:
        pool = self.get_object()
        members = PoolMember.objects.filter(pool=pool).select_related("rep")
        ledger = pool.fairness_group_id or pool.ledger_id
        accounts = LedgerAccount.objects.filter(ledger=ledger).select_related("rep")
        return Response(ledger_view(members, accounts, now=arrived_at(request)))


class PoolSwitchView(ApiView):
    """Live at once."""

    scopes = {"post": Scope.CONFIG_WRITE}
    queryset = Pool.objects.current()
    serializer_class = NothingSerializer

    def switch(self, request: Request, *, paused: bool) -> Response:
        pool: Any = self.get_object()
        NothingSerializer(data=request.data).is_valid(raise_exception=True)
        pause_pool(pool=pool, paused=paused, now=arrived_at(request))
        return Response({"id": str(pool.uuid)} | document_of("pools", pool))


_POOL: Any = {(200, "application/json"): shapes.answered("pools")}


class PausePoolView(PoolSwitchView):
    @extend_schema(operation_id="pause_pool", summary="Pause a pool", responses=_POOL)
    def post(self, request: Request, id: str) -> Response:
        """Its rules find nobody there until it is resumed."""
        return self.switch(request, paused=True)


class ResumePoolView(PoolSwitchView):
    @extend_schema(operation_id="resume_pool", summary="Resume a pool", responses=_POOL)
    def post(self, request: Request, id: str) -> Response:
        """Leads that wait are looked at again."""
        return self.switch(request, paused=False)


class EndControlView(ApiView):
    """The leads that went by turn to compare with go by results too."""

    scopes = {"post": Scope.CONFIG_WRITE}
    conflicts = {"post": (409,)}
    conflict_example = {"detail": NO_CONTROL}
    queryset = Pool.objects.current()
    serializer_class = NothingSerializer

    @extend_schema(operation_id="end_control_group", summary="End the control group of a pool", responses=_POOL)
    def post(self, request: Request, id: str) -> Response:
        """In the draft: it takes effect when that is published. Its ledger stays as it is, for the comparison."""
        pool = self.get_object()
        NothingSerializer(data=request.data).is_valid(raise_exception=True)
        if pool.strategy != Strategy.PERFORMANCE or not pool.control_share:
            raise Conflict(NO_CONTROL)
        row = save_row(
            section="pools",
            row=pool,
            changes={"control_share": 0},
            now=arrived_at(request),
            reason=reason_of(request),
        )
        return Response({"id": str(row.uuid)} | document_of("pools", row), headers=etag(row))
