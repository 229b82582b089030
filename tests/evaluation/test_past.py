"""Off-policy estimates recover what is known to be true, though leads were handed out unevenly."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from random import Random
from typing import Any

import pytest

from routing.evaluation.dealing import Desk
from routing.evaluation.differ import Differ
from routing.evaluation.past import Past, evaluate_past
from routing.evaluation.policies import FIRST, GREEDY, LEARNT, TURN
from routing.evaluation.report import past_warnings
from routing.evaluation.weighing import Judged, Weighed, weigh
from tests.evaluation.past_deals import GOOD, POOR, REPS, alike, deals_of, skilled

NOON = datetime(2025, 1, 1, 12, tzinfo=UTC)


@cache
def best() -> float:
    """By how much more is won if the truth decides within the band."""
    random, desk, chances = Random(9), Desk(REPS, 1.0), list[float]()
    for _ in range(4_000):
        kind = random.choice((GOOD, POOR))
        truth = {rep: skilled(rep, kind) for rep in REPS}
        chances.append(truth[desk.deal(NOON, truth)])
    by_turn = sum(skilled(rep, kind) for rep in REPS for kind in (GOOD, POOR)) / 8
    return sum(chances) / len(chances) / by_turn - 1


@cache
def past() -> Past:
    return evaluate_past(deals_of(skilled, 1, leads=6_000))


def judged(policy: str, of: Past) -> Weighed:
    return next(one for one in of.judged if one.policy == policy)


def test_what_a_policy_would_have_won_is_found_on_leads_that_others_had() -> None:
    found = judged(FIRST, past())

    assert found.uplift.covers(best())
    assert found.by_propensity.value == pytest.approx(found.uplift.value, abs=0.03)
    assert past().claims(found)


def test_going_by_turn_is_what_all_reps_win_of_such_leads_on_average() -> None:
    truth = sum(skilled(rep, kind) for rep in REPS for kind in (GOOD, POOR)) / 8

    assert judged(TURN, past()).rate == pytest.approx(truth, abs=0.02)
    assert judged(TURN, past()).uplift == (0, 0, 0)


def test_whoever_was_given_the_good_leads_is_not_called_good() -> None:
    found = evaluate_past(deals_of(alike, 2))

    assert found.differ.verdict is Differ.NO
    assert not any(found.claims(one) for one in found.judged)


def test_uneven_hands_are_warned_of() -> None:
    assert past().uneven
    assert not evaluate_past(deals_of(alike, 2, leads=400, weight=lambda rep, kind: 1.0)).uneven
    assert any("more than three times" in text for text in past_warnings(past()))


def test_leads_for_somebody_who_never_had_such_ones_are_counted_and_nothing_is_claimed() -> None:
    """Each rep had one kind alone: what they would make of the other is not in the data."""
    apart = deals_of(skilled, 3, weight=lambda rep, kind: float((rep > 2) == (kind == GOOD)))
    found = evaluate_past(apart)

    assert judged(GREEDY, found).unheard > 0.2
    assert not found.claims(judged(GREEDY, found)._replace(uplift=judged(GREEDY, past()).uplift))
    assert any("never had such a lead" in text for text in past_warnings(found))


def test_no_policy_learns_from_the_leads_that_it_is_judged_on() -> None:
    """Outcomes of the last block change; what policies would have done with it does not."""
    deals = deals_of(skilled, 4, leads=400)
    last = deals.deals[-34:]
    turned = [*deals.deals[:-34], *(row._replace(won=not row.won) for row in last)]
    one, other = evaluate_past(deals), evaluate_past(replace(deals, deals=turned))

    assert [judged(policy, one).effective for policy in LEARNT] == [
        judged(policy, other).effective for policy in LEARNT
    ]
    assert judged(GREEDY, one).rate != judged(GREEDY, other).rate


def test_balances_stay_within_the_band_on_past_deals() -> None:
    assert max(past().largest_balances.values()) <= 2


def test_a_long_evaluation_is_never_silent_for_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("routing.evaluation.past.DEALT", 50)
    dealt, silences, deal = [0], list[int](), Desk.deal

    def counted(desk: Desk, *given: Any) -> int:
        dealt[0] += 1
        return deal(desk, *given)

    def heard(done: int, total: int) -> None:
        silences.append(dealt[0])
        dealt[0] = 0

    monkeypatch.setattr(Desk, "deal", counted)
    evaluate_past(deals_of(skilled, 1, leads=400), progress=heard)

    assert max(silences) == 50
    assert len([said for said in silences if said == 0]) >= len(LEARNT)


def test_a_doubly_robust_estimate_forgives_expectations_that_are_wrong() -> None:
    """Everybody won half; 0.9 was expected of everybody."""
    leads = [Judged(number % 2 == 0, 2.0 if number % 4 < 2 else 0.5, 0.9, 0.9, 0.0, None) for number in range(400)]

    found = weigh("policy", leads, [one._replace(weight=1.0) for one in leads])

    assert found.rate == pytest.approx(0.5)
    assert found.uplift.value == pytest.approx(0)
    assert found.effective == pytest.approx(294.1, abs=0.1)


@pytest.mark.long
def test_over_many_logs_intervals_hold_the_truth_and_claims_of_nothing_are_rare() -> None:
    held = [
        judged(FIRST, evaluate_past(deals_of(skilled, seed, leads=4_000))).uplift.covers(best()) for seed in range(60)
    ]
    claims = [
        past
        for past in (evaluate_past(deals_of(alike, seed)) for seed in range(100))
        if any(map(past.claims, past.judged))
    ]

    assert sum(held) / len(held) >= 0.78
    assert len(claims) <= 5
