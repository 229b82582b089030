"""The gates of this lead in this pool: needs and their patience, pace, caps in units, pauses, offers let go."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from routing.engine.batch import Batch
from routing.engine.needs import speaks
from routing.engine.types import (
    LEADS_OWN,
    AssignAnyway,
    Assigned,
    Away,
    CapKind,
    Decision,
    Deferred,
    Destination,
    GoNext,
    Held,
    HeldReason,
    Method,
    Need,
    NeedKind,
    OfferMode,
    OverflowTo,
    Refusal,
    Rulebook,
    RuleResult,
    Table,
    Territory,
    ToAccountOwner,
    ToPool,
    ToRep,
    ToTable,
    ToTerritory,
    WaitThenNext,
    WhenNobody,
)
from tests.engine.builders import (
    ANA,
    BOB,
    CAT,
    DAN,
    ENTERPRISE,
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
)

GERMAN = Need(NeedKind.LANGUAGE, "de")
OWN = Need(NeedKind.LANGUAGE, LEADS_OWN)
SECURITY = Need(NeedKind.SKILL, "security")
KUBERNETES = Need(NeedKind.TOPIC, "kubernetes", level=2)


def patient(need: Need, minutes: float) -> Need:
    return Need(need.kind, need.name, need.level, minutes)


def refusals(decision: Decision | Deferred) -> dict[int, tuple[Refusal, str]]:
    assert isinstance(decision, Assigned | Held)
    assert decision.trace.selection is not None
    return dict(decision.trace.selection.refusals)


# --- needs ------------------------------------------------------------------------------------------------------

ABLE = rep(BOB, languages=frozenset({"de", "en"}), skills=frozenset({"security"}), expertise={"kubernetes": 2})


@pytest.mark.parametrize(
    ("need", "refusal", "detail"),
    [
        (GERMAN, Refusal.LANGUAGE, "does not speak the language de"),
        (SECURITY, Refusal.SKILL, "lacks the skill security"),
        (KUBERNETES, Refusal.TOPIC, "has level 1 in kubernetes, of 2 needed"),
        (Need(NeedKind.TOPIC, "fintech"), Refusal.TOPIC, "has no expertise in fintech, of 1 needed"),
    ],
)
@pytest.mark.parametrize("of", ["rule", "pool"])
def test_whoever_lacks_what_the_lead_needs_is_refused(need: Need, refusal: Refusal, detail: str, of: str) -> None:
    book = rulebook(rule(needs=(need,))) if of == "rule" else rulebook(smb={"needs": (need,)})
    ana = rep(ANA, languages=frozenset({"fr"}), expertise={"kubernetes": 1})

    decision = decide_one(lead(), book, people(ana, ABLE))

    assert refusals(decision)[ANA] == (refusal, detail)
    assert owners([decision]) == ([None] if need.name == "fintech" else [BOB])


def test_needs_of_rule_and_pool_add_up_and_languages_are_asked_first() -> None:
    book = rulebook(rule(needs=(KUBERNETES, SECURITY)), smb={"needs": (GERMAN,)})

    decision = decide_one(lead(), book, people(ANA, ABLE, rep(CAT, languages=frozenset({"de"}))))

    assert owners([decision]) == [BOB]
    assert {who: why for who, (why, _) in refusals(decision).items()} == {ANA: Refusal.LANGUAGE, CAT: Refusal.SKILL}


@pytest.mark.parametrize(
    ("language", "owner"), [("de", BOB), ("DE-at", BOB), ("en", ANA), ("fr", None), ("", ANA), (None, ANA)]
)
def test_the_leads_own_language_is_needed_where_it_is_known(language: str | None, owner: int | None) -> None:
    those = people(rep(ANA, languages=frozenset({"en"})), rep(BOB, languages=frozenset({"de"})))

    decision = decide_one(lead(facts={"language": language}), rulebook(smb={"needs": (OWN,)}), those)

    assert owners([decision]) == [owner]


@pytest.mark.parametrize(
    ("languages", "wanted", "spoken"),
    [
        ({"de"}, "de", True),
        ({"de"}, "de-at", True),
        ({"de_CH"}, "de", True),
        ({"de-ch"}, "de-at", False),
        (set(), "de", False),
    ],
)
def test_a_language_is_spoken_whatever_the_country(languages: set[str], wanted: str, spoken: bool) -> None:
    assert speaks(frozenset(languages), wanted) is spoken


def test_a_language_comes_before_having_had_the_lead_and_after_being_off() -> None:
    book = rulebook(smb={"needs": (GERMAN,)})
    those = people(rep(ANA, **OFF_SHIFT), BOB, rep(CAT, languages=frozenset({"de"})))

    decision = decide_one(lead(owned_before=frozenset({BOB, CAT})), book, those)

    found = {who: why for who, (why, _) in refusals(decision).items()}
    assert found == {ANA: Refusal.OFF_SHIFT, BOB: Refusal.LANGUAGE, CAT: Refusal.OWNED_BEFORE}


def test_nobody_waits_for_somebody_who_could_not_take_it_anyway() -> None:
    off = {**OFF_SHIFT, "available_at": NOW + timedelta(minutes=5)}
    book = rulebook(rule(1, when_nobody=WaitThenNext(30), needs=(GERMAN,)), rule(2, destination=ToRep(CAT)))

    assert owners([decide_one(lead(), book, people(rep(ANA, **off), CAT, pools={SMB: [ANA]}))]) == [CAT]


def test_a_named_person_is_not_asked_for_needs() -> None:
    assert owners([decide_one(lead(), rulebook(rule(destination=ToRep(ANA), needs=(GERMAN,))))]) == [ANA]


@pytest.mark.parametrize(("needs", "owner"), [({}, DAN), ({"needs": (GERMAN,)}, None)])
def test_overflow_asks_for_what_the_rule_and_that_pool_need(needs: dict[str, Any], owner: int | None) -> None:
    book = rulebook(
        rule(when_nobody=OverflowTo(ENTERPRISE), needs=(SECURITY,)), smb={"needs": (KUBERNETES,)}, enterprise=needs
    )
    those = people(ANA, BOB, rep(DAN, skills=frozenset({"security"})), pools={SMB: [ANA], ENTERPRISE: [BOB, DAN]})

    assert owners([decide_one(lead(), book, those)]) == [owner]


# --- patience ---------------------------------------------------------------------------------------------------


def patience(minutes: float = 10, when_nobody: WhenNobody | None = None) -> Rulebook:
    return rulebook(
        rule(1, when_nobody=when_nobody or GoNext(), needs=(patient(GERMAN, minutes),)),
        rule(2, destination=ToPool(ENTERPRISE)),
    )


def here(ana: Any = ANA) -> Any:
    return people(ana, BOB, pools={SMB: [ANA], ENTERPRISE: [BOB]})


@pytest.mark.parametrize("when_nobody", [GoNext(), WaitThenNext(1), OverflowTo(ENTERPRISE), AssignAnyway()])
def test_a_lead_waits_for_somebody_who_fits_whatever_the_rule_does_otherwise(when_nobody: WhenNobody) -> None:
    decision = decide_one(lead(), patience(when_nobody=when_nobody), here())

    assert isinstance(decision, Held)
    assert (decision.held_reason, decision.rule) == (HeldReason.WAITING, 1)
    assert decision.look_again_at == NOW + timedelta(minutes=10)
    assert decision.first_reached == {1: NOW}
    assert decision.trace.rules[-1].result is RuleResult.WAITING


@pytest.mark.parametrize(("minutes_ago", "owner"), [(9.9, None), (10, ANA), (60, ANA)])
def test_patience_ends_and_the_search_widens(minutes_ago: float, owner: int | None) -> None:
    one = lead(first_reached={1: NOW - timedelta(minutes=minutes_ago)})

    assert owners([decide_one(one, patience(), here())]) == [owner]


def test_needs_are_dropped_one_by_one() -> None:
    book = rulebook(rule(needs=(patient(GERMAN, 5), patient(SECURITY, 15), KUBERNETES)))
    one = lead(first_reached={1: NOW - timedelta(minutes=6)})

    decision = decide_one(one, book, people(rep(ANA, expertise={"kubernetes": 3})))

    assert isinstance(decision, Held)
    assert decision.look_again_at == NOW + timedelta(minutes=9)
    assert refusals(decision)[ANA][0] is Refusal.SKILL


def test_a_lead_is_looked_at_again_when_somebody_is_due_before_patience_ends() -> None:
    off = rep(ANA, **OFF_SHIFT, available_at=NOW + timedelta(minutes=3), languages=frozenset({"de"}))

    decision = decide_one(lead(), patience(), here(off))

    assert isinstance(decision, Held)
    assert decision.look_again_at == NOW + timedelta(minutes=3)


def test_there_is_no_patience_with_an_empty_pool() -> None:
    those = people(BOB, pools={SMB: [], ENTERPRISE: [BOB]})

    assert owners([decide_one(lead(), patience(), those)]) == [BOB]


def test_the_patience_of_an_overflow_pool_is_waited_for_too() -> None:
    book = rulebook(rule(when_nobody=OverflowTo(ENTERPRISE)), enterprise={"needs": (patient(GERMAN, 10),)})

    decision = decide_one(lead(), book, people(rep(ANA, **ON_LEAVE), BOB, pools={SMB: [ANA], ENTERPRISE: [BOB]}))

    assert isinstance(decision, Held)
    assert decision.look_again_at == NOW + timedelta(minutes=10)


@pytest.mark.parametrize("minutes", [float("nan"), float("inf")])
def test_patience_that_is_no_number_never_ends(minutes: float) -> None:
    one = lead(first_reached={1: NOW - timedelta(days=9)})

    assert owners([decide_one(one, patience(minutes), here())]) == [BOB]


def test_a_rule_without_patience_notes_no_time() -> None:
    decision = decide_one(lead(), rulebook(rule(needs=(GERMAN,))))

    assert isinstance(decision, Held)
    assert decision.first_reached == {}


def test_patience_begins_with_the_look_that_gives_the_lead_away() -> None:
    decision = decide_one(lead(), patience(), here(rep(ANA, languages=frozenset({"de"}))))

    assert isinstance(decision, Assigned)
    assert decision.first_reached == {1: NOW}


# --- pace -------------------------------------------------------------------------------------------------------


def test_released_leads_are_paced() -> None:
    batch = Batch(people(ANA, rep(BOB, released=2)), NOW)

    made = decide_all([lead(n, released=True) for n in range(9)], rulebook(release_burst=3), batch)

    assert owners(made) == [ANA, BOB, ANA, ANA] + [None] * 5
    assert refusals(made[-1])[BOB] == (Refusal.PACE, "has 3 leads to answer that had waited, of 3 at a time")


def test_a_fresh_lead_is_not_paced() -> None:
    assert owners([decide_one(lead(), rulebook(), people(rep(ANA, released=3)))]) == [ANA]


HERE = Territory(1, "Here", owner_rep=ANA)
BY_CODE = Table(1, "Codes", {"x": ToRep(ANA)})


@pytest.mark.parametrize(
    ("to", "way_in"),
    [
        (ToRep(ANA), Method.DIRECT),
        (ToTerritory(), Method.TERRITORY),
        (ToTable(1, "campaign"), Method.TABLE),
        (ToAccountOwner(), Method.ACCOUNT),
    ],
)
def test_a_named_person_is_not_paced(to: Destination, way_in: Method) -> None:
    one = lead(released=True, match=globex(ANA), facts={"campaign": "x"})
    book = rulebook(rule(destination=to), territories=[HERE], tables=[BY_CODE], same_company=False)

    decision = decide_one(one, book, people(rep(ANA, released=3)))

    assert isinstance(decision, Assigned)
    assert (decision.rep, decision.method) == (ANA, way_in)


@pytest.mark.parametrize("mode", [OfferMode.EXCLUSIVE, OfferMode.CLAIM])
def test_a_released_lead_is_not_offered_to_whoever_has_enough_of_them(mode: OfferMode) -> None:
    decision = decide_one(lead(released=True), rulebook(smb={"offer": mode}), people(rep(ANA, released=3), BOB))

    assert isinstance(decision, Held)
    assert [offer.rep for offer in decision.offers] == [BOB]
    assert refusals(decision)[ANA][0] is Refusal.PACE


@pytest.mark.parametrize(
    ("mode", "offered"), [(OfferMode.EXCLUSIVE, [True, True, False]), (OfferMode.CLAIM, [True, True, True])]
)
def test_released_leads_count_for_the_pace_of_whom_alone_they_are_offered_to(
    mode: OfferMode, offered: list[bool]
) -> None:
    batch, book = Batch(people(ANA), NOW), rulebook(smb={"offer": mode}, release_burst=2)

    made = decide_all([lead(n, released=True) for n in range(3)], book, batch)

    assert [bool(one.offers) for one in made if isinstance(one, Held)] == offered


def test_whoever_answers_makes_room_for_the_next_released_lead() -> None:
    book = rulebook(rule(1, when_nobody=WaitThenNext(10)), rule(2, destination=ToPool(ENTERPRISE)))

    assert isinstance(decide_one(lead(released=True), book, people(rep(ANA, released=3))), Held)


# --- caps in units ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("limit", "used", "units", "owner"),
    [
        (5, 2, 3, ANA),
        (5, 3, 3, None),
        (2, 0, 3, ANA),
        (2, 1, 3, None),
        (0, 0, 1, None),
        (-1, 0, 1, None),
        (1, 0, 0, ANA),
    ],
)
def test_a_lead_needs_room_for_all_its_units_or_an_untouched_cap(
    limit: int, used: int, units: int, owner: int | None
) -> None:
    those = people(rep(ANA, caps=(cap(CapKind.DAY, limit, used),)))

    decision = decide_one(lead(), rulebook(rule(units=units)), those)

    assert owners([decision]) == [owner]
    assert not isinstance(decision, Assigned) or decision.units == max(1, units)


def test_a_cap_without_room_for_so_many_units_says_so() -> None:
    those = people(rep(ANA, caps=(cap(CapKind.DAY, 5, 3),)))

    decision = decide_one(lead(), rulebook(rule(units=3)), those)

    assert refusals(decision)[ANA] == (Refusal.CAP, "day cap of 5 leaves no room for 3 units")


def test_units_add_up_inside_a_batch_and_across_rules() -> None:
    hot = rulebook(rule(units=3))
    batch = Batch(people(rep(ANA, caps=(cap(CapKind.DAY, 5),))), NOW)

    got = owners(decide_all([lead(1)], hot, batch) + decide_all([lead(2)], rulebook(), batch))
    got += owners(decide_all([lead(3)], hot, batch) + decide_all([lead(4), lead(5)], rulebook(), batch))

    assert got == [ANA, ANA, None, ANA, None]


def test_a_named_person_is_capped_in_units_too() -> None:
    book = rulebook(rule(destination=ToRep(ANA), units=3))

    assert owners([decide_one(lead(), book, people(rep(ANA, caps=(cap(CapKind.DAY, 5, 3),))))]) == [None]


# --- paused pools and offers let go -------------------------------------------------------------------------------


def test_a_paused_pool_takes_no_lead_and_the_rule_says_what_then() -> None:
    book = rulebook(rule(1), rule(2, destination=ToPool(ENTERPRISE)))
    those = people(ANA, BOB, pools={SMB: [ANA], ENTERPRISE: [BOB]}, paused_pools=frozenset({SMB}))

    decision = decide_one(lead(), book, those)

    assert owners([decision]) == [BOB]
    assert isinstance(decision, Assigned)
    assert (decision.trace.rules[0].result, decision.trace.rules[0].detail) == (
        RuleResult.POOL_PAUSED,
        "the pool SMB is paused",
    )


def test_a_lead_of_a_paused_pool_is_held_as_paused() -> None:
    decision = decide_one(lead(), those=people(ANA, paused_pools=frozenset({SMB})))

    assert isinstance(decision, Held)
    assert (decision.held_reason, decision.pool, decision.reason) == (
        HeldReason.PAUSED,
        SMB,
        "Waiting, as the pool SMB is paused (rule “Rule 1”)",
    )


@pytest.mark.parametrize("destination", [ToPool(SMB), ToRep(ANA, Away.NEXT)])
def test_whoever_let_an_offer_go_is_refused_like_an_earlier_owner(destination: Any) -> None:
    book = rulebook(rule(1, destination=destination), rule(2, destination=ToPool(ENTERPRISE)))
    those = people(ANA, BOB, pools={SMB: [ANA], ENTERPRISE: [BOB]})

    assert owners([decide_one(lead(declined_offer=frozenset({ANA})), book, those)]) == [BOB]
