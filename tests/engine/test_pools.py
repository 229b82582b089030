"""Pools: who may take a lead, whose turn it is, caps, and what a batch remembers."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from routing.engine.batch import Batch
from routing.engine.decide import decide
from routing.engine.gates import Way
from routing.engine.types import (
    ONE_LEAD,
    Assigned,
    CapKind,
    Deferred,
    Held,
    LedgerAccount,
    LedgerKey,
    Member,
    OverflowTo,
    Refusal,
    RepState,
    ToPool,
)
from tests.engine.builders import (
    ANA,
    BOB,
    CAT,
    DAN,
    ENTERPRISE,
    INACTIVE,
    NOW,
    OFF_SHIFT,
    ON_LEAVE,
    SMB,
    cap,
    decide_all,
    decide_one,
    globex,
    lead,
    owners,
    people,
    rep,
    rule,
    rulebook,
    take_turns,
)

SMB_TURNS = LedgerKey(SMB)


@pytest.mark.parametrize(("reps", "leads", "each"), [(3, 10, [4, 3, 3]), (6, 24, [4] * 6), (1, 3, [3]), (3, 2, [1, 1])])
def test_leads_are_dealt_evenly(reps: int, leads: int, each: list[int]) -> None:
    got, _ = take_turns(rulebook(), people(*range(1, reps + 1)), leads)

    assert sorted(Counter(got).values(), reverse=True) == each


def test_three_reps_four_leads() -> None:
    assert take_turns(rulebook(), people(ANA, BOB, CAT), 4)[0] == [ANA, BOB, CAT, ANA]


def test_one_lead_a_batch_is_as_even_as_one_batch() -> None:
    those, got = people(ANA, BOB, CAT), []

    for n in range(30):
        (winner,), batch = take_turns(rulebook(), those, 1, since=n + 1)
        accounts = {who: account for _, who, account in batch.changed_accounts()}
        those = replace(those, ledgers={SMB_TURNS: {**those.ledgers.get(SMB_TURNS, {}), **accounts}})
        got.append(winner)

    assert Counter(got) == {ANA: 10, BOB: 10, CAT: 10}


def test_weights_share_the_leads() -> None:
    those = people(ANA, BOB, pools={SMB: [Member(ANA, 1000), Member(BOB, 2000)]})

    assert Counter(take_turns(rulebook(), those, 5)[0]) == {ANA: 2, BOB: 3}


def test_the_selection_tells_every_member_as_the_decision_saw_them() -> None:
    those = people(ANA, BOB, rep(CAT, **ON_LEAVE), balances={SMB: {ANA: -500, BOB: 500_000_500, CAT: -500_000_000}})

    decision = decide_one(lead(), those=those)

    assert isinstance(decision, Assigned)
    assert decision.trace.selection is not None
    assert decision.trace.selection.candidates() == (
        (ANA, 1000, None, "", -500, ONE_LEAD // 2),
        (BOB, 1000, None, "", 500_000_500, ONE_LEAD // 2),
        (CAT, 1000, Refusal.ON_LEAVE, "on leave until 9 Mar", -500_000_000, 0),
    )
    assert decision.reason == "Highest balance in SMB (+1.000 leads with this one's share) of 2 who could take it"


@pytest.mark.parametrize(
    ("those", "reason"),
    [
        (
            people(ANA, BOB, CAT),
            "First in line of 3 with the highest balance in SMB (+0.333 leads with this one's share); 3 could take it",
        ),
        (
            people(ANA, BOB, ledgers={LedgerKey(SMB): {ANA: LedgerAccount(0, NOW)}}),
            "Longest without a lead of 2 with the highest balance in SMB "
            "(+0.500 leads with this one's share); 2 could take it",
        ),
        (people(ANA, rep(BOB, **OFF_SHIFT)), "The only one of 2 in SMB who could take it"),
    ],
)
def test_the_reason_is_one_clear_sentence(those: Any, reason: str) -> None:
    decision = decide_one(lead(), those=those)

    assert isinstance(decision, Assigned)
    assert decision.reason == reason


@pytest.mark.parametrize("standing", [INACTIVE, ON_LEAVE, OFF_SHIFT, {"standing": Refusal.PAUSED}])
def test_whoever_a_gate_refuses_gets_nothing_and_earns_nothing(standing: dict[str, Any]) -> None:
    got, batch = take_turns(rulebook(), people(rep(ANA, **standing), BOB, CAT), 9)

    assert Counter(got) == {BOB: 5, CAT: 4}
    assert ANA not in {who for _, who, _ in batch.changed_accounts()}


def test_whoever_owned_the_lead_before_does_not_get_it_again() -> None:
    assert owners([decide_one(lead(owned_before=frozenset({ANA, BOB})))]) == [CAT]
    assert isinstance(decide_one(lead(owned_before=frozenset({ANA, BOB, CAT}))), Held)


def test_a_weight_of_nothing_is_no_membership() -> None:
    assert owners([decide_one(lead(), those=people(ANA, BOB, pools={SMB: [Member(ANA, 0), BOB]}))]) == [BOB]
    assert isinstance(decide_one(lead(), those=people(ANA, pools={SMB: [Member(ANA, -5)]})), Held)


def test_a_member_who_is_gone_is_refused() -> None:
    assert owners([decide_one(lead(), those=people(ANA, pools={SMB: [ANA, 99]}))]) == [ANA]


def test_two_pools_of_one_ledger_share_the_turns() -> None:
    book = rulebook(rule(1, destination=ToPool(SMB)))
    shared = replace(book, pools={SMB: book.pools[SMB], ENTERPRISE: replace(book.pools[ENTERPRISE], ledger=SMB)})
    other = replace(shared, version=2, rules=(rule(1, destination=ToPool(ENTERPRISE)),))
    batch = Batch(people(ANA, BOB, pools={SMB: [ANA, BOB], ENTERPRISE: [ANA, BOB]}), NOW)

    assert owners(decide_all([lead(1)], shared, batch) + decide_all([lead(2)], other, batch)) == [ANA, BOB]


def test_a_test_lead_takes_no_turn_and_leaves_no_mark() -> None:
    batch = Batch(people(rep(ANA, caps=(cap(CapKind.DAY, 1),))), NOW)

    tests = decide_all([lead(n, test=True) for n in (1, 2)], rulebook(), batch)

    assert owners(tests) == [ANA, ANA]
    assert [decision.posting for decision in tests if isinstance(decision, Assigned)] == [None, None]
    assert batch.changed_accounts() == []


def test_who_may_take_leads_is_worked_out_once_for_each_way_they_come() -> None:
    batch, pool = Batch(people(ANA, BOB), NOW), rulebook().pools[SMB]

    assert batch.contest(pool, Way()) is batch.contest(pool, Way())
    assert batch.contest(pool, Way()) is not batch.contest(pool, Way(exempt=True))


def test_deciding_changes_nothing_until_it_is_recorded() -> None:
    batch = Batch(people(ANA, BOB, CAT), NOW)

    first, second = decide(lead(), rulebook(), batch), decide(lead(), rulebook(), batch)

    assert first == second
    assert batch.changed_accounts() == []


def test_the_accounts_that_moved_are_told() -> None:
    _, batch = take_turns(rulebook(), people(ANA, BOB, balances={SMB: {ANA: 7, BOB: -7}}), 1)

    assert batch.changed_accounts() == [
        (SMB_TURNS, ANA, LedgerAccount(7 - ONE_LEAD // 2, NOW)),
        (SMB_TURNS, BOB, LedgerAccount(ONE_LEAD // 2 - 7, None)),
    ]


# --- caps -------------------------------------------------------------------------------------------------------


def capped(who: int, limit: int, used: int = 0, kind: CapKind = CapKind.DAY, **fields: Any) -> RepState:
    return rep(who, caps=(cap(kind, limit, used, **fields),))


def test_caps_hold_inside_a_batch() -> None:
    got, _ = take_turns(rulebook(), people(capped(ANA, 3), capped(BOB, 3)), 20)

    assert Counter(got) == {ANA: 3, BOB: 3, None: 14}


def test_caps_hold_across_pools() -> None:
    book = rulebook(rule(1, when_nobody=OverflowTo(ENTERPRISE)))
    other = replace(book, version=2, rules=(rule(1, destination=ToPool(ENTERPRISE)),))
    batch = Batch(people(capped(ANA, 1), pools={SMB: [ANA], ENTERPRISE: [ANA]}), NOW)

    assert owners(decide_all([lead(1)], other, batch)) == [ANA]
    assert owners(decide_all([lead(2)], replace(other, rules=(rule(1),), version=3), batch)) == [None]


def test_a_cap_of_a_membership_counts_that_pool_only() -> None:
    in_smb = replace(rulebook(), version=1)
    in_enterprise = rulebook(rule(1, destination=ToPool(ENTERPRISE)))
    batch = Batch(people(capped(ANA, 1, pool=SMB), pools={SMB: [ANA], ENTERPRISE: [ANA]}), NOW)

    assert owners(decide_all([lead(1), lead(2)], replace(in_enterprise, version=2), batch)) == [ANA, ANA]
    assert owners(decide_all([lead(3), lead(4)], in_smb, batch)) == [ANA, None]


def test_whoever_has_room_gets_the_lead() -> None:
    those = people(capped(ANA, 3, 3, CapKind.OPEN), capped(BOB, 5, 5, CapKind.HOUR), capped(CAT, 5, 4), DAN)

    assert Counter(take_turns(rulebook(), those, 4)[0]) == {CAT: 1, DAN: 3}


def test_who_was_refused_is_told_in_the_members_order_whoever_was_refused_first() -> None:
    batch = Batch(people(capped(ANA, 1), capped(BOB, 0)), NOW)

    *_, held = decide_all([lead(1), lead(2)], rulebook(), batch)

    assert "(Ana Diaz: day cap of 1 reached; Bob Ray: day cap of 0 reached)" in held.reason


def test_a_cap_is_told_in_words() -> None:
    decision = decide_one(lead(), those=people(capped(ANA, 20, 20), capped(BOB, 10, 10, pool=SMB), CAT))

    assert isinstance(decision, Assigned)
    assert decision.trace.selection is not None
    assert [detail for _, detail in decision.trace.selection.refusals.values()] == [
        "day cap of 20 reached",
        "day cap of 10 in this pool reached",
    ]


@pytest.mark.parametrize(("every_kind", "owner"), [(False, ANA), (True, None)])
def test_overflow_is_not_blocked_by_caps_unless_they_are_of_every_kind(every_kind: bool, owner: int | None) -> None:
    book = rulebook(rule(1, destination=ToPool(SMB), when_nobody=OverflowTo(ENTERPRISE)))
    those = people(capped(ANA, 1, 1, every_kind=every_kind), pools={SMB: [], ENTERPRISE: [ANA]})

    assert owners([decide_one(lead(), book, those)]) == [owner]


@pytest.mark.parametrize(("every_kind", "next_owner"), [(False, ANA), (True, None)])
def test_leads_of_an_account_count_only_for_caps_of_every_kind(every_kind: bool, next_owner: int | None) -> None:
    book = rulebook(rule(1, destination=ToPool(SMB)))
    account = rulebook(rule(1, destination=book.rules[0].destination))
    batch = Batch(people(capped(ANA, 1, every_kind=every_kind)), NOW)
    first = decide_one(lead(1, match=globex()), account, people(ANA))
    assert isinstance(first, Assigned)

    batch.record(lead(1), replace(first, method="account", posting=None))  # type: ignore[arg-type]

    assert owners(decide_all([lead(2)], book, batch)) == [next_owner]


def test_a_capped_member_is_due_when_the_last_of_their_caps_frees() -> None:
    caps = (
        cap(CapKind.HOUR, 1, 1, frees_at=NOW + timedelta(minutes=10)),
        cap(CapKind.DAY, 1, 1, frees_at=NOW + timedelta(hours=6)),
    )

    decision = decide_one(lead(), those=people(rep(ANA, caps=caps)))

    assert isinstance(decision, Held)
    assert decision.look_again_at == NOW + timedelta(hours=6)


def test_no_pool_outside_the_batch_is_ever_picked_from() -> None:
    assert isinstance(decide_one(lead(), those=people(ANA, pools={})), Deferred)
