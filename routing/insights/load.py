"""Who has how much: leads got against leads entitled to, and what is still open. Test leads are never counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Q

from reps.models import Rep
from routing.engine.ledger import unpack
from routing.engine.types import ONE_LEAD
from routing.insights.periods import Period
from routing.models import Assignment, Lead, Posting, PostingKind
from routing.models.leads import LeadQuerySet

OPEN_FOR = timedelta(days=30)
"""An older lead without an outcome no longer counts as open work."""
POSTINGS_AT_ONCE = 2000


@dataclass(frozen=True, slots=True)
class RepLoad:
    """One rep in a period. `turns` and `entitled` are of the pools; `leads` counts every way in which leads came.

    `open`: owned now and without an outcome; `unanswered`: owned now and without a response.
    """

    rep: int
    name: str
    leads: int = 0
    turns: int = 0
    entitled: float = 0.0
    open: int = 0
    unanswered: int = 0
    agent: bool = False

    @property
    def share(self) -> float | None:
        """What they got of what they were entitled to; 1 is exactly fair."""
        return self.turns / self.entitled if self.entitled > 0 else None


def load_by_rep(period: Period, *, now: datetime) -> list[RepLoad]:
    """Every rep who is active, or had anything in the period: people by name, then agents."""
    leads = _leads(period)
    turns, entitled = _turns(period)
    open_now = _open(now)
    unanswered = _unanswered(now)
    seen = {*leads, *turns, *entitled, *open_now, *unanswered}
    reps = Rep.objects.filter(Q(active=True) | Q(pk__in=seen)).order_by("name", "pk")
    rows = [(pk, name, kind == Rep.Kind.AGENT) for pk, name, kind in reps.values_list("pk", "name", "kind")]
    return [
        RepLoad(
            rep=pk,
            name=name,
            leads=leads[pk],
            turns=turns[pk],
            entitled=entitled[pk] / ONE_LEAD,
            open=open_now[pk],
            unanswered=unanswered[pk],
            agent=agent,
        )
        for pk, name, agent in sorted(rows, key=lambda row: row[2])
    ]


def turns_of(postings: Iterable[tuple[str, int, bytes | memoryview]]) -> tuple[Counter[int], Counter[int]]:
    """Turns got and billionths of leads entitled to, by rep, from (kind, winner, packed lines).

    A line is what somebody earned; the winner's is less by the lead they paid for. A reversal takes both back.
    """
    turns: Counter[int] = Counter()
    entitled: Counter[int] = Counter()
    for kind, winner, entries in postings:
        got = -1 if kind == PostingKind.REVERSAL else 1
        turns[winner] += got
        entitled[winner] += got * ONE_LEAD
        for rep, amount in unpack(bytes(entries)):
            entitled[rep] += amount
    return turns, entitled


def _turns(period: Period) -> tuple[Counter[int], Counter[int]]:
    """Keys rise with time, so the period begins after the newest posting before it: no index on time is needed."""
    before = Posting.objects.filter(posted_at__lt=period.start).order_by("-pk").values_list("pk", flat=True).first()
    postings = Posting.objects.filter(pk__gt=before or 0, posted_at__gte=period.start, posted_at__lt=period.end)
    rows = postings.exclude(lead__test=True).order_by("pk").values_list("kind", "winner_id", "entries")
    return turns_of(rows.iterator(chunk_size=POSTINGS_AT_ONCE))


def _leads(period: Period) -> Counter[int]:
    began = Assignment.objects.filter(assigned_at__gte=period.start, assigned_at__lt=period.end)
    assignments = began.without_tests()
    return Counter(dict(assignments.order_by().values("rep").annotate(count=Count("pk")).values_list("rep", "count")))


def open_leads(leads: LeadQuerySet, *, now: datetime) -> LeadQuerySet:
    """Those of the leads that somebody still works on: owned, without an outcome, and not too old."""
    return leads.real().open().filter(outcome=Lead.Outcome.NONE, owned_at__gte=now - OPEN_FOR)


def _open(now: datetime) -> Counter[int]:
    leads = open_leads(Lead.objects.all(), now=now)
    return Counter(dict(leads.order_by().values("owner").annotate(count=Count("pk")).values_list("owner", "count")))


def _unanswered(now: datetime) -> Counter[int]:
    waiting = Assignment.objects.current().filter(
        responded_at=None, assigned_at__gte=now - OPEN_FOR, lead__test=False, lead__closed_at=None
    )
    return Counter(dict(waiting.order_by().values("rep").annotate(count=Count("pk")).values_list("rep", "count")))
