"""Route the leads that are due: the one way in which a lead gets its owner."""

from __future__ import annotations

import logging
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from django.db import InterfaceError, OperationalError, connection, transaction

from routing import crash
from routing.models import RoutingBatch
from routing.services.batches.claim import Claim, claim_leads, give_back_failed, give_back_untouched
from routing.services.batches.decide import Superseded, decide_batch
from routing.services.batches.garbage import collected_afterwards
from routing.services.batches.lock import lock_claim, lock_leads
from routing.services.batches.offers import expire_offers
from routing.services.batches.store import store_outcomes
from routing.services.reading import read_leads
from routing.snapshots.rulebook import current_rulebook

logger = logging.getLogger(__name__)
BATCH = 1_000 if connection.vendor == "postgresql" else 500
"""So many leads share what a batch reads and locks. With more of them others would wait too long: on PostgreSQL for the
same people and pools, on SQLite for anything that is written.
"""


@dataclass(frozen=True, slots=True)
class Routed:
    """What one call did. `put_back` leads go on in the next batch; `failed` ones are tried again alone."""

    decided: int = 0
    put_back: int = 0
    failed: int = 0

    @property
    def worked(self) -> bool:
        """Whether there was anything to do; if so, there may be more."""
        return bool(self.decided or self.put_back or self.failed)


def route_pending(*, now: datetime, limit: int = BATCH, lead_ids: Collection[int] | None = None) -> Routed:
    """Decide about one batch of due leads, or about `lead_ids` at once. Safe to run twice and side by side.

    Raises OperationalError when the database is away or too busy; the leads stay due.
    """
    published = current_rulebook()
    if published is None:
        return Routed()
    claim = claim_leads(now=now, limit=limit, lead_ids=lead_ids)
    if claim is None:
        return Routed()
    crash.crash_point("after_claim_before_lock")
    try:
        read_leads(claim.lead_ids, published=published, now=now)
        with collected_afterwards():
            return _route(claim, now=now)
    except Superseded:
        give_back_untouched(claim)
        return Routed(put_back=len(claim.lead_ids))
    except (OperationalError, InterfaceError):
        give_back_untouched(claim)
        raise
    except Exception:
        logger.exception("routing_failed", extra={"leads": len(claim.lead_ids), "alone": claim.alone})
        give_back_failed(claim, now=now)
        return Routed(failed=len(claim.lead_ids))


def route_all(*, now: datetime, limit: int = BATCH) -> int:
    """Batch after batch at one instant until nothing is due; how many leads were decided."""
    decided = 0
    while (routed := route_pending(now=now, limit=limit)).worked:
        decided += routed.decided
    return decided


def _route(claim: Claim, *, now: datetime) -> Routed:
    with transaction.atomic():
        if not lock_claim(claim.pk):
            # it took so long that we were taken for dead; as we live, the leads are not to blame
            give_back_untouched(claim)
            return Routed()
        rows = lock_leads(claim.lead_ids)
        published = current_rulebook()
        if published is None:
            raise Superseded
        on_offer = expire_offers(rows, now=now)
        free = [row for row in rows if row.pk not in on_offer]
        outcomes = decide_batch(free, published=published, now=now)
        outcomes.behind.extend((row, on_offer[row.pk]) for row in rows if row.pk in on_offer)
        store_outcomes(outcomes, now=now)
        RoutingBatch.objects.filter(pk=claim.pk).delete()
        crash.crash_point("after_batch_before_commit")
    crash.crash_point("after_commit_before_next_batch")
    return Routed(decided=len(outcomes.decided), put_back=len(outcomes.put_back) + len(outcomes.behind))
