"""Decisions with their traces, and the timeline of a lead."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from routing.api.fields import Fact, JSONObject
from routing.api.serializers.leads import METHODS
from routing.engine.types import Outcome, RuleResult
from routing.models import Decision

OUTCOMES = [(outcome.value, outcome.value) for outcome in Outcome]
RESULTS = [(result.value, result.value) for result in RuleResult]


class FailedConditionSerializer(serializers.Serializer[Any]):
    field = serializers.CharField()
    operator = serializers.CharField()
    expected = serializers.CharField(allow_blank=True)
    seen = serializers.CharField(allow_blank=True)


class RuleLookSerializer(serializers.Serializer[Any]):
    """One rule as it was looked at."""

    position = serializers.IntegerField()
    name = serializers.CharField()
    result = serializers.ChoiceField(RESULTS)
    failed = FailedConditionSerializer(allow_null=True, help_text="The first condition that did not hold.")
    detail = serializers.CharField(allow_blank=True)
    warnings = serializers.ListField(child=serializers.CharField())


class TopicLevelSerializer(serializers.Serializer[Any]):
    """The level that somebody had in a topic of the lead: what was declared, and what won deals had taught."""

    topic = serializers.CharField()
    declared = serializers.FloatField()
    learned = serializers.FloatField()


class CandidateSerializer(serializers.Serializer[Any]):
    """One member of the pool: why they could not, or what they were entitled to. Balance and share are in leads."""

    rep = serializers.EmailField()
    name = serializers.CharField()
    eligible = serializers.BooleanField()
    reasons = serializers.ListField(child=serializers.CharField())
    detail = serializers.CharField(allow_blank=True)
    balance = serializers.FloatField()
    score = serializers.FloatField(allow_null=True)
    share = serializers.FloatField()
    expertise = TopicLevelSerializer(many=True, help_text="Of the lead's topics, where the pool goes by intent.")


class MatchSerializer(serializers.Serializer[Any]):
    account = serializers.CharField()
    evidence = serializers.CharField()
    confidence = serializers.FloatField()


class TopicSerializer(serializers.Serializer[Any]):
    """What the lead is about, and the words that show it."""

    topic = serializers.CharField()
    confidence = serializers.FloatField()
    quote = serializers.CharField(allow_blank=True)
    origin = serializers.CharField(allow_blank=True)
    decay = serializers.FloatField()


class NeedSerializer(serializers.Serializer[Any]):
    """What somebody needed to take the lead."""

    kind = serializers.CharField()
    name = serializers.CharField()
    level = serializers.IntegerField()
    patience_minutes = serializers.FloatField(allow_null=True)


class LedgerKeySerializer(serializers.Serializer[Any]):
    """In which ledger of the pool the turn was counted."""

    turns_by = serializers.CharField(allow_blank=True)
    control = serializers.BooleanField()


class OfferedSerializer(serializers.Serializer[Any]):
    rep = serializers.EmailField()
    kind = serializers.CharField()
    until = serializers.DateTimeField(allow_null=True)


class TraceSerializer(serializers.Serializer[Any]):
    """Everything that the decision looked at, as it was then."""

    steps = serializers.ListField(child=serializers.CharField())
    rules = RuleLookSerializer(many=True)
    candidates = CandidateSerializer(many=True)
    match = MatchSerializer(allow_null=True)
    winner = serializers.EmailField(allow_null=True)
    notes = serializers.ListField(child=serializers.CharField())
    topics = TopicSerializer(many=True)
    score = serializers.FloatField(allow_null=True)
    grade = serializers.CharField(allow_null=True)
    needs = NeedSerializer(many=True)
    ledger = LedgerKeySerializer(allow_null=True)
    offers = OfferedSerializer(many=True)
    deciding = serializers.CharField(allow_blank=True, help_text="What decided between those who could.")
    facts = JSONObject()
    derived = JSONObject()


class DecisionSerializer(serializers.ModelSerializer[Decision]):
    """`context["traces"]` holds the expanded trace of each decision, by key."""

    outcome = serializers.ChoiceField(OUTCOMES)
    method = serializers.SerializerMethodField()
    rep = serializers.EmailField(source="rep.email", allow_null=True)
    pool = Fact(source="pool.name")
    rule = Fact(source="rule_name")
    trace = serializers.SerializerMethodField()

    class Meta:
        model = Decision
        fields = ["outcome", "method", "rep", "pool", "rule", "rulebook_version", "reason", "trace", "decided_at"]
        read_only_fields = fields

    @extend_schema_field(serializers.ChoiceField(METHODS, allow_null=True))
    def get_method(self, decision: Decision) -> str | None:
        return decision.method or None

    @extend_schema_field(TraceSerializer)
    def get_trace(self, decision: Decision) -> dict[str, Any]:
        trace: dict[str, Any] = self.context["traces"][decision.pk]
        return trace


class SimulatedSerializer(serializers.Serializer[Any]):
    """A decision that was not taken."""

    outcome = serializers.ChoiceField(OUTCOMES)
    method = serializers.ChoiceField(METHODS, allow_null=True)
    rep = serializers.EmailField(allow_null=True)
    pool = serializers.CharField(allow_null=True)
    rule = serializers.CharField(allow_null=True)
    rulebook_version = serializers.IntegerField(allow_null=True, help_text="Null: the draft.")
    reason = serializers.CharField(allow_blank=True)
    trace = TraceSerializer()
    decided_at = serializers.DateTimeField()


class TimelineEntrySerializer(serializers.Serializer[Any]):
    """Something that happened to the lead."""

    at = serializers.DateTimeField()
    kind = serializers.CharField()
    text = serializers.CharField(allow_blank=True)
    actor = Fact(help_text="Who did it; null: the system.")


class TimelineSerializer(serializers.Serializer[Any]):
    """A list like the others, on one page."""

    next = serializers.URLField(allow_null=True)
    previous = serializers.URLField(allow_null=True)
    results = TimelineEntrySerializer(many=True)
