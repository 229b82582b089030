"""The story of a lead, shared to read: links are made, listed and ended."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.exceptions import NotFound, PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response

from routing.api.arrival import arrived_at
from routing.api.authentication import key_of
from routing.api.serializers.shared_links import SharedLinkSerializer, ShareSerializer
from routing.api.views.base import ApiView, is_id
from routing.models import Lead, Scope, SharedLink
from routing.services.access import leads_of_key
from routing.services.shared_links import share_lead, stop_sharing

NOT_FOR_REPS = "A key of a rep shares no leads."


class SharingView(ApiView):
    queryset = Lead.objects.none()
    serializer_class = SharedLinkSerializer

    def get_queryset(self) -> Any:
        return leads_of_key(key_of(self.request))

    def lead(self) -> Lead:
        """Raises PermissionDenied for the key of a rep, of leads that it may see."""
        found: Lead = self.get_object()
        if key_of(self.request).rep_id is not None:
            raise PermissionDenied(NOT_FOR_REPS)
        return found


class SharedLinksView(SharingView):
    """Those that open now. Whoever has one reads the paragraph and the bar of the lead's page, and nothing else."""

    scopes = {"get": Scope.LEADS_READ, "post": Scope.LEADS_WRITE}
    orderings = ("ends_at",)

    @extend_schema(
        operation_id="list_shared_links", summary="Links that share a lead", responses=SharedLinkSerializer(many=True)
    )
    def get(self, request: Request, id: str) -> Response:
        rows = SharedLink.objects.standing(arrived_at(request)).filter(lead=self.lead())
        return self.paged(self.paginate_queryset(rows) or [])

    @extend_schema(
        operation_id="share_lead",
        summary="Share a lead by a link",
        parameters=[OpenApiParameter("Location", OpenApiTypes.URI, location=OpenApiParameter.HEADER, response=[201])],
        request=ShareSerializer,
        responses={201: SharedLinkSerializer},
    )
    def post(self, request: Request, id: str) -> Response:
        lead = self.lead()
        sent = ShareSerializer(data=request.data)
        sent.is_valid(raise_exception=True)
        lasts = timedelta(days=sent.validated_data["days"])
        link = share_lead(lead=lead, lasts=lasts, user=None, now=arrived_at(request))
        headers = {"Location": request.build_absolute_uri(f"{request.path}/{link.uuid}")}
        return Response(SharedLinkSerializer(link).data, status=201, headers=headers)


class SharedLinkView(SharingView):
    scopes = {"delete": Scope.LEADS_WRITE}

    @extend_schema(
        operation_id="stop_sharing_lead",
        summary="End a link before its time",
        responses={204: OpenApiResponse(description="It opens nothing any more.")},
    )
    def delete(self, request: Request, id: str, link: str) -> Response:
        rows = SharedLink.objects.select_related("lead").filter(lead=self.lead())
        found = rows.filter(uuid=link).first() if is_id(link) else None
        if found is None:
            raise NotFound("There is no such link.")
        stop_sharing(link=found, user=None, now=arrived_at(request))
        return Response(status=204)
