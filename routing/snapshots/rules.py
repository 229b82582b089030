"""The rules of a version's JSON → the engine's rules. A row that cannot be read becomes one that never fits."""

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
from routing.models.bounds import LONGEST_MINUTES, MOST_UNITS
from routing.rulebook.requirements import read_needs
from routing.snapshots.spans import span

NO_POOL = 0
"""No row has this key: a destination that cannot be read leads nowhere, and the trace says so."""


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
    except re2.error:
        return None
    return lambda text: compiled.search(text) is not None


def compile_rule(row: Mapping[str, Any]) -> Rule:
    """A rule; one that was damaged after it was published never matches, and its condition says why."""
    try:
        return _rule(row)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        broken = Condition(f"unreadable rule ({error!r})", "", None)
        return Rule(row["id"], row["position"], row["name"], ((broken,),), ToPool(NO_POOL))


def _rule(row: Mapping[str, Any]) -> Rule:
    return Rule(
        id=row["id"],
        position=row["position"],
        name=row["name"],
        conditions=compile_conditions(row["when"]),
        destination=_destination(row["to"]),
        when_nobody=_when_nobody(row["when_nobody"]),
        enabled=row["enabled"],
        sla=row["sla"],
        alert=Alert(row["alert"]),
        answer_now=row["answer_now"],
        same_company=row["same_company"],
        notify=tuple(row["notify"]),
        active=_active(row.get("active") or {}),
        needs=read_needs(row.get("requires")),
        units=min(max(int(row.get("units", 1)), 1), MOST_UNITS),
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
        return ToPark(to["park"], max(1, int(to.get("review_days", 30))))  # on the same day it would go round for ever
    return ToPool(NO_POOL)


def _when_nobody(value: Any) -> WhenNobody:
    if value == "assign_anyway":
        return AssignAnyway()
    if isinstance(value, dict) and "wait_minutes" in value:
        return WaitThenNext(span(value["wait_minutes"], LONGEST_MINUTES))
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
