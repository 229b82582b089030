"""Concrete cases that other systems got wrong, given / when / then: turns, leave, conditions, caps, load."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import pytest

from routing.engine.batch import Batch
from routing.engine.decide import decide
from routing.engine.types import (
    Assigned,
    CapKind,
    Condition,
    Conditions,
    Decision,
    Held,
    HeldReason,
    LedgerKey,
    Member,
    People,
    Pool,
    Refusal,
    RepState,
    Rulebook,
    RuleResult,
    Strategy,
    ToAccountOwner,
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
    row,
    rule,
    rulebook,
    take_turns,
)


@dataclass
class Team:
    """A pool over many batches, one lead each: its ledger goes on from batch to batch."""

    weights: Mapping[int, int]
    book: Rulebook = field(default_factory=rulebook)
    ledgers: dict[LedgerKey, dict[int, Any]] = field(default_factory=dict)
    leads: int = 0

    def give(self, leads: int, *, off: Sequence[int] = (), gone: Sequence[int] = ()) -> list[int | None]:
        return [self._give(off, gone) for _ in range(leads)]

    def _give(self, off: Sequence[int], gone: Sequence[int]) -> int | None:
        self.leads += 1
        here = [who for who in self.weights if who not in gone]
        states = [rep(who, **(ON_LEAVE if who in off else {})) for who in here]
        members = [Member(who, self.weights[who]) for who in here]
        batch = Batch(people(*states, pools={SMB: members}, ledgers=self.ledgers), NOW + timedelta(minutes=self.leads))
        (decision,) = decide_all([lead(self.leads)], self.book, batch)
        for ledger, who, account in batch.changed_accounts():
            self.ledgers.setdefault(ledger, {})[who] = account
        return owners([decision])[0]


def team(*weights: int) -> Team:
    return Team({who: weight * 1000 for who, weight in enumerate(weights, start=1)})


# --- turns ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("weights", "leads", "counts"),
    [
        ((1,) * 6, 24, [4] * 6),
        ((1, 2), 5, [2, 3]),
        ((1, 3), 4, [1, 3]),
        ((1, 1, 1), 30, [10, 10, 10]),
        ((1, 1, 1), 10, [4, 3, 3]),
        ((1, 1), 30, [15, 15]),
        ((3, 1, 1), 100, [60, 20, 20]),
    ],
)
@pytest.mark.parametrize("batches", ["one lead a batch", "one batch"])
def test_everybody_gets_their_share(weights: tuple[int, ...], leads: int, counts: list[int], batches: str) -> None:
    some = team(*weights)
    members = [Member(who, weight) for who, weight in some.weights.items()]

    if batches == "one batch":
        got = take_turns(rulebook(), people(*some.weights, pools={SMB: members}), leads)[0]
    else:
        got = some.give(leads)

    assert [Counter(got)[who] for who in some.weights] == counts


def test_three_reps_four_leads_go_round() -> None:
    assert team(1, 1, 1).give(4) == [ANA, BOB, CAT, ANA]


def test_whose_turn_it_is_hangs_on_no_open_work() -> None:
    some = team(1, 1, 1)
    some.give(2)  # and all open work is deleted: the ledger alone counts

    assert some.give(1) == [CAT]


def test_an_empty_pool_is_a_reason_and_no_error() -> None:
    decision = decide_one(lead(), those=people(pools={SMB: []}))

    assert isinstance(decision, Held)
    assert (decision.held_reason, decision.trace.rules[0].result) == (HeldReason.EMPTY_POOL, RuleResult.EMPTY_POOL)


def test_somebody_off_is_passed_over_and_gets_no_more_than_a_share_when_back() -> None:
    some = team(1, 1, 1)
    assert some.give(2) == [ANA, BOB]

    assert some.give(4, off=[ANA]) == [CAT, BOB, CAT, BOB]

    assert some.give(3).count(ANA) <= 1


def test_the_last_served_is_deleted_and_the_successor_comes_next_not_the_first() -> None:
    some = team(1, 1, 1, 1)
    assert some.give(2) == [ANA, BOB]

    assert some.give(1, gone=[BOB]) == [CAT]


# --- leave and joining ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("reps", [2, 3, 4, 5])
def test_two_weeks_away_bring_a_share_of_the_next_leads_not_all_of_them(reps: int) -> None:
    some = team(*[1] * reps)
    some.give(10 * (reps - 1), off=[ANA])

    assert abs(some.give(10).count(ANA) - 10 / reps) <= 1


def test_a_new_rep_after_300_leads_is_next_once_and_then_has_a_share() -> None:
    some = team(1, 1, 1)
    some.give(300, gone=[CAT])

    got = some.give(9)

    assert CAT in got[:3]
    assert Counter(got) == {ANA: 3, BOB: 3, CAT: 3}


def test_who_is_about_to_leave_for_long_gets_no_new_leads_already_now() -> None:
    taper = rep(ANA, standing=Refusal.ON_LEAVE, standing_detail="on leave from 5 Mar")

    assert owners([decide_one(lead(), those=people(taper, BOB))]) == [BOB]


def test_three_inactive_members_with_one_backup_do_not_give_the_backup_four_turns() -> None:
    left = [rep(who, backup=CAT, **INACTIVE) for who in (5, 6, 7)]

    got, _ = take_turns(rulebook(), people(ANA, BOB, CAT, *left), 9)

    assert Counter(got) == {ANA: 3, BOB: 3, CAT: 3}


@pytest.mark.parametrize("strategy", Strategy)
def test_whoever_is_inactive_never_gets_a_lead(strategy: Strategy) -> None:
    those = people(rep(ANA, **INACTIVE), BOB, balances={SMB: {ANA: 9_000_000_000, BOB: -9_000_000_000}})

    assert take_turns(rulebook(smb={"strategy": strategy}), those, 20)[0] == [BOB] * 20


def test_an_inactive_owner_of_an_account_never_gets_a_lead() -> None:
    book = rulebook(rule(1, destination=ToAccountOwner()), rule(2))
    those = people(rep(ANA, **INACTIVE), BOB)

    assert owners([decide_one(lead(match=globex(ANA)), book, those)]) == [BOB]


def test_the_backlog_goes_to_the_first_on_shift_at_the_pace() -> None:
    off = [rep(who, **OFF_SHIFT) for who in (BOB, CAT)]

    made = decide_all([lead(n, released=True) for n in range(14)], rulebook(), Batch(people(ANA, *off), NOW))

    assert owners(made) == [ANA] * 3 + [None] * 11


# --- conditions -------------------------------------------------------------------------------------------------


def is_true(text: str) -> bool:
    return text.startswith("alpha.")


CONDITIONS: list[tuple[str, Conditions, dict[str, Any], bool, int]] = [
    ("equals, case and accents aside", ((row("city", "is", "ZÜRICH"),),), {"city": "zurich"}, True, 0),
    ("any of", ((row("country", "any_of", ("DE", "at")),),), {"country": "AT"}, True, 0),
    ("contains", ((row("job_title", "contains", "ingenieur"),),), {"job_title": "Chef-Ingénieur"}, True, 0),
    ("a pattern", ((Condition("domain", "matches", r"^alpha\.", is_true),),), {"domain": "alpha.io"}, True, 0),
    ("a pattern elsewhere", ((Condition("domain", "matches", r"^alpha\.", is_true),),), {"domain": "x.io"}, False, 0),
    ("a broken pattern", ((Condition("domain", "matches", "(", None),),), {"domain": "("}, False, 1),
    ("a custom field", ((row("attributes.plan", "is", "Pro"),),), {"attributes.plan": "pro"}, True, 0),
    ("an unknown field", ((row("colour", "is", "red"),),), {"colour": "red"}, False, 1),
    ("two rows", ((row("country", "is", "DE"), row("city", "is", "Ulm")),), {"country": "DE", "city": "Rom"}, False, 0),
    ("two groups", ((row("country", "is", "DE"),), (row("city", "is", "Bonn"),)), {"city": "Bonn"}, True, 0),
    ("no rows", (), {}, True, 0),
    ("only an empty group", ((),), {}, True, 0),
    ("an empty group beside another", ((), (row("country", "is", "DE"),)), {"country": "AT"}, False, 0),
    ("a deleted option", ((row("kind", "is", "fax"),),), {"kind": "fax"}, False, 1),
]  # fmt: skip


@pytest.mark.parametrize(
    ("conditions", "facts", "matches", "warnings"),
    [case[1:] for case in CONDITIONS],
    ids=[case[0] for case in CONDITIONS],
)
def test_what_matches(conditions: Conditions, facts: dict[str, Any], matches: bool, warnings: int) -> None:
    decision = decide_one(lead(facts=facts), rulebook(rule(1, conditions=conditions), rule(2)))

    assert isinstance(decision, Assigned)
    assert decision.rule == (1 if matches else 2)
    assert len(decision.trace.rules[0].warnings) == warnings


def looks(decision: Decision) -> list[tuple[int, RuleResult]]:
    return [(look.rule, look.result) for look in decision.trace.rules]


@pytest.mark.parametrize(
    ("book", "expected"),
    [
        (rulebook(rule(10), rule(200)), [(10, RuleResult.SERVED)]),
        (
            rulebook(rule(1, destination=ToPool(ENTERPRISE)), rule(2)),
            [(1, RuleResult.EMPTY_POOL), (2, RuleResult.SERVED)],
        ),
        (rulebook(rule(1, enabled=False), rule(2)), [(1, RuleResult.DISABLED), (2, RuleResult.SERVED)]),
    ],
)
def test_which_rule_serves_and_what_became_of_those_before(
    book: Rulebook, expected: list[tuple[int, RuleResult]]
) -> None:
    decision = decide_one(lead(), book, people(ANA, pools={SMB: [ANA], ENTERPRISE: []}))

    assert not isinstance(decision, Held)
    assert looks(decision) == expected  # type: ignore[arg-type]


@pytest.mark.parametrize(("employees", "owner"), [(100, ANA), (101, BOB), (1000, BOB), (1001, CAT)])
def test_the_ends_of_size_bands_belong_to_them(employees: int, owner: int) -> None:
    book = rulebook(
        rule(1, when=[row("employees", "lte", 100)]),
        rule(2, when=[row("employees", "between", (101, 1000))], destination=ToPool(ENTERPRISE)),
        rule(3, destination=ToPool(30)),
    )
    book = replace(book, pools={**book.pools, 30: Pool(30, "Large", ledger=30)})
    those = people(ANA, BOB, CAT, pools={SMB: [ANA], ENTERPRISE: [BOB], 30: [CAT]})

    assert owners([decide_one(lead(facts={"employees": employees}), book, those)]) == [owner]


# --- caps -------------------------------------------------------------------------------------------------------


def capped(who: int, *caps: tuple[CapKind, int, int]) -> RepState:
    return rep(who, caps=tuple(cap(*one) for one in caps))


@pytest.mark.parametrize(
    ("those", "leads", "got"),
    [
        (people(capped(ANA, (CapKind.HOUR, 5, 1))), 5, {ANA: 4, None: 1}),
        (people(capped(ANA, (CapKind.OPEN, 3, 3)), BOB), 2, {BOB: 2}),
        (people(capped(ANA, (CapKind.DAY, 1, 1)), capped(BOB, (CapKind.WEEK, 2, 2)), CAT), 3, {CAT: 3}),
        (people(capped(ANA, (CapKind.DAY, 3, 0)), capped(BOB, (CapKind.DAY, 3, 0))), 20, {ANA: 3, BOB: 3, None: 14}),
        (people(capped(ANA, (CapKind.DAY, 9, 0), (CapKind.UNANSWERED, 2, 1))), 3, {ANA: 1, None: 2}),
    ],
)
def test_caps_are_exact_inside_a_batch(those: People, leads: int, got: dict[int | None, int]) -> None:
    assert Counter(take_turns(rulebook(), those, leads)[0]) == got


def test_a_cap_that_frees_lets_the_held_leads_go() -> None:
    held = decide(lead(), rulebook(), Batch(people(capped(ANA, (CapKind.DAY, 3, 3))), NOW))
    freed = decide(lead(), rulebook(), Batch(people(capped(ANA, (CapKind.DAY, 3, 2))), NOW))

    assert owners([held, freed]) == [None, ANA]


# --- load -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("units", "owner"), [((3, 1, 2), BOB), ((2, 2, 2), ANA), ((0, 0, 0), ANA), ((1, 1, 0), CAT)])
def test_the_least_loaded_gets_the_lead_and_equals_go_by_turn(units: tuple[int, ...], owner: int) -> None:
    those = people(*(rep(who, open_units=open_units) for who, open_units in enumerate(units, start=1)))

    assert owners([decide_one(lead(), rulebook(smb={"strategy": Strategy.LOAD_BALANCED}), those)]) == [owner]


def test_equals_by_load_go_round() -> None:
    got, _ = take_turns(rulebook(smb={"strategy": Strategy.LOAD_BALANCED}), people(ANA, BOB, CAT, DAN), 8)

    assert got == [ANA, BOB, CAT, DAN] * 2
