"""Numbers about what became of leads: how fast, for whom, with what result."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict
from functools import partial
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import NotFound, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from reps.models import Rep
from routing.api.arrival import arrived_at
from routing.api.instants import period_of
from routing.api.views.base import ApiView
from routing.insights import speed
from routing.insights.load import load_by_rep
from routing.insights.performance import performance_of_pool
from routing.insights.periods import Period
from routing.models import Pool, Scope
from routing.rulebook.content import current_settings

PERIOD = [
    OpenApiParameter("from", {"type": "string", "format": "date-time"}, description="Seven days before `to`."),
    OpenApiParameter("to", {"type": "string", "format": "date-time"}, description="Not included; now."),
]


class BucketSerializer(serializers.Serializer[Any]):
    """How many took from `low` seconds up to, not including, `high`; null: no end."""

    low = serializers.FloatField()
    high = serializers.FloatField(allow_null=True)
    count = serializers.IntegerField()


class SpanSerializer(serializers.Serializer[Any]):
    """A distribution, in seconds. Null where there is nothing to tell."""

    count = serializers.IntegerField()
    p50 = serializers.FloatField(allow_null=True)
    p90 = serializers.FloatField(allow_null=True)
    p99 = serializers.FloatField(allow_null=True)
    target = serializers.FloatField(help_text="Seconds.")
    within = serializers.FloatField(allow_null=True, help_text="The share that took less than the target.")
    histogram = BucketSerializer(many=True)


class PunctualitySerializer(serializers.Serializer[Any]):
    """First responses that were due in the period."""

    due = serializers.IntegerField()
    in_time = serializers.IntegerField()
    share = serializers.FloatField(allow_null=True)


PART = "Of the leads that came in and were answered: one of four parts that add up to the time to the first response."


class SpeedSerializer(serializers.Serializer[Any]):
    """How fast leads were dealt with, and whose time it was. Test leads are not counted."""

    since = serializers.DateTimeField()
    until = serializers.DateTimeField()
    speed_to_lead = SpanSerializer(help_text="From the request to the first response.")
    speed_to_lead_of_people = SpanSerializer(help_text="The same, where a person gave it.")
    speed_to_lead_of_agents = SpanSerializer(help_text="The same, where an AI agent gave it.")
    system_delay = SpanSerializer(help_text="From the request to the first decision.")
    to_owner = SpanSerializer(help_text="From the request to the first owner.")
    alert_delay = SpanSerializer(help_text="From having an owner to the alert that was really sent.")
    rep_delay = SpanSerializer(help_text="From the alert to the owner's response.")
    system_part = SpanSerializer(help_text=f"{PART} The system's.")
    nobody_part = SpanSerializer(help_text=f"{PART} Nobody was there who could take it.")
    outside_part = SpanSerializer(help_text=f"{PART} Outside working hours.")
    rep_part = SpanSerializer(help_text=f"{PART} The rep's.")
    in_time = PunctualitySerializer(help_text="By the deadline that each of them had.")


class LoadSerializer(serializers.Serializer[Any]):
    """One rep. Turns and entitlement are of the pools; leads are all, whichever way they came."""

    rep = serializers.EmailField()
    name = serializers.CharField()
    agent = serializers.BooleanField(help_text="An AI agent; people come first.")
    leads = serializers.IntegerField()
    turns = serializers.IntegerField()
    entitled = serializers.FloatField(help_text="In leads.")
    share = serializers.FloatField(allow_null=True, help_text="What they got of what they were entitled to; 1 is fair.")
    open = serializers.IntegerField(help_text="Owned now, without an outcome, at most 30 days old.")
    unanswered = serializers.IntegerField(help_text="Owned now, without a response.")


class LoadsSerializer(serializers.Serializer[Any]):
    """Everybody who is active, or had anything in the period."""

    since = serializers.DateTimeField()
    until = serializers.DateTimeField()
    reps = LoadSerializer(many=True)


class ResultSerializer(serializers.Serializer[Any]):
    """One rep in one segment; none is everything. Counts are decayed."""

    rep = serializers.EmailField()
    name = serializers.CharField()
    segment = serializers.ListField(child=serializers.CharField())
    leads = serializers.FloatField()
    wins = serializers.FloatField()
    rate = serializers.FloatField(allow_null=True, help_text="The bare share won.")
    expected = serializers.FloatField(help_text="What everybody would have won of the same leads.")
    result = serializers.FloatField(help_text="What the rep is expected to make of such a lead.")
    low = serializers.FloatField(help_text="90 % interval.")
    high = serializers.FloatField()
    level = serializers.IntegerField(help_text="By how many dimensions that is judged.")
    agent = serializers.BooleanField(help_text="An AI agent; people come first.")


class TotalSerializer(serializers.Serializer[Any]):
    segment = serializers.ListField(child=serializers.CharField())
    leads = serializers.FloatField()
    wins = serializers.FloatField()
    rate = serializers.FloatField(allow_null=True)
    shrunk = serializers.FloatField()


class PerformanceSerializer(serializers.Serializer[Any]):
    """The numbers that decisions of a day are based on."""

    pool = serializers.CharField()
    day = serializers.DateField()
    computed_at = serializers.DateTimeField()
    dimensions = serializers.ListField(child=serializers.CharField())
    left_out = serializers.ListField(child=serializers.CharField())
    results = ResultSerializer(many=True)
    totals = TotalSerializer(many=True)


class SpeedView(ApiView):
    """Speed to lead, and whose time it was: p50, p90, p99, and the share within the target."""

    scopes = {"get": Scope.INSIGHTS_READ}
    parameters = ("from", "to")
    serializer_class = SpeedSerializer
    queryset = Rep.objects.none()
    figures: ClassVar[Mapping[str, Callable[[Period], speed.Speed]]] = {
        "speed_to_lead": speed.speed_to_response,
        "speed_to_lead_of_people": partial(speed.speed_to_response, by=Rep.Kind.HUMAN),
        "speed_to_lead_of_agents": partial(speed.speed_to_response, by=Rep.Kind.AGENT),
        "system_delay": speed.system_delay,
        "to_owner": speed.speed_to_owner,
        "alert_delay": speed.alert_delay,
        "rep_delay": speed.rep_delay,
        **{f"{part.name.lower()}_part": partial(speed.part_of_response, part) for part in speed.Part},
    }

    @extend_schema(operation_id="get_speed", summary="Speed to lead", parameters=PERIOD)
    def get(self, request: Request) -> Response:
        period = period_of(request)
        shown: dict[str, Any] = {"since": period.start, "until": period.end}
        shown |= {name: figure(period) for name, figure in self.figures.items()}
        shown["in_time"] = speed.punctuality(period, now=arrived_at(request))
        return Response(SpeedSerializer(shown).data)


class LoadView(ApiView):
    """Who got how many leads, what they were entitled to, and what is still open."""

    scopes = {"get": Scope.INSIGHTS_READ}
    parameters = ("from", "to")
    serializer_class = LoadsSerializer
    queryset = Rep.objects.none()

    @extend_schema(operation_id="get_load", summary="Load by rep", parameters=PERIOD)
    def get(self, request: Request) -> Response:
        period = period_of(request)
        loads = load_by_rep(period, now=arrived_at(request))
        emails = dict(Rep.objects.filter(pk__in=[load.rep for load in loads]).values_list("pk", "email"))
        rows = [asdict(load) | {"rep": emails.get(load.rep, ""), "share": load.share} for load in loads]
        return Response(LoadsSerializer({"since": period.start, "until": period.end, "reps": rows}).data)


class PerformanceView(ApiView):
    """How well each rep of a pool converts which leads, with intervals."""

    scopes = {"get": Scope.INSIGHTS_READ}
    parameters = ("pool",)
    serializer_class = PerformanceSerializer
    queryset = Pool.objects.none()

    @extend_schema(
        operation_id="get_performance",
        summary="Results by rep and segment",
        parameters=[OpenApiParameter("pool", required=True, description="Name of a pool.")],
    )
    def get(self, request: Request) -> Response:
        name = request.query_params.get("pool", "").replace("\0", "")
        pool = Pool.objects.current().filter(name=name).first()
        if pool is None:
            raise ValidationError({"pool": [f"There is no pool “{name[:80]}”. Say which."]})
        today = arrived_at(request).astimezone(ZoneInfo(current_settings().timezone)).date()
        numbers = performance_of_pool(pool.pk, day=today)
        if numbers is None:
            raise NotFound("This pool has no numbers yet: they are made every day.")
        emails = dict(Rep.objects.filter(pk__in={row.rep for row in numbers.results}).values_list("pk", "email"))
        shown = asdict(numbers) | {"pool": pool.name}
        shown["results"] = [row | {"rep": emails.get(row["rep"], "")} for row in shown["results"]]
        return Response(PerformanceSerializer(shown).data)
