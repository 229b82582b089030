"""Whatever comes in: a decision comes out, the same each time, and never for somebody whom a gate refused."""

from __future__ import annotations

from collections import Counter

from hypothesis import given, settings
from hypothesis import strategies as st

from routing.engine.batch import Batch
from routing.engine.decide import decide, reach
from routing.engine.operators import View
from routing.engine.scoring import score_of
from routing.engine.types import (
    AWAY,
    Assigned,
    Decision,
    Deferred,
    Duplicate,
    Held,
    Lead,
    Method,
    Parked,
    People,
    Quarantined,
    Refusal,
    Rulebook,
)
from tests.engine.builders import NOW
from tests.engine.strange import Strange
from tests.examples import examples

OUTCOMES = (Assigned, Held, Parked, Duplicate, Quarantined, Deferred)
worlds = st.integers(0, 2**32).map(Strange)


def play(leads: list[Lead], book: Rulebook, those: People) -> list[Decision | Deferred]:
    batch, decisions = Batch(those, NOW), []
    for lead in leads:
        reach(lead, book, NOW)
        assert isinstance(score_of(book, lead.facts.get, View(NOW)), tuple)
        decision = decide(lead, book, batch)
        if not isinstance(decision, Deferred):
            batch.record(lead, decision)
        decisions.append(decision)
    for ledger in those.ledgers:
        before = sum(account.balance for account in those.ledgers[ledger].values())
        assert sum(batch.accounts(ledger).balances.values()) == before
    return decisions


def broken_promise(lead: Lead, decision: Decision | Deferred, those: People) -> str:
    """Which promise an assignment breaks, if any."""
    if not isinstance(decision, Assigned):
        return "" if isinstance(decision, OUTCOMES) else "no outcome that is known"
    standing, selection = those.reps[decision.rep].standing, decision.trace.selection
    if decision.rep in lead.owned_before:
        return "gave a lead back to somebody who lost it"
    if decision.rep in lead.declined_offer and decision.method is not Method.LAST_RESORT:
        return "gave a lead to somebody who let an offer of it go"
    if standing is Refusal.INACTIVE or (standing in AWAY and decision.method is not Method.LAST_RESORT):
        return "gave a lead to somebody away"
    if decision.pool is None:
        return ""
    if selection is None or selection.posting is None or decision.rep != selection.winner:
        return "the trace does not show how the pool chose"
    if decision.rep in selection.refusals or sum(amount for _, amount in selection.posting.lines):
        return "a gate refused the winner, or the posting does not sum to 0"
    return ""


@given(worlds)
@settings(max_examples=examples(80))
def test_nothing_raises_and_every_promise_is_kept(world: Strange) -> None:
    book, those = world.rulebook(), world.people()
    leads = [world.lead(n) for n in range(1, 6)]

    decisions = play(leads, book, those)

    assert [broken_promise(lead, made, those) for lead, made in zip(leads, decisions, strict=True)] == [""] * 5
    assert all(made.reason for made in decisions if not isinstance(made, Deferred))


@given(st.integers(0, 2**32))
@settings(max_examples=examples(30))
def test_the_same_inputs_give_the_same_decisions_and_traces(seed: int) -> None:
    one, other = Strange(seed), Strange(seed)

    first = play([one.lead(n) for n in range(1, 4)], one.rulebook(), one.people())
    again = play([other.lead(n) for n in range(1, 4)], other.rulebook(), other.people())

    assert repr(first) == repr(again)


def test_the_strange_worlds_see_every_outcome() -> None:
    seen: Counter[type] = Counter()

    for seed in range(150):
        world = Strange(seed)
        seen.update(map(type, play([world.lead(n) for n in range(1, 6)], world.rulebook(), world.people())))

    assert set(seen) == set(OUTCOMES)
    assert seen[Assigned] > 50
