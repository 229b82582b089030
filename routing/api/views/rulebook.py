"""The rulebook: what would change, publish it, what was published."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.mixins import ListModelMixin
from rest_framework.request import Request
from rest_framework.response import Response

from routing.api.arrival import arrived_at
from routing.api.serializers.rulebook import DiffSerializer, PublishSerializer, VersionSerializer
from routing.api.views.base import ApiView
from routing.models import RulebookVersion, Scope
from routing.services.publish import draft_changes, publish, published


class PublishView(ApiView):
    scopes = {"post": Scope.CONFIG_WRITE}
    conflicts = {"post": (409,)}
    serializer_class = PublishSerializer

    @extend_schema(operation_id="publish_rulebook", summary="Publish the draft", responses={201: VersionSerializer})
    def post(self, request: Request) -> Response:
        wanted = PublishSerializer(data=request.data)
        wanted.is_valid(raise_exception=True)
        version = publish(note=wanted.validated_data["note"], user=None, now=arrived_at(request))
        return Response(VersionSerializer(version).data, status=201)


class VersionsView(ListModelMixin, ApiView):
    """Newest first; the first is the one that routing follows."""

    scopes = {"get": Scope.CONFIG_READ}
    serializer_class = VersionSerializer
    orderings = ("-number", "number")

    def get_queryset(self) -> Any:
        return RulebookVersion.objects.select_related("published_by").defer("content")

    @extend_schema(operation_id="list_rulebook_versions", summary="Published versions")
    def get(self, request: Request) -> Response:
        return self.list(request)


class DiffView(ApiView):
    """What publishing the draft would change, in words."""

    scopes = {"get": Scope.CONFIG_READ}
    serializer_class = DiffSerializer

    @extend_schema(operation_id="get_rulebook_diff", summary="What publishing would change")
    def get(self, request: Request) -> Response:
        newest = published()
        return Response({"published": newest.number if newest else None, "changes": draft_changes()})
