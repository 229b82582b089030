"""What is known of a person, and the audit log. Whom it is about stands in the body: addresses are logged."""

from __future__ import annotations

from typing import Any

import django_filters
from django_filters.rest_framework import DjangoFilterBackend
from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import PermissionDenied
from rest_framework.mixins import ListModelMixin
from rest_framework.request import Request
from rest_framework.response import Response

from routing.api.arrival import arrived_at
from routing.api.authentication import key_of
from routing.api.filters import InstantFilter
from routing.api.serializers import persons as shapes
from routing.api.views.base import ApiView
from routing.models import AuditEntry, Scope
from routing.services.privacy.erasing import erase_person
from routing.services.privacy.looking_up import export_person, look_up
from routing.services.privacy.people import Person, known_by, person_named


class PersonsView(ApiView):
    """For keys that see everybody's leads."""

    scopes = {"post": Scope.LEADS_READ}
    serializer_class: Any = shapes.WhoSerializer

    def sent(self, request: Request) -> dict[str, Any]:
        """What was sent, checked; a lead by what it is known by. Raises PermissionDenied and ValidationError."""
        if key_of(request).rep_id is not None:
            raise PermissionDenied("The key of a rep is for the rep's own leads, and this is about everybody's.")
        sent = self.serializer_class(data=request.data)
        sent.is_valid(raise_exception=True)
        values: dict[str, Any] = sent.validated_data
        lead = values.pop("lead", None)
        return values | known_by(lead) if lead else values

    def person(self, request: Request) -> Person:
        return person_named(**self.sent(request))


class SearchPersonView(PersonsView):
    @extend_schema(
        operation_id="search_person", summary="Where somebody stands", request=shapes.WhoSerializer,
        responses=shapes.KnownSerializer,
    )  # fmt: skip
    def post(self, request: Request) -> Response:
        """Every place with a copy, counted. That somebody searched is noted in the audit log."""
        known = look_up(person=self.person(request), now=arrived_at(request))
        return Response(
            shapes.KnownSerializer(
                {
                    "count": known.count,
                    "leads": [lead.uuid for lead in known.person.leads],
                    "places": known.places,
                    "waiting_on_disk": known.spooled,
                    "backups": [{"file": name, "made_at": at} for name, at in known.backups],
                }
            ).data
        )


class ExportPersonView(PersonsView):
    @extend_schema(
        operation_id="export_person", summary="Everything about somebody", request=shapes.WhoSerializer,
        responses=shapes.ExportSerializer,
    )  # fmt: skip
    def post(self, request: Request) -> Response:
        """To be handed out to them. Of texts about others it only says where they are named."""
        return Response(export_person(person=self.person(request), now=arrived_at(request)))


class ErasePersonView(PersonsView):
    scopes = {"post": Scope.CONFIG_WRITE}  # keys that only send leads in lie on web sites
    serializer_class = shapes.EraseSerializer

    @extend_schema(
        operation_id="erase_person", summary="Erase somebody everywhere", request=shapes.EraseSerializer,
        responses=shapes.ErasedSerializer,
    )  # fmt: skip
    def post(self, request: Request) -> Response:
        """For good, with all their leads and the duplicates of these. Turns that they cost stay counted."""
        erased = erase_person(**self.sent(request), now=arrived_at(request))
        return Response(shapes.ErasedSerializer(erased).data)


class AuditFilters(django_filters.FilterSet):
    action = django_filters.CharFilter(help_text="Such as key.made.")
    subject = django_filters.CharFilter(help_text="Such as routing.form.")
    subject_id = django_filters.CharFilter()
    happened_from = InstantFilter(field_name="happened_at", lookup_expr="gte", help_text="At or after this instant.")
    happened_to = InstantFilter(field_name="happened_at", lookup_expr="lt", help_text="Before this instant.")

    class Meta:
        model = AuditEntry
        fields: tuple[str, ...] = ()


class AuditView(ListModelMixin, ApiView):
    """Newest first."""

    scopes = {"get": Scope.CONFIG_READ}
    serializer_class = shapes.AuditSerializer
    filter_backends = [DjangoFilterBackend]
    filterset_class = AuditFilters
    orderings = ("-happened_at", "happened_at")
    queryset = AuditEntry.objects.select_related("user")

    @extend_schema(operation_id="list_audit", summary="Who did what")
    def get(self, request: Request) -> Response:
        """Nothing about people who are leads stands in it."""
        return self.list(request)
