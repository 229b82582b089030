"""Conditions of a rule, as values."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

from routing.engine.types.vocabulary import FactValue, Scalar


@dataclass(frozen=True, slots=True)
class Condition:
    """One row: a field of the lead, an operator, and the value it is compared with.

    `operator` is the plain text of the rulebook, so that a broken row can be represented and reported.
    `pattern` is the compiled test of a `matches` row, handed in from outside; None means it did not compile.
    """

    field: str
    operator: str
    value: FactValue | Mapping[str, Scalar] = None
    pattern: Callable[[str], bool] | None = None


Conditions: TypeAlias = tuple[tuple[Condition, ...], ...]
"""Groups that are ORed, of rows that are ANDed. No groups, or only empty ones: matches everything."""


class FailedCondition(NamedTuple):
    """The first row of a rule that did not hold, and the value that was seen."""

    field: str
    operator: str
    expected: str
    seen: str
