"""How far an undecided lead has come, kept with its row: where it resumes, and since when it waits at which rule."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from routing.engine.types import FailedCondition, Moved, Resume, RuleId, RuleLook, RuleResult


def write_progress(
    resume: Resume | None, first_reached: Mapping[RuleId, datetime], moved: Moved | None = None
) -> dict[str, Any] | None:
    """As JSON for Lead.resume; None when there is nothing to keep."""
    kept: dict[str, Any] = {}
    if resume is not None:
        kept["resume"] = {
            "version": resume.version,
            "rule": resume.rule,
            "overflow": resume.overflow,
            "rules": [write_look(look) for look in resume.rules],
            "rep": resume.rep,
            "soonest": resume.soonest.isoformat() if resume.soonest else None,
        } | ({"hope": True} if resume.hope else {})
    if first_reached:
        kept["first_reached"] = {str(rule): instant.isoformat() for rule, instant in first_reached.items()}
    if moved is not None:
        kept["moved"] = [moved.rep, list(moved.managers), moved.last_attempt, moved.paced]
    return kept or None


def read_moved(kept: Mapping[str, Any] | None) -> Moved | None:
    """What write_progress kept of how the lead came back."""
    if not kept or "moved" not in kept:
        return None
    rep, managers, last_attempt, paced = kept["moved"]
    return Moved(rep, tuple(managers), last_attempt, paced)


def read_progress(kept: Mapping[str, Any] | None) -> tuple[Resume | None, dict[RuleId, datetime]]:
    """The inverse of write_progress, without how the lead came back."""
    if not kept:
        return None, {}
    first_reached = {int(rule): datetime.fromisoformat(text) for rule, text in kept.get("first_reached", {}).items()}
    row = kept.get("resume")
    if not row:
        return None, first_reached
    looks = tuple(read_look(look) for look in row["rules"])
    soonest = datetime.fromisoformat(row["soonest"]) if row["soonest"] else None
    hope = row.get("hope", False)
    return Resume(row["version"], row["rule"], row["overflow"], looks, row["rep"], soonest, hope), first_reached


def write_look(look: RuleLook) -> list[Any]:
    """A look at a rule as a short list; empty ends are left out."""
    row: list[Any] = [look.rule, look.position, look.name, look.result.value, look.failed, look.detail, look.warnings]
    while not row[-1]:
        row.pop()
    return row


def read_look(row: list[Any]) -> RuleLook:
    """The inverse of write_look."""
    rule, position, name, result, failed, detail, warnings = row + [None] * (7 - len(row))
    return RuleLook(
        rule=rule,
        position=position,
        name=name,
        result=RuleResult(result),
        failed=FailedCondition(*failed) if failed else None,
        detail=detail or "",
        warnings=tuple(warnings or ()),
    )
