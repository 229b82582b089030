"""What a replay starts from and both versions share: the leads, what became of them, and what everybody had before."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Q

from routing.engine.types import EarlierLead, RepId
from routing.models import Assignment, Lead
from routing.services.replay.asked import Asked
from routing.services.replay.responses import Answer
from routing.services.replay.workload import Load
from routing.services.work_progress import CannotRun
from routing.snapshots.earlier import NEVER_THE_ORIGINAL, earlier_lead

MOST_LEADS = 200_000
BEFORE = timedelta(days=60)
"""How far back from the first lead people's answers and open leads are looked up."""
KIN = ("email_identity", "phone_identity", "company_identity", "account")


@dataclass(frozen=True, slots=True)
class Past:
    """What really became of a lead at first."""

    rep: RepId
    method: str
    rule: str
    waited: timedelta | None
    late: bool


@dataclass(frozen=True, slots=True)
class Ground:
    """`answers` are everybody's, oldest first; `loads` what they had when the replay begins."""

    rows: Sequence[Lead]
    past: Mapping[int, Past]
    answers: Sequence[Answer]
    loads: Mapping[RepId, Sequence[Load]]
    earlier: Sequence[EarlierLead]


def load_ground(asked: Asked, *, longest_days: float, now: datetime) -> Ground:
    """Everything but the rulebooks, in a constant number of queries. Raises CannotRun for too many leads."""
    leads = Lead.objects.real().filter(submitted_at__gte=asked.since, submitted_at__lt=asked.until)
    if (count := leads.count()) > MOST_LEADS:
        raise CannotRun({"days": [f"These are {count:,} leads; at most {MOST_LEADS:,} can be replayed at once."]})
    answers, loads = _assignments(asked)
    return Ground(
        rows=list(leads.order_by("submitted_at", "pk")),
        past=_past(asked, now),
        answers=answers,
        loads=loads,
        earlier=_earlier(asked, longest_days),
    )


def _past(asked: Asked, now: datetime) -> dict[int, Past]:
    first = Assignment.objects.filter(
        attempt=1, lead__test=False, lead__submitted_at__gte=asked.since, lead__submitted_at__lt=asked.until
    )
    columns = ("lead_id", "rep_id", "method", "rule__name", "assigned_at", "due_at", "responded_at")
    waiting = ("lead__held_since", "lead__submitted_at")
    return {
        lead: Past(
            rep,
            method,
            rule or "",
            assigned_at - submitted_at if held_since and held_since <= assigned_at else None,
            due_at is not None and (responded_at or now) > due_at,
        )
        for lead, rep, method, rule, assigned_at, due_at, responded_at, held_since, submitted_at in first.order_by()
        .values_list(*columns, *waiting)
        .iterator(chunk_size=5_000)
    }


def _assignments(asked: Asked) -> tuple[list[Answer], dict[RepId, list[Load]]]:
    """Answers until the end of the replay; loads of those that came before its beginning."""
    recent = Assignment.objects.filter(
        assigned_at__gte=asked.since - BEFORE, assigned_at__lt=asked.until, lead__test=False
    )
    columns = ("rep_id", "pool_id", "method", "units", "released", "assigned_at", "alerted_at", "responded_at")
    rows = recent.order_by("assigned_at", "pk").values_list(*columns, "ended_at", "lead__closed_at")
    answers: list[Answer] = []
    loads: defaultdict[RepId, list[Load]] = defaultdict(list)
    for rep, pool, method, units, released, at, told_at, answered_at, ended_at, closed_at in rows.iterator(
        chunk_size=5_000
    ):
        if answered_at is None or answered_at >= at:  # else somebody before them answered it, who handed it over
            answers.append(Answer(rep, told_at or at, answered_at))
        if at < asked.since:
            over = min((end for end in (ended_at, closed_at) if end), default=None)
            answered = min((end for end in (answered_at, over) if end), default=None)
            loads[rep].append(Load(at, pool, method, units, answered, over, released))
    return answers, dict(loads)


def _earlier(asked: Asked, longest_days: float) -> list[EarlierLead]:
    """Leads from before the replay of the people and companies that come in it, oldest first."""
    coming = Lead.objects.real().filter(submitted_at__gte=asked.since, submitted_at__lt=asked.until)
    before = Lead.objects.real().filter(
        submitted_at__lt=asked.since, submitted_at__gte=asked.since - timedelta(days=longest_days)
    )
    known = before.exclude(Q(status__in=NEVER_THE_ORIGINAL)).defer("message", "attributes", "utm", "derived")
    found: dict[int, Lead] = {}
    for column in KIN:
        keys = coming.filter(**{f"{column}__isnull": False}).order_by().values(column)
        found |= {row.pk: row for row in known.filter(**{f"{column}__in": keys}).order_by()}
    return [earlier_lead(row) for row in sorted(found.values(), key=lambda row: (row.submitted_at, row.pk))]
