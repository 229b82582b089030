"""What would have had to be different: the first single change by which somebody gets the lead."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from routing.engine.batch import Batch
from routing.engine.counterfactual import (
    Change,
    ChangeKind,
    Inputs,
    Timetable,
    apply_change,
    counterfactual,
    decided,
    getting,
)
from routing.engine.types import (
    ONE_LEAD,
    CapKind,
    Fairness,
    Lead,
    LedgerKey,
    Member,
    Need,
    NeedKind,
    OfferMode,
    People,
    Refusal,
    RepState,
    Rulebook,
    Strategy,
    Territory,
    ToAccountOwner,
    ToPool,
    ToRep,
    ToTerritory,
    WaitThenNext,
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
    globex,
    lead,
    people,
    rep,
    row,
    rule,
    rulebook,
)
from tests.examples import examples
from tests.work import work_of


def inputs(those: People, book: Rulebook | None = None, one: Lead | None = None) -> Inputs:
    return Inputs(one or lead(), book or rulebook(), Batch(those, NOW))


def found(those: People, who: int, book: Rulebook | None = None, one: Lead | None = None) -> Change:
    """The change for somebody who does not get the lead; it is made, and they get it."""
    before = inputs(those, book, one)
    assert who not in getting(decided(before))
    change = counterfactual(before, who)
    assert change is not None
    assert who in getting(decided(apply_change(before, change)))
    return change


AHEAD = {SMB: {ANA: 0, BOB: 2 * ONE_LEAD}}
"""Bob is next; whoever else could take leads would not be, but for a change."""


@pytest.mark.parametrize(
    ("state", "words"),
    [
        (INACTIVE, "if they had been active"),
        (ON_LEAVE, "if they had not been on leave"),
        (OFF_SHIFT, "if they had been on shift"),
        ({"standing": Refusal.PAUSED}, "if they had not been paused"),
        ({"standing": Refusal.HOLIDAY}, "if it had been no public holiday for them"),
        ({"caps": (cap(CapKind.DAY, 10, 10),)}, "if their day cap were 11 instead of 10"),
        ({"caps": (cap(CapKind.OPEN, 3, 5, pool=SMB),)}, "if their cap of open leads in SMB were 6 instead of 3"),
    ],
)
def test_a_gate_is_opened_by_the_least(state: dict[str, Any], words: str) -> None:
    change = found(people(rep(ANA, **state), BOB), ANA)

    assert (change.kind, change.words) == (ChangeKind.GATE, words)


@pytest.mark.parametrize(
    ("need", "words"),
    [
        (Need(NeedKind.LANGUAGE, "lead"), "if they spoke de"),
        (Need(NeedKind.SKILL, "security"), "if they had the skill security"),
        (Need(NeedKind.TOPIC, "kubernetes", 2), "if they had level 2 in kubernetes instead of 1"),
    ],
)
def test_what_is_lacking_is_learnt(need: Need, words: str) -> None:
    able = rep(BOB, languages=frozenset({"de"}), skills=frozenset({"security"}), expertise={"kubernetes": 3})
    those = people(rep(ANA, expertise={"kubernetes": 1}), able)

    change = found(those, ANA, rulebook(rule(needs=(need,))), lead(facts={"language": "de"}))

    assert change.words == words


def test_two_gates_are_not_one_change() -> None:
    state = rep(ANA, **OFF_SHIFT, caps=(cap(CapKind.DAY, 1, 1),))

    assert counterfactual(inputs(people(state, BOB)), ANA) is None


def test_what_lies_beneath_a_pause_is_still_so() -> None:
    paused = rep(ANA, standing=Refusal.PAUSED)
    those = people(paused, BOB)
    table = Timetable(lambda when: those, beneath=lambda who: rep(ANA, **OFF_SHIFT))

    assert counterfactual(inputs(those), ANA, table) is None


def test_who_had_the_lead_before_could_have_had_it() -> None:
    change = found(people(ANA, BOB), ANA, one=lead(owned_before=frozenset({ANA})))

    assert change.words == "if they had not had this lead before"


def test_leads_that_waited_come_one_by_one() -> None:
    change = found(people(rep(ANA, released=4), BOB), ANA, one=lead(released=True))

    assert (change.what, change.before, change.after) == ("pace", 4, 2)


def test_a_stranger_to_the_pool_could_have_been_a_member() -> None:
    those = people(ANA, BOB, rep(DAN), pools={SMB: [ANA, BOB]}, balances={SMB: {ANA: -ONE_LEAD, BOB: -ONE_LEAD}})

    assert found(those, DAN).words == "if they were a member of SMB"


def at(times: dict[int, RepState], base: People) -> Timetable:
    """Ana's state by the minute from which on she is in it."""

    def people_at(when: datetime) -> People:
        minute = (when - NOW) / timedelta(minutes=1)
        state = times[max(start for start in times if start <= minute)]
        return People({**base.reps, state.id: state}, base.members, base.ledgers)

    return Timetable(people_at, [NOW + timedelta(minutes=start) for start in times])


@pytest.mark.parametrize(
    ("bobs", "minutes"),
    [
        ({-9999: {}, 25: OFF_SHIFT}, 25),
        ({-9999: OFF_SHIFT, -30: {}}, -31),
        ({-9999: OFF_SHIFT, -30: {}, 30: OFF_SHIFT}, 30),
    ],
)
def test_the_smallest_shift_in_time_is_found(bobs: dict[int, dict[str, Any]], minutes: int) -> None:
    those = people(ANA, BOB, balances=AHEAD)
    table = at({start: rep(BOB, **state) for start, state in bobs.items()}, those)

    change = counterfactual(inputs(those), ANA, table)

    assert change is not None
    assert (change.kind, change.after) == (ChangeKind.TIME, minutes)


def test_the_least_balance_is_found_to_the_last_billionth() -> None:
    those = people(ANA, BOB, balances={SMB: {ANA: -ONE_LEAD // 10, BOB: ONE_LEAD // 10}})

    change = found(those, ANA)

    assert change.words == "with a balance of at least +0.10 leads instead of -0.10"
    assert isinstance(change.after, float)
    assert change.after == pytest.approx(0.1, abs=2e-6)


def test_where_totals_are_shared_fewer_leads_would_have_done() -> None:
    those = people(ANA, BOB, totals={LedgerKey(SMB): {ANA: 5, BOB: 2}})

    change = found(those, ANA, rulebook(smb={"fairness": Fairness.TOTALS}))

    assert change.words == "with 2 leads in the last 30 days instead of 5"


def test_a_better_fact_is_found_where_the_balance_does_not_help() -> None:
    book = rulebook(
        rule(1, when=[row("employees", "gte", 500)], destination=ToRep(ANA)), rule(2, destination=ToRep(BOB))
    )

    change = found(people(ANA, BOB, pools={}), ANA, book, lead(facts={"employees": 320}))

    assert change.words == "if its employees were “500” instead of “320”"


def test_a_territory_says_where_the_lead_would_have_had_to_lie() -> None:
    west = Territory(1, "West", countries=frozenset({"US"}), owner_rep=ANA)
    book = rulebook(rule(1, destination=ToTerritory()), rule(2, destination=ToRep(BOB)), territories=[west])

    change = found(people(ANA, BOB, pools={}), ANA, book, lead(facts={"country": "DE"}))

    assert change.words == "if its country were “US” instead of “DE”"


def test_the_account_could_have_been_theirs() -> None:
    book = rulebook(rule(1, destination=ToAccountOwner()), rule(2))

    change = found(people(ANA, BOB, pools={}), ANA, book, lead(match=globex(BOB)))

    assert change.words == "if they were the owner of the account Globex"


def test_a_rule_could_have_been_off() -> None:
    book = rulebook(rule(1, name="To Bob", destination=ToRep(BOB)), rule(2, destination=ToRep(ANA)))

    change = found(people(ANA, BOB, pools={}), ANA, book)

    assert (change.kind, change.words) == (ChangeKind.RULE, "if the rule “To Bob” had been switched off")


def test_a_lead_that_waits_would_not_have() -> None:
    book = rulebook(rule(when_nobody=WaitThenNext(30)))
    state = rep(ANA, **OFF_SHIFT, available_at=NOW + timedelta(minutes=10))

    assert found(people(state), ANA, book).words == "if they had been on shift"


def test_being_offered_a_lead_is_getting_it() -> None:
    book = rulebook(smb={"offer": OfferMode.CLAIM})

    assert found(people(rep(ANA, **ON_LEAVE), BOB), ANA, book).what == "on_leave"


def test_spam_would_have_gone_to_nobody() -> None:
    assert counterfactual(inputs(people(ANA, BOB), one=lead(screen_reason="honeypot")), ANA) is None


def test_inputs_stay_as_they_are() -> None:
    before = inputs(people(rep(ANA, **ON_LEAVE), BOB))
    decision = decided(before)

    counterfactual(before, ANA)

    assert decided(before) == decision


STATES = st.sampled_from(
    [{}, {}, {}, OFF_SHIFT, ON_LEAVE, {"caps": (cap(CapKind.DAY, 2, 2),)}, {"caps": (cap(CapKind.DAY, 4, 2),)}]
)
CONDITIONS = st.sampled_from([row("country", "is", "DE"), row("employees", "gt", 100), row("country", "is_not", "DE")])
WHERE = st.sampled_from([ToPool(SMB), ToPool(ENTERPRISE), ToRep(ANA), ToRep(BOB)])


@st.composite
def worlds(draw: st.DrawFn) -> tuple[Inputs, Timetable]:
    """Three people, two pools, three rules, and two changes of somebody's standing within the day."""
    balance = st.integers(-2, 2).map(lambda halves: halves * ONE_LEAD // 2)
    states = [rep(who, open_units=draw(st.integers(0, 3)), **draw(STATES)) for who in (ANA, BOB, CAT)]
    pools = {SMB: draw(st.sets(st.sampled_from([ANA, BOB, CAT]))), ENTERPRISE: {CAT, BOB}}
    ledgers = {pool: {who: draw(balance) for who in (ANA, BOB, CAT)} for pool in pools}
    those = people(*states, pools={pool: sorted(some) for pool, some in pools.items()}, balances=ledgers)
    rules = [rule(n, when=[draw(CONDITIONS)], destination=draw(WHERE)) for n in (1, 2)] + [rule(3)]
    facts = {"country": draw(st.sampled_from(["DE", "US", None])), "employees": draw(st.integers(90, 110))}
    method = draw(st.sampled_from([Strategy.ROUND_ROBIN, Strategy.LOAD_BALANCED]))
    minutes = draw(st.lists(st.integers(-1500, 1500), max_size=2))
    turns = [
        (NOW + timedelta(minutes=minute), rep(draw(st.sampled_from([ANA, BOB, CAT])), **draw(STATES)))
        for minute in minutes
    ]

    def people_at(when: datetime) -> People:
        changed = {state.id: state for start, state in turns if start <= when}
        return People({**those.reps, **changed}, those.members, those.ledgers)

    changes = [start for start, _ in turns]
    return inputs(those, rulebook(*rules, smb={"strategy": method}), lead(facts=facts)), Timetable(people_at, changes)


@settings(max_examples=examples(100))
@given(worlds(), st.sampled_from([ANA, BOB, CAT]))
def test_what_is_found_suffices_and_what_is_not_found_is_not_there(world: tuple[Inputs, Timetable], who: int) -> None:
    before, table = world
    if who in getting(decided(before)):
        return
    change = counterfactual(before, who, table)
    if change is not None:
        assert who in getting(decided(apply_change(before, change)))
    else:
        all_day = [before] + [_at_minute(before, table, minute) for minute in _minutes(table)]
        assert not any(who in getting(decided(one)) for one in all_day)
        assert not any(who in getting(decided(one)) for one in _other_worlds(before, who))


def _minutes(table: Timetable) -> list[int]:
    """Every hour of the days before and after, and each minute at which something changes: the others are like them."""
    changes = [(start - NOW) // timedelta(minutes=1) for start in table.changes]
    return [*range(-1440, 1441, 60), *(minute for minute in changes if -1440 <= minute <= 1440)]


def _at_minute(before: Inputs, table: Timetable, minute: int) -> Inputs:
    when = NOW + timedelta(minutes=minute)
    return Inputs(before.lead, before.rulebook, Batch(table.people_at(when), when))


def _other_worlds(before: Inputs, who: int) -> list[Inputs]:
    """The same single changes, made without the code under test: any limit, membership, balance, fact and rule."""
    those, one, book = before.people, before.lead, before.rulebook
    state = those.reps[who]
    facts = [{**one.facts, "country": country} for country in ("DE", "US", None)]
    facts += [{**one.facts, "employees": size} for size in (None, *range(80, 121))]
    states = [rep(who, open_units=state.open_units, caps=state.caps)]
    states += [rep(who, open_units=state.open_units, **OFF_SHIFT, caps=()) for _ in range(bool(state.standing))]
    states += [] if state.standing else [rep(who, open_units=state.open_units)]
    members = [{**those.members, pool: (*those.members[pool], Member(who))} for pool in those.members]
    rich = {key: {**those.ledgers[key], who: type(those.ledgers[key][who])(99 * ONE_LEAD)} for key in those.ledgers}
    crowds = [People({**those.reps, who: some}, those.members, those.ledgers) for some in states]
    crowds += [People(those.reps, some, those.ledgers) for some in members]
    crowds += [People(those.reps, those.members, {**those.ledgers, key: rich[key]}) for key in rich]
    return [
        *(inputs(crowd, book, one) for crowd in crowds),
        *(inputs(those, book, lead(facts=some)) for some in facts),
        *(
            inputs(
                those, rulebook(*book.rules[:n], *book.rules[n + 1 :], smb={"strategy": book.pools[SMB].strategy}), one
            )
            for n in (0, 1)
        ),
    ]


def test_a_hundred_candidates_and_fifty_rules_are_less_work_than_30_million_steps_of_a_loop() -> None:
    states = [rep(n, **(OFF_SHIFT if n % 3 else {})) for n in range(1, 101)]
    those = people(*states)
    rules = [rule(n, when=[row("country", "is", f"X{n}"), row("employees", "gt", n)]) for n in range(1, 51)]
    changes = [NOW + timedelta(minutes=7 * n) for n in range(-100, 100)]
    before = inputs(those, rulebook(*rules, rule(51)), lead(facts={"country": "US"}, screen_reason=""))
    nobody = rep(999, standing=Refusal.INACTIVE)
    everybody = People({**those.reps, 999: nobody}, those.members, those.ledgers)
    asked = Inputs(before.lead, before.rulebook, Batch(everybody, NOW))

    assert work_of(lambda: counterfactual(asked, 999, Timetable(lambda when: everybody, changes))) < 30
