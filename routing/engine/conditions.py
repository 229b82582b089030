"""Conditions: groups that are ORed, of rows that are ANDed, tested against the facts of a lead.

A row that is broken (no such field, no such operator, an option that is gone, a pattern that does not compile, a value
of the wrong type) never holds, never raises, and warns.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from typing import TypeAlias

from routing.engine.fields import FIELDS, OPERATORS_BY_KIND, OPTIONS, PREFIXES, FieldKind, kind_of
from routing.engine.folding import fold, quoted
from routing.engine.operators import OPERATORS, Row, Test, Unfit, View
from routing.engine.seen import Seen, text_of
from routing.engine.types import Condition, Conditions, FactValue, FailedCondition, Operator, RuleLook, Scalar

__all__ = [
    "FIELDS",
    "OPERATORS_BY_KIND",
    "OPTIONS",
    "PREFIXES",
    "Compiled",
    "CompiledRow",
    "Facts",
    "FieldKind",
    "Looks",
    "check_condition",
    "compile_conditions",
    "evaluate",
    "fold",
    "kind_of",
]


class Facts:
    """The facts of one lead, each prepared for comparison when it is first asked for.

    `looks` is what was said of rules that do not apply, by the row that failed and what it saw: the same for all leads
    of a batch, so that each is said once.
    """

    __slots__ = ("_look_up", "looks", "seen", "view")

    def __init__(self, look_up: Callable[[str], object], view: View, looks: Looks | None = None) -> None:
        self._look_up = look_up
        self.view = view
        self.seen: dict[str, Seen] = {}
        self.looks: Looks = {} if looks is None else looks

    def see(self, field: str) -> Seen:
        seen = self.seen.get(field)
        if seen is None:
            seen = self.seen[field] = Seen(self._look_up(field))
        return seen


@dataclass(frozen=True, slots=True, eq=False)
class CompiledRow:
    """One row, ready to be tested. `expected` is its value in words; `warnings` are what is wrong with the row."""

    field: str
    operator: str
    expected: str
    test: Test
    warnings: tuple[str, ...] = ()

    def failed(self, seen: Seen) -> FailedCondition:
        return FailedCondition(self.field, self.operator, self.expected, seen.text)

    def doubt(self, seen: Seen) -> str:
        """Why the fact could not be compared."""
        return f"{self.field}: {quoted(seen.text)} cannot be compared by “{self.operator}”"


Looks: TypeAlias = dict[tuple[CompiledRow, str], RuleLook]


@dataclass(frozen=True, slots=True, eq=False)
class Compiled:
    """The conditions of a rule, ready to be tested. `warnings` are what is wrong with its rows."""

    groups: tuple[tuple[CompiledRow, ...], ...]
    warnings: tuple[str, ...] = ()

    def first_failed(self, facts: Facts) -> tuple[tuple[CompiledRow, Seen] | None, tuple[str, ...]]:
        """The row that did not hold (None: the conditions match), and fresh warnings.

        Of several groups it is that of the group that came closest: which has the fewest rows left from it on.
        """
        if not self.groups:
            return None, ()
        closest: tuple[CompiledRow, Seen] | None = None
        least_left = 0
        doubts: tuple[str, ...] = ()
        known, view = facts.seen, facts.view
        for group in self.groups:
            left = len(group)
            for row in group:
                field = row.field
                seen = known[field] if field in known else facts.see(field)
                holds = row.test(seen, view) if seen.usable else None
                if not holds:
                    if holds is None:
                        doubts += (row.doubt(seen),)
                    if closest is None or left < least_left:
                        closest, least_left = (row, seen), left
                    break
                left -= 1
            else:
                return None, doubts
        return closest, doubts


def compile_conditions(
    conditions: Conditions, *, options: Mapping[str, frozenset[str]] = OPTIONS, zone: tzinfo = UTC
) -> Compiled:
    """Make the tests of all rows. `options`: field → what can be chosen, folded; `zone`: where days begin."""
    groups = tuple(tuple(_compile_row(row, options, zone) for row in group) for group in conditions if group)
    return Compiled(groups, tuple(warning for group in groups for row in group for warning in row.warnings))


def _compile_row(condition: Condition, options: Mapping[str, frozenset[str]], zone: tzinfo) -> CompiledRow:
    name, operator = text_of(condition.field), text_of(condition.operator)
    expected = Seen(condition.value).text if not isinstance(condition.value, Mapping) else text_of(condition.value)
    warnings: list[str] = []
    try:
        row = Row(_kind(name), condition.value, condition.pattern, zone, options.get(name), warnings)
        test = OPERATORS[_operator(operator, row.kind)](row)
    except Unfit as problem:
        warnings, test = [str(problem)], _never
    return CompiledRow(name, operator, expected, test, tuple(f"{name}: {warning}" for warning in warnings))


def _kind(field: str) -> FieldKind:
    kind = kind_of(field)
    if kind is None:
        raise Unfit("there is no such field")
    return kind


def _operator(name: str, kind: FieldKind) -> Operator:
    fitting = OPERATORS_BY_KIND[kind]
    choice = f"use one of {', '.join(sorted(fitting))}"
    try:
        operator = Operator(name)
    except ValueError:
        raise Unfit(f"there is no operator {quoted(name)}; {choice}") from None
    if operator not in fitting:
        raise Unfit(f"“{name}” does not fit this field; {choice}")
    return operator


def _never(seen: Seen, view: View) -> bool | None:
    return False


def evaluate(
    conditions: Conditions,
    facts: Mapping[str, FactValue],
    *,
    now: datetime,
    in_territory: Callable[[str], bool],
    zone: tzinfo = UTC,
) -> tuple[bool, FailedCondition | None, tuple[str, ...]]:
    """Whether the facts meet the conditions, the first row that failed if not, and warnings."""
    compiled = compile_conditions(conditions, zone=zone)
    failed, doubts = compiled.first_failed(Facts(facts.get, View(now, zone, in_territory)))
    warnings = tuple(dict.fromkeys(compiled.warnings + doubts))
    if failed is None:
        return True, None, warnings
    row, seen = failed
    return False, row.failed(seen), warnings


def check_condition(
    field: str,
    op: str,
    value: FactValue | Mapping[str, Scalar],
    *,
    options: Mapping[str, frozenset[str]] = OPTIONS,
) -> str | None:
    """What is wrong with a row, in words for whoever saves the rule; None if nothing is.

    Whether the pattern of a `matches` row compiles is not known here.
    """
    compiled = _compile_row(Condition(field, op, value, pattern=lambda text: False), options, UTC)
    return compiled.warnings[0] if compiled.warnings else None
