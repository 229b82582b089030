"""What a single value of the configuration may be. Each check yields what is wrong, with the place inside the value."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, TypeAlias

from reps.schedules import InvalidHours, parse_hours
from routing.engine.fields import FIELDS, kind_of
from routing.engine.sla import MOST_STEPS, StepKind, Unless
from routing.models import DeclineReason
from routing.models.bounds import LONGEST_MINUTES
from routing.rulebook.conditions import condition_problems
from routing.rulebook.requirements import Finding, check_requirements

MOST_POINTS = 1_000_000
LONGEST_GRADE = 20
"""Characters, as leads keep it."""
NOT_SENT = frozenset({"score", "grade", "stage", "returning", "submitted_at", "territory"})
"""Fields of conditions that no form and no enrichment sends."""
ALSO_SENT = frozenset({"first_name", "last_name", "phone", "website"})
SIZE = "size"
"""As a dimension of performance: the band of the lead's employees."""
STEPS = tuple(kind.value for kind in StepKind)
UNLESS = tuple(unless.value for unless in Unless)
HAND_OVERS = ("route", "none")
STAGES = ("qualified",)
"""Stages at which a lead is still open, so that it can be handed over."""


@dataclass(frozen=True, slots=True)
class Named:
    """The names that values may refer to; None where any will do."""

    skills: Collection[str] | None = ()
    topics: Collection[str] | None = ()
    territories: Collection[str] | None = ()


ANY_NAMES = Named(None, None, None)
Check: TypeAlias = Callable[[Any, Named], Iterable[Finding]]


@dataclass(frozen=True, slots=True)
class Number:
    """A number from `low` (more than it, if `above`) to `high`; None too, if `optional`."""

    low: float
    high: float
    above: bool = False
    whole: bool = False
    optional: bool = False

    def __call__(self, value: Any, named: Named) -> Iterator[Finding]:
        if value is None and self.optional:
            return
        if not self._is_number(value):
            yield "", f"{_quoted(value)} is not a {'whole ' * self.whole}number."
        elif not self._lies_within(value):
            least = f"{'more than' if self.above else 'at least'} {self.low:,.10g}"
            yield "", f"{_cut(value)} must be {least} and at most {self.high:,.10g}{self._in_words()}."

    def _is_number(self, value: Any) -> bool:
        if isinstance(value, bool) or (isinstance(value, float) and not math.isfinite(value)):
            return False
        return isinstance(value, int if self.whole else int | float)

    def _lies_within(self, value: float) -> bool:
        return self.low <= value <= self.high and not (self.above and value == self.low)

    def _in_words(self) -> str:
        return " (ten years)" if self.high in TEN_YEARS else ""


TEN_YEARS = frozenset({LONGEST_MINUTES, LONGEST_MINUTES / 60, LONGEST_MINUTES / 60 / 24})


@dataclass(frozen=True, slots=True)
class Choice:
    """One of some words; None too, if "" is one of them."""

    words: tuple[str, ...]

    def __call__(self, value: Any, named: Named) -> Iterator[Finding]:
        if value is None and "" in self.words:
            return
        if not isinstance(value, str) or value not in self.words:
            yield "", f"{_quoted(value)} is unknown. Use {', '.join(word for word in self.words if word)}."


def flag(value: Any, named: Named) -> Iterator[Finding]:
    """True or false."""
    if not isinstance(value, bool):
        yield "", f"{_quoted(value)} is neither true nor false."


def hours(value: Any, named: Named) -> Iterator[Finding]:
    """Working hours of a week, or none at all."""
    if value is None:
        return
    try:
        if not parse_hours(value):
            yield "", 'write hours such as {mon-fri: ["09:00-18:00"]}, or null.'
    except InvalidHours as error:
        yield from (("", message) for message in error.errors)


def requirements(value: Any, named: Named) -> list[Finding]:
    """What a rep must have."""
    return check_requirements(value, skills=named.skills, topics=named.topics)


def texts_of(words: Callable[[str], bool], hint: str) -> Check:
    """A list of texts, none of them twice, each of which `words` knows."""

    def check(value: Any, named: Named) -> Iterator[Finding]:
        if not isinstance(value, list):
            yield "", f"{_quoted(value)} is not a list."
            return
        for index, text in enumerate(value):
            if not isinstance(text, str) or not words(text):
                yield f"[{index}]", f"{_quoted(text)} is unknown. {hint}"
            elif text in value[:index]:
                yield f"[{index}]", f"{_quoted(text)} is there twice. Keep one of them."

    return check


def is_sent(field: str) -> bool:
    """Whether a form or an enrichment may send this field of a lead."""
    if field in ALSO_SENT:
        return True
    prefix, dot, _ = field.partition(".")
    if dot:
        return prefix in ("utm", "attributes") and kind_of(field) is not None
    return field in FIELDS and field not in NOT_SENT


def makes_alike(field: str) -> bool:
    """Whether leads may be told apart by this when results are counted: what they came with, and where they belong."""
    belongs = field == "territory" or (field.startswith("account.") and kind_of(field) is not None)
    return field == SIZE or belongs or is_sent(field)


reasons = texts_of(lambda text: text in DeclineReason.values, f"Use {', '.join(DeclineReason.values)}.")
segments = texts_of(makes_alike, "Use size, or fields of leads such as source, region or account.stage.")
awaited = texts_of(is_sent, "Use fields of leads, such as country, employees or attributes.plan.")


def score(value: Any, named: Named) -> Iterator[Finding]:
    """Points for leads that match."""
    if not isinstance(value, list):
        yield "", "points are a list. Write [{when: [[{field: …, op: …, value: …}]], points: 20}]."
        return
    for index, row in enumerate(value):
        if not isinstance(row, Mapping) or row.keys() != {"when", "points"}:
            yield f"[{index}]", "points are written {when: [[{field: …, op: …, value: …}]], points: 20}."
            continue
        found = [*condition_problems(row["when"], named.territories)]
        yield from ((f"[{index}].{path}", message) for path, message in found)
        points = Number(-MOST_POINTS, MOST_POINTS)(row["points"], named)
        yield from ((f"[{index}].points", message) for _, message in points)


def grades(value: Any, named: Named) -> Iterator[Finding]:
    """Least scores, each grade's lower than the one's before it."""
    if not isinstance(value, Mapping):
        yield "", "grades are written {A: 75, B: 50, C: 30}."
        return
    sound: dict[str, float] = {}
    for grade, least in value.items():
        if not isinstance(grade, str) or not grade.strip() or len(grade) > LONGEST_GRADE:
            yield str(grade), f"the name of a grade has 1 to {LONGEST_GRADE} characters."
        elif found := list(Number(-MOST_POINTS, MOST_POINTS)(least, named)):
            yield grade, found[0][1]
        else:
            sound[grade] = least
    if len(sound) == len(value):
        yield from _not_falling(sound)


def _not_falling(least: Mapping[str, float]) -> Iterator[Finding]:
    """Letters must fall in the order of the alphabet. Longer names lose their order in a database: they must differ."""
    letters = all(len(grade) == 1 for grade in least)
    ordered = sorted(least, key=None if letters else lambda grade: -least[grade])
    for better, worse in pairwise(ordered):
        if least[worse] >= least[better]:
            yield worse, f"grade {worse} must need fewer points than grade {better}. Change one of them."


def stages(value: Any, named: Named) -> Iterator[Finding]:
    """What happens to a lead that reaches a stage."""
    if not isinstance(value, Mapping):
        yield "", "stages are written {qualified: route}."
        return
    for stage, does in value.items():
        if stage not in STAGES:
            yield str(stage), f"{_quoted(stage)} is no stage at which a lead is handed over. Use {', '.join(STAGES)}."
        elif does not in HAND_OVERS:
            yield str(stage), f"{_quoted(does)} is unknown. Use {' or '.join(HAND_OVERS)}."


def steps(value: Any, named: Named) -> Iterator[Finding]:
    """What happens without an answer, one step after the other."""
    if not isinstance(value, list):
        yield "", "steps are a list. Write [{after_minutes: 3, do: remind, unless: accepted}]."
        return
    if len(value) > MOST_STEPS:
        yield "", f"a policy has at most {MOST_STEPS} steps, and these are {len(value)}."
    for index, step in enumerate(value):
        yield from ((f"[{index}]{path}", message) for path, message in _step_problems(step, named))


def _step_problems(step: Any, named: Named) -> Iterator[Finding]:
    if not isinstance(step, Mapping):
        yield "", "a step is written {after_minutes: 3, do: remind, unless: accepted}."
        return
    for key in step:
        if key not in ("after_minutes", "do", "unless"):
            yield f".{key}", "this is unknown. Use after_minutes, do and unless."
    for key, check in _STEP.items():
        yield from ((f".{key}", message) for _, message in check(step.get(key), named))
    if step.get("unless") is not None:
        yield from ((".unless", message) for _, message in Choice(UNLESS)(step["unless"], named))


_STEP: Mapping[str, Check] = {"after_minutes": Number(0, LONGEST_MINUTES), "do": Choice(STEPS)}


def _quoted(value: Any) -> str:
    return f'"{_cut(value)}"'


def _cut(value: Any) -> str:
    text = str(value)
    return f"{text[:60]}…" if len(text) > 60 else text
