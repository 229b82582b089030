"""A published version's JSON → the engine's rulebook, compiled once a version and process."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import re2

from reps.schedules import Block, parse_hours
from routing.engine.folding import fold
from routing.engine.postal import parse_postal
from routing.engine.territories import Atlas
from routing.engine.types import (
    ActiveWindow,
    Alert,
    AssignAnyway,
    Away,
    Band,
    Condition,
    Conditions,
    Destination,
    GoNext,
    OverflowTo,
    Pool,
    PostalRange,
    Rule,
    Rulebook,
    Settings,
    Strategy,
    Territory,
    ToAccountOwner,
    ToPark,
    ToPool,
    ToRep,
    ToTerritory,
    WaitThenNext,
    WhenNobody,
)
from routing.models import RulebookVersion, SlaClock
from routing.models.rulebook import LONGEST_DAYS, LONGEST_MINUTES

NO_POOL = 0
"""No row has this key: a destination that cannot be read leads nowhere, and the trace says so."""
NOWHERE = PostalRange("!", "!")
"""No postal code begins so: what an unreadable one becomes, rather than nothing, which would mean everywhere."""
DEFAULT_HOURS = {"mon-fri": ["09:00-18:00"]}


@dataclass(frozen=True, slots=True)
class SlaTerms:
    """An SLA policy as a version froze it."""

    name: str
    first_response_minutes: float
    clock: SlaClock


BUILT_IN_SLA = SlaTerms("", 5.0, SlaClock.REP_HOURS)


@dataclass(frozen=True, slots=True)
class Published:
    """A version, ready for use: the engine's rulebook, and what lies outside the engine.

    `taper_days` before a long leave count as leave; `hold_hours` of `company_blocks` make the hold deadline.
    """

    rulebook: Rulebook
    sla_policies: Mapping[str, SlaTerms]
    taper_days: float
    hold_hours: float
    company_blocks: tuple[Block, ...]
    atlas: Atlas

    @property
    def number(self) -> int:
        return self.rulebook.version

    def sla_of(self, rule: Rule | None) -> SlaTerms:
        """The rule's SLA policy, else the company's, else the built-in one."""
        name = (rule.sla if rule else None) or self.rulebook.settings.sla or ""
        return self.sla_policies.get(name, BUILT_IN_SLA)


def current_rulebook() -> Published | None:
    """The published version; None before the first one. One small query once the version is compiled."""
    newest = RulebookVersion.objects.order_by("-number").values_list("number", "uuid").first()
    return None if newest is None else _compiled(*newest)


def rulebook_version(number: int) -> Published:
    """One version, whether published now or long ago. Raises RulebookVersion.DoesNotExist."""
    return _compiled(number, RulebookVersion.objects.values_list("uuid", flat=True).get(number=number))


@lru_cache(maxsize=8)
def _compiled(number: int, version: UUID) -> Published:
    """`version` is part of the key for a database that was emptied and filled anew."""
    return compile_rulebook(number, RulebookVersion.objects.get(number=number).content)


def compile_rulebook(number: int, content: Mapping[str, Any]) -> Published:
    """The JSON of a version (rulebook/content.py) as values. A row that cannot be read becomes one that never fits."""
    settings = content["settings"]
    charted = {row["id"]: _territory(row) for row in content["territories"]}
    return Published(
        rulebook=Rulebook(
            version=number,
            settings=_settings(settings),
            rules=tuple(_readable_rule(row) for row in content["rules"]),
            pools={row["id"]: _pool(row) for row in content["pools"]},
            territories=charted,
        ),
        sla_policies={
            row["name"]: SlaTerms(
                row["name"], _span(row["first_response_minutes"], LONGEST_MINUTES), SlaClock(row["clock"])
            )
            for row in content["sla_policies"]
        },
        taper_days=_span(settings["taper_days"], LONGEST_DAYS),
        hold_hours=_span(settings["hold_deadline_hours"], LONGEST_DAYS * 24),
        company_blocks=parse_hours(settings.get("working_hours") or DEFAULT_HOURS),
        atlas=Atlas(charted, ZoneInfo(settings["timezone"])),
    )


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


def _span(value: Any, longest: float) -> float:
    """A span of time within its bounds, whatever an old version says."""
    return min(max(float(value), 0.0), longest)


def _settings(row: Mapping[str, Any]) -> Settings:
    return Settings(
        timezone=row["timezone"],
        duplicate_minutes=_span(row["duplicate_minutes"], LONGEST_MINUTES),
        returning_days=_span(row["returning_days"], LONGEST_DAYS),
        company_days=_span(row["company_days"], LONGEST_DAYS),
        same_company=bool(row["same_company"]),
        match_threshold=float(row["match_threshold"]),
        account_hierarchy=row["account_hierarchy"],
        sla=row.get("sla"),
    )


def _pool(row: Mapping[str, Any]) -> Pool:
    return Pool(id=row["id"], name=row["name"], ledger=row["ledger"], strategy=Strategy(row["strategy"]))


def _readable_rule(row: Mapping[str, Any]) -> Rule:
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
    if "park" in to:
        return ToPark(to["park"], max(1, int(to.get("review_days", 30))))  # on the same day it would go round for ever
    return ToPool(NO_POOL)


def _when_nobody(value: Any) -> WhenNobody:
    if value == "assign_anyway":
        return AssignAnyway()
    if isinstance(value, dict) and "wait_minutes" in value:
        return WaitThenNext(_span(value["wait_minutes"], LONGEST_MINUTES))
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


def _territory(row: Mapping[str, Any]) -> Territory:
    owner = row["owner"] or {}
    return Territory(
        id=row["id"],
        name=row["name"],
        parent=row["parent"],
        priority=row["priority"],
        start=date.fromisoformat(row["from"]) if row["from"] else None,
        end=date.fromisoformat(row["to"]) if row["to"] else None,
        countries=frozenset(code.upper() for code in row["countries"]),
        regions=frozenset(code.upper() for code in row["regions"]),
        cities=_folded(row["cities"]),
        postal_codes=tuple(_postal(text) for text in row["postal_codes"]),
        industries=_folded(row["industries"]),
        employees=_band(row["employees"]),
        annual_revenue=_band(row["annual_revenue"]),
        sources=_folded(row["sources"]),
        languages=_folded(row["languages"]),
        owner_rep=owner.get("rep"),
        owner_pool=owner.get("pool"),
    )


def _postal(text: str) -> PostalRange:
    try:
        return parse_postal(text)
    except ValueError:
        return NOWHERE


def _folded(texts: list[str]) -> frozenset[str]:
    return frozenset(fold(text) for text in texts)


def _band(row: Mapping[str, Any]) -> Band | None:
    return Band(low=row.get("min"), high=row.get("max")) if row else None
