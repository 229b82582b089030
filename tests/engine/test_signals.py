"""Buying signals in conditions: they fade."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from routing.engine.signals import strengths
from routing.engine.types import Assigned, SignalFact, ToPool
from tests.engine.builders import ANA, BOB, ENTERPRISE, NOW, SMB, decide_one, lead, owners, people, row, rule, rulebook


def signal(days_ago: float = 0, strength: float = 0.8, half_life: float = 30, kind: str = "Funding") -> SignalFact:
    return SignalFact(kind, "Series B", "", strength, NOW - timedelta(days=days_ago), half_life)


def owner_where(op: str, value: Any, *signals: SignalFact) -> int | None:
    book = rulebook(rule(1, when=[row("signal.funding", op, value)], destination=ToPool(ENTERPRISE)), rule(2))
    those = people(ANA, BOB, pools={SMB: [ANA], ENTERPRISE: [BOB]})
    return owners([decide_one(lead(signals=signals), book, those)])[0]


@pytest.mark.parametrize(
    ("op", "value", "found", "owner"),
    [
        ("has_signal", None, signal(), BOB),
        ("has_signal", None, signal(kind="hiring"), ANA),
        ("has_signal", None, signal(days_ago=119), BOB),
        ("has_signal", None, signal(days_ago=121), ANA),
        ("has_signal", 0.4, signal(days_ago=29), BOB),
        ("has_signal", 0.4, signal(days_ago=31), ANA),
        ("has_signal", None, signal(days_ago=-2), BOB),
        ("not_empty", None, signal(), BOB),
        ("empty", None, signal(), ANA),
    ],
)
def test_a_condition_sees_signals_that_have_not_faded(op: str, value: Any, found: SignalFact, owner: int) -> None:
    assert owner_where(op, value, found) == owner


def test_the_strongest_of_several_counts() -> None:
    assert owner_where("has_signal", 0.7, signal(days_ago=60), signal()) == BOB


@pytest.mark.parametrize("value", ["series b", 1.5, -1])
def test_a_strength_that_is_none_never_holds_and_warns(value: Any) -> None:
    book = rulebook(rule(1, when=[row("signal.funding", "has_signal", value)]), rule(2))

    decision = decide_one(lead(signals=(signal(),)), book)

    assert isinstance(decision, Assigned)
    assert decision.rule == 2
    assert decision.trace.rules[0].warnings


@pytest.mark.parametrize("broken", [float("nan"), 0.0, -3.0])
def test_a_half_life_that_is_none_lets_a_signal_fade_at_once(broken: float) -> None:
    assert strengths([signal(days_ago=1, half_life=broken)], "funding", NOW) == ()
