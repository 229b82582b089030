"""Policies beside each other in many worlds: uplift against going by turn, and what the oracle leaves over."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

from routing.evaluation.differ import Differ, DifferTest, together
from routing.evaluation.intervals import NO_UPLIFT, Uplift, may_claim, mean_of, pooled
from routing.evaluation.policies import ORACLE, POLICIES, TURN
from routing.evaluation.trial import Trial, run_trial
from routing.evaluation.world import Terms, draw_world

Seed: TypeAlias = dict[str, Trial]
"""All trials of one world, by policy."""
EXPERTISE = 0.3
"""How far reps differ by topics where they differ in nothing else: a standard deviation of logarithms of chances."""
SECOND_STREAM = 1_000_003
"""Worlds in which reps are alike have other seeds than those in which they differ."""


@dataclass(frozen=True, slots=True)
class Standing:
    """One policy over many worlds. `uplift` is true, by chances, on average over the worlds; of one world alone it is
    the one measured there. `measured`: what anybody measures without the truth, of all worlds together.

    `regret`: how much less it wins than the oracle, as a part of going by turn; `of_oracle`: the part of the oracle's
    uplift. `claimed` in so many of the worlds, by a rule that knows no truth; `covered`: in so many of them the
    measured interval holds the true uplift. Shares are parts of the leads, one rep's least and most.
    """

    policy: str
    uplift: Uplift
    measured: Uplift | None
    differ: DifferTest
    regret: float
    of_oracle: float | None
    claimed: float
    covered: float | None
    least_share: float
    most_share: float
    largest_balance: float
    brier: float | None
    ece: float | None

    @property
    def claims_uplift(self) -> bool:
        """By the same rule that knows no truth, on what was measured in all worlds together."""
        return may_claim(self.measured, self.differ)


@dataclass(frozen=True, slots=True)
class Comparison:
    """All policies in worlds of the same terms. `differ`: the worlds' tests as one; `differed` in so many of them."""

    terms: Terms
    band: float
    seeds: tuple[int, ...]
    standings: tuple[Standing, ...]
    differ: DifferTest
    differed: float


def simulate(
    terms: Terms, *, seeds: Sequence[int], band: float = 1.0, policies: Collection[str] = POLICIES
) -> Comparison:
    """These policies in the worlds of these seeds, always with going by turn and the oracle. At least one seed."""
    compared = [policy for policy in POLICIES if policy in {*policies, TURN, ORACLE}]
    trials: list[Seed] = []
    for seed in seeds:
        world = draw_world(terms, seed if terms.differ else seed + SECOND_STREAM)
        trials.append({policy: run_trial(world, policy, band=band) for policy in compared})
    standings = tuple(_standing(policy, trials) for policy in compared)
    tests = [one[TURN].differ for one in trials]
    differed = sum(test.verdict is Differ.YES for test in tests) / len(tests)
    return Comparison(terms, band, tuple(seeds), standings, together(tests), differed)


def alike(terms: Terms) -> Terms:
    """The same terms, but nobody is better at anything."""
    return replace(terms, differ=False)


def by_expertise(terms: Terms) -> Terms:
    """The same terms, but what somebody is better at is topics alone."""
    return replace(terms, skill=0.0, drift=0.0, expertise=EXPERTISE)


def true_uplift(trials: Seed, policy: str) -> float:
    """How much more the policy can be expected to win of the same leads than going by turn, as a part of that."""
    return trials[policy].worth / trials[TURN].worth - 1


def _standing(policy: str, worlds: Sequence[Seed]) -> Standing:
    mine = [world[policy] for world in worlds]
    values = [true_uplift(world, policy) for world in worlds]
    best = [true_uplift(world, ORACLE) for world in worlds]
    measured = [trial.measured for trial in mine]
    covered = [one.covers(value) for one, value in zip(measured, values, strict=True) if one is not None]
    shown = [one for one in measured if one is not None]
    uplift = mean_of(values)
    if len(values) == 1 and measured[0] is not None:
        uplift = measured[0]
    said = [trial.calibration for trial in mine if trial.calibration]
    return Standing(
        policy=policy,
        uplift=uplift,
        measured=NO_UPLIFT if policy == TURN else pooled(shown),
        differ=together(trial.differ for trial in mine),
        regret=(sum(best) - sum(values)) / len(worlds),
        of_oracle=sum(values) / sum(best) if sum(best) > 0 else None,
        claimed=sum(trial.claims_uplift for trial in mine) / len(worlds),
        covered=sum(covered) / len(covered) if covered and policy != TURN else None,
        least_share=min(min(trial.shares.values()) for trial in mine),
        most_share=max(max(trial.shares.values()) for trial in mine),
        largest_balance=max(trial.largest_balance for trial in mine),
        brier=sum(one.brier for one in said) / len(said) if said else None,
        ece=sum(one.ece for one in said) / len(said) if said else None,
    )
