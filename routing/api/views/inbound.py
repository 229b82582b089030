"""Inbound addresses: the key is in the answer to making one, and to exchanging it, and nowhere else."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from routing.api.serializers.actions import NothingSerializer
from routing.api.views.base import ApiView
from routing.api.views.sections import RowsView
from routing.models import InboundAddress, Scope
from routing.services.inbound.addresses import NewAddress, new_key, path_of


class InboundKeySerializer(serializers.Serializer[Any]):
    """Shown this once."""

    key = serializers.CharField(help_text="The verify token, for senders that ask for one.")
    url = serializers.URLField(help_text="Where to send to. It holds the key.")


def shown_once(fresh: NewAddress, request: HttpRequest) -> dict[str, str]:
    return {"key": fresh.key, "url": request.build_absolute_uri(path_of(fresh.key))}


class InboundRows(RowsView):
    """Whoever makes one is shown its key."""

    fresh: NewAddress

    def add(self, request: Request) -> InboundAddress:
        self.fresh = new_key(address=super().add(request))
        return self.fresh.address

    def post(self, request: Request) -> Response:
        answer = super().post(request)
        answer.data |= shown_once(self.fresh, request._request)
        return answer


class RotateInboundView(ApiView):
    scopes = {"post": Scope.CONFIG_WRITE}
    serializer_class = InboundKeySerializer
    queryset = InboundAddress.objects.all()

    @extend_schema(
        operation_id="rotate_inbound_address",
        summary="Exchange the key of an inbound address",
        request=NothingSerializer,
        responses=InboundKeySerializer,
    )
    def post(self, request: Request, id: str) -> Response:
        """At the address with the former key nothing is found any more, from now on."""
        address = self.get_object()
        NothingSerializer(data=request.data).is_valid(raise_exception=True)
        return Response(shown_once(new_key(address=address), request._request))
