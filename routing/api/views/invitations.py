"""Invite a rep to sign in."""

from __future__ import annotations

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from reps.models import Rep
from routing.api.arrival import arrived_at
from routing.api.fields import StrictSerializer
from routing.api.problems import Conflict
from routing.api.serializers.actions import NothingSerializer
from routing.api.views.base import ApiView
from routing.models import Scope
from routing.services.sign_ins import CannotInvite, invite


class InvitedSerializer(StrictSerializer):
    id = serializers.CharField(help_text="The rep.")
    username = serializers.CharField(help_text="What they sign in as.")


class InviteRepView(ApiView):
    """By mail, with a link that works once."""

    scopes = {"post": Scope.CONFIG_WRITE}
    conflicts = {"post": (409,)}
    conflict_example = {"detail": "Ana Diaz is inactive. Switch them to active first."}
    queryset = Rep.objects.all()
    serializer_class = NothingSerializer

    @extend_schema(operation_id="invite_rep", summary="Invite a rep to sign in", responses={202: InvitedSerializer})
    def post(self, request: Request, id: str) -> Response:
        """They get a sign-in if they have none, and a mail with which they choose a password."""
        NothingSerializer(data=request.data).is_valid(raise_exception=True)
        rep = self.get_object()
        try:
            user = invite(rep=rep, now=arrived_at(request))
        except CannotInvite as refused:
            raise Conflict(str(refused)) from refused
        return Response(InvitedSerializer({"id": str(rep.uuid), "username": user.get_username()}).data, status=202)
