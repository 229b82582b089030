"""Policies deal within the band of the real ledger, and know no more than what is known by then."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from routing.engine.performance import Counted
from routing.evaluation.dealing import Desk
from routing.evaluation.policies import (
    FIRST_ADVANTAGE,
    GREEDY,
    KNOWS_SPREADS,
    LEARNT,
    POLICIES,
    SECOND_ADVANTAGE,
    TURN,
    Known,
    Question,
)
from routing.evaluation.trial import run_trial
from routing.evaluation.world import Terms, draw_world

NOON = datetime(2025, 1, 1, 12, tzinfo=UTC)
ANA, BOB = 1, 2
WEB, LIST = ("web",), ("list",)
STEADY = Terms(reps=8, kinds=4, leads=900, joining=0, moving=0)


@settings(max_examples=30, deadline=None)
@given(members=st.integers(1, 12), seed=st.integers(0, 1_000), leads=st.integers(1, 150))
def test_whoever_is_favoured_no_balance_is_more_than_two_leads_from_zero(members: int, seed: int, leads: int) -> None:
    random, desk = Random(seed), Desk(range(1, members + 1), 1.0)
    favour = [random.random() for _ in range(members)]

    for number in range(leads):
        scores = {rep: favour[rep - 1] + random.choice((0, 0, 1)) for rep in desk.members}
        desk.deal(NOON + timedelta(minutes=number), scores)

    assert desk.largest <= 2
    assert sum(desk.balances.values()) == 0


@pytest.mark.parametrize("policy", POLICIES)
def test_every_policy_keeps_the_band_in_a_world(policy: str) -> None:
    trial = run_trial(draw_world(STEADY, 3), policy, band=1.0)

    assert trial.largest_balance <= 2
    assert max(trial.shares.values()) - min(trial.shares.values()) <= 4 / trial.dealt.leads


def test_without_scores_leads_go_round() -> None:
    desk = Desk((ANA, BOB), 1.0)

    assert [desk.deal(NOON + timedelta(minutes=number)) for number in range(4)] == [ANA, BOB, ANA, BOB]


def test_the_best_within_the_band_gets_the_lead() -> None:
    desk = Desk((ANA, BOB), 1.0)

    assert [desk.deal(NOON, {ANA: 0.1, BOB: 0.2}) for _ in range(5)] == [BOB, BOB, ANA, BOB, ANA]


def test_knowing_how_far_reps_differ_is_worth_more_than_finding_it_out() -> None:
    worlds = [draw_world(STEADY, seed) for seed in range(6)]
    told = sum(run_trial(world, KNOWS_SPREADS, band=1.0).worth for world in worlds)
    second = sum(run_trial(world, SECOND_ADVANTAGE, band=1.0).worth for world in worlds)

    assert told > second


@pytest.mark.parametrize("policy", [TURN, KNOWS_SPREADS, *LEARNT])
def test_while_nothing_is_known_it_goes_by_turn(policy: str) -> None:
    assert POLICIES[policy](Known((ANA, BOB), ("source",), ())) is None


def test_by_advantage_each_gets_the_leads_that_are_theirs() -> None:
    """Ana is better with both, and much better with leads of the web."""
    counted = [
        Counted(ANA, WEB, 600, 1000),
        Counted(ANA, LIST, 220, 1000),
        Counted(BOB, WEB, 200, 1000),
        Counted(BOB, LIST, 200, 1000),
    ]
    scores = POLICIES[FIRST_ADVANTAGE](Known((ANA, BOB), ("source",), counted))

    assert scores is not None
    assert scores(Question(WEB))[ANA] > scores(Question(WEB))[BOB]
    assert scores(Question(LIST))[ANA] < scores(Question(LIST))[BOB]


def test_the_greedy_rate_is_the_bare_share_won_of_such_leads_else_of_all() -> None:
    known = Known((ANA, BOB), ("source",), [Counted(ANA, WEB, 1, 1), Counted(ANA, LIST, 1, 3), Counted(BOB, WEB, 1, 4)])
    scores = POLICIES[GREEDY](known)

    assert scores is not None
    assert scores(Question(WEB)) == {ANA: 1, BOB: 0.25}
    assert scores(Question(LIST)) == {ANA: pytest.approx(1 / 3), BOB: 0.25}
