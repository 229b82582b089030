"""What became of leads, by rep and kind of lead: counted and decayed in the database, never by loading leads.

A won lead is won; a lost one is lost. One without an outcome counts as lost 90 days after its owner had it, a qualified
one after a year: else who never closes a lead would look best. A lead that was handed over at a stage is won for the
one who brought it there. Leads of accounts, returning people, colleagues and the last resort are left out: how they
end says little of how well somebody wins new ones. Test leads never count.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from math import ceil
from typing import Any, NamedTuple, TypeAlias

from django.db.models import Case, DateTimeField, Expression, F, FloatField, Q, QuerySet, Sum, Value, When
from django.db.models.fields.json import KeyTransform
from django.db.models.functions import Power

from routing.engine.performance import SIZE_BANDS, Counted, segment_of
from routing.engine.types import Method, RepId
from routing.insights.periods import Seconds
from routing.models import Assignment, EndReason, Lead

EVIDENCE_HALF_LIVES = 4
"""Whether people differ is asked of the whole leads of so many half-lives. What is older hardly counts for how much."""
FORGOTTEN_AFTER = 10
"""Half-lives after which an outcome is no longer counted: less than a thousandth of it is left."""
LONGEST_LOOK_BACK = timedelta(days=3_650)
LOST_AFTER = timedelta(days=90)
QUALIFIED_LOST_AFTER = timedelta(days=365)
LOST_UNCLOSED = ((Lead.Outcome.NONE, LOST_AFTER), (Lead.Outcome.QUALIFIED, QUALIFIED_LOST_AFTER))
"""Leads that nobody closes count as lost so long after their owner had them."""
NOT_COUNTED = (Method.ACCOUNT, Method.RETURNING, Method.SAME_COMPANY, Method.LAST_RESORT, Method.MANAGER)
COLUMNS = frozenset({"domain", "kind", "form", "campaign", "country", "postal_code", "city", "company", "industry",
                     "job_title", "source", "language", "product_interest", "grade"})  # fmt: skip
ACCOUNT_COLUMNS = frozenset({"stage", "target", "country", "region", "industry", "name"})
JSON_COLUMNS = frozenset({"utm", "attributes"})
SHORTEST_HALF_LIFE = 0.01
"""In days; shorter ones are taken for this."""


@dataclass(frozen=True, slots=True)
class Question:
    """Whose outcomes are counted, by what, up to when, and how fast they fade.

    With `whole_days` those of so many days are counted instead, each as one whole lead.
    """

    reps: Collection[RepId]
    dimensions: tuple[str, ...]
    until: datetime
    half_life_days: float
    whole_days: int | None = None

    @property
    def half_life(self) -> timedelta:
        return timedelta(days=min(max(self.half_life_days, SHORTEST_HALF_LIFE), LONGEST_LOOK_BACK.days))

    @property
    def since(self) -> datetime:
        if self.whole_days is not None:
            return self.until - timedelta(days=self.whole_days)
        return self.until - min(FORGOTTEN_AFTER * self.half_life, LONGEST_LOOK_BACK)

    def weight(self) -> Expression:
        """What an outcome of a certain age counts."""
        return self._faded(self.half_life)

    def square(self) -> Expression:
        """The square of that: what fades to the half in a half-life fades to a quarter, squared."""
        return self._faded(self.half_life / 2)

    def _faded(self, half_life: timedelta) -> Expression:
        if self.whole_days is not None:
            return Value(1.0, output_field=FloatField())
        return Power(Value(0.5), F("age") / Value(half_life.total_seconds()), output_field=FloatField())


def questions_of(
    reps: Collection[RepId], dimensions: tuple[str, ...], until: datetime, half_life_days: float
) -> list[Question]:
    """What the numbers of a day rest on: what has faded tells how good people are, whole leads whether they differ."""
    faded = Question(reps, dimensions, until, half_life_days)
    return [faded, replace(faded, whole_days=ceil(EVIDENCE_HALF_LIVES * faded.half_life / timedelta(days=1)))]


class Found(NamedTuple):
    """What was counted for the question of a number."""

    number: int
    rep: RepId
    segment: tuple[str, ...]
    wins: float
    leads: float
    squares: float


Sums: TypeAlias = defaultdict[tuple[RepId, tuple[str, ...]], list[float]]


def tells_of_results() -> QuerySet[Lead]:
    """Leads whose end says how well somebody wins new ones."""
    return Lead.objects.real().exclude(method__in=NOT_COUNTED)


def became_final(since: datetime, until: datetime) -> Q:
    """Whose outcome became known in that time: closed, or not closed for so long that they count as lost."""
    found = Q(outcome__in=(Lead.Outcome.WON, Lead.Outcome.LOST), outcome_at__gte=since, outcome_at__lt=until)
    for stage, wait in LOST_UNCLOSED:
        found |= Q(outcome=stage, owned_at__gte=since - wait, owned_at__lt=until - wait)
    return found


def can_be_counted_by(dimension: str) -> bool:
    """Whether leads can be told apart by this field in the database."""
    return bool(facts_of(dimension, ""))


def count_outcomes(question: Question) -> list[Counted]:
    """Wins and leads, decayed, by rep and segment. Two queries, whatever there is."""
    return count_each([question])[0]


def count_each(questions: Sequence[Question]) -> list[list[Counted]]:
    """The same of several questions, in the same two queries. They differ only in how far back and how decayed."""
    sums: list[Sums] = [defaultdict(lambda: [0.0, 0.0, 0.0]) for _ in questions]
    farthest = min(questions, key=lambda question: question.since)
    of_owners = _summed(owned_leads(farthest), "owner_id", Q(outcome=Lead.Outcome.WON), questions, path="")
    over = _summed(handed_over(farthest), "rep_id", Q(end_reason=EndReason.HANDED_OVER), questions, path="lead__")
    for rows in (of_owners, over):
        for number, rep, segment, *counted in rows:
            total = sums[number][rep, segment]
            for place, value in enumerate(counted):
                total[place] += value
    return [[Counted(rep, segment, *total) for (rep, segment), total in sorted(one.items())] for one in sums]


def owned_leads(question: Question) -> QuerySet[Lead]:
    """Leads that the reps own whose outcome counts, with its `age` in seconds."""
    since, until = question.since, question.until
    counts = tells_of_results().filter(became_final(since, until), owner__in=question.reps)
    # an age from `until`: one that was never closed is as old as the day on which it began to count as lost
    age: list[Any] = [When(outcome=stage, then=_age("owned_at", until - wait)) for stage, wait in LOST_UNCLOSED]
    return counts.annotate(age=Case(*age, default=_age("outcome_at", until), output_field=FloatField()))


def handed_over(question: Question) -> QuerySet[Assignment]:
    """Assignments that ended since the lead reached a stage at which somebody else goes on with it, with their `age`
    in seconds: each is won."""
    ended = Assignment.objects.filter(
        rep__in=question.reps,
        end_reason=EndReason.HANDED_OVER,
        ended_at__gte=question.since,
        ended_at__lt=question.until,
        lead__test=False,
    ).exclude(method__in=NOT_COUNTED)
    return ended.annotate(age=_age("ended_at", question.until))


def _age(since: str, until: datetime) -> Expression:
    return Seconds(since, Value(until, output_field=DateTimeField()))


def _summed(rows: QuerySet[Any], rep: str, won: Q, questions: Sequence[Question], *, path: str) -> Iterator[Found]:
    dimensions = questions[0].dimensions
    facts: dict[str, Any] = {}
    for dimension in dimensions:
        facts |= facts_of(dimension, path)
    aliases = {f"fact_{number}": fact for number, fact in enumerate(facts.values())}
    sums: dict[str, Any] = {}
    for number, question in enumerate(questions):
        weight, within = question.weight(), Q(age__lte=(question.until - question.since).total_seconds())
        sums[f"wins_{number}"] = Sum(weight, filter=won & within, default=0.0)
        sums[f"leads_{number}"] = Sum(weight, filter=within)
        sums[f"squares_{number}"] = Sum(question.square(), filter=within, default=0.0)
    summed = rows.order_by().annotate(**aliases).values(rep, *aliases).annotate(**sums)
    for owner, *values in summed.values_list(rep, *aliases, *sums):
        segment = _segment(dimensions, dict(zip(facts, values, strict=False)))
        counted = values[len(facts) :]
        for number, (wins, leads, squares) in enumerate(zip(*[iter(counted)] * 3, strict=True)):
            if leads is not None:
                yield Found(number, owner, segment, wins, leads, squares)


def _segment(dimensions: Sequence[str], facts: Mapping[str, Any]) -> tuple[str, ...]:
    return segment_of(dimensions, facts.get)


def facts_of(dimension: str, path: str) -> dict[str, Any]:
    """The facts that a dimension looks at → where they lie in the database; none if it cannot be counted by."""
    family, _, key = dimension.partition(".")
    if dimension == "size":
        return {"employees": _size(f"{path}employees")}
    if dimension == "region":
        in_the_us = When(**{f"{path}country": "US"}, then=F(f"{path}region"))
        return {"country": F(f"{path}country"), "region": Case(in_the_us, default=Value(""))}
    if dimension == "territory":
        return {dimension: F(f"{path}territory__name")}
    if dimension in COLUMNS:
        return {dimension: F(f"{path}{dimension}")}
    if family == "account" and key in ACCOUNT_COLUMNS:
        return {dimension: F(f"{path}account__{key}")}
    if family in JSON_COLUMNS and key:
        return {dimension: KeyTransform(key, f"{path}{family}")}
    return {}


def _size(column: str) -> Expression:
    """Employees, told apart by band only: the upper end of theirs, a number beyond all others, or none."""
    beyond = SIZE_BANDS[-1][0] + 1
    bands = [When(**{f"{column}__lte": upper}, then=Value(upper)) for upper, _ in SIZE_BANDS]
    return Case(When(**{f"{column}__lte": 0}, then=Value(0)), *bands, When(**{f"{column}__gt": 0}, then=Value(beyond)))
