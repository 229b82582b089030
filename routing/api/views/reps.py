"""Reps: look at them, and change one."""

from __future__ import annotations

from typing import Any

from django_filters.rest_framework import DjangoFilterBackend
from drf_spectacular.utils import extend_schema
from rest_framework.mixins import ListModelMixin, RetrieveModelMixin
from rest_framework.request import Request
from rest_framework.response import Response

from reps.models import Rep
from routing.api.arrival import arrived_at
from routing.api.authentication import key_of
from routing.api.filters import RepFilters
from routing.api.serializers.reps import RepChangesSerializer, RepSerializer
from routing.api.views.base import ApiView
from routing.models import Scope
from routing.services.change_rep import change_rep


def rep_rows() -> Any:
    """Reps with everything that RepSerializer shows."""
    return Rep.objects.select_related("team", "backup").prefetch_related("skills", "working_hours")


class RepsView(ListModelMixin, ApiView):
    scopes = {"get": Scope.CONFIG_READ}
    serializer_class = RepSerializer
    filter_backends = [DjangoFilterBackend]
    filterset_class = RepFilters
    orderings = ("name", "-name", "email", "-email", "created_at", "-created_at")

    def get_queryset(self) -> Any:
        return rep_rows()

    @extend_schema(operation_id="list_reps", summary="Reps")
    def get(self, request: Request) -> Response:
        return self.list(request)


class RepView(RetrieveModelMixin, ApiView):
    scopes = {"get": Scope.CONFIG_READ, "patch": Scope.CONFIG_WRITE}
    serializer_class = RepSerializer

    def get_queryset(self) -> Any:
        return rep_rows()

    @extend_schema(operation_id="get_rep", summary="One rep")
    def get(self, request: Request, id: str) -> Response:
        return self.retrieve(request)

    @extend_schema(
        operation_id="change_rep",
        summary="Change a rep, at once",
        request=RepChangesSerializer(partial=True),
        responses=RepSerializer,
    )
    def patch(self, request: Request, id: str) -> Response:
        rep = self.get_object()
        changes = RepChangesSerializer(data=request.data, partial=True)
        changes.is_valid(raise_exception=True)
        change_rep(
            rep=rep,
            changes=changes.validated_data,
            now=arrived_at(request),
            reason=f"API key {key_of(request).name}"[:100],
        )
        return Response(RepSerializer(rep_rows().get(pk=rep.pk)).data)
