"""A stored decision → everything that it was made of, so that the engine decides it again, or what would have been."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from routing.engine.batch import Batch
from routing.engine.types import (
    Assigned,
    Held,
    HeldReason,
    Lead,
    Method,
    Offer,
    OfferMode,
    Outcome,
    Parked,
    People,
    Rulebook,
    Trace,
)
from routing.engine.types import Decision as Decided
from routing.models import Decision
from routing.snapshots.frozen_batches import Frozen, read_frozen
from routing.snapshots.frozen_lead import thaw_lead
from routing.snapshots.performance import load_tables
from routing.snapshots.postings import read_posting
from routing.snapshots.rulebook import rulebook_version


class CannotRebuild(Exception):
    """Too little was stored of a decision: it is one of the oldest, or none that the engine took."""


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """What the engine was handed. `batch` stands where it stood before the decision; `people` as the batch began."""

    lead: Lead
    rulebook: Rulebook
    people: People
    batch: Batch
    now: datetime


def rebuild(decision: Decision) -> Rebuilt:
    """The engine's inputs, exactly: decide(lead, rulebook, batch) comes to the same decision again.

    Texts of more than 2,000 characters come from the lead as it is today. Raises CannotRebuild.
    """
    before = _before_in_batch(decision)
    *earlier, own = read_frozen([*before, decision])
    if not own.whole or decision.rulebook_version is None:
        raise CannotRebuild(f"Of the decision {decision.pk} only the outcome was kept.")
    rulebook = rulebook_version(decision.rulebook_version).rulebook
    people = replace(own.people or People({}, {}, {}), performance=load_tables(own.tables))
    batch = Batch(people, decision.decided_at)
    for lead, decided in _replayed(earlier):
        batch.record(lead, decided)
    return Rebuilt(_lead(own), rulebook, people, batch, decision.decided_at)


def _before_in_batch(decision: Decision) -> Sequence[Decision]:
    """The decisions that the same batch took before, in order."""
    if decision.snapshot_id is None:
        return ()
    same = Decision.objects.filter(decided_at=decision.decided_at, snapshot=decision.snapshot_id, pk__lt=decision.pk)
    return list(same.select_related("lead", "posting").order_by("pk"))


def _replayed(earlier: Sequence[Frozen]) -> Iterator[tuple[Lead, Decided]]:
    for frozen in earlier:
        decided = _decided(frozen)
        if decided is not None:
            yield _lead(frozen), decided


def _decided(frozen: Frozen) -> Decided | None:
    """What a decision did to the rest of its batch."""
    row, trace = frozen.row, Trace(frozen.row.rulebook_version or 0)
    if row.outcome == Outcome.ASSIGNED and row.rep_id is not None:
        posting = read_posting(row.posting) if row.posting else None
        units = frozen.own.get("units", 1)
        return Assigned(
            row.rep_id, Method(row.method), row.reason, trace, pool=row.pool_id, posting=posting, units=units
        )
    if row.outcome == Outcome.HELD:
        offered = frozen.own.get("offers", ())
        offers = tuple(Offer(rep, OfferMode(kind), row.decided_at) for rep, kind, _ in offered)
        return Held(HeldReason.NOBODY_AVAILABLE, row.reason, trace, pool=row.pool_id, offers=offers)
    if row.outcome == Outcome.PARKED:
        return Parked(row.reason, 1, trace)
    return None


def _lead(frozen: Frozen) -> Lead:
    lead = frozen.row.lead
    return thaw_lead(
        frozen.own, pk=lead.pk, key=str(lead.uuid), whole={"message": lead.message}, looks=frozen.own.get("rules", ())
    )
