"""What is stored of a decision: what its batch shares, and its own part.

Own are the lead as it was seen, the ladder's steps, the rules looked at, and where the pool's members fared other than
the snapshot says. Balances before a decision = balances at the start of the batch + its postings before it.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import Any

from routing.engine.types import (
    Assigned,
    Decision,
    EarlierLead,
    Held,
    Lead,
    LedgerKey,
    Need,
    People,
    Posting,
    RepId,
    Rule,
    Rulebook,
    RuleId,
    RuleLook,
    Selection,
    Strategy,
)
from routing.models import DecisionSnapshot, PeopleSnapshot
from routing.snapshots.columns import TIGHT, json_bytes, json_text, micros, pack_json, pack_text, steps, walk
from routing.snapshots.frozen_lead import freeze_lead
from routing.snapshots.frozen_people import freeze_people
from routing.snapshots.progress import write_look

DIGITS = 4
"""Scores are kept to so many."""


@dataclass(frozen=True, slots=True)
class Shared:
    """What the decisions of a batch have in common, worked out once: who stands aside whatever the lead, the rules by
    their ids, and the looks at rules that were written already.
    """

    people: People
    rulebook: Rulebook
    aside: frozenset[RepId]
    rules: Mapping[RuleId, Rule]
    written: dict[int, str] = field(default_factory=dict)
    kept: list[RuleLook] = field(default_factory=list)

    def write_looks(self, looks: Sequence[RuleLook]) -> str:
        """As JSON. Looks that many leads have in common are one object (engine.plan), and written once."""
        written = self.written
        return ",".join([written[id(look)] if id(look) in written else self._write_look(look) for look in looks])

    def _write_look(self, look: RuleLook) -> str:
        self.kept.append(look)  # so that its id stays its own
        text = self.written[id(look)] = json_text(write_look(look))
        return text


def shared_by(people: People, rulebook: Rulebook) -> Shared:
    """What decisions about leads of these people by this rulebook share."""
    aside = frozenset(rep for rep, state in people.reps.items() if state.standing is not None)
    return Shared(people, rulebook, aside, {rule.id: rule for rule in reversed(rulebook.rules)})


@dataclass(frozen=True, slots=True)
class Place:
    """Where a decision stands among the postings of its batch.

    `first_posting` is the key of the batch's first posting, `postings_before` how many of the batch's postings in the
    ledger of this selection came before: together they give the balances that it saw. With `savings` they do not, and
    the balances are written down.
    """

    first_posting: int | None = None
    postings_before: int = 0
    savings: bool = False


def store_snapshot(people: People, *, ledgers: Iterable[LedgerKey], now: datetime) -> DecisionSnapshot:
    """What all decisions of a batch saw; of the accounts those of `ledgers`, where they chose. Two to four queries."""
    lasting, passing = freeze_people(people, ledgers=ledgers)
    whole = json_bytes(lasting)
    digest = sha256(whole).hexdigest()
    known = PeopleSnapshot.objects.filter(digest=digest).values_list("pk", flat=True)
    pk = known.first()
    if pk is None:
        row = PeopleSnapshot(digest=digest, content=zlib.compress(whole, TIGHT), taken_at=now)
        PeopleSnapshot.objects.bulk_create([row], ignore_conflicts=True)  # another router may have been first
        pk = known.get()
    return DecisionSnapshot.objects.create(people_id=pk, content=pack_json(passing, TIGHT), taken_at=now)


def pack_trace(
    decision: Decision,
    lead: Lead,
    *,
    shared: Shared,
    earlier: Sequence[EarlierLead],
    place: Place = Place(),
) -> bytes:
    """A decision's own part. `earlier` are the leads of the same person or company as the batch had changed them."""
    trace = decision.trace
    own = freeze_lead(lead, earlier=earlier, looks=trace.rules)
    needs = _needs(decision, shared)
    if needs:
        own["needs"] = [[need.kind.value, need.name, need.level, need.patience_minutes] for need in needs]
    if isinstance(decision, Assigned) and decision.units != 1:
        own["units"] = decision.units
    if isinstance(decision, Held) and decision.offers:
        own["offers"] = [[offer.rep, offer.kind.value, micros(offer.until)] for offer in decision.offers]
    if trace.selection:
        posted = isinstance(decision, Assigned) and decision.posting is not None
        own["selection"] = _write_selection(trace.selection, shared, posted=posted, place=place)
    looks = shared.write_looks(trace.rules)
    rest = f",{json_text(own)[1:]}" if own else "}"
    return pack_text(f'{{"steps":{json_text(trace.steps)},"rules":[{looks}]{rest}')


def _needs(decision: Decision, shared: Shared) -> tuple[Need, ...]:
    """What the rule that was tried last and the pool require."""
    selection, looks = decision.trace.selection, decision.trace.rules
    if selection is None or not looks:
        return ()
    rule = shared.rules.get(looks[-1].rule)
    pool = shared.rulebook.pools.get(selection.pool)
    return (rule.needs if rule else ()) + (pool.needs if pool else ())


def _write_selection(selection: Selection, shared: Shared, *, posted: bool, place: Place) -> dict[str, Any]:
    own, waived = _own_refusals(selection, shared)
    pool = shared.rulebook.pools.get(selection.pool)
    written = {
        "pool": selection.pool,
        "ledger": list(selection.ledger),
        "own": own,
        "waived": waived,
        "deciding": selection.deciding,
        "notes": list(selection.notes),
        "scores": _write_numbers({rep: round(score, DIGITS) for rep, score in selection.scores.items()}),
        "balances": list(selection.balances) if place.savings else None,
        "would": write_posting(selection.posting) if selection.posting and not posted else None,
        "strategy": pool.strategy.value if pool and pool.strategy is not Strategy.ROUND_ROBIN else None,
    }
    kept = {key: part for key, part in written.items() if part not in (None, [], {})}
    return kept | {"postings": [place.first_posting, place.postings_before]}


def _own_refusals(selection: Selection, shared: Shared) -> tuple[dict[RepId, list[Any]], list[RepId]]:
    """The refusals that this lead alone met, and those of the batch that did not hold for it."""
    own: dict[RepId, list[Any]] = {}
    waived: list[RepId] = []
    if not selection.refusals and not shared.aside:
        return own, waived
    for member in selection.members:
        refusal = selection.refusals.get(member.rep)
        state = shared.people.reps.get(member.rep)
        standing = state.standing if state else None
        if refusal is None and standing is not None:
            waived.append(member.rep)
        elif refusal is not None and refusal[0] is not standing:
            own[member.rep] = [refusal[0].value, refusal[1]]
    return own, waived


def has_savings(people: People) -> bool:
    """Whether balances and turns can differ, so that what was seen does not follow from postings' lines alone."""
    return any(state.catch_up for state in people.reps.values()) or any(
        account.saved for accounts in people.ledgers.values() for account in accounts.values()
    )


def write_posting(posting: Posting) -> list[Any]:
    """A posting that was not posted, such as that of an offer: [ledger, winner, paid, lines, saved, paid out]."""
    parts = (dict(posting.lines), dict(posting.saved), dict(posting.paid_out))
    return [list(posting.ledger), posting.winner, posting.paid, *map(_write_numbers, parts)]


def read_written_posting(row: Sequence[Any]) -> Posting:
    """The inverse of write_posting."""
    key, winner, paid, *parts = row
    lines, saved, paid_out = (tuple(read_numbers(part).items()) for part in parts)
    return Posting(LedgerKey(*key), winner, lines, paid, saved, paid_out)


def _write_numbers(numbers: Mapping[int, float]) -> list[Any]:
    """Rep → number as two columns, by rep."""
    ordered = sorted(numbers.items())
    return [steps(rep for rep, _ in ordered), [number for _, number in ordered]] if ordered else []


def read_numbers(columns: Sequence[Any]) -> dict[int, Any]:
    """The inverse of the two columns."""
    return dict(zip(walk(columns[0]), columns[1], strict=True)) if columns else {}
