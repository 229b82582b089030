"""Rules that nobody has looked at for long, and names that lead nowhere."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

from routing.rulebook.lint.findings import Finding, warning
from routing.rulebook.lint.subject import Subject


def rows(subject: Subject) -> Iterator[Finding]:
    """Review dates, SLA policies, and tables that are empty."""
    today = subject.now.astimezone(subject.zone).date()
    policies = {row["name"] for row in subject.content["sla_policies"]}
    for row in subject.content["rules"]:
        if row["review_date"] and date.fromisoformat(row["review_date"]) < today:
            message = f"its review was due on {row['review_date']}. See whether it still fits, and set a new date."
            yield warning("review_overdue", "rules", row["name"], message, "review_date")
        yield from _sla(row, "rules", row["name"], policies)
    yield from _sla(subject.content["settings"], "settings", "", policies)
    for table in subject.rulebook.tables.values():
        if not table.rows:
            message = "it has no rows, so that a look-up in it never finds anybody. Fill it, or remove it."
            yield warning("empty_table", "tables", table.name, message, "rows")


def _sla(row: Any, section: str, name: str, policies: set[str]) -> Iterator[Finding]:
    if row.get("sla") and row["sla"] not in policies:
        message = f"the SLA policy “{row['sla']}” is gone; the next one that is given counts. Choose another."
        yield warning("sla_gone", section, name, message, "sla")
