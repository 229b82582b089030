"""Pause a pool and resume it, live: while it is paused its rules find nobody there."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from routing.models import Pool
from routing.services.batches.lock import lock_ledgers
from routing.services.privacy import audit_log
from routing.services.waiting import look_at_waiting_leads_again


@transaction.atomic
def pause_pool(*, pool: Pool, paused: bool, now: datetime) -> Pool:
    """Whether the pool takes leads from now on. When it does again, leads that wait are looked at again."""
    if not paused:
        look_at_waiting_leads_again(now=now)
    lock_ledgers({pool.ledger_id, *({pool.fairness_group_id} if pool.fairness_group_id else ())})
    row = Pool.objects.select_for_update(no_key=True, of=("self",)).get(pk=pool.pk)
    if row.paused != paused:
        row.paused = paused
        row.save(update_fields=["paused"])
        audit_log.note(action="pool.paused" if paused else "pool.resumed", subject=row, now=now)
    return row
