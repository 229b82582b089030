"""How often the interval of a control group is ever wrong, and when it sees a difference that is there.

First exactly, over every course that the won leads can take. Then in companies drawn from seeds, lead by lead, where
what is won rises and falls, results begin to decide late, and the share of the control group is changed.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from math import pi, sin
from random import Random
from typing import NamedTuple

from routing.engine.control import Won, is_left_out, wins_to_see
from routing.management.benchmark.control_walk import always, chance_of, ever_left_out, ratio_with
from routing.management.benchmark.report import Row

SHARES = (0.1, 0.5)
RATIOS = (1.2, 1.5, 2.0)
LATE = 0.4
"""The part of the won leads before results begin to decide."""
RATE = 0.1
"""The share of leads that is won, by turn and on average."""
SEASON, SWING = 2_500, 0.5
"""Leads of a season; by what part more, and less, is won in it."""
LOOKS = 40
"""Leads from one look to the next."""


class Company(NamedTuple):
    """The share of the control group, and how many times as many are won by results, of the lead with this number."""

    name: str
    share: Callable[[int], float]
    ratio: Callable[[int], float]


class Course(NamedTuple):
    """Whether somebody who looks again and again ever saw a difference, and ever an interval without the truth."""

    seen: bool
    missed: bool


def measure(*, quick: bool) -> list[Row]:
    """Percentages of cases; and won leads after which a difference was seen."""
    wins, leads, seeds = (200, 2_000, 5) if quick else (2_000, 20_000, 200)
    return [*_exactly(wins), *_drawn(leads, seeds)]


def _exactly(wins: int) -> Iterator[Row]:
    for share in SHARES:
        where = f"{share:.0%} control, {wins:,} looks"
        *_, alike = ever_left_out(share, always(1.0), wins, looked=always(1.0))
        yield _percent(f"{where}, no difference: ever seen", alike.either)
        for ratio in RATIOS:
            *_, missed = ever_left_out(share, always(ratio), wins, looked=always(ratio))
            yield _percent(f"{where}, {ratio} times: truth ever left out", missed.either)
            yield from _power(f"{where}, {ratio} times", share, ratio, wins)
        late, mean = _begins_late(share, wins)
        *_, missed = ever_left_out(share, late, wins, looked=mean)
        yield _percent(f"{where}, 1.5 times from two fifths on: mean ever left out", missed.either)


def _power(where: str, share: float, ratio: float, wins: int) -> Iterator[Row]:
    courses = list(ever_left_out(share, always(ratio), wins, looked=always(1.0)))
    yield _percent(f"{where}: seen", courses[-1].above)
    yield _percent(f"{where}: seen the wrong way round", courses[-1].below)
    for part in (0.5, 0.8):
        after = next((number for number, ever in enumerate(courses, 1) if ever.above >= part), None)
        if after is not None:
            yield Row(f"{where}: seen in {part:.0%}, after", "", after, "won leads")
    yield Row(f"{where}: the page says", "", wins_to_see(ratio, share) or 0, "won leads")


def _begins_late(share: float, wins: int) -> tuple[Callable[[int], float], Callable[[int], float]]:
    """A ratio that is 1 until two fifths are won and 1.5 then; and its mean over the won leads so far."""

    def truth(number: int) -> float:
        return 1.0 if number <= LATE * wins else 1.5

    chances, so_far = 0.0, [1.0]
    for number in range(1, wins + 1):
        chances += chance_of(share, truth(number))
        so_far.append(ratio_with(share, chances / number))
    return truth, so_far.__getitem__


# --- drawn from seeds ---------------------------------------------------------------------------------------------


def _drawn(leads: int, seeds: int) -> Iterator[Row]:
    for company in companies(leads):
        courses = [walk(company, leads, seed) for seed in range(1, seeds + 1)]
        where = f"{company.name}, {leads:,} leads, seeds 1 to {seeds}"
        yield _percent(f"{where}: a difference ever seen", sum(course.seen for course in courses) / seeds)
        yield _percent(f"{where}: truth ever left out", sum(course.missed for course in courses) / seeds)


def companies(leads: int) -> tuple[Company, ...]:
    """Without a difference and with one, steady and not."""
    tenth = always(0.1)
    changed = partial(_until, leads // 4, 0.5, 0.1)
    late = partial(_until, leads * LATE, 1.0, 1.3)
    return (
        Company("no difference", tenth, always(1.0)),
        Company("no difference, a half then a tenth in control", changed, always(1.0)),
        Company("1.3 times", tenth, always(1.3)),
        Company("1.3 times, a half then a tenth in control", changed, always(1.3)),
        Company("1.3 times from two fifths on", tenth, late),
    )


def _until(change: float, before: float, after: float, number: int) -> float:
    return before if number < change else after


def walk(company: Company, leads: int, seed: int) -> Course:
    """A company that looks after every 40 leads.

    Where the ratio changes, the truth is its mean over the won leads: the ratio with which as many of them are expected
    in the control group.
    """
    random, wins, expected = Random(seed), Counter[tuple[float, bool]](), defaultdict[float, float](float)
    seen = missed = False
    for number in range(1, leads + 1):
        share, ratio = company.share(number), company.ratio(number)
        control = random.random() < share
        rate = RATE * (1 + SWING * sin(2 * pi * number / SEASON))
        if random.random() < rate * (1 if control else ratio):
            wins[share, control] += 1
            expected[share] += chance_of(share, ratio)
        if number % LOOKS == 0 and wins:
            won = [Won(one, wins[one, True], wins[one, False]) for one in expected]
            seen, missed = seen or is_left_out(1.0, won), missed or is_left_out(_mean(wins, expected), won)
    return Course(seen, missed)


def _mean(wins: Counter[tuple[float, bool]], expected: Mapping[float, float]) -> float:
    """Of the ratio over won leads, each share's as many as there are of it."""
    number = {share: wins[share, True] + wins[share, False] for share in expected}
    ratios = [(ratio_with(share, sum_ / number[share]), number[share]) for share, sum_ in expected.items()]
    return sum(ratio * count for ratio, count in ratios) / sum(count for _, count in ratios)


def _percent(name: str, share: float) -> Row:
    return Row(name, "", 100 * share, "%")
