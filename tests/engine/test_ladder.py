"""The steps before the rules: screen, pause, duplicate, returning, same company, last resort."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from routing.engine.batch import Batch
from routing.engine.types import (
    Assigned,
    Away,
    CapKind,
    Deferred,
    Duplicate,
    Held,
    HeldReason,
    Method,
    Quarantined,
    Resume,
    Rulebook,
    ToAccountOwner,
    ToRep,
)
from tests.engine.builders import (
    ANA,
    BOB,
    CAT,
    INACTIVE,
    NOW,
    OFF_SHIFT,
    ON_LEAVE,
    SMB,
    cap,
    decide_all,
    decide_one,
    earlier,
    globex,
    lead,
    mia,
    owners,
    people,
    rep,
    row,
    rule,
    rulebook,
)


def back(owner: int | None = ANA, **fields: Any) -> Any:
    """Mia, who asked before and is back."""
    return mia(earlier=(earlier(owner=owner, **fields),))


def test_spam_goes_to_review_with_its_reason() -> None:
    decision = decide_one(lead(screen_reason="honeypot filled in"))

    assert isinstance(decision, Quarantined)
    assert decision.reason == "honeypot filled in"


def test_everything_waits_while_routing_is_paused() -> None:
    decision = decide_one(lead(hold_deadline_at=NOW), those=people(ANA, paused=True, last_resort=(ANA,)))

    assert isinstance(decision, Held)
    assert decision.held_reason is HeldReason.PAUSED


def test_what_cannot_be_decided_waits_for_the_last_resort() -> None:
    decision = decide_one(lead(undecidable=True, hold_deadline_at=NOW + timedelta(hours=1)))

    assert isinstance(decision, Held)
    assert decision.held_reason is HeldReason.UNDECIDABLE
    assert decision.look_again_at == NOW + timedelta(hours=1)


@pytest.mark.parametrize("paused", [True, False])
def test_what_cannot_be_decided_goes_to_the_last_resort_at_the_deadline(paused: bool) -> None:
    those = people(ANA, BOB, last_resort=(BOB,), paused=paused)

    decision = decide_one(lead(undecidable=True, hold_deadline_at=NOW), those=those)

    assert owners([decision]) == [None if paused else BOB]


# --- duplicates -------------------------------------------------------------------------------------------------

MINUTES_AGO = {"submitted_at": NOW - timedelta(minutes=5), "form": "demo", "days_ago": 0}


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ({}, {}),
        ({"owner": None}, {}),
        ({"email": "", "phone": "+4915"}, {"phone": "+4915"}),
        ({"email": "m@gmail.com", "phone": "+4915"}, {"phone": "+4915"}),
        ({"email": "info@globex.com"}, {"email": "info@globex.com", "role_mailbox": True}),
        ({"submitted_at": NOW - timedelta(minutes=10)}, {}),
    ],
)
def test_the_same_person_at_the_same_form_a_moment_ago_is_a_duplicate(
    first: dict[str, Any], second: dict[str, Any]
) -> None:
    decision = decide_one(mia(earlier=(earlier(5, **MINUTES_AGO | first),), **second))

    assert isinstance(decision, Duplicate)
    assert decision.of == 5


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ({"form": "ebook"}, {}),
        ({"email": "zoe@globex.com"}, {}),
        ({"email": "zoe@globex.com", "phone": "+4915", "name_key": "zoe"}, {"phone": "+4915"}),
        ({"email": "zoe@globex.com", "phone": "+4915", "name_key": ""}, {"phone": "+4915", "name_key": ""}),
        ({"email": "info@globex.com", "name_key": "zoe"}, {"email": "info@globex.com", "role_mailbox": True}),
        ({"submitted_at": NOW - timedelta(minutes=10, seconds=1)}, {}),
        ({"submitted_at": NOW + timedelta(seconds=1)}, {}),
    ],
)
def test_anybody_else_or_later_is_no_duplicate(first: dict[str, Any], second: dict[str, Any]) -> None:
    decision = decide_one(mia(earlier=(earlier(5, **MINUTES_AGO | first),), **second))

    assert isinstance(decision, Assigned)


def test_a_duplicate_of_a_lead_of_the_same_batch_is_seen_and_takes_no_turn() -> None:
    batch = Batch(people(ANA, BOB), NOW)

    first, second, third = decide_all([mia(1), mia(2), lead(3)], rulebook(), batch)

    assert owners([first, third]) == [ANA, BOB]
    assert isinstance(second, Duplicate)
    assert second.of == 1


# --- returning people -------------------------------------------------------------------------------------------


def test_a_returning_person_goes_to_the_previous_owner_without_a_turn() -> None:
    decision = decide_one(back(BOB))

    assert isinstance(decision, Assigned)
    assert (decision.rep, decision.method, decision.follows) == (BOB, Method.RETURNING, 100)
    assert decision.posting is None
    assert decision.reason == "Bob Ray owns the earlier request of Mia Chen, who is back"


def test_a_returning_person_has_the_properties_of_the_first_rule_that_matches() -> None:
    book = rulebook(rule(1, enabled=False), rule(2, when=[row("country", "is", "DE")]), rule(3), rule(4))

    decision = decide_one(back(), book)

    assert isinstance(decision, Assigned)
    assert decision.rule == 3


@pytest.mark.parametrize(
    ("ana", "book", "owner", "method"),
    [
        ({}, rulebook(), ANA, Method.RETURNING),
        (OFF_SHIFT, rulebook(), ANA, Method.RETURNING),
        (OFF_SHIFT, rulebook(rule(answer_now=True)), BOB, Method.RETURNING),
        (ON_LEAVE, rulebook(), BOB, Method.RETURNING),
        (INACTIVE, rulebook(), BOB, Method.RETURNING),
        (ON_LEAVE, rulebook(rule(destination=ToRep(CAT, Away.NEXT))), CAT, Method.DIRECT),
        ({"caps": (cap(CapKind.DAY, 1, 1),)}, rulebook(), ANA, Method.RETURNING),
        ({"caps": (cap(CapKind.DAY, 1, 1, every_kind=True),)}, rulebook(), BOB, Method.RETURNING),
    ],
)
def test_who_takes_a_returning_person(ana: dict[str, Any], book: Rulebook, owner: int, method: Method) -> None:
    decision = decide_one(back(), book, people(rep(ANA, backup=BOB, **ana), BOB, CAT))

    assert isinstance(decision, Assigned)
    assert (decision.rep, decision.method) == (owner, method)


def test_a_returning_person_whose_owner_left_is_routed_anew_and_linked() -> None:
    decision = decide_one(back(), those=people(rep(ANA, **INACTIVE), BOB))

    assert isinstance(decision, Assigned)
    assert (decision.rep, decision.method, decision.follows) == (BOB, Method.ROUND_ROBIN, 100)
    assert "Ana Diaz owns the earlier request of Mia Chen" in decision.trace.steps[0]
    assert "(inactive): routed anew" in decision.trace.steps[0]


def test_an_owner_who_lost_this_very_lead_does_not_get_it_back() -> None:
    decision = decide_one(replace(back(), owned_before=frozenset({ANA})))

    assert owners([decision]) == [BOB]


@pytest.mark.parametrize(("days", "method"), [(90, Method.RETURNING), (91, Method.ROUND_ROBIN)])
def test_a_person_returns_within_ninety_days(days: float, method: Method) -> None:
    decision = decide_one(back(days_ago=days))

    assert isinstance(decision, Assigned)
    assert decision.method is method


def test_a_rule_may_wait_for_an_owner_who_is_away() -> None:
    book = rulebook(rule(destination=ToAccountOwner(away=Away.WAIT)))
    away = rep(ANA, **ON_LEAVE, available_at=NOW + timedelta(days=6))

    decision = decide_one(back(), book, people(away, BOB))

    assert isinstance(decision, Held)
    assert decision.held_reason is HeldReason.WAITING
    assert decision.look_again_at == NOW + timedelta(days=6)


def test_waiting_for_an_owner_ends_at_the_deadline() -> None:
    book = rulebook(rule(destination=ToAccountOwner(away=Away.WAIT)))
    late = replace(back(), hold_deadline_at=NOW)

    decision = decide_one(late, book, people(rep(ANA, **ON_LEAVE), BOB, last_resort=(BOB,)))

    assert isinstance(decision, Assigned)
    assert decision.method is Method.LAST_RESORT


def test_an_owner_who_is_not_locked_defers_the_lead() -> None:
    resume = Resume(1, 2, False)
    decision = decide_one(replace(back(99), resume=resume), rulebook(rule(1), rule(2)))

    assert decision == Deferred(Resume(1, 2, False, rep=99), rep=99)


# --- same company -----------------------------------------------------------------------------------------------


def colleague(**fields: Any) -> Any:
    return earlier(**{"email": "zoe@globex.com", "label": "Zoe Park", "company_identity": 70} | fields)


def test_a_second_person_of_a_company_joins_the_owner() -> None:
    decision = decide_one(mia(company_identity=70, earlier=(colleague(owner=CAT),)))

    assert isinstance(decision, Assigned)
    assert (decision.rep, decision.method, decision.follows) == (CAT, Method.SAME_COMPANY, 100)
    assert decision.posting is None


@pytest.mark.parametrize(
    ("first", "second", "joins"),
    [
        ({"company_identity": None, "account": 7}, {"match": globex()}, True),
        ({"company_identity": None}, {"match": globex()}, False),
        ({"company_identity": 71}, {}, False),
        ({"open": False, "days_ago": 89}, {}, True),
        ({"open": False, "days_ago": 91}, {}, False),
        ({"open": True, "days_ago": 400}, {}, True),
        ({"owner": None}, {}, False),
    ],
)
def test_who_is_of_the_same_company(first: dict[str, Any], second: dict[str, Any], joins: bool) -> None:
    decision = decide_one(mia(company_identity=70, earlier=(colleague(**first),), **second))

    assert isinstance(decision, Assigned)
    assert (decision.method is Method.SAME_COMPANY) is joins


def test_of_several_owners_the_latest_is_joined() -> None:
    two = (colleague(id=5, owner=ANA, days_ago=3), colleague(id=6, owner=BOB, days_ago=2))

    assert owners([decide_one(mia(company_identity=70, earlier=two))]) == [BOB]


@pytest.mark.parametrize("book", [rulebook(same_company=False), rulebook(rule(1, same_company=False), rule(2))])
def test_same_company_can_be_switched_off(book: Rulebook) -> None:
    decision = decide_one(mia(company_identity=70, earlier=(colleague(),)), book)

    assert isinstance(decision, Assigned)
    assert decision.method is Method.ROUND_ROBIN


def test_two_people_of_one_company_in_one_batch_have_one_owner() -> None:
    leads = [lead(n, company_identity=70) for n in (1, 2)] + [lead(3)]

    assert owners(decide_all(leads, rulebook(), Batch(people(ANA, BOB), NOW))) == [ANA, ANA, BOB]


def test_a_lead_that_was_waiting_counts_as_owned_once_the_batch_gave_it_away() -> None:
    stale = colleague(id=1, owner=None)
    leads = [lead(1, company_identity=70), mia(2, company_identity=70, earlier=(stale,))]

    assert owners(decide_all(leads, rulebook(), Batch(people(ANA, BOB), NOW))) == [ANA, ANA]


# --- last resort ------------------------------------------------------------------------------------------------


def test_at_the_deadline_the_first_active_person_of_the_list_owns_the_lead() -> None:
    those = people(rep(ANA, **INACTIVE), rep(BOB, **ON_LEAVE, caps=(cap(CapKind.DAY, 0),)), CAT, last_resort=(ANA, BOB))

    decision = decide_one(lead(hold_deadline_at=NOW), those=those)

    assert isinstance(decision, Assigned)
    assert (decision.rep, decision.method, decision.rule) == (BOB, Method.LAST_RESORT, None)


def test_before_the_deadline_there_is_no_last_resort() -> None:
    those = people(CAT, last_resort=(BOB,))

    assert owners([decide_one(lead(hold_deadline_at=NOW + timedelta(seconds=1)), those=those)]) == [CAT]


def test_a_last_resort_of_nobody_leaves_the_lead_to_the_rules() -> None:
    late = lead(hold_deadline_at=NOW)

    assert isinstance(decide_one(late, those=people(pools={SMB: []})), Held)
    assert owners([decide_one(late, those=people(CAT))]) == [CAT]
