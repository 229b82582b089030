"""Leads whose outcome is known, as examples that a score can be learned from: what they told when they came in.

What is an outcome, and whose leads are left out, is as in `outcomes`: a lead that nobody closed counts as lost after
90 days, and what is known only later (stage, amount, answer) is never looked at. Nor is what was written into a lead
after it was decided: who wins a lead gets to know its industry, and that would look as if it had told.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple, TypeAlias

from django.db.models import Count, Q, QuerySet

from routing.engine.learned.features import COLUMNS, SIGNALS_COUNT, Feature, features_of, kinds_before
from routing.engine.learned.train import Example
from routing.insights.outcomes import LOST_AFTER, NOT_COUNTED, QUALIFIED_LOST_AFTER
from routing.models import Lead, Signal
from routing.snapshots.first_facts import first_facts

LOOK_BACK = timedelta(days=3 * 365)
MOST_EXAMPLES = 60_000
"""The newest: more would not fit into a worker's memory, and say nothing new."""
AT_ONCE = 500
RECENTLY = timedelta(days=28)
DAY = timedelta(days=1)
EPOCH = datetime.fromisoformat("2000-01-01T00:00:00+00:00")
Outcome = Lead.Outcome
NO_LEADS = (Lead.Status.QUARANTINED, Lead.Status.DUPLICATE)
"""Spam and second posts, also where somebody owned them before they were found out."""
Row: TypeAlias = dict[str, Any]


def examples_until(now: datetime) -> Iterator[Example]:
    """Every lead whose outcome was known by then. A few queries a thousand leads."""
    for row, features in _with_features(_ended(now)):
        yield Example(_days(row, now), str(row["pk"]), features, row["outcome"] == Outcome.WON)


def arrived_since(since: datetime, *, until: datetime) -> Iterator[tuple[Feature, ...]]:
    """What leads told that came in between two instants, whatever became of them."""
    rows = _counted().filter(submitted_at__gte=since, submitted_at__lt=until).order_by("-submitted_at", "pk")
    for _, features in _with_features(rows):
        yield features


class Known(NamedTuple):
    """How many leads have an outcome: won, not won, and of both those known for less than four weeks."""

    won: int
    lost: int
    recent: int


def known_by(now: datetime) -> Known:
    """What there is to learn from. One query."""
    won = Q(outcome=Outcome.WON)
    counts = {"won": Count("pk", filter=won), "lost": Count("pk", filter=~won)}
    recent = Count("pk", filter=_since(now - RECENTLY, now))
    return Known(**_ended(now).order_by().aggregate(**counts, recent=recent))


def day_of(instant: datetime) -> float:
    """An instant as an Example counts days."""
    return (instant - EPOCH) / DAY


def _counted() -> QuerySet[Lead]:
    return Lead.objects.real().exclude(method__in=NOT_COUNTED).exclude(status__in=NO_LEADS)


def _ended(now: datetime) -> QuerySet[Lead]:
    return _counted().filter(_since(now - LOOK_BACK, now)).order_by("-submitted_at", "pk")


def _since(since: datetime, now: datetime) -> Q:
    """Whose outcome became known between two instants."""
    ended = Q(outcome__in=(Outcome.WON, Outcome.LOST), outcome_at__gte=since, outcome_at__lt=now)
    for stage, wait in ((Outcome.NONE, LOST_AFTER), (Outcome.QUALIFIED, QUALIFIED_LOST_AFTER)):
        ended |= Q(outcome=stage, owner__isnull=False, owned_at__gte=since - wait, owned_at__lt=now - wait)
    return ended


def _days(row: Mapping[str, Any], now: datetime) -> float:
    """The day on which the outcome became known."""
    if row["outcome"] in (Outcome.WON, Outcome.LOST):
        return day_of(row["outcome_at"])
    return day_of(row["owned_at"] + (QUALIFIED_LOST_AFTER if row["outcome"] else LOST_AFTER))


def _with_features(leads: QuerySet[Lead]) -> Iterator[tuple[Row, tuple[Feature, ...]]]:
    same: dict[Feature, Feature] = {}
    columns = ("pk", "submitted_at", "outcome", "outcome_at", "owned_at", *COLUMNS)
    keys = list(leads.values_list("pk", flat=True)[:MOST_EXAMPLES])
    for start in range(0, len(keys), AT_ONCE):
        rows = list(Lead.objects.filter(pk__in=keys[start : start + AT_ONCE]).order_by("pk").values(*columns))
        if not rows:  # erased since
            continue
        heard, first = _signals(rows), first_facts([row["pk"] for row in rows])
        for row in rows:
            came = row["submitted_at"]
            known = (one for subject in _subjects(row) for one in heard.get(subject, ()))
            before = kinds_before(((kind, at) for kind, at, told in known if told <= came), came)
            fact = first[row["pk"]].get if row["pk"] in first else _fact_of(row)
            yield row, tuple(same.setdefault(one, one) for one in features_of(fact, before))


def _fact_of(row: Mapping[str, Any]) -> Any:
    utm = row["utm"] if isinstance(row["utm"], dict) else {}
    return {**row, "utm.medium": utm.get("medium")}.get


def _subjects(row: Mapping[str, Any]) -> list[tuple[str, Any]]:
    """What a signal about this lead may be about."""
    return [("lead", row["pk"]), *((name, row[name]) for name in ("email", "domain") if row[name])]


def _signals(rows: Sequence[Mapping[str, Any]]) -> Mapping[tuple[str, Any], list[tuple[str, datetime, datetime]]]:
    """By subject: kind, when it was observed, and when we heard of it. One query."""
    last = max(row["submitted_at"] for row in rows)
    first = min(row["submitted_at"] for row in rows) - SIGNALS_COUNT
    subjects: defaultdict[str, set[Any]] = defaultdict(set)
    for row in rows:
        for name, value in _subjects(row):
            subjects[name].add(value)
    about = Q(lead__in=subjects["lead"]) | Q(email__in=subjects["email"]) | Q(domain__in=subjects["domain"])
    found: defaultdict[tuple[str, Any], list[tuple[str, datetime, datetime]]] = defaultdict(list)
    signals = Signal.objects.filter(about, observed_at__gte=first, observed_at__lte=last).order_by()
    told = signals.values_list("lead", "email", "domain", "kind", "observed_at", "received_at")
    for lead, email, domain, kind, observed_at, received_at in told:
        for subject in (("lead", lead), ("email", email), ("domain", domain)):
            if subject[1]:
                found[subject].append((kind, observed_at, received_at))
    return found
