"""The rules of a version's JSON, mended, → the engine's rules."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

import re2

from routing.engine.types import (
    ActiveWindow,
    Alert,
    AssignAnyway,
    Away,
    Condition,
    Conditions,
    Destination,
    GoNext,
    OverflowTo,
    Rule,
    ToAccountOwner,
    ToPark,
    ToPool,
    ToRep,
    ToTable,
    ToTerritory,
    WaitThenNext,
    WhenNobody,
)
from routing.rulebook.requirements import read_needs
from routing.rulebook.shapes import NO_POOL


def compile_conditions(groups: Any) -> Conditions:
    """Groups of rows of a rule; a row that is no row becomes one that names nothing and never matches."""
    if not isinstance(groups, list):
        return ((Condition("", "", None),),)
    return tuple(tuple(_condition(row) for row in group) if isinstance(group, list) else () for group in groups)


def compile_pattern(pattern: str) -> Callable[[str], bool] | None:
    """A regular expression that runs in linear time, as a test; None if it is none."""
    options = re2.Options()
    options.case_sensitive = False
    options.log_errors = False
    try:
        compiled = re2.compile(pattern, options)
    except (re2.error, UnicodeError):
        return None
    return lambda text: compiled.search(text) is not None


def compile_rule(row: Mapping[str, Any], *, warnings: tuple[str, ...] = (), catch_all: bool = False) -> Rule:
    """A rule of a content that was mended (rulebook/mend.py); `warnings` say what that took.

    The catch-all takes every lead at all times, whatever it says.
    """
    return Rule(
        id=row["id"],
        position=row["position"],
        name=row["name"],
        conditions=() if catch_all else compile_conditions(row["when"]),
        destination=_destination(row["to"]),
        when_nobody=_when_nobody(row["when_nobody"]),
        enabled=catch_all or row["enabled"],
        sla=row["sla"],
        alert=Alert(row["alert"]),
        answer_now=row["answer_now"],
        same_company=row["same_company"],
        notify=tuple(row["notify"]),
        active=None if catch_all else _active(row.get("active") or {}),
        needs=read_needs(row.get("requires")),
        units=row.get("units", 1),
        warnings=warnings,
    )


def _condition(row: Any) -> Condition:
    if not isinstance(row, dict):
        return Condition("", "", None)
    operator, value = str(row.get("op", "")), row.get("value")
    if isinstance(value, list):
        value = tuple(value)
    pattern = compile_pattern(value) if operator == "matches" and isinstance(value, str) else None
    return Condition(str(row.get("field", "")), operator, value, pattern)


def _destination(to: Mapping[str, Any]) -> Destination:
    away = Away(to.get("away") or Away.BACKUP)
    if "pool" in to:
        return ToPool(to["pool"])
    if "rep" in to:
        return ToRep(to["rep"], away)
    if "territory" in to:
        return ToTerritory(away)
    if "account_owner" in to:
        return ToAccountOwner(to["account_owner"] or "owner", away)
    if "table" in to:
        return ToTable(to["table"], str(to.get("by", "")), away)
    if "park" in to:
        return ToPark(to["park"], to.get("review_days", 30))
    return ToPool(NO_POOL)


def _when_nobody(value: Any) -> WhenNobody:
    if value == "assign_anyway":
        return AssignAnyway()
    if isinstance(value, dict) and "wait_minutes" in value:
        return WaitThenNext(float(value["wait_minutes"]))
    if isinstance(value, dict) and "overflow" in value:
        return OverflowTo(value["overflow"])
    return GoNext()


def _active(row: Mapping[str, Any]) -> ActiveWindow | None:
    start, end, weekdays = row.get("from"), row.get("to"), row.get("weekdays")
    if not (start or end or weekdays):
        return None
    return ActiveWindow(
        start=datetime.fromisoformat(start) if start else None,
        end=datetime.fromisoformat(end) if end else None,
        weekdays=frozenset(weekdays) if weekdays else None,
    )
