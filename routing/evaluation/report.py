"""What an evaluation found, as JSON that other programs read: fixed keys, more beside them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import isfinite
from typing import Any

from routing.evaluation.compare import Comparison, Standing
from routing.evaluation.differ import Differ, DifferTest
from routing.evaluation.intervals import Uplift
from routing.evaluation.past import LEAST_EFFECTIVE, Past
from routing.evaluation.weighing import Weighed

NOTED_UNHEARD = 0.05
NOTED_CLIPPED = 0.01
NOTED_REGRET = 0.005
"""Less may be luck."""
DIGITS = 6


def of_past(past: Past, warnings: Sequence[str]) -> dict[str, Any]:
    """The report on past deals; `warnings` are those of reading them."""
    return {
        "policies": [_past_policy(one, past) for one in past.judged],
        "reps_differ": _differ(past.differ),
        "warnings": [*warnings, *past_warnings(past)],
        "source": "csv",
        "deals": past.deals,
        "judged": past.judged_deals,
        "reps": past.reps,
        "kinds": past.kinds,
    }


def _past_policy(one: Weighed, past: Past) -> dict[str, Any]:
    return {
        "name": one.policy,
        **_interval(one.uplift),
        "claims_uplift": past.claims(one),
        "rate": _plain(one.rate),
        "by_propensity": _interval(one.by_propensity),
        "effective_leads": _plain(one.effective),
        "never_had_such_leads": _plain(one.unheard),
        "clipped": _plain(one.clipped),
        "largest_balance": _plain(past.largest_balances.get(one.policy)),
        "brier": _plain(one.calibration.brier if one.calibration else None),
        "ece": _plain(one.calibration.ece if one.calibration else None),
    }


def past_warnings(past: Past) -> list[str]:
    """What should be known before anybody believes the figures."""
    warnings = []
    if past.differ.verdict is Differ.NOT_ENOUGH_DATA:
        warnings.append("There is not enough data to say whether reps differ at all: go by turn.")
    elif past.differ.verdict is Differ.NO:
        warnings.append(
            "The data do not show that reps differ beyond chance. Whatever uplift is shown may be luck: go by turn."
        )
    warnings += _overlap(past.judged)
    if past.uneven:
        warnings.append(
            "Leads of some kinds went to some reps more than three times as often as others did. What made people hand "
            "them out so and stands in no column cannot be told from skill; leads dealt out by turn for a while can."
        )
    return warnings


def _overlap(judged: Sequence[Weighed]) -> list[str]:
    """How little the deals say of some policies: one sentence for all of them."""
    unheard = [f"{one.policy} {one.unheard:.0%}" for one in judged if one.unheard > NOTED_UNHEARD]
    scarce = [f"{one.policy} {one.effective:.0f}" for one in judged if one.effective < LEAST_EFFECTIVE]
    clipped = [f"{one.policy} {one.clipped:.0%}" for one in judged if one.clipped > NOTED_CLIPPED]
    warnings = []
    if unheard:
        warnings.append(
            f"Many leads would go to somebody who never had such a lead; what they would make of it is a guess: "
            f"{', '.join(unheard)} of the leads."
        )
    if scarce:
        warnings.append(
            "Leads went out so differently that only few of them say something of these policies: "
            f"{', '.join(scarce)}; it takes {LEAST_EFFECTIVE}."
        )
    if clipped:
        warnings.append(f"Some leads would have weighed too much and were cut back: {', '.join(clipped)} of the leads.")
    return warnings


def of_simulation(differ: Comparison, beside: Mapping[str, Comparison]) -> dict[str, Any]:
    """The report on worlds in which reps differ, and `beside` it by name those on other worlds."""
    return {
        **_comparison(differ),
        "warnings": _of_worlds(differ),
        "source": "simulation",
        "worlds": {name: _comparison(one) for name, one in beside.items()},
    }


def _of_worlds(one: Comparison) -> list[str]:
    warnings = []
    if len(one.seeds) == 1:
        warnings.append(
            "One world alone: its uplift is what was measured against its control group. Several show the true one."
        )
    better = [standing.policy for standing in one.standings if standing.regret < -NOTED_REGRET]
    if better:
        warnings.append(
            f"{', '.join(better)} won more than the oracle, which ranks by advantage: that is best in a narrow band, "
            f"and not in one of {one.band:g} leads. Regret and the part of the oracle are measured against it."
        )
    return warnings


def _comparison(one: Comparison) -> dict[str, Any]:
    terms = one.terms
    return {
        "policies": [_standing(standing) for standing in one.standings],
        "reps_differ": {**_differ(one.differ), "worlds": _plain(one.differed)},
        "seeds": list(one.seeds),
        "band": one.band,
        "reps": terms.reps,
        "kinds": terms.kinds,
        "leads": terms.leads,
    }


def _standing(standing: Standing) -> dict[str, Any]:
    return {
        "name": standing.policy,
        **_interval(standing.uplift),
        "claims_uplift": standing.claims_uplift,
        "regret": _plain(standing.regret),
        "of_oracle": _plain(standing.of_oracle),
        "claimed_in": _plain(standing.claimed),
        "coverage": _plain(standing.covered),
        "measured": _interval(standing.measured) if standing.measured else None,
        "least_share": _plain(standing.least_share),
        "most_share": _plain(standing.most_share),
        "largest_balance": _plain(standing.largest_balance),
        "brier": _plain(standing.brier),
        "ece": _plain(standing.ece),
    }


def _differ(test: DifferTest) -> dict[str, Any]:
    p = test.p_value
    return {"verdict": test.verdict.value, "p_value": None if p is None else float(f"{p:.6g}")}


def _interval(uplift: Uplift) -> dict[str, float | None]:
    return {"uplift": _plain(uplift.value), "low": _plain(uplift.low), "high": _plain(uplift.high)}


def _plain(number: float | None) -> float | None:
    """Rounded; what is no finite number is null."""
    return round(float(number), DIGITS) if number is not None and isfinite(number) else None
