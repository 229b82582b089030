"""The learned score in simulated companies whose truth is known: its speed, its worth, and when it is refused."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from random import Random
from statistics import mean
from time import process_time, thread_time
from typing import Any, NamedTuple

from routing.engine.learned.features import features_of
from routing.engine.learned.fit import chance
from routing.engine.learned.model import score_features
from routing.engine.learned.train import CALIBRATES, Example, Trained, train
from routing.management.benchmark.report import Row, percentile

A_DAY = 40
"""Leads with an outcome."""
CHOICES: Mapping[str, Sequence[Any]] = {
    "kind": ("demo", "pricing", "contact", "trial", "webinar", "content"),
    "source": tuple(f"source {number}" for number in range(10)),
    "country": tuple(f"C{number}" for number in range(15)),
    "industry": tuple(f"industry {number}" for number in range(12)),
    "employees": (None, 5, 40, 150, 800, 9_000),
    "domain": ("", "company.example"),
    "phone": ("", "+4930123456"),
    "message": ("", "x" * 50, "x" * 300, "x" * 900),
    "job_title": ("", "CEO", "VP Sales", "Sales manager", "Clerk"),
}
USUAL = -2.2
"""Log odds of a lead of which nothing speaks for or against it: one in ten is won."""


class Told(NamedTuple):
    """A lead with an outcome, what it told, and its true chance."""

    facts: Mapping[str, Any]
    example: Example
    chance: float


def measure(*, quick: bool) -> list[Row]:
    """With the default seed of learning, in worlds of the seeds 1, 2, 3, …"""
    many, leads, worlds = (4_000, 2_000, 3) if quick else (40_000, 4_000, 100)
    return [*_speed(many), *_worth(leads, worlds), _refused(leads, worlds)]


def world(leads: int, seed: int, *, differs: bool = True) -> list[Told]:
    """Leads whose chance depends on what they tell, each value moving the log odds by its own draw; or on nothing."""
    random = Random(seed)
    moves = {(field, one): random.gauss(0, 0.45) for field, values in CHOICES.items() for one in values}
    told = []
    for number in range(leads):
        facts = {field: random.choice(values) for field, values in CHOICES.items()} | {"email": "a@mail.example"}
        moved = sum(moves[field, facts[field]] for field in CHOICES) if differs else 0.0
        true = chance(USUAL + moved)
        example = Example(number / A_DAY, str(number), features_of(facts.get), random.random() < true)
        told.append(Told(facts, example, true))
    return told


def _speed(leads: int) -> Iterator[Row]:
    told = world(leads, 1)
    start = process_time()
    learned = train([one.example for one in told], seed=1)
    yield Row(f"learning a score from {leads:,} leads", "", process_time() - start, "s of processor")
    if learned.model is None:
        return
    times = []
    for one in told[:2_000]:
        start = thread_time()
        score_features(learned.model, features_of(one.facts.get))
        times.append(thread_time() - start)
    p50, p99 = percentile(times, 0.5), percentile(times, 0.99)
    yield Row("scoring a lead, features and reasons", "", p50 * 1e6, "µs of processor", p50=p50 * 1e3, p99=p99 * 1e3)


def _worth(leads: int, worlds: int) -> Iterator[Row]:
    """Against the plain rate, and against who knows the true chances."""
    found = [_judged(leads, seed) for seed in range(1, worlds + 1)]
    name = f"score learned from {leads:,} leads, {worlds} worlds"
    yield Row(f"{name}: error less than the plain rate's (Brier)", "", 100 * mean(part for part, *_ in found), "%")
    yield Row(f"{name}: of what the truth would take off", "", 100 * mean(of for _, of, *_ in found), "%")
    yield Row(f"{name}: expected calibration error", "", 100 * mean(ece for _, _, ece, _ in found), "points")
    yield Row(f"{name}: used", "", 100 * mean(used for *_, used in found), "% of worlds")


def _judged(leads: int, seed: int) -> tuple[float, float, float, bool]:
    told = world(leads, seed)
    learned = train([one.example for one in told], seed=1)
    figures = learned.figures
    if figures is None:
        return 0.0, 0.0, 0.0, False
    later = told[round(leads * CALIBRATES) :]
    true = mean((one.example.won - one.chance) ** 2 for one in later)
    gained = figures.plain - figures.brier
    return gained / figures.plain, gained / (figures.plain - true), figures.ece, _is_used(learned)


def _refused(leads: int, worlds: int) -> Row:
    used = [
        _is_used(train([one.example for one in world(leads, seed, differs=False)], seed=1))
        for seed in range(1, worlds + 1)
    ]
    return Row(f"worlds without differences, {worlds}: used all the same", "", 100 * mean(used), "% of worlds")


def _is_used(learned: Trained) -> bool:
    return learned.model is not None and not learned.refused
