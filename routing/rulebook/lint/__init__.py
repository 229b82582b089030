"""The linter: what is wrong with a rulebook, or probably not meant, found on values alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from routing.rulebook.lint.coverage import coverage
from routing.rulebook.lint.findings import Finding, Severity
from routing.rulebook.lint.hours import hours
from routing.rulebook.lint.order import order
from routing.rulebook.lint.people import people
from routing.rulebook.lint.pools import caps, needs, pools
from routing.rulebook.lint.rows import rows
from routing.rulebook.lint.subject import Subject, looks_at_arrivals
from routing.rulebook.lint.territories import territories

__all__ = ["Finding", "Severity", "inspect", "looks_at_arrivals"]

CHECKS: tuple[Callable[[Subject], Iterator[Finding]], ...] = (
    order,
    rows,
    territories,
    coverage,
    pools,
    hours,
    needs,
    caps,
    people,
)


def inspect(subject: Subject) -> list[Finding]:
    """Everything that is found besides what blocks publishing (rulebook/check.py), check by check."""
    return [finding for check in CHECKS for finding in check(subject)]
