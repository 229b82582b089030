"""The rulebook: what would change, what is wrong with it, publish it now or later, go back, what was published."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from django.shortcuts import get_object_or_404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.exceptions import NotFound, ValidationError
from rest_framework.mixins import ListModelMixin
from rest_framework.request import Request
from rest_framework.response import Response

from routing.api.arrival import arrived_at
from routing.api.instants import to_come
from routing.api.serializers.actions import NothingSerializer
from routing.api.serializers.rulebook import (
    AppliedSerializer,
    DiffSerializer,
    LintSerializer,
    PresetOptionsSerializer,
    PublishSerializer,
    RollbackSerializer,
    RoutingStateSerializer,
    ScheduledSerializer,
    VersionSerializer,
    WholeVersionSerializer,
)
from routing.api.views.base import ApiView
from routing.models import RoutingSettings, RulebookVersion, ScheduledVersion, Scope
from routing.services.importing.shown import version_document
from routing.services.lint import lint
from routing.services.pause_routing import pause_routing, resume_routing
from routing.services.presets import apply_preset, list_presets
from routing.services.publish import draft_changes, publish, publish_again, published
from routing.services.schedule import cancel_publication, schedule_publication


class PublishView(ApiView):
    scopes = {"post": Scope.CONFIG_WRITE}
    conflicts = {"post": (409,)}
    conflict_example = {"errors": {"rulebook": ["Nothing changed since the last version."]}}
    serializer_class = PublishSerializer

    @extend_schema(
        operation_id="publish_rulebook",
        summary="Publish the draft, now or later",
        responses={
            201: VersionSerializer,
            202: OpenApiResponse(ScheduledSerializer, "With `at`: it is frozen, and published then."),
        },
    )
    def post(self, request: Request) -> Response:
        wanted = PublishSerializer(data=request.data)
        wanted.is_valid(raise_exception=True)
        sent, now = wanted.validated_data, arrived_at(request)
        if (at := to_come("at", sent["at"], request)) is not None:
            scheduled = schedule_publication(note=sent["note"], at=at, user=None, now=now)
            return Response(ScheduledSerializer(scheduled).data, status=202)
        version = publish(note=sent["note"], user=None, now=now)
        return Response(VersionSerializer(version).data, status=201)


class RollbackView(ApiView):
    scopes = {"post": Scope.CONFIG_WRITE}
    conflicts = {"post": (409,)}
    conflict_example = {
        "errors": {"rulebook": ["Example “german enterprise” fails. Change the rules, or the example."]}
    }
    serializer_class = RollbackSerializer

    @extend_schema(
        operation_id="roll_back_rulebook",
        summary="Publish an earlier version again",
        responses={201: VersionSerializer},
    )
    def post(self, request: Request) -> Response:
        """As a new version. The draft stays as it is."""
        wanted = RollbackSerializer(data=request.data)
        wanted.is_valid(raise_exception=True)
        try:
            version = publish_again(wanted.validated_data["to"], user=None, now=arrived_at(request))
        except RulebookVersion.DoesNotExist as error:
            raise ValidationError({"to": ["There is no version of this number."]}) from error
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


class VersionView(ApiView):
    scopes = {"get": Scope.CONFIG_READ}
    serializer_class = WholeVersionSerializer
    queryset = RulebookVersion.objects.all()

    @extend_schema(
        operation_id="get_rulebook_version",
        summary="One version, with all it says",
        parameters=[OpenApiParameter("number", OpenApiTypes.INT, location=OpenApiParameter.PATH)],
    )
    def get(self, request: Request, number: str) -> Response:
        if not (number.isascii() and number.isdigit() and len(number) <= 9):
            raise NotFound()
        version = get_object_or_404(RulebookVersion.objects.select_related("published_by"), number=int(number))
        version.content = version_document(version.content)
        return Response(WholeVersionSerializer(version).data)


class ScheduledListView(ListModelMixin, ApiView):
    """What is to be published, the next one first."""

    scopes = {"get": Scope.CONFIG_READ}
    serializer_class = ScheduledSerializer
    orderings = ("publish_at", "-publish_at")

    def get_queryset(self) -> Any:
        return ScheduledVersion.objects.filter(ended_at=None).select_related("created_by").defer("content")

    @extend_schema(operation_id="list_scheduled_versions", summary="What is to be published")
    def get(self, request: Request) -> Response:
        return self.list(request)


class ScheduledView(ApiView):
    scopes = {"delete": Scope.CONFIG_WRITE}
    conflicts = {"delete": (409,)}
    conflict_example = {"detail": "Publication at 2026-12-01 08:00 UTC has ended: it became version 5."}
    serializer_class = ScheduledSerializer
    queryset = ScheduledVersion.objects.all()

    @extend_schema(
        operation_id="cancel_scheduled_version",
        summary="Call a publication off",
        responses={204: OpenApiResponse(description="It will not be published.")},
    )
    def delete(self, request: Request, id: str) -> Response:
        cancel_publication(scheduled=self.get_object(), user=None, now=arrived_at(request))
        return Response(status=204)


class DiffView(ApiView):
    """What publishing the draft would change, in words."""

    scopes = {"get": Scope.CONFIG_READ}
    serializer_class = DiffSerializer

    @extend_schema(operation_id="get_rulebook_diff", summary="What publishing would change")
    def get(self, request: Request) -> Response:
        newest = published()
        return Response({"published": newest.number if newest else None, "changes": draft_changes()})


class LintView(ApiView):
    """Errors block publishing; warnings are probably not meant; notes are good to know."""

    scopes = {"get": Scope.CONFIG_READ}
    serializer_class = LintSerializer

    @extend_schema(operation_id="lint_rulebook", summary="What is wrong with the draft")
    def get(self, request: Request) -> Response:
        findings = [asdict(finding) for finding in lint(now=arrived_at(request))]
        return Response(LintSerializer({"findings": findings}).data)


class RoutingSwitchView(ApiView):
    """Everything at once, and at once."""

    scopes = {"post": Scope.CONFIG_WRITE}
    serializer_class = NothingSerializer

    def read(self, request: Request) -> None:
        NothingSerializer(data=request.data).is_valid(raise_exception=True)

    def state(self) -> Response:
        return Response(RoutingStateSerializer(RoutingSettings.objects.get(pk=1)).data)


class PauseRoutingView(RoutingSwitchView):
    @extend_schema(operation_id="pause_routing", summary="Pause all routing", responses=RoutingStateSerializer)
    def post(self, request: Request) -> Response:
        """Leads are taken in and wait; their deadlines stand still."""
        self.read(request)
        pause_routing(now=arrived_at(request))
        return self.state()


class ResumeRoutingView(RoutingSwitchView):
    @extend_schema(operation_id="resume_routing", summary="Resume routing", responses=RoutingStateSerializer)
    def post(self, request: Request) -> Response:
        """First the leads that waited."""
        self.read(request)
        resume_routing(now=arrived_at(request))
        return self.state()


class PresetView(ApiView):
    """Everything goes into the draft: look at it, then publish."""

    scopes = {"post": Scope.CONFIG_WRITE}
    serializer_class = PresetOptionsSerializer
    queryset = RulebookVersion.objects.none()

    @extend_schema(
        operation_id="apply_preset",
        summary="Set up one way of sharing leads",
        parameters=[
            OpenApiParameter(
                "name",
                location=OpenApiParameter.PATH,
                enum=[preset.name for preset in list_presets()],
            )
        ],
        responses={201: AppliedSerializer},
    )
    def post(self, request: Request, name: str) -> Response:
        sent = PresetOptionsSerializer(data=request.data)
        sent.is_valid(raise_exception=True)
        made = apply_preset(name=name, options=sent.validated_data, user=None, now=arrived_at(request))
        shown = {
            "preset": made.preset.name,
            "created": made.created,
            "missing": made.missing,
            "pools": [pool.name for pool in made.pools],
            "rules": [rule.name for rule in made.rules],
            "test_lead": made.test_lead,
            "preview": made.preview.decision,
        }
        return Response(AppliedSerializer(shown).data, status=201)
