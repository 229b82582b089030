"""Won leads of days that are over, counted once, for pools that share totals (snapshots.totals)."""

from __future__ import annotations

from datetime import UTC, datetime, time

from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.db.models.functions import Coalesce, TruncDate

from routing.engine.types import Fairness
from routing.models import Ledger, LedgerDay, Posting
from routing.services.batches.lock import lock_ledgers
from routing.snapshots.totals import WON

AT_ONCE = 50_000
"""So many postings are counted under one lock."""
KEY = ("day", "turns_by", "control", "rep_id")


def count_days_over(*, now: datetime) -> int:
    """Count what was posted before today (UTC); how many postings. Nothing is to do but once a day."""
    today = now.astimezone(UTC).date()
    totals = Q(pools__fairness=Fairness.TOTALS.value) | Q(group_pools__fairness=Fairness.TOTALS.value)
    behind = Ledger.objects.filter(totals).filter(Q(counted_on=None) | Q(counted_on__lt=today)).distinct()
    counted = 0
    for pk in behind.order_by("pk").values_list("pk", flat=True):
        while some := _count(pk, midnight=datetime.combine(today, time(), tzinfo=UTC)):
            counted += some
    return counted


@transaction.atomic
def _count(pk: int, *, midnight: datetime) -> int:
    """Count the next postings of a ledger; 0 once all are."""
    lock_ledgers({pk})
    ledger = Ledger.objects.get(pk=pk)
    behind = Posting.objects.filter(ledger=pk, pk__gt=ledger.counted_posting).order_by("pk")
    keys = list(behind.filter(posted_at__lt=midnight).values_list("pk", flat=True)[:AT_ONCE])
    if not keys:
        Ledger.objects.filter(pk=pk).update(counted_on=midnight.date())
        return 0
    _add(pk, behind.filter(pk__lte=keys[-1]))
    Ledger.objects.filter(pk=pk).update(counted_posting=keys[-1])
    return len(keys)


def _add(pk: int, postings: QuerySet[Posting]) -> None:
    """A turn that was given back is taken from the day on which it was won."""
    won_on = TruncDate(Coalesce("reverses__posted_at", "posted_at"), tzinfo=UTC)
    rows = postings.order_by().annotate(day=won_on, rep_id=F("winner_id")).values(*KEY).annotate(sum=WON)
    won = {tuple(key): total for *key, total in rows.values_list(*KEY, "sum")}
    days = LedgerDay.objects.filter(ledger=pk, day__in={key[0] for key in won})
    before = {tuple(key): total for *key, total in days.values_list(*KEY, "won")}
    LedgerDay.objects.bulk_create(
        [
            LedgerDay(ledger_id=pk, **dict(zip(KEY, key, strict=True)), won=total + before.get(key, 0))
            for key, total in won.items()
        ],
        update_conflicts=True,
        unique_fields=["ledger", "day", "turns_by", "control", "rep"],
        update_fields=["won"],
    )
