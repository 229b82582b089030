"""The rules: which one serves, where it sends a lead, and what happens when nobody can take it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from routing.engine.batch import Batch
from routing.engine.decide import Reach, decide, reach
from routing.engine.types import (
    ActiveWindow,
    AssignAnyway,
    Assigned,
    Away,
    CapKind,
    Decision,
    Deferred,
    Held,
    HeldReason,
    MatchedAccount,
    Method,
    OverflowTo,
    Parked,
    Resume,
    Rule,
    Rulebook,
    RuleResult,
    Territory,
    ToAccountOwner,
    ToPark,
    ToPool,
    ToRep,
    ToTerritory,
    WaitThenNext,
)
from tests.engine.builders import (
    ANA,
    BOB,
    CAT,
    ENTERPRISE,
    INACTIVE,
    NOW,
    OFF_SHIFT,
    ON_LEAVE,
    SMB,
    cap,
    decide_one,
    earlier,
    globex,
    lead,
    owners,
    people,
    rep,
    row,
    rule,
    rulebook,
)

GERMAN = row("country", "is", "DE")
BOTH = {SMB: [ANA], ENTERPRISE: [BOB]}


def results(decision: Decision | Deferred) -> list[RuleResult]:
    assert not isinstance(decision, Deferred)
    return [look.result for look in decision.trace.rules]


def served_by(decision: Decision | Deferred) -> int | None:
    assert isinstance(decision, Assigned)
    return decision.rule


def test_of_two_rules_that_match_only_the_first_serves() -> None:
    decision = decide_one(lead(), rulebook(rule(10), rule(200)))

    assert served_by(decision) == 10
    assert results(decision) == [RuleResult.SERVED]


def test_a_rule_that_matched_an_empty_pool_says_so_and_the_next_serves() -> None:
    book = rulebook(rule(1, destination=ToPool(ENTERPRISE)), rule(2))

    decision = decide_one(lead(), book, people(ANA, pools={SMB: [ANA], ENTERPRISE: []}))

    assert served_by(decision) == 2
    assert results(decision) == [RuleResult.EMPTY_POOL, RuleResult.SERVED]


@pytest.mark.parametrize(
    ("fields", "result"),
    [
        ({"enabled": False}, RuleResult.DISABLED),
        ({"when": [GERMAN]}, RuleResult.NO_MATCH),
        ({"active": ActiveWindow(start=NOW + timedelta(seconds=1))}, RuleResult.NOT_NOW),
        ({"active": ActiveWindow(end=NOW)}, RuleResult.NOT_NOW),
        ({"active": ActiveWindow(weekdays=frozenset({0}))}, RuleResult.NOT_NOW),
        ({"destination": ToPool(99)}, RuleResult.UNKNOWN_DESTINATION),
        ({"destination": None}, RuleResult.UNKNOWN_DESTINATION),
        ({"destination": ToAccountOwner()}, RuleResult.NO_ACCOUNT),
        ({"destination": ToTerritory()}, RuleResult.NO_TERRITORY),
    ],
)
def test_a_rule_that_does_not_serve_is_passed_over(fields: dict[str, Any], result: RuleResult) -> None:
    decision = decide_one(lead(), rulebook(rule(1, **fields), rule(2)))

    assert served_by(decision) == 2
    assert results(decision)[0] is result


def test_a_rule_applies_within_its_window() -> None:
    window = ActiveWindow(NOW, NOW + timedelta(seconds=1), frozenset({1}))

    assert served_by(decide_one(lead(), rulebook(rule(1, active=window), rule(2)))) == 1


def test_weekdays_are_those_of_the_rulebooks_zone() -> None:
    wednesday = rule(1, active=ActiveWindow(weekdays=frozenset({2})))

    assert served_by(decide_one(lead(), rulebook(wednesday, rule(2), timezone="Asia/Tokyo"))) == 1
    assert served_by(decide_one(lead(), rulebook(wednesday, rule(2), timezone="Nowhere/Land"))) == 2


def test_a_gone_option_is_warned_of_in_the_trace() -> None:
    decision = decide_one(lead(facts={"kind": "demo"}), rulebook(rule(1, when=[row("kind", "is", "fax")]), rule(2)))

    assert isinstance(decision, Assigned)
    assert decision.trace.rules[0].warnings == ("kind: “fax” does not exist (any more)",)


def test_a_territory_that_is_gone_is_warned_of_in_the_trace() -> None:
    decision = decide_one(lead(), rulebook(rule(1, when=[row("territory", "in_territory", "West")]), rule(2)))

    assert isinstance(decision, Assigned)
    assert decision.trace.rules[0].warnings == ("territory: “west” does not exist (any more)",)


def test_the_trace_tells_the_first_condition_that_failed() -> None:
    decision = decide_one(lead(facts={"country": "AT"}), rulebook(rule(1, when=[GERMAN]), rule(2)))

    assert isinstance(decision, Assigned)
    assert decision.trace.rules[0].failed == ("country", "is", "DE", "AT")


def test_an_empty_rulebook_holds_the_lead() -> None:
    decision = decide(lead(), Rulebook(1, rulebook().settings, (), {}, {}), Batch(people(ANA), NOW))

    assert isinstance(decision, Held)
    assert decision.held_reason is HeldReason.NO_RULE


def test_nobody_on_shift_holds_the_lead_until_the_first_is_due() -> None:
    soon, later = NOW + timedelta(hours=1), NOW + timedelta(hours=2)
    those = people(rep(ANA, **OFF_SHIFT, available_at=later), rep(BOB, **OFF_SHIFT, available_at=soon))

    decision = decide_one(lead(), those=those)

    assert isinstance(decision, Held)
    assert (decision.held_reason, decision.look_again_at) == (HeldReason.NOBODY_AVAILABLE, soon)
    assert decision.reason.startswith("Waiting, as none of the 2 in SMB can take it (Ana Diaz: off shift")


def test_an_empty_pool_holds_the_lead_with_that_reason() -> None:
    decision = decide_one(lead(), those=people(pools={SMB: []}))

    assert isinstance(decision, Held)
    assert decision.held_reason is HeldReason.EMPTY_POOL


def test_a_parked_lead_has_its_reason_and_review() -> None:
    decision = decide_one(lead(), rulebook(rule(destination=ToPark("student", 60))))

    assert isinstance(decision, Parked)
    assert (decision.reason, decision.review_days, decision.rule) == ("student", 60, 1)


def test_a_lead_that_was_parked_before_passes_over_rules_that_park() -> None:
    book = rulebook(rule(1, destination=ToPark("student", 60)), rule(2))

    decision = decide_one(lead(parked_before=True), book)

    assert owners([decision]) == [ANA]
    assert results(decision) == [RuleResult.PARKED_BEFORE, RuleResult.SERVED]


def test_a_lead_that_was_parked_before_waits_where_nothing_but_parking_is_left() -> None:
    decision = decide_one(lead(parked_before=True), rulebook(rule(destination=ToPark("student", 60))))

    assert isinstance(decision, Held)
    assert decision.held_reason is HeldReason.NO_RULE
    assert "it has been parked before" in decision.reason


# --- destinations -----------------------------------------------------------------------------------------------

CALIFORNIA = Territory(1, "California", regions=frozenset({"US-CA"}), owner_rep=ANA)
BAY = Territory(2, "Bay", parent=1, cities=frozenset({"san francisco"}))
TEXAS = Territory(3, "Texas", regions=frozenset({"US-TX"}), owner_pool=ENTERPRISE)
EMPTY = Territory(4, "Nevada", regions=frozenset({"US-NV"}))


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({"region": "US-CA"}, (ANA, Method.TERRITORY, None)),
        ({"region": "US-CA", "city": "San Francisco"}, (ANA, Method.TERRITORY, None)),
        ({"region": "US-TX"}, (BOB, Method.TERRITORY, ENTERPRISE)),
        ({"region": "US-NV"}, (CAT, Method.ROUND_ROBIN, SMB)),
    ],
)
def test_a_territory_sends_to_its_owner(facts: dict[str, Any], expected: tuple[int, Method, int | None]) -> None:
    book = rulebook(rule(1, destination=ToTerritory()), rule(2), territories=[CALIFORNIA, BAY, TEXAS, EMPTY])
    those = people(ANA, BOB, CAT, pools={SMB: [CAT], ENTERPRISE: [BOB]})

    decision = decide_one(lead(facts={"country": "US", **facts}), book, those)

    assert isinstance(decision, Assigned)
    assert (decision.rep, decision.method, decision.pool) == expected


def test_a_condition_knows_the_territory_and_what_it_is_part_of() -> None:
    book = rulebook(
        rule(1, when=[row("territory", "is", "california")]),
        rule(2, when=[row("territory", "in_territory", "california")]),
        territories=[CALIFORNIA, BAY],
    )

    decision = decide_one(lead(facts={"country": "US", "region": "US-CA", "city": "San Francisco"}), book)

    assert served_by(decision) == 2


@pytest.mark.parametrize(
    ("match", "role", "owner"),
    [
        (globex(BOB), "owner", BOB),
        (globex(BOB, people={"csm": CAT}), "csm", CAT),
        (globex(BOB), "csm", ANA),
        (globex(None), "owner", ANA),
    ],
)
def test_an_account_sends_to_its_people(match: MatchedAccount, role: str, owner: int) -> None:
    book = rulebook(rule(1, destination=ToAccountOwner(role)), rule(2))

    decision = decide_one(lead(match=match), book, people(ANA, BOB, CAT, pools={SMB: [ANA]}))

    assert isinstance(decision, Assigned)
    assert decision.rep == owner
    assert (decision.method is Method.ACCOUNT) is (owner != ANA)


def test_a_customer_goes_to_the_accounts_owner_and_the_rotation_stands_still() -> None:
    customer = row("account.stage", "is", "customer")
    book = rulebook(rule(1, when=[customer], destination=ToAccountOwner()), rule(2))
    batch = Batch(people(ANA, BOB), NOW)

    decision = decide(lead(match=globex(BOB, facts={"account.stage": "customer"})), book, batch)
    batch.record(lead(), decision) if not isinstance(decision, Deferred) else None

    assert owners([decision]) == [BOB]
    assert batch.changed_accounts() == []


@pytest.mark.parametrize(
    ("bob", "fields", "owner"),
    [
        (OFF_SHIFT, {}, CAT),
        (OFF_SHIFT, {"destination": ToRep(BOB, Away.NEXT)}, ANA),
        (OFF_SHIFT, {"when_nobody": AssignAnyway(), "destination": ToRep(BOB, Away.NEXT)}, BOB),
        (ON_LEAVE, {}, CAT),
        (ON_LEAVE, {"destination": ToRep(BOB, Away.NEXT)}, ANA),
        (INACTIVE, {"destination": ToRep(BOB, Away.WAIT)}, ANA),
        (ON_LEAVE, {"destination": ToRep(BOB, Away.NEXT), "when_nobody": AssignAnyway()}, ANA),
        ({"caps": (cap(CapKind.DAY, 1, 1),)}, {}, CAT),
    ],
)
def test_a_named_person_takes_the_lead_or_somebody_stands_in(
    bob: dict[str, Any], fields: dict[str, Any], owner: int
) -> None:
    book = rulebook(rule(1, **{"destination": ToRep(BOB)} | fields), rule(2))

    decision = decide_one(lead(), book, people(ANA, rep(BOB, backup=CAT, **bob), CAT, pools={SMB: [ANA]}))

    assert owners([decision]) == [owner]


@pytest.mark.parametrize(("answer_now", "owner"), [(False, BOB), (True, CAT)])
def test_the_owner_of_an_account_keeps_its_leads_while_off_shift(answer_now: bool, owner: int) -> None:
    book = rulebook(rule(destination=ToAccountOwner(), answer_now=answer_now))

    decision = decide_one(lead(match=globex(BOB)), book, people(rep(BOB, backup=CAT, **OFF_SHIFT), CAT))

    assert owners([decision]) == [owner]


def test_who_stands_in_is_said_in_the_reason() -> None:
    decision = decide_one(lead(), rulebook(rule(destination=ToRep(BOB))), people(rep(BOB, backup=CAT, **ON_LEAVE), CAT))

    assert isinstance(decision, Assigned)
    assert decision.reason == (
        "Cat Stone stands in for Bob Ray (on leave until 9 Mar), who is named by the rule “Rule 1”"
    )


def test_a_rule_waits_for_a_person_who_is_away() -> None:
    decision = decide_one(
        lead(), rulebook(rule(1, destination=ToRep(BOB, Away.WAIT)), rule(2)), people(ANA, rep(BOB, **ON_LEAVE))
    )

    assert isinstance(decision, Held)
    assert decision.held_reason is HeldReason.WAITING


def test_an_inactive_owner_of_an_account_never_gets_a_lead() -> None:
    book = rulebook(rule(1, destination=ToAccountOwner()), rule(2))

    assert owners([decide_one(lead(match=globex(BOB)), book, people(ANA, rep(BOB, **INACTIVE)))]) == [ANA]


def test_three_who_left_with_one_backup_do_not_give_the_backup_four_turns() -> None:
    left = [rep(n, backup=CAT, **INACTIVE) for n in (5, 6, 7)]
    batch = Batch(people(ANA, CAT, *left), NOW)

    got = [decide(lead(n), rulebook(), batch) for n in range(4)]

    assert owners(got) == [ANA] * 4  # nothing was recorded: the same turn each time


# --- when nobody can take it ------------------------------------------------------------------------------------


def waiting(minutes: float = 30, **fields: Any) -> Rulebook:
    return rulebook(rule(1, when_nobody=WaitThenNext(minutes), **fields), rule(2, destination=ToPool(ENTERPRISE)))


def off_until(minutes: float | None) -> Any:
    again = None if minutes is None else NOW + timedelta(minutes=minutes)
    return people(rep(ANA, **OFF_SHIFT, available_at=again), BOB, pools=BOTH)


def test_a_rule_waits_if_somebody_is_due_in_time() -> None:
    decision = decide_one(lead(), waiting(), off_until(20))

    assert isinstance(decision, Held)
    assert (decision.held_reason, decision.look_again_at) == (HeldReason.WAITING, NOW + timedelta(minutes=20))
    assert decision.first_reached == {1: NOW}


@pytest.mark.parametrize("due", [31, None])
def test_a_rule_does_not_wait_if_nobody_is_due_in_time(due: float | None) -> None:
    assert owners([decide_one(lead(), waiting(), off_until(due))]) == [BOB]


def test_a_wait_counts_from_when_the_lead_first_reached_the_rule() -> None:
    reached = {1: NOW - timedelta(minutes=15)}

    decision = decide_one(lead(first_reached=reached), waiting(), off_until(10))

    assert isinstance(decision, Held)
    assert decision.look_again_at == NOW + timedelta(minutes=10)
    assert owners([decide_one(lead(first_reached=reached), waiting(), off_until(20))]) == [BOB]


def test_the_look_that_gives_a_lead_away_counts_as_reaching_the_rule() -> None:
    decision = decide_one(lead(), waiting(), people(ANA, BOB, pools=BOTH))

    assert isinstance(decision, Assigned)
    assert (decision.rep, decision.first_reached) == (ANA, {1: NOW})


def test_a_wait_begun_before_the_lead_was_parked_is_kept() -> None:
    book = rulebook(rule(1, when_nobody=WaitThenNext(30)), rule(2, destination=ToPark("later", 30)))

    decision = decide_one(lead(), book, people(rep(ANA, **OFF_SHIFT)))

    assert isinstance(decision, Parked)
    assert decision.first_reached == {1: NOW}


def test_a_wait_that_ran_out_is_over_for_ever() -> None:
    decision = decide_one(lead(first_reached={1: NOW - timedelta(minutes=30)}), waiting(), off_until(1))

    assert owners([decision]) == [BOB]
    assert results(decision) == [RuleResult.WAIT_OVER, RuleResult.SERVED]


def test_a_wait_that_was_not_worth_it_counts_as_reached() -> None:
    decision = decide_one(lead(), waiting(), people(rep(ANA, **OFF_SHIFT), pools={SMB: [ANA], ENTERPRISE: []}))

    assert isinstance(decision, Held)
    assert decision.first_reached == {1: NOW}


@pytest.mark.parametrize(
    ("kind", "frees_in", "waits"),
    [
        (CapKind.UNANSWERED, None, True),
        (CapKind.DAY, None, False),
        (CapKind.DAY, 20, True),
        (CapKind.DAY, 40, False),
        (CapKind.HOUR, None, False),
    ],
)
def test_a_rule_waits_for_a_cap_that_frees_in_time(kind: CapKind, frees_in: float | None, waits: bool) -> None:
    frees_at = None if frees_in is None else NOW + timedelta(minutes=frees_in)
    those = people(rep(ANA, caps=(cap(kind, 1, 1, frees_at=frees_at),)), BOB, pools=BOTH)

    assert isinstance(decide_one(lead(), waiting(), those), Held) is waits


def test_there_is_no_waiting_for_an_empty_pool() -> None:
    assert owners([decide_one(lead(), waiting(), people(BOB, pools={SMB: [], ENTERPRISE: [BOB]}))]) == [BOB]


def test_overflow_names_the_way_and_takes_a_turn_there() -> None:
    book = rulebook(rule(1, when_nobody=OverflowTo(ENTERPRISE)))

    decision = decide_one(lead(), book, off_until(20))

    assert isinstance(decision, Assigned)
    assert (decision.rep, decision.method, decision.pool) == (BOB, Method.OVERFLOW, ENTERPRISE)
    assert decision.posting is not None


def test_overflow_into_nobody_goes_on_and_says_both() -> None:
    book = rulebook(rule(1, when_nobody=OverflowTo(ENTERPRISE)))

    decision = decide_one(lead(), book, people(rep(ANA, **OFF_SHIFT), pools={SMB: [ANA], ENTERPRISE: []}))

    assert isinstance(decision, Held)
    assert "the only one in SMB cannot take it (Ana Diaz: off shift" in decision.reason
    assert "; overflow: Enterprise has no members" in decision.reason


@pytest.mark.parametrize(
    ("ana", "bob", "owner"),
    [
        (OFF_SHIFT, OFF_SHIFT, ANA),
        (ON_LEAVE, OFF_SHIFT, BOB),
        (INACTIVE, ON_LEAVE, None),
        (OFF_SHIFT | {"caps": (cap(CapKind.DAY, 1, 1),)}, ON_LEAVE, None),
    ],
)
def test_assign_anyway_forgives_being_off_shift_and_nothing_else(
    ana: dict[str, Any], bob: dict[str, Any], owner: int | None
) -> None:
    book = rulebook(rule(1, when_nobody=AssignAnyway()))

    assert owners([decide_one(lead(), book, people(rep(ANA, **ana), rep(BOB, **bob)))]) == [owner]


# --- on to the next batch ---------------------------------------------------------------------------------------

TWO_POOLS = rulebook(rule(1, when=[GERMAN]), rule(2), rule(3, destination=ToPool(ENTERPRISE)))


def test_a_pool_that_is_not_locked_defers_the_lead_with_what_was_found_out() -> None:
    decision = decide_one(lead(), TWO_POOLS, people(rep(ANA, **OFF_SHIFT)))

    assert isinstance(decision, Deferred)
    assert (decision.pool, decision.rep) == (ENTERPRISE, None)
    assert decision.resume is not None
    assert (decision.resume.rule, decision.resume.overflow) == (3, False)
    assert [look.rule for look in decision.resume.rules] == [1, 2]


def resumed(decision: Decision | Deferred, **fields: Any) -> Any:
    assert isinstance(decision, Deferred)
    return lead(resume=decision.resume, first_reached=decision.first_reached, **fields)


def test_a_resumed_lead_goes_on_where_it_was_and_keeps_its_looks() -> None:
    again = resumed(decide_one(lead(), TWO_POOLS, people(rep(ANA, **OFF_SHIFT))))

    decision = decide_one(again, TWO_POOLS, people(ANA, BOB, pools=BOTH))

    assert owners([decision]) == [BOB]
    assert results(decision) == [RuleResult.NO_MATCH, RuleResult.NOBODY_AVAILABLE, RuleResult.SERVED]


def test_another_version_starts_from_the_first_rule() -> None:
    again = lead(resume=Resume(7, 3, False))

    assert owners([decide_one(again, TWO_POOLS, people(ANA, BOB, pools=BOTH))]) == [ANA]


def test_a_lead_that_overflows_goes_straight_to_that_pool() -> None:
    book = rulebook(rule(1, when_nobody=OverflowTo(ENTERPRISE)))
    deferred = decide_one(lead(), book, people(rep(ANA, **OFF_SHIFT)))
    assert isinstance(deferred, Deferred)
    assert deferred.resume is not None
    assert (deferred.resume.rule, deferred.resume.overflow) == (1, True)

    decision = decide_one(resumed(deferred), book, people(BOB, pools={ENTERPRISE: [BOB]}))

    assert isinstance(decision, Assigned)
    assert (decision.rep, decision.method) == (BOB, Method.OVERFLOW)
    assert any("Ana Diaz: off shift" in look.detail for look in deferred.resume.rules)


def test_a_pool_that_nobody_could_serve_names_a_few_and_counts_the_others() -> None:
    those = people(*[rep(n, **OFF_SHIFT) for n in range(1, 9)], pools={SMB: list(range(1, 9))})

    decision = decide_one(lead(), those=those)

    assert "none of the 8 in SMB can take it" in decision.reason
    assert decision.reason.count("off shift") == 5
    assert "and 3 more" in decision.reason


def test_duplicates_and_returning_people_are_looked_for_again_after_a_deferral() -> None:
    again = lead(resume=Resume(1, 3, False), email="mia@globex.com", earlier=(earlier(owner=CAT),))

    assert owners([decide_one(again, TWO_POOLS, people(CAT))]) == [CAT]


@pytest.mark.parametrize("missing", ["rep", "backup"])
def test_a_person_who_is_not_locked_defers_the_lead_once_and_is_gone_the_second_time(missing: str) -> None:
    book = rulebook(rule(1, destination=ToRep(99 if missing == "rep" else BOB)), rule(2))
    those = people(ANA, rep(BOB, backup=99, **ON_LEAVE))

    deferred = decide_one(lead(), book, those)

    assert isinstance(deferred, Deferred)
    assert deferred.rep == 99
    assert owners([decide_one(resumed(deferred), book, those)]) == [ANA]


REACHES: list[tuple[tuple[Rule, ...], dict[str, Any], Reach]] = [
    ((rule(1),), {}, Reach(frozenset({SMB}))),
    ((rule(1, when=[GERMAN]), rule(2, destination=ToPool(ENTERPRISE))), {}, Reach(frozenset({ENTERPRISE}))),
    ((rule(1, destination=ToRep(CAT)), rule(2)), {}, Reach(reps=frozenset({CAT}))),
    ((rule(1, destination=ToPark("x")), rule(2)), {}, Reach()),
    ((rule(1, destination=ToPark("x")), rule(2)), {"parked_before": True}, Reach(frozenset({SMB}))),
    ((rule(1, destination=ToAccountOwner()), rule(2)), {}, Reach(frozenset({SMB}))),
    ((rule(1, destination=ToAccountOwner()), rule(2)), {"match": globex(BOB)}, Reach(reps=frozenset({BOB}))),
    ((rule(1, destination=ToTerritory()), rule(2)), {"facts": {"region": "US-TX"}}, Reach(frozenset({ENTERPRISE}))),
    ((rule(1, destination=ToTerritory()), rule(2)), {"facts": {"region": "US-CA"}}, Reach(reps=frozenset({ANA}))),
    ((rule(1, destination=ToPool(99)), rule(2)), {}, Reach(frozenset({SMB}))),
    (
        (rule(1, destination=ToAccountOwner(), when_nobody=OverflowTo(ENTERPRISE)), rule(2)),
        {},
        Reach(frozenset({ENTERPRISE})),
    ),
    ((rule(1), rule(2, destination=ToRep(CAT))), {"resume": Resume(1, 2, False)}, Reach(reps=frozenset({CAT}))),
    (
        (rule(1, when_nobody=OverflowTo(ENTERPRISE)),),
        {"resume": Resume(1, 1, True, rep=8)},
        Reach(frozenset({ENTERPRISE}), frozenset({8})),
    ),
    ((rule(1),), {"earlier": (earlier(owner=CAT),)}, Reach(frozenset({SMB}), frozenset({CAT}))),
    ((rule(1),), {"screen_reason": "spam"}, Reach()),
]


@pytest.mark.parametrize(("rules", "fields", "expected"), REACHES)
def test_what_a_lead_reaches_first(rules: tuple[Rule, ...], fields: dict[str, Any], expected: Reach) -> None:
    book = rulebook(*rules, territories=[CALIFORNIA, TEXAS])

    assert reach(lead(**fields), book, NOW) == expected


def test_what_a_batch_says_of_a_rule_again_is_the_same_and_said_once() -> None:
    rules, those = rulebook(rule(1, when=[GERMAN]), rule(2)), people(ANA)
    batch = Batch(those, NOW)

    leads = [lead(number, facts={"country": country}) for number, country in enumerate(("US", "US", "FR"))]
    one, other, french = (decide(one, rules, batch) for one in leads)
    alone = decide(leads[1], rules, Batch(those, NOW))

    assert isinstance(one, Assigned) and isinstance(other, Assigned)
    assert isinstance(alone, Assigned) and isinstance(french, Assigned)
    assert one.trace.rules[0] is other.trace.rules[0]
    assert other.trace.rules == alone.trace.rules
    assert french.trace.rules[0].failed and french.trace.rules[0].failed.seen == "FR"
