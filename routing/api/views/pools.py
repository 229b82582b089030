"""Pools: who is in them, and how the sharing stands."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.utils.functional import cached_property
from django_filters.rest_framework import DjangoFilterBackend
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.exceptions import ValidationError
from rest_framework.mixins import ListModelMixin, RetrieveModelMixin
from rest_framework.request import Request
from rest_framework.response import Response

from routing.api.filters import PoolFilters
from routing.api.serializers.pools import LedgersSerializer, MemberSerializer, PoolSerializer, ledger_view
from routing.api.views.base import ApiView
from routing.models import LedgerAccount, Pool, PoolMember, Scope
from routing.services.publish import published

DRAFT, PUBLISHED = "draft", "published"
VERSION = OpenApiParameter("version", enum=[DRAFT, PUBLISHED], default=DRAFT, description="Which settings are shown.")


class PoolRows(ApiView):
    """Pools of the draft, or as the published rulebook has them."""

    scopes = {"get": Scope.CONFIG_READ}
    serializer_class = PoolSerializer
    parameters = ("version",)

    def get_queryset(self) -> QuerySet[Pool]:
        entries = self.published_entries
        return Pool.objects.current() if entries is None else Pool.objects.filter(pk__in=entries)

    def get_serializer_context(self) -> dict[str, Any]:
        return super().get_serializer_context() | {"published": self.published_entries}

    @cached_property
    def published_entries(self) -> dict[int, Any] | None:
        """The published pools by key; None if the draft is asked for."""
        version = self.request.query_params.get("version", DRAFT)
        if version not in (DRAFT, PUBLISHED):
            raise ValidationError({"version": [f"Give {DRAFT} or {PUBLISHED}."]})
        if version == DRAFT:
            return None
        newest = published()
        return {entry["id"]: entry for entry in newest.content["pools"]} if newest else {}


class PoolsView(ListModelMixin, PoolRows):
    filter_backends = [DjangoFilterBackend]
    filterset_class = PoolFilters
    orderings = ("name", "-name", "created_at", "-created_at")

    @extend_schema(operation_id="list_pools", summary="Pools", parameters=[VERSION])
    def get(self, request: Request) -> Response:
        return self.list(request)


class PoolView(RetrieveModelMixin, PoolRows):
    @extend_schema(operation_id="get_pool", summary="One pool", parameters=[VERSION])
    def get(self, request: Request, id: str) -> Response:
        return self.retrieve(request)


class PoolMembersView(ApiView):
    scopes = {"get": Scope.CONFIG_READ}
    queryset = Pool.objects.current()
    serializer_class = MemberSerializer
    orderings = ("joined_at", "-joined_at")

    @extend_schema(operation_id="list_pool_members", summary="Members of a pool", responses=MemberSerializer(many=True))
    def get(self, request: Request, id: str) -> Response:
        members = PoolMember.objects.filter(pool=self.get_object()).select_related("rep")
        return self.paged(self.paginate_queryset(members) or [])


class PoolLedgerView(ApiView):
    """What everybody is owed, or got ahead."""

    scopes = {"get": Scope.CONFIG_READ}
    queryset = Pool.objects.current()
    serializer_class = LedgersSerializer

    @extend_schema(operation_id="get_pool_ledger", summary="How the sharing stands")
    def get(self, request: Request, id: str) -> Response:
        pool = self.get_object()
        members = PoolMember.objects.filter(pool=pool).select_related("rep")
        accounts = LedgerAccount.objects.filter(ledger=pool.ledger_id).select_related("rep")
        return Response(ledger_view(members, accounts))
