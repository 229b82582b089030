"""Leads: send one in, look at them, ask why."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import transaction
from django.urls import reverse
from django_filters.rest_framework import DjangoFilterBackend
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.exceptions import NotFound, ValidationError
from rest_framework.mixins import ListModelMixin
from rest_framework.request import Request
from rest_framework.response import Response

from routing.api.arrival import arrived_at
from routing.api.authentication import key_of
from routing.api.filters import LeadFilters
from routing.api.parsers import body_hash
from routing.api.revisions import (
    ETAG,
    IF_MATCH,
    IF_NONE_MATCH,
    asks_for_a_revision,
    check_document,
    etag_of_document,
)
from routing.api.serializers.decisions import DecisionSerializer, TimelineSerializer
from routing.api.serializers.explanations import ExplanationSerializer
from routing.api.serializers.leads import LeadSerializer, ReceiptSerializer
from routing.api.serializers.new_lead import lead_changes_schema, new_lead_schema
from routing.api.views.actions import NOT_THEIRS, actor_of, changing_own, rep_named
from routing.api.views.base import ApiView
from routing.engine.explain import discreet
from routing.models import Decision, Lead, Scope
from routing.services.access import known_leads_of_key, leads_of_key
from routing.services.change_lead import change_lead
from routing.services.decision_wait import decided_within
from routing.services.duplicates import lock_family
from routing.services.explain import explain
from routing.services.privacy.erasing import erase_lead
from routing.services.receive_lead import receive_lead
from routing.services.timeline import timeline
from routing.snapshots.lead_documents import lead_rows
from routing.snapshots.traces import expand

LONGEST_WAIT = 10
_WAIT = re.compile(r"(?:^|,)\s*wait\s*=\s*\"?(\d+)\"?\s*(?=[,;]|$)", re.IGNORECASE)
_KEY = re.compile(r"[!-~]([ -~]{0,253}[!-~])?")

HEADERS = [
    OpenApiParameter(
        "Idempotency-Key",
        {"type": "string", "pattern": f"^{_KEY.pattern}$", "maxLength": 255},
        location=OpenApiParameter.HEADER,
        description="Printable ASCII. The same key and body again: the same answer, and no second lead.",
    ),
    OpenApiParameter(
        "Prefer",
        location=OpenApiParameter.HEADER,
        description=f"`wait=N`: wait up to N (at most {LONGEST_WAIT}) seconds for the decision and answer the lead.",
    ),
    OpenApiParameter("Location", OpenApiTypes.URI, location=OpenApiParameter.HEADER, response=[201, 202]),
    OpenApiParameter(
        "Idempotent-Replayed",
        location=OpenApiParameter.HEADER,
        response=[201, 202],
        description="`true` if this key and body were received before.",
    ),
    OpenApiParameter("Preference-Applied", location=OpenApiParameter.HEADER, response=[201]),
]


NAMING = {"email", "phone", "external_id", "account"}
"""Filters that would tell whose a lead is."""


class LeadsView(ListModelMixin, ApiView):
    scopes = {"get": Scope.LEADS_READ, "post": Scope.LEADS_WRITE}
    conflicts = {"post": (409, 422)}
    conflict_example = NOT_THEIRS
    serializer_class = LeadSerializer
    filter_backends = [DjangoFilterBackend]
    filterset_class = LeadFilters
    orderings = ("-submitted_at", "submitted_at")
    queryset = Lead.objects.none()

    def get_queryset(self) -> Any:
        choose = known_leads_of_key if NAMING & self.request.query_params.keys() else leads_of_key
        return choose(key_of(self.request), lead_rows())

    @extend_schema(operation_id="list_leads", summary="Leads, newest first")
    def get(self, request: Request) -> Response:
        return self.list(request)

    @extend_schema(
        operation_id="send_lead",
        summary="Send a lead in",
        parameters=HEADERS,
        request={"application/json": new_lead_schema()},
        responses={
            201: OpenApiResponse(LeadSerializer, "Decided within the time that `Prefer: wait=N` gave."),
            202: OpenApiResponse(ReceiptSerializer, "Stored; it is routed within moments, or goes to review."),
        },
    )
    def post(self, request: Request) -> Response:
        key = _idempotency_key(request)
        received = receive_lead(
            facts=request.data,
            now=arrived_at(request),
            api_key=key_of(request),
            idempotency_key=key,
            body_hash=body_hash(request.data) if key else "",
        )
        replayed = {"Idempotent-Replayed": "true"} if received.replayed else {}
        seconds = _seconds_to_wait(request)
        if seconds and decided_within(received.lead.pk, seconds):
            lead = LeadSerializer(lead_rows().get(pk=received.lead.pk)).data
            headers = {"Location": _url(request, received.lead), "Preference-Applied": f"wait={seconds}"}
            return Response(lead, status=201, headers=headers | replayed)
        receipt = _receipt(request, received.lead)
        return Response(receipt, status=202, headers={"Location": receipt["url"]} | replayed)


class LeadView(ApiView):
    scopes = {"get": Scope.LEADS_READ, "patch": Scope.LEADS_WRITE, "delete": Scope.LEADS_WRITE}
    conflicts = {"get": (304,), "patch": (409, 412), "delete": (409, 412)}
    conflict_example = NOT_THEIRS
    serializer_class = LeadSerializer

    def get_queryset(self) -> Any:
        return leads_of_key(key_of(self.request), lead_rows())

    @extend_schema(operation_id="get_lead", summary="One lead", parameters=[IF_NONE_MATCH, ETAG])
    def get(self, request: Request, id: str) -> Response:
        return self._shown(self.get_object())

    def _shown(self, lead: Any) -> Response:
        shown = LeadSerializer(lead).data
        return Response(shown, headers=etag_of_document(shown))

    @contextmanager
    def _changing(self, request: Request, lead: Lead) -> Iterator[None]:
        """Whose it must be, and as it must be known; it stays so until the change is done."""
        if not asks_for_a_revision(request):
            with changing_own(request, lead):
                yield
            return
        with transaction.atomic(), changing_own(request, lead):
            lock_family(lead)
            check_document(request, LeadSerializer(self.get_queryset().get(pk=lead.pk)).data, "lead")
            yield

    @extend_schema(
        operation_id="change_lead",
        summary="Change facts of a lead",
        parameters=[IF_MATCH, ETAG],
        request={"application/json": lead_changes_schema()},
        responses=LeadSerializer,
    )
    def patch(self, request: Request, id: str) -> Response:
        """Whoever works on it keeps it; a lead that nobody has touched goes where the rules send it now."""
        lead = self.get_object()
        with self._changing(request, lead):
            change_lead(lead=lead, facts=request.data, now=arrived_at(request), actor=actor_of(request))
        return self._shown(self.get_queryset().get(pk=lead.pk))

    @extend_schema(
        operation_id="erase_lead",
        summary="Erase a lead with everything about it",
        parameters=[IF_MATCH],
        responses={204: OpenApiResponse(description="It is gone; turns that it cost stay counted.")},
    )
    def delete(self, request: Request, id: str) -> Response:
        """Its duplicates go too, and signals that name only its e-mail address."""
        lead = self.get_object()
        with self._changing(request, lead):
            erase_lead(lead=lead, now=arrived_at(request))
        return Response(status=204)


class DecisionsView(ApiView):
    """Newest first, each with everything that it looked at."""

    scopes = {"get": Scope.LEADS_READ}
    queryset = Lead.objects.none()

    def get_queryset(self) -> Any:
        return known_leads_of_key(key_of(self.request))

    serializer_class = DecisionSerializer
    orderings = ("-decided_at",)

    @extend_schema(
        operation_id="list_decisions",
        summary="Why: the decisions about a lead",
        responses=DecisionSerializer(many=True),
    )
    def get(self, request: Request, id: str) -> Response:
        decisions = Decision.objects.filter(lead=self.get_object()).select_related("rep", "pool")
        page = self.paginate_queryset(decisions) or []
        traces = expand(page)
        if own := key_of(request).rep:
            traces = [_of_rep(row, trace, own.email) for row, trace in zip(page, traces, strict=True)]
        context = {"traces": {row.pk: trace for row, trace in zip(page, traces, strict=True)}}
        return self.get_paginated_response(DecisionSerializer(page, many=True, context=context).data)


class WhyView(ApiView):
    """Why the newest decision came out so, and with `rep` why not this rep, and what would have had to be different."""

    scopes = {"get": Scope.LEADS_READ}
    parameters = ("rep",)
    serializer_class = ExplanationSerializer

    def get_queryset(self) -> Any:
        return known_leads_of_key(key_of(self.request))

    @extend_schema(
        operation_id="explain_decision",
        summary="Why, in sentences",
        parameters=[OpenApiParameter("rep", description="E-mail address of the rep that is asked about.")],
    )
    def get(self, request: Request, id: str) -> Response:
        rows = Decision.objects.filter(lead=self.get_object()).select_related("rep", "pool")
        decision = rows.order_by("-decided_at", "-pk").first()
        if decision is None:
            raise NotFound("Nothing has been decided about this lead yet.")
        address = request.query_params.get("rep")
        rep = rep_named(address) if address else None
        own = key_of(request).rep
        told = explain(decision=decision, rep=rep or own, now=arrived_at(request), for_rep=own)
        return Response(ExplanationSerializer(told).data)


class TimelineView(ApiView):
    """Everything that happened to a lead, oldest first, on one page."""

    scopes = {"get": Scope.LEADS_READ}
    queryset = Lead.objects.none()

    def get_queryset(self) -> Any:
        return known_leads_of_key(key_of(self.request))

    serializer_class = TimelineSerializer

    @extend_schema(operation_id="get_timeline", summary="What happened to a lead")
    def get(self, request: Request, id: str) -> Response:
        entries = timeline(self.get_object(), for_rep=key_of(request).rep_id is not None)
        page = {"next": None, "previous": None, "results": entries}
        return Response(TimelineSerializer(page).data)


def _of_rep(decision: Decision, trace: dict[str, Any], email: str) -> dict[str, Any]:
    """The trace, and the decision's reason, as a rep sees them: who got the lead, and of figures only their own."""
    told = discreet({"reason": decision.reason, "trace": trace})
    decision.reason = told["reason"]
    theirs = {name: [row for row in trace.get(name, ()) if row["rep"] == email] for name in ("candidates", "offers")}
    return {**told["trace"], **theirs}


def _idempotency_key(request: Request) -> str:
    key = request.headers.get("Idempotency-Key")
    if key is None:
        return ""
    if not _KEY.fullmatch(key):
        raise ValidationError({"Idempotency-Key": ["Give 1 to 255 printable ASCII characters."]})
    return key


def _seconds_to_wait(request: Request) -> int:
    found = _WAIT.search(request.headers.get("Prefer", ""))
    digits = found[1].lstrip("0") if found else ""
    return min(int(digits[:3] or 0), LONGEST_WAIT)


def _receipt(request: Request, lead: Lead) -> dict[str, str]:
    """The same for a replay, whatever has become of the lead since."""
    return {"id": str(lead.uuid), "status": Lead.Status.PENDING, "url": _url(request, lead)}


def _url(request: Request, lead: Lead) -> str:
    return request.build_absolute_uri(reverse("api:lead", args=[lead.uuid]))
