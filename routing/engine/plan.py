"""A rulebook, prepared once a version: conditions compiled, territories in the order in which they win."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, tzinfo
from functools import lru_cache
from math import inf
from zoneinfo import ZoneInfo

from routing.engine.conditions import OPTIONS, Compiled, Facts, compile_conditions
from routing.engine.folding import fold
from routing.engine.territories import Atlas
from routing.engine.types import FailedCondition, Rule, Rulebook, RuleId, RuleLook, RuleResult

MOST_LOOKS = 20_000
"""So many are kept of a batch, which may be thousands of leads in a dry run."""


@dataclass(frozen=True, slots=True, eq=False)
class PlannedRule:
    rule: Rule
    conditions: Compiled
    zone: tzinfo

    def look(self, result: RuleResult, detail: str = "", warnings: tuple[str, ...] = ()) -> RuleLook:
        rule = self.rule
        return RuleLook(rule.id, rule.position, rule.name, result, None, detail, rule.warnings + warnings)

    def mismatch(self, facts: Facts) -> tuple[RuleLook | None, tuple[str, ...]]:
        """Why the rule does not apply to a lead, None if it does; and what is doubtful about its conditions."""
        rule = self.rule
        if not rule.enabled:
            return self.look(RuleResult.DISABLED), ()
        if rule.active is not None and not self._active(facts.view.now):
            return self.look(RuleResult.NOT_NOW), ()
        failed, doubts = self.conditions.first_failed(facts)
        warnings = self.conditions.warnings + doubts
        if failed is None:
            return None, warnings
        row, seen = failed
        look = facts.looks.get((row, seen.text)) if not doubts else None
        if look is None:
            look = self._no_match(row.failed(seen), warnings)
            if not doubts and len(facts.looks) < MOST_LOOKS:
                facts.looks[row, seen.text] = look
        return look, warnings

    def applies(self, facts: Facts) -> bool:
        """Whether the rule applies to a lead: what `mismatch` says, without saying why."""
        rule = self.rule
        in_force = rule.enabled and (rule.active is None or self._active(facts.view.now))
        return in_force and self.conditions.first_failed(facts)[0] is None

    def _no_match(self, failed: FailedCondition, warnings: tuple[str, ...]) -> RuleLook:
        rule = self.rule
        said = rule.warnings + warnings
        return RuleLook(rule.id, rule.position, rule.name, RuleResult.NO_MATCH, failed, self._groups, said)

    @property
    def _groups(self) -> str:
        """That more than the row that is shown did not hold."""
        groups = len(self.conditions.groups)
        return f"none of its {groups} groups of conditions holds; the closest is shown" if groups > 1 else ""

    def _active(self, now: datetime) -> bool:
        window = self.rule.active
        return window is None or (
            (window.start is None or now >= window.start)
            and (window.end is None or now < window.end)
            and (window.weekdays is None or now.astimezone(self.zone).weekday() in window.weekdays)
        )


@dataclass(frozen=True, slots=True, eq=False)
class Plan:
    rules: tuple[PlannedRule, ...]
    index: Mapping[RuleId, int]
    atlas: Atlas
    zone: tzinfo
    scores: tuple[tuple[Compiled, float], ...] = ()

    def without(self, off: RuleId) -> Plan:
        """The same with one rule switched off."""
        rules = tuple(
            replace(planned, rule=replace(planned.rule, enabled=False)) if planned.rule.id == off else planned
            for planned in self.rules
        )
        return replace(self, rules=rules)


@lru_cache(maxsize=8)
def plan_of(rulebook: Rulebook) -> Plan:
    """The rulebook, prepared. Kept for as long as the rulebook is in use."""
    zone = _zone(rulebook.settings.timezone)
    options = {**OPTIONS, "territory": frozenset(fold(t.name) for t in rulebook.territories.values())}
    rules = tuple(
        PlannedRule(rule, compile_conditions(rule.conditions, options=options, zone=zone), zone)
        for rule in rulebook.rules
    )
    index = {planned.rule.id: position for position, planned in enumerate(rules)}
    scores = tuple(
        (compile_conditions(row.conditions, options=options, zone=zone), row.points)
        for row in rulebook.settings.score
        if abs(row.points) < inf
    )
    return Plan(rules, index, Atlas(rulebook.territories, zone), zone, scores)


def _zone(name: str) -> tzinfo:
    try:
        return ZoneInfo(name)
    except (ValueError, OSError, KeyError):  # ZoneInfoNotFoundError is a KeyError
        return UTC
