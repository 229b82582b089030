"""Stored decisions with the snapshots of their batches, read back: what telling and rebuilding them begins with."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from types import MappingProxyType
from typing import Any, NamedTuple, TypeAlias

from django.db.models import Q, prefetch_related_objects

from routing.engine.types import (
    ExpertiseTable,
    LedgerAccount,
    LedgerId,
    LedgerKey,
    Member,
    People,
    PoolId,
    Posting,
    Refusal,
    RepState,
)
from routing.models import Decision, DecisionSnapshot
from routing.models import Posting as PostingRow
from routing.snapshots.columns import unpack_json
from routing.snapshots.expertise import expertise_of_days
from routing.snapshots.frozen_people import days_of_tables, thaw_people
from routing.snapshots.postings import read_posting

Packed: TypeAlias = bytes | memoryview


@dataclass(frozen=True, slots=True)
class Frozen:
    """A stored decision: its own part, and the people of its batch if any were stored.

    `ledger` is where its pool chose, `tables` of which day the performance numbers were. `whole`: everything
    that it depended on is there, as in all but the oldest.
    """

    row: Decision
    own: Mapping[str, Any]
    people: People | None
    ledger: LedgerKey | None
    whole: bool
    tables: Mapping[PoolId, date] = field(default_factory=dict)

    @property
    def selected(self) -> Mapping[str, Any] | None:
        """What the pool chose from, if its members are known."""
        found: Mapping[str, Any] | None = self.own.get("selection")
        return found if found and self.people and found["pool"] in self.people.members else None

    @property
    def place(self) -> tuple[int | None, int]:
        """The key of the batch's first posting, and how many of this ledger came before this decision."""
        first, before = self.own.get("selection", {}).get("postings", (None, 0))
        return first, before


class _Snapshot(NamedTuple):
    """`learned`: of which day that was by pool. `ledger_of_pool` only of the oldest, which had one ledger a pool."""

    people: People
    tables: Mapping[PoolId, date]
    ledger_of_pool: Mapping[PoolId, LedgerId]
    learned: Mapping[PoolId, date] = MappingProxyType({})


def read_frozen(decisions: Sequence[Decision]) -> list[Frozen]:
    """Three queries however many decisions, and one more where pools went by what won deals teach."""
    prefetch_related_objects(list(decisions), "posting")
    wanted = {decision.snapshot_id for decision in decisions if decision.snapshot_id}
    rows = DecisionSnapshot.objects.filter(pk__in=wanted).values_list("pk", "people__content", "content")
    snapshots = {pk: _snapshot(lasting, passing) for pk, lasting, passing in rows} if wanted else {}
    snapshots = _with_expertise(snapshots)
    return [_frozen(decision, snapshots.get(decision.snapshot_id or 0)) for decision in decisions]


def read_postings(some: Sequence[Frozen]) -> defaultdict[tuple[int | None, LedgerKey], list[Posting]]:
    """The postings of each decision's batch in the ledger of its pool, in order: (snapshot, ledger) → postings."""
    wanted = Q()
    for frozen in some:
        first, before = frozen.place
        if before and frozen.ledger:
            wanted |= Q(snapshot=frozen.row.snapshot_id, ledger=frozen.ledger.ledger, pk__gte=first)
    found: defaultdict[tuple[int | None, LedgerKey], list[Posting]] = defaultdict(list)
    for row in PostingRow.objects.filter(wanted).order_by("pk") if wanted else ():
        posting = read_posting(row)
        found[row.snapshot_id, posting.ledger].append(posting)
    return found


def _frozen(row: Decision, snapshot: _Snapshot | None) -> Frozen:
    own = unpack_json(row.trace)
    people, tables, ledger_of_pool, _ = snapshot or (None, {}, {}, {})
    selected = own.get("selection", {})
    ledger = LedgerKey(*selected["ledger"]) if "ledger" in selected else None
    if ledger is None and selected.get("pool") in ledger_of_pool:
        ledger = LedgerKey(ledger_of_pool[selected["pool"]])
    return Frozen(row, own, people, ledger, "lead" in own and not ledger_of_pool, tables)


def _with_expertise(snapshots: Mapping[int, _Snapshot]) -> dict[int, _Snapshot]:
    tables = expertise_of_days({one for snapshot in snapshots.values() for one in snapshot.learned.items()})
    return {pk: snapshot._replace(people=_taught(snapshot, tables)) for pk, snapshot in snapshots.items()}


def _taught(snapshot: _Snapshot, tables: Mapping[tuple[PoolId, date], ExpertiseTable]) -> People:
    learned = {one[0]: tables[one] for one in snapshot.learned.items() if one in tables}
    return replace(snapshot.people, expertise=learned) if learned else snapshot.people


def _snapshot(lasting: Packed | None, passing: Packed) -> _Snapshot:
    if lasting is not None:
        slow = unpack_json(lasting)
        people = thaw_people(slow, unpack_json(passing))
        return _Snapshot(people, days_of_tables(slow), {}, days_of_tables(slow, "expertise"))
    old = unpack_json(passing)
    pools = {int(pool): row for pool, row in old["pools"].items()}
    return _Snapshot(_old_people(old, pools), {}, {pool: row["ledger"] for pool, row in pools.items()})


def _old_people(old: Mapping[str, Any], pools: Mapping[int, Mapping[str, Any]]) -> People:
    states = [RepState(int(rep), "", Refusal(code), detail) for rep, (code, detail) in old["standing"].items()]
    return People(
        reps={state.id: state for state in states},
        members={pool: tuple(Member(*member) for member in row["members"]) for pool, row in pools.items()},
        ledgers={
            LedgerKey(int(ledger)): {int(rep): LedgerAccount(balance) for rep, balance in accounts.items()}
            for ledger, accounts in old["balances"].items()
        },
    )
