"""What became of leads by rep and topic: what won deals teach of expertise is learned from that.

A lead's topics are those that it was routed by, as they stand in its decision: nothing that was heard or read later,
so that nobody seems to know a topic because it came up while they won. What is an outcome, and whose leads are left
out, is as in `outcomes`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import timedelta
from typing import Any, NamedTuple

from django.db.models import OuterRef, QuerySet, Subquery

from routing.engine.folding import fold
from routing.engine.performance import Counted, decay
from routing.engine.types import RepId, TopicTag
from routing.insights.outcomes import EVIDENCE_HALF_LIVES, Question, handed_over, owned_leads
from routing.models import Decision, Lead
from routing.snapshots.columns import unpack_json

MOST_LEADS = 20_000
"""The newest of a pool's reps: a decision takes a kilobyte of memory while it is read."""
LEAST = 0.2
"""What a lead is less surely about than this teaches nothing."""


class Counts(NamedTuple):
    """By rep and topic. `faded`: decayed, each lead for each of its topics as far as it is about it; `whole`: each lead
    once, for the topic that it is most about, undecayed and of a bounded time."""

    faded: list[Counted]
    whole: list[Counted]


class _Ended(NamedTuple):
    rep: RepId
    won: bool
    age_days: float
    weights: dict[str, float]


def count_by_topic(question: Question, topics: Iterable[str]) -> Counts:
    """The outcomes of leads that were about these topics. Two queries, whatever there is."""
    known = {fold(topic) for topic in topics}
    faded: defaultdict[tuple[RepId, str], list[float]] = defaultdict(lambda: [0.0, 0.0, 0.0])
    whole: defaultdict[tuple[RepId, str], list[float]] = defaultdict(lambda: [0.0, 0.0])
    oldest = EVIDENCE_HALF_LIVES * (question.half_life / timedelta(days=1))
    for lead in _ended(question, known):
        left = decay(lead.age_days, question.half_life / timedelta(days=1))
        for topic, weight in lead.weights.items():
            counts = weight * left
            _add(faded[lead.rep, topic], counts * lead.won, counts, counts * counts)
        if lead.age_days <= oldest:
            most = min(lead.weights, key=lambda topic: (-lead.weights[topic], topic))
            _add(whole[lead.rep, most], float(lead.won), 1.0)
    return Counts(_counted(faded), _counted(whole))


def _add(total: list[float], *values: float) -> None:
    for place, value in enumerate(values):
        total[place] += value


def _counted(sums: dict[tuple[RepId, str], list[float]]) -> list[Counted]:
    return [Counted(rep, (topic,), *total) for (rep, topic), total in sorted(sums.items())]


def _ended(question: Question, known: set[str]) -> Iterator[_Ended]:
    """The leads that were about any of these topics; a lead's own, and those handed over at a stage, which are won."""
    owned = owned_leads(question).annotate(trace=_decided("pk", "owned_at"))
    for rep, outcome, age, trace in _newest(owned, "owner_id", "outcome"):
        if weights := _weights(trace, known):
            yield _Ended(rep, outcome == Lead.Outcome.WON, age / 86_400, weights)
    over = handed_over(question).annotate(trace=_decided("lead_id", "assigned_at"))
    for rep, _, age, trace in _newest(over, "rep_id", "method"):
        if weights := _weights(trace, known):
            yield _Ended(rep, True, age / 86_400, weights)


def _newest(rows: QuerySet[Any], rep: str, what: str) -> Iterator[tuple[RepId, str, float, bytes]]:
    return iter(rows.order_by("-pk").values_list(rep, what, "age", "trace")[:MOST_LEADS])


def _decided(lead: str, until: str) -> Subquery:
    """What the last decision kept by which somebody had the lead then."""
    decisions = Decision.objects.filter(lead=OuterRef(lead), decided_at__lte=OuterRef(until))
    return Subquery(decisions.order_by("-pk").values("trace")[:1])


def _weights(trace: bytes | None, known: set[str]) -> dict[str, float]:
    """How much a lead was about each of these topics when it was routed, from 0 to 1."""
    weights: dict[str, float] = {}
    for row in unpack_json(trace).get("topics", ()) if trace else ():
        tag = TopicTag(*row)
        topic, weight = fold(tag.topic), min(tag.confidence * tag.decay, 1.0)
        if topic in known and weight >= LEAST:
            weights[topic] = max(weight, weights.get(topic, 0.0))
    return weights
