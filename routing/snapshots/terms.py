"""What a version says beside the engine's rulebook: SLA policies, sources, and terms of pools."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from reps.schedules import Block, InvalidHours, parse_hours
from routing.engine.sla import SlaStep, StepKind, Unless
from routing.models import SlaClock
from routing.models.bounds import LONGEST_DAYS, LONGEST_MINUTES
from routing.models.pools import default_creditable_reasons
from routing.snapshots.spans import span

LONGEST_WAIT = 3_600.0
"""Seconds that a source waits for its facts at most."""


@dataclass(frozen=True, slots=True)
class SlaTerms:
    """An SLA policy as a version froze it."""

    name: str
    first_response_minutes: float
    clock: SlaClock
    accept_minutes: float = 15.0
    accept_counts: bool = False
    take_away: bool = False
    max_attempts: int = 3
    steps: tuple[SlaStep, ...] = ()


BUILT_IN_SLA = SlaTerms(
    "", 5.0, SlaClock.REP_HOURS, steps=(SlaStep(3.0, StepKind.REMIND), SlaStep(5.0, StepKind.REASSIGN))
)


@dataclass(frozen=True, slots=True)
class PoolTerms:
    """Of a pool, what only services need. `hours` are those of its SLA clock, None for always."""

    creditable_reasons: frozenset[str] = frozenset(default_creditable_reasons())
    hide_details: bool = False
    hours: tuple[Block, ...] | None = None
    shrinkage_k: float = 30.0
    half_life_days: float = 120.0


@dataclass(frozen=True, slots=True)
class SourceTerms:
    """Which facts to wait for before a lead of this source is routed, and how long at most."""

    name: str
    wait_for: tuple[str, ...] = ()
    wait_seconds: float = 0.0


def compile_sla(row: Mapping[str, Any]) -> SlaTerms:
    return SlaTerms(
        name=row["name"],
        first_response_minutes=span(row["first_response_minutes"], LONGEST_MINUTES),
        clock=SlaClock(row["clock"]),
        accept_minutes=span(row.get("accept_minutes", 15), LONGEST_MINUTES),
        accept_counts=bool(row.get("accept_counts", False)),
        take_away=bool(row.get("take_away", False)),
        max_attempts=max(int(row.get("max_attempts", 3)), 1),
        steps=tuple(_step(step) for step in row.get("steps") or ()),
    )


def _step(row: Mapping[str, Any]) -> SlaStep:
    minutes = span(row["after_minutes"], LONGEST_MINUTES)
    return SlaStep(minutes, StepKind(row["do"]), Unless(row.get("unless") or Unless.RESPONDED))


def compile_pool_terms(row: Mapping[str, Any]) -> PoolTerms:
    results = row.get("performance") or {}
    reasons = row.get("creditable_reasons")
    return PoolTerms(
        creditable_reasons=frozenset(default_creditable_reasons() if reasons is None else reasons),
        hide_details=bool(row.get("hide_details", False)),
        hours=_hours(row.get("working_hours")),
        shrinkage_k=float(results.get("k", 30)),
        half_life_days=span(results.get("half_life_days", 120), LONGEST_DAYS),
    )


def _hours(value: Any) -> tuple[Block, ...] | None:
    try:
        return parse_hours(value) if value else None
    except InvalidHours:  # damaged after it was published
        return None


def compile_source(row: Mapping[str, Any]) -> SourceTerms:
    return SourceTerms(row["name"], tuple(row.get("wait_for") or ()), span(row.get("wait_seconds", 0), LONGEST_WAIT))
