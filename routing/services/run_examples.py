"""The examples of a rulebook as its tests: each sample lead must find the rep or pool that it is expected to find."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from routing.engine.types import Assigned, Decision, Duplicate, Held, Parked, PoolId, RepId
from routing.engine.types import Lead as LeadFacts
from routing.intake import InvalidLead, prepare
from routing.models import Lead
from routing.rulebook.words import GONE, Names, load_names
from routing.services.dry_run import dry_run, everybody_available, with_nothing_used
from routing.services.which_version import DRAFT_NUMBER
from routing.snapshots.rulebook import Published, compile_rulebook


@dataclass(frozen=True, slots=True)
class ExampleResult:
    """What became of one example. `why` is the decision's own reason, or what is wrong with the sample lead."""

    name: str
    passed: bool
    expected: str
    got: str
    why: str

    def __str__(self) -> str:
        return f"Example “{self.name}”: expected {self.expected}, but it goes to {self.got}. {self.why}".strip()


@dataclass(frozen=True, slots=True)
class _Sample:
    """An example whose lead can be read. Its key is negative, so that it is no stored lead's."""

    example: Mapping[str, Any]
    row: Lead
    at: datetime | None


def run_examples(content: Mapping[str, Any], *, now: datetime) -> list[ExampleResult]:
    """Try every example of `content` with today's people. Writes nothing.

    One without `at` ignores hours, leave, holidays, pauses and caps; one with `at` meets everybody as they are then,
    with nothing used of their caps. Earlier leads do not count: an example tests the rules, whatever came before.
    """
    examples: Sequence[Mapping[str, Any]] = content.get("examples", ())
    if not examples:
        return []
    names = load_names()
    samples: dict[int, _Sample] = {}
    results: dict[int, ExampleResult] = {}
    for place, example in enumerate(examples):
        try:
            samples[place] = _sample(example, place, now)
        except InvalidLead as error:
            results[place] = _unreadable(example, str(error), names)
    published = compile_rulebook(DRAFT_NUMBER, content)
    for place, decision in _decide(samples, published=published, now=now).items():
        results[place] = _judge(samples[place].example, decision, names)
    return [results[place] for place in range(len(examples))]


def failures(content: Mapping[str, Any], *, now: datetime) -> list[ExampleResult]:
    """The examples that fail."""
    return [result for result in run_examples(content, now=now) if not result.passed]


def _sample(example: Mapping[str, Any], place: int, now: datetime) -> _Sample:
    lead = example["lead"]
    if not isinstance(lead, Mapping):
        raise InvalidLead({"lead": ['A sample lead is written {"email": "x@globex.de"}.']})
    at = datetime.fromisoformat(example["at"]) if example["at"] else None
    row = Lead(pk=-1 - place, submitted_at=at or now, route_after=at or now, **prepare(lead).values)
    return _Sample(example, row, at)


def _decide(samples: Mapping[int, _Sample], *, published: Published, now: datetime) -> dict[int, Decision]:
    """Those of one instant together: the queries grow with the instants that examples name, not with examples."""
    by_instant: defaultdict[datetime | None, list[int]] = defaultdict(list)
    for place, sample in samples.items():
        by_instant[sample.at].append(place)
    decisions: dict[int, Decision] = {}
    for at, places in by_instant.items():
        rows = [samples[place].row for place in places]
        seen_as = everybody_available if at is None else with_nothing_used
        runs = dry_run(rows, published=published, now=at or now, seen_as=seen_as, known_as=_unheard_of)
        decisions.update((place, run.decision) for place, run in zip(places, runs, strict=True))
    return decisions


def _unheard_of(lead: LeadFacts) -> LeadFacts:
    return replace(lead, earlier=())


def _judge(example: Mapping[str, Any], decision: Decision, names: Names) -> ExampleResult:
    expect = example["expect"]
    rep, pool = _found(decision)
    passed = expect["rep"] == rep if "rep" in expect else pool is not None and expect.get("pool") == pool
    return ExampleResult(
        name=example["name"],
        passed=passed,
        expected=_in_words(expect.get("rep"), expect.get("pool"), names),
        got=_outcome_in_words(decision, names),
        why=decision.reason,
    )


def _found(decision: Decision) -> tuple[RepId | None, PoolId | None]:
    """The rep and pool that a lead finds; an offer counts for whoever it is made to first."""
    if isinstance(decision, Assigned):
        return decision.rep, decision.pool
    if isinstance(decision, Held) and decision.offers:
        return decision.offers[0].rep, decision.pool
    return None, None


def _outcome_in_words(decision: Decision, names: Names) -> str:
    rep, pool = _found(decision)
    if rep is not None:
        person = names.reps.get(rep, GONE)
        return person if pool is None else f"{person} of {_in_words(None, pool, names)}"
    if isinstance(decision, Held):
        return "nobody: it waits"
    if isinstance(decision, Parked):
        return "nurture"
    return "another lead of that person" if isinstance(decision, Duplicate) else "review"


def _in_words(rep: RepId | None, pool: PoolId | None, names: Names) -> str:
    return names.reps.get(rep, GONE) if rep is not None else f"the pool “{names.pools.get(pool or 0, GONE)}”"


def _unreadable(example: Mapping[str, Any], why: str, names: Names) -> ExampleResult:
    expect = example["expect"]
    expected = _in_words(expect.get("rep"), expect.get("pool"), names)
    return ExampleResult(example["name"], False, expected, "nobody: the sample lead cannot be read", why)
