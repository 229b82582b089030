"""Destinations by table, and pools that offer leads instead of giving them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from routing.engine.batch import Batch
from routing.engine.decide import Reach, reach
from routing.engine.ledger import taken_by
from routing.engine.types import (
    ONE_LEAD,
    AssignAnyway,
    Assigned,
    Away,
    Held,
    HeldReason,
    Method,
    OfferMode,
    OverflowTo,
    Rulebook,
    RuleResult,
    Strategy,
    Table,
    TopicTag,
    ToPool,
    ToRep,
    ToTable,
)
from tests.engine.builders import (
    ANA,
    BOB,
    CAT,
    ENTERPRISE,
    NOW,
    OFF_SHIFT,
    ON_LEAVE,
    SMB,
    decide_all,
    decide_one,
    lead,
    owners,
    people,
    rep,
    rule,
    rulebook,
)

PARTNERS = Table(5, "Partners", {"acme-1": ToRep(BOB), "acme-2": ToPool(ENTERPRISE), "gone": ToPool(99)})


def by_table(field: str = "attributes.partner", away: Away = Away.BACKUP, table: int = 5) -> Rulebook:
    return rulebook(rule(1, destination=ToTable(table, field, away)), rule(2), tables=[PARTNERS])


@pytest.mark.parametrize(
    ("partner", "expected"),
    [
        ("ACME-1", (BOB, Method.TABLE, None)),
        (" acme-2 ", (CAT, Method.TABLE, ENTERPRISE)),
        (("other", "ACME-1"), (BOB, Method.TABLE, None)),
        ("ACME-3", (ANA, Method.ROUND_ROBIN, SMB)),
        ("gone", (ANA, Method.ROUND_ROBIN, SMB)),
        (None, (ANA, Method.ROUND_ROBIN, SMB)),
    ],
)
def test_a_table_sends_to_the_rep_or_pool_beside_the_key(partner: Any, expected: tuple[int, Method, int]) -> None:
    those = people(ANA, BOB, CAT, pools={SMB: [ANA], ENTERPRISE: [CAT]})

    decision = decide_one(lead(facts={"attributes.partner": partner}), by_table(), those)

    assert isinstance(decision, Assigned)
    assert (decision.rep, decision.method, decision.pool) == expected


@pytest.mark.parametrize(
    ("partner", "table", "result", "detail"),
    [
        ("ACME-3", 5, RuleResult.NO_ROW, "the table Partners has no row for “ACME-3”"),
        (None, 5, RuleResult.NO_ROW, "the table Partners has no row, as the lead has no attributes.partner"),
        ("ACME-1", 6, RuleResult.UNKNOWN_DESTINATION, "the table does not exist (any more)"),
    ],
)
def test_a_key_that_is_not_there_is_told(partner: str | None, table: int, result: RuleResult, detail: str) -> None:
    decision = decide_one(lead(facts={"attributes.partner": partner}), by_table(table=table))

    assert isinstance(decision, Assigned)
    assert (decision.trace.rules[0].result, decision.trace.rules[0].detail) == (result, detail)


@pytest.mark.parametrize(("away", "owner"), [(Away.BACKUP, CAT), (Away.NEXT, ANA), (Away.WAIT, None)])
def test_a_rep_of_a_table_who_is_away_is_dealt_with_as_the_rule_says(away: Away, owner: int | None) -> None:
    those = people(ANA, rep(BOB, backup=CAT, **ON_LEAVE), CAT, pools={SMB: [ANA]})

    assert owners([decide_one(lead(facts={"attributes.partner": "ACME-1"}), by_table(away=away), those)]) == [owner]


@pytest.mark.parametrize(
    ("partner", "expected"),
    [
        ("ACME-1", Reach(reps=frozenset({BOB}))),
        ("ACME-2", Reach(frozenset({ENTERPRISE}))),
        ("ACME-3", Reach(frozenset({SMB}))),
        ("gone", Reach(frozenset({SMB}))),
    ],
)
def test_what_a_table_reaches_is_known_beforehand(partner: str, expected: Reach) -> None:
    assert reach(lead(facts={"attributes.partner": partner}), by_table(), NOW) == expected


# --- offers -----------------------------------------------------------------------------------------------------


def offering(mode: OfferMode, *, minutes: float = 5, **fields: Any) -> Rulebook:
    return rulebook(rule(**fields), smb={"offer": mode, "offer_minutes": minutes})


def offered(decision: object) -> Held:
    assert isinstance(decision, Held)
    assert decision.held_reason is HeldReason.OFFERED
    return decision


def test_an_exclusive_offer_goes_to_whose_turn_it_is() -> None:
    held = offered(decide_one(lead(), offering(OfferMode.EXCLUSIVE), people(ANA, BOB, balances={SMB: {BOB: 5000}})))

    assert held.offers == ((BOB, OfferMode.EXCLUSIVE, NOW + timedelta(minutes=5)),)
    assert (held.pool, held.rule, held.look_again_at) == (SMB, 1, NOW + timedelta(minutes=5))
    assert held.reason.startswith("Offered to Bob Ray. Highest balance in SMB")
    assert held.trace.rules[-1].result is RuleResult.OFFERED


def test_a_lead_to_be_claimed_is_offered_to_everybody_who_may_take_it() -> None:
    held = offered(decide_one(lead(), offering(OfferMode.CLAIM), people(ANA, rep(BOB, **OFF_SHIFT), CAT)))

    assert [offer.rep for offer in held.offers] == [ANA, CAT]
    assert held.reason.startswith("Offered to 2 who can claim it")


def test_of_an_intent_pool_only_those_who_fit_can_claim() -> None:
    book = rulebook(smb={"offer": OfferMode.CLAIM, "strategy": Strategy.INTENT})
    those = people(rep(ANA, expertise={"k8s": 3}), BOB, rep(CAT, expertise={"k8s": 1}))

    held = offered(decide_one(lead(topics=(TopicTag("k8s", 1.0, "", "message"),)), book, those))

    assert [offer.rep for offer in held.offers] == [ANA, CAT]


def test_whoever_takes_an_offer_pays_and_everybody_earns_as_when_it_was_made() -> None:
    held = offered(decide_one(lead(), offering(OfferMode.CLAIM), people(ANA, BOB)))
    assert held.trace.selection is not None
    assert held.trace.selection.posting is not None

    posting = taken_by(held.trace.selection.posting, BOB)

    assert (posting.winner, posting.lines) == (BOB, ((ANA, ONE_LEAD // 2), (BOB, -ONE_LEAD // 2)))


def test_an_offer_let_go_goes_on_to_the_next_and_then_to_nobody() -> None:
    book = offering(OfferMode.EXCLUSIVE)

    second = offered(decide_one(lead(declined_offer=frozenset({ANA})), book, people(ANA, BOB)))
    last = decide_one(lead(declined_offer=frozenset({ANA, BOB})), book, people(ANA, BOB))

    assert [offer.rep for offer in second.offers] == [BOB]
    assert isinstance(last, Held)
    assert last.held_reason is HeldReason.NOBODY_AVAILABLE


def test_leads_that_come_together_are_not_all_offered_to_one() -> None:
    batch = Batch(people(ANA, BOB, CAT, offered={(SMB, ANA): 1, (ENTERPRISE, BOB): 9}), NOW)

    made = decide_all([lead(n) for n in range(5)], offering(OfferMode.EXCLUSIVE), batch)

    assert [offered(held).offers[0].rep for held in made] == [BOB, CAT, ANA, BOB, CAT]
    assert batch.changed_accounts() == []


def test_a_test_lead_is_not_offered_to_anybody() -> None:
    decision = decide_one(lead(test=True), offering(OfferMode.EXCLUSIVE), people(ANA))

    assert owners([decision]) == [ANA]


def test_assign_anyway_assigns() -> None:
    book = offering(OfferMode.EXCLUSIVE, when_nobody=AssignAnyway())

    assert owners([decide_one(lead(), book, people(rep(ANA, **OFF_SHIFT)))]) == [ANA]


def test_an_overflow_pool_offers_too() -> None:
    book = rulebook(rule(when_nobody=OverflowTo(ENTERPRISE)), enterprise={"offer": OfferMode.CLAIM})

    held = offered(decide_one(lead(), book, people(ANA, pools={SMB: [], ENTERPRISE: [ANA]})))

    assert held.pool == ENTERPRISE


@pytest.mark.parametrize("minutes", [float("nan"), float("inf"), 1e300])
def test_an_offer_without_a_sensible_limit_ends_at_once(minutes: float) -> None:
    held = offered(decide_one(lead(), offering(OfferMode.EXCLUSIVE, minutes=minutes), people(ANA)))

    assert held.offers[0].until == NOW
