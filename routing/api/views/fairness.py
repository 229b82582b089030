"""How fairly leads are shared, and who is there to take them."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from reps.models import Rep, Team
from reps.schedules import DAYS
from reps.time_zones import time_zones
from routing.api.arrival import arrived_at
from routing.api.instants import instant_of, period_of
from routing.api.views.base import ApiView
from routing.api.views.insights import PERIOD
from routing.insights.circles import Circle, circle
from routing.insights.coverage import Coverage, coverage_of_week
from routing.insights.fairness import PoolFairness, RepFairness, fairness_by_pool
from routing.models import Pool, Scope
from routing.rulebook.content import current_settings
from routing.snapshots.hours import HoursSettings


class FairMemberSerializer(serializers.Serializer[Any]):
    """One person in one pool. Whoever is no member any more, but has turns or a balance, has no weight."""

    rep = serializers.EmailField()
    name = serializers.CharField()
    weight = serializers.FloatField(allow_null=True)
    turns = serializers.IntegerField(help_text="Leads that they got by turn.")
    entitled = serializers.FloatField(help_text="What those that were shared out entitled them to, in leads.")
    share = serializers.FloatField(allow_null=True, help_text="turns ÷ entitled; 1 is exactly fair.")
    difference = serializers.FloatField(help_text="turns − entitled: leads too many (above 0) or too few.")
    balance = serializers.FloatField(help_text="Now: leads they are owed (above 0) or got ahead. Groups count as one.")


class SkewSerializer(serializers.Serializer[Any]):
    """Somebody with more than 1.5 × their fair share of a pool that shared out 25 leads or more."""

    rep = serializers.EmailField()
    leads = serializers.IntegerField()
    of = serializers.IntegerField(help_text="So many leads the pool shared out.")
    fair = serializers.FloatField(help_text="What would be fair, in leads.")


class FairPoolSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    pool = serializers.CharField()
    strategy = serializers.CharField()
    fairness_group = serializers.CharField(allow_null=True)
    leads = serializers.IntegerField(help_text="That went by turn in the period. Owners' leads are not among them.")
    largest_difference = serializers.FloatField(help_text="The farthest that anybody is from what is fair, in leads.")
    members = FairMemberSerializer(many=True)
    alarms = SkewSerializer(many=True)


class FairnessSerializer(serializers.Serializer[Any]):
    """Every pool in which leads are shared by turn, by name."""

    since = serializers.DateTimeField()
    until = serializers.DateTimeField()
    pools = FairPoolSerializer(many=True)


class HourSerializer(serializers.Serializer[Any]):
    """One hour of the week."""

    at = serializers.DateTimeField()
    weekday = serializers.ChoiceField([(day, day) for day in DAYS])
    hour = serializers.IntegerField(help_text="0 to 23, on the clocks of the zone.")
    people = serializers.ListField(child=serializers.EmailField(), help_text="On at some time of this hour.")
    agents = serializers.ListField(child=serializers.EmailField(), help_text="AI agents that are on.")
    covered = serializers.FloatField(help_text="The share of the hour in which anybody is on: 0 to 1.")
    leads = serializers.FloatField(help_text="That come in this hour of an average week, counted over the last four.")


class GapSerializer(serializers.Serializer[Any]):
    """A stretch in which nobody is on."""

    since = serializers.DateTimeField()
    until = serializers.DateTimeField()
    hours = serializers.FloatField()


class CoverageSerializer(serializers.Serializer[Any]):
    """A week, Monday to Monday on the clocks of its zone; 167 or 169 hours where they change."""

    since = serializers.DateTimeField()
    until = serializers.DateTimeField()
    timezone = serializers.CharField()
    reps = serializers.IntegerField(help_text="So many were looked at; inactive ones are not.")
    hours = HourSerializer(many=True)
    gaps = GapSerializer(many=True)


class FairnessView(ApiView):
    """What everybody got of each pool beside what they were entitled to, and an alarm where somebody gets far more."""

    scopes = {"get": Scope.INSIGHTS_READ}
    parameters = ("from", "to", "pool")
    serializer_class = FairnessSerializer
    queryset = Pool.objects.none()

    @extend_schema(
        operation_id="get_fairness",
        summary="Fairness by pool",
        parameters=[*PERIOD, OpenApiParameter("pool", description="Name of a pool.")],
    )
    def get(self, request: Request) -> Response:
        period = period_of(request)
        pools = Pool.objects.current().select_related("fairness_group").order_by("name", "pk")
        if (name := request.query_params.get("pool")) is not None:
            pools = pools.filter(pk=_named(Pool.objects.current(), name, "pool").pk)
        told = fairness_by_pool(period, pools=list(pools))
        shown = {"since": period.start, "until": period.end, "pools": [_pool(one) for one in told]}
        return Response(FairnessSerializer(shown).data)


class CoverageView(ApiView):
    """Who is on in each hour of a week, in which hours nobody is, and how many leads such hours bring."""

    scopes = {"get": Scope.INSIGHTS_READ}
    parameters = ("at", "timezone", "pool", "team")
    serializer_class = CoverageSerializer
    queryset = Rep.objects.none()

    @extend_schema(
        operation_id="get_coverage",
        summary="Who is on, hour by hour of a week",
        parameters=[
            OpenApiParameter("at", {"type": "string", "format": "date-time"}, description="In which week; now."),
            OpenApiParameter("timezone", description="IANA name of a zone; the company's."),
            OpenApiParameter("pool", description="Name of a pool: its members and leads only."),
            OpenApiParameter("team", description="Name of a team: its reps and leads only."),
        ],
    )
    def get(self, request: Request) -> Response:
        now, settings = arrived_at(request), current_settings()
        zone = _zone(request.query_params.get("timezone", settings.timezone))
        hours = HoursSettings(timezone=settings.timezone, taper_days=settings.taper_days)
        around, day = _circle(request), instant_of(request, "at") or now
        reps = list(around.reps.order_by("email"))
        told = coverage_of_week(reps, day=day, zone=zone, settings=hours, now=now, leads=around.leads)
        return Response(CoverageSerializer(_week(told, reps, zone)).data)


def _pool(told: PoolFairness) -> dict[str, Any]:
    pool = told.pool
    return {
        "id": pool.uuid,
        "pool": pool.name,
        "strategy": pool.strategy,
        "fairness_group": pool.fairness_group.name if pool.fairness_group else None,
        "leads": told.leads,
        "largest_difference": _rounded(told.largest_difference),
        "members": [_member(one) for one in told.members],
        "alarms": [
            {"rep": email, "leads": skew.leads, "of": skew.of, "fair": _rounded(skew.fair)}
            for email, skew in told.alarms
        ],
    }


def _member(told: RepFairness) -> dict[str, Any]:
    figures = ("entitled", "difference", "balance")
    plain = {name: getattr(told, name) for name in ("rep", "name", "weight", "turns", "share")}
    return plain | {name: _rounded(getattr(told, name)) for name in figures}


def _rounded(leads: float) -> float:
    """To the billionth: what is left of binary fractions says nothing."""
    return round(leads, 9)


def _circle(request: Request) -> Circle:
    given = request.query_params
    pool, team = given.get("pool"), given.get("team")
    return circle(
        pool=None if pool is None else _named(Pool.objects.current(), pool, "pool"),
        team=None if team is None else _named(Team.objects.all(), team, "team"),
    )


def _named(rows: QuerySet[Any], name: str, kind: str) -> Any:
    found = rows.filter(name=name.replace("\0", "")).first()
    if found is None:
        raise ValidationError({kind: [f"There is no {kind} “{name[:80]}”."]})
    return found


def _zone(name: str) -> ZoneInfo:
    if name not in time_zones():
        raise ValidationError({"timezone": ["Give the IANA name of a zone, such as Europe/Berlin."]})
    return ZoneInfo(name)


def _week(told: Coverage, reps: list[Rep], zone: ZoneInfo) -> dict[str, Any]:
    emails = {rep.pk: rep.email for rep in reps}
    hours = [
        {
            "at": hour.at,
            "weekday": DAYS[hour.at.astimezone(zone).weekday()],
            "hour": hour.at.astimezone(zone).hour,
            "people": [emails[rep] for rep in hour.people],
            "agents": [emails[rep] for rep in hour.agents],
            "covered": hour.covered,
            "leads": hour.leads,
        }
        for hour in told.hours
    ]
    gaps = [{"since": gap.start, "until": gap.end, "hours": gap.hours} for gap in told.gaps]
    shown = {"since": told.start, "until": told.end, "timezone": zone.key, "reps": len(reps)}
    return shown | {"hours": hours, "gaps": gaps}
