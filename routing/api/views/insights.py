"""Numbers about what became of leads."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any
from zoneinfo import ZoneInfo

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import NotFound, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from reps.models import Rep
from routing.api.arrival import arrived_at
from routing.api.views.base import ApiView
from routing.insights.performance import performance_of_pool
from routing.models import Pool, Scope
from routing.rulebook.content import current_settings


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
