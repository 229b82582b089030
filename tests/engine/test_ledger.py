"""The entitlement ledger: every claim that is made about fairness, as a property; and how postings are stored."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from routing.engine.ledger import (
    Saver,
    earned,
    entitle,
    next_in_turn,
    pack,
    pay,
    post,
    reverse,
    settle,
    taken_by,
    turn_balances,
    unpack,
)
from routing.engine.types import ONE_LEAD, LedgerKey, Member, Posting
from tests.engine.builders import NOW

Weights = Mapping[int, int]
LEDGER = LedgerKey(1)


class Rotation:
    """A ledger at work: leads one by one, each with those who could take it."""

    def __init__(self, weights: Weights) -> None:
        self.weights = weights
        self.balances: dict[int, int] = dict.fromkeys(weights, 0)
        self.last_at: dict[int, datetime | None] = {}
        self.winners: list[int] = []
        self.furthest = 0

    def lead(self, eligible: Iterable[int] | None = None) -> int:
        able = self.weights if eligible is None else eligible
        posting = settle([Member(rep, self.weights[rep]) for rep in able], self.balances, self.last_at, ledger=LEDGER)
        assert posting is not None
        for rep, amount in posting.lines:
            self.balances[rep] += amount
        self.last_at[posting.winner] = NOW + timedelta(minutes=len(self.winners))
        self.winners.append(posting.winner)
        self.furthest = max(self.furthest, *map(abs, self.balances.values()))
        return posting.winner

    def run(self, eligible: Sequence[Iterable[int]]) -> Rotation:
        for able in eligible:
            self.lead(able)
        return self


def equal(reps: int) -> dict[int, int]:
    return dict.fromkeys(range(1, reps + 1), 1000)


weights = st.dictionaries(st.integers(1, 12), st.integers(1, 9).map(lambda w: w * 1000), min_size=1, max_size=8)
odd_weights = st.dictionaries(st.integers(1, 12), st.integers(1, 50_000), min_size=1, max_size=8)


@st.composite
def comings_and_goings(
    draw: st.DrawFn, of: st.SearchStrategy[dict[int, int]] = odd_weights
) -> tuple[Weights, list[list[int]]]:
    """Weights, and for each lead those who can take it: anybody can be away at any time."""
    weighted = draw(of)
    some = st.lists(st.sampled_from(sorted(weighted)), min_size=1, unique=True)
    return weighted, draw(st.lists(some, max_size=60))


@given(comings_and_goings())
def test_a_ledger_sums_to_exactly_zero_at_all_times(played: tuple[Weights, list[list[int]]]) -> None:
    rotation = Rotation(played[0])

    for able in played[1]:
        rotation.lead(able)
        assert sum(rotation.balances.values()) == 0


@given(comings_and_goings())
def test_every_posting_sums_to_exactly_zero_and_so_does_its_reverse(played: tuple[Weights, list[list[int]]]) -> None:
    for able in played[1]:
        posting = settle([Member(rep, played[0][rep]) for rep in able], {}, {}, ledger=LEDGER)
        assert posting is not None
        assert sum(amount for _, amount in posting.lines) == 0
        assert [a + b for (_, a), (_, b) in zip(posting.lines, reverse(posting).lines, strict=True)] == [0] * len(able)


@given(st.integers(1, 40), st.integers(1, 200))
def test_equal_weights_keep_a_running_spread_of_one(reps: int, leads: int) -> None:
    rotation, counts = Rotation(equal(reps)), Counter(dict.fromkeys(equal(reps), 0))

    for _ in range(leads):
        counts[rotation.lead()] += 1
        assert max(counts.values()) - min(counts.values()) <= 1


@given(weights)
def test_weights_are_met_within_two_leads_in_every_prefix_and_exactly_in_every_cycle(weighted: Weights) -> None:
    rotation, total, counts = Rotation(weighted), sum(weighted.values()), Counter[int]()
    cycle = total // 1000

    for n in range(1, 3 * cycle + 1):
        counts[rotation.lead()] += 1
        assert all(abs(counts[rep] - n * weight / total) <= 2 for rep, weight in weighted.items())
        if n % cycle == 0:
            assert all(counts[rep] * total == n * weight for rep, weight in weighted.items())


@given(comings_and_goings())
@settings(max_examples=100)
def test_whoever_comes_and_goes_no_balance_strays_beyond_half_of_the_others(
    played: tuple[Weights, list[list[int]]],
) -> None:
    rotation = Rotation(played[0]).run(played[1])
    n = len(played[0])

    assert rotation.furthest <= (n - 1) * ONE_LEAD // 2 + 1_000 * n


@given(comings_and_goings(), st.integers(0, 10_000))
def test_pools_of_one_group_weigh_people_differently_and_keep_the_bound(
    played: tuple[Weights, list[list[int]]], seed: int
) -> None:
    chance, rotation, n = Random(seed), Rotation(played[0]), len(played[0])

    for able in played[1]:
        rotation.weights = {rep: chance.choice([1, 500, 1_000, 9_000]) for rep in played[0]}
        rotation.lead(able)

    assert rotation.furthest <= (n - 1) * ONE_LEAD // 2 + 1_000 * n


@given(weights, st.integers(0, 10_000))
@settings(max_examples=30)
def test_ordinary_comings_and_goings_keep_every_balance_within_two_leads(weighted: Weights, seed: int) -> None:
    chance = Random(seed)
    played = [[rep for rep in weighted if chance.random() < 0.7] or list(weighted) for _ in range(200)]

    assert Rotation(weighted).run(played).furthest <= 2 * ONE_LEAD


@given(comings_and_goings())
def test_whoever_is_away_earns_nothing(played: tuple[Weights, list[list[int]]]) -> None:
    rotation = Rotation(played[0])

    for able in played[1]:
        before = dict(rotation.balances)
        rotation.lead(able)
        assert all(rotation.balances[rep] == before[rep] for rep in before if rep not in able)


@given(comings_and_goings())
def test_leavers_stay_in_the_sum(played: tuple[Weights, list[list[int]]]) -> None:
    rotation = Rotation(played[0]).run(played[1])
    leaver = min(played[0])
    stay = [rep for rep in played[0] if rep != leaver] or [leaver]

    rotation.run([stay] * 5)

    assert sum(rotation.balances.values()) == 0


@given(st.integers(2, 10), st.integers(0, 300))
def test_a_newcomer_starts_at_zero_and_then_gets_a_fair_share(reps: int, before: int) -> None:
    rotation = Rotation(equal(reps + 1))
    rotation.run([range(1, reps + 1)] * before)

    got = Counter(rotation.lead() for _ in range(3 * (reps + 1)))

    assert 2 <= got[reps + 1] <= 4


def test_two_weeks_away_bring_no_flood_on_return() -> None:
    rotation = Rotation(equal(4)).run([range(1, 5)] * 8 + [[1, 2, 3]] * 30)

    back = Counter(rotation.lead() for _ in range(10))

    assert 2 <= back[4] <= 3


@pytest.mark.parametrize(
    ("weighted", "winners"),
    [
        ((1, 1, 1), "ABCA"),
        ((3, 1, 1), "ABACAABACA"),
        ((1, 2), "BABBA"),
        ((1, 3), "BABB"),
    ],
)
def test_turns_go_by_weight(weighted: tuple[int, ...], winners: str) -> None:
    rotation = Rotation({n: weight * 1000 for n, weight in enumerate(weighted)})

    assert "".join("ABC"[rotation.lead()] for _ in winners) == winners


def test_a_is_off_after_two_turns_and_gets_no_more_than_a_share_when_back() -> None:
    a, b, c = 1, 2, 3
    rotation = Rotation(equal(3)).run([[a, b, c]] * 2)

    without_a = [rotation.lead([b, c]) for _ in range(4)]

    assert without_a == [c, b, c, b]
    assert [rotation.lead() for _ in range(3)].count(a) == 1


def test_two_equals_with_one_lead_a_day_share_it() -> None:
    rotation = Rotation(equal(2))

    assert Counter(rotation.lead() for _ in range(30)) == {1: 15, 2: 15}


def test_the_last_served_goes_and_his_successor_is_next() -> None:
    rotation = Rotation(equal(4)).run([range(1, 5)] * 2)

    assert rotation.lead([1, 3, 4]) == 3


@pytest.mark.parametrize(
    ("last_at", "winner"),
    [
        ({}, 1),
        ({1: NOW}, 2),
        ({1: NOW, 2: NOW - timedelta(days=1), 3: NOW}, 2),
        ({1: NOW, 2: NOW, 3: NOW}, 1),
    ],
)
def test_the_same_balance_goes_to_who_waited_longest_then_to_the_first(
    last_at: dict[int, datetime | None], winner: int
) -> None:
    turn = next_in_turn(entitle([Member(3), Member(2), Member(1)]), {1: 0, 2: 1000, 3: 500}, last_at)

    assert turn is not None
    assert (turn.winner, turn.level) == (winner, 3)


def test_a_turn_given_by_hand_is_paid_for() -> None:
    assert settle([Member(1), Member(2)], {}, {}, ledger=LEDGER, winner=2) == Posting(
        LEDGER, 2, ((1, 500_000_000), (2, -500_000_000))
    )


savers = st.lists(
    st.builds(Saver, st.integers(20, 30), st.integers(1, 9000), st.integers(0, 1000), st.integers(-5, 2 * ONE_LEAD)),
    max_size=3,
    unique_by=lambda saver: saver.rep,
)


@given(odd_weights, savers, st.data())
def test_a_posting_sums_to_zero_whoever_saves_and_whoever_takes_it(
    weighted: Weights, saving: list[Saver], data: st.DataObject
) -> None:
    first, second = (data.draw(st.sampled_from(sorted(weighted))) for _ in range(2))
    entitlement = entitle([Member(rep, weight) for rep, weight in weighted.items()], saving)

    made = pay(entitlement, LEDGER, first)
    taken = taken_by(made, second)

    for posting in (made, taken, reverse(made), reverse(taken)):
        assert sum(amount for _, amount in posting.lines) == 0
    assert earned(made) == earned(taken)
    assert ONE_LEAD - len(weighted) <= made.paid <= ONE_LEAD
    assert all(0 < amount <= next(s.room for s in saving if s.rep == rep) for rep, amount in made.saved)


@given(odd_weights, savers)
def test_a_reversal_undoes_a_posting_savings_included(weighted: Weights, saving: list[Saver]) -> None:
    entitlement = entitle([Member(rep, weight) for rep, weight in weighted.items()], saving)
    posting, balances, saved = pay(entitlement, LEDGER, min(weighted)), {1: 5, 20: -5}, {20: 7}
    before = dict(balances), dict(saved)

    post(posting, balances, saved)
    post(reverse(posting), balances, saved)

    assert ({rep: amount for rep, amount in balances.items() if amount}, saved | {20: saved[20]}) == (
        before[0],
        {rep: 0 for rep, _ in posting.saved} | before[1],
    )


@pytest.mark.parametrize(("saved", "expected"), [({}, {1: -2, 2: 2}), ({9: 4}, {1: -2, 2: 2, 9: -4})])
def test_balances_are_those_of_turns_where_nobody_of_the_pool_saves(
    saved: dict[int, int], expected: dict[int, int]
) -> None:
    assert turn_balances({1: -2, 2: 2}, saved, [Member(1), Member(2)]) == expected


def test_what_winners_owe_for_savings_is_lent_back_to_them_by_weight() -> None:
    turns = turn_balances({1: 600, 2: -200, 3: -400}, {1: 600}, [Member(1), Member(2, 1000), Member(3, 2000)])

    assert turns == {1: 0, 2: 0, 3: 0}


def test_nobody_gets_a_turn_where_nobody_may() -> None:
    assert settle([], {}, {}, ledger=LEDGER) is None
    assert settle([Member(1, 0)], {}, {}, ledger=LEDGER) is None
    assert settle([Member(1)], {}, {}, ledger=LEDGER, winner=2) is None


lines = st.dictionaries(st.integers(0, 2**40), st.integers(-(2**70), 2**70), max_size=40).map(
    lambda amounts: tuple(sorted(amounts.items()))
)


@given(lines)
def test_what_is_packed_is_unpacked(lines: tuple[tuple[int, int], ...]) -> None:
    assert unpack(pack(lines)) == lines


def test_a_posting_of_a_hundred_equals_is_small() -> None:
    reps = sorted(Random(1).sample(range(1, 5_000), 100))
    posting = pay(entitle([Member(rep) for rep in reps]), LEDGER, reps[40])

    assert len(pack(posting.lines)) <= 160


@given(st.binary(max_size=40))
def test_bytes_that_are_no_posting_are_refused_or_read(packed: bytes) -> None:
    try:
        assert isinstance(unpack(packed), tuple)
    except ValueError as problem:
        assert "not the entries of a posting" in str(problem)
