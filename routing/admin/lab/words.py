"""How the lab says chances, shares and kinds of lead."""

from __future__ import annotations

from collections.abc import Sequence

from routing.engine.types import Segment, SkillTable

MINUS = "−"


def chance(p: float) -> str:
    """In how many cases something happens."""
    if p < 0.001:
        return "in fewer than 1 of 1,000 cases"
    if p < 0.01:
        return f"in {p * 1000:.0f} of 1,000 cases"
    return f"in {p * 100:.0f} of 100 cases"


def share(value: float | None) -> str:
    return "–" if value is None else f"{value:.1%}"


def points(value: float) -> str:
    """A difference of shares: +1.2 points."""
    return f"{100 * value:+.1f} points".replace("-", MINUS)


def kind(dimensions: Sequence[str], segment: Segment) -> str:
    """source website, size 11-50; every lead where nothing tells them apart."""
    named = zip(dimensions, segment, strict=False)
    return ", ".join(f"{name} {value or 'unknown'}" for name, value in named) or "Every lead"


def listed(names: Sequence[str], *, last: str = "and") -> str:
    """Ana, Bob and Cem."""
    return f" {last} ".join(filter(None, [", ".join(names[:-1]), *names[-1:]]))


def verdict_words(pool: str, skill: SkillTable | None, *, by_results: bool) -> str:
    """What routing makes of whether the reps differ; nothing of numbers that did not ask."""
    if skill is None:
        return ""
    goes = ("goes" if by_results else "would go", "by results" if skill.differ else "by turn")
    said = f"so it {goes[0]} {goes[1]}"
    if not skill.differ:
        return f"Nothing shows that the reps of {pool} differ, {said}. {_odds(skill.p_value)}".rstrip()
    return f"The reps of {pool} differ beyond chance, {said}. {_odds(skill.p_value)}".rstrip()


def _odds(p_value: float | None) -> str:
    """One over the odds is the p-value."""
    if p_value is None:
        return "Too few leads could be compared."
    if p_value >= 1:
        return "What became of their leads speaks rather for chance; it takes odds of 20 to 1 against it."
    odds = 1 / p_value
    shown = "more than 1,000" if odds > 1000 else f"{odds:.0f}" if odds >= 10 else f"{odds:.1f}"
    return (
        f"The odds against chance are {shown} to 1; it takes 20 to 1, asked anew every day, "
        "which alike reps reach in at most 1 of 20 pools."
    )
