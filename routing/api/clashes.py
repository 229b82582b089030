"""Which field clashes when two requests at once took the same name: the database let only the first have it."""

from __future__ import annotations

import re
from collections.abc import Mapping

from django.db import IntegrityError, models

from reps.models import Rep, Skill, Team
from routing.models import (
    Account,
    Example,
    Form,
    InboundAddress,
    Lead,
    LookupTable,
    Pool,
    Rule,
    SlaPolicy,
    Source,
    Territory,
    Topic,
    Webhook,
)

TAKEN: Mapping[type[models.Model], tuple[str, ...]] = {
    Team: ("name",),
    Skill: ("name",),
    Rep: ("email",),
    Account: ("name",),
    Pool: ("name",),
    Rule: ("name", "catch_all"),
    Territory: ("name",),
    SlaPolicy: ("name",),
    Topic: ("name",),
    LookupTable: ("name",),
    Source: ("name",),
    Example: ("name",),
    Webhook: ("name",),
    Form: ("name", "slug"),
    InboundAddress: ("name",),
    Lead: ("external_id",),
}
"""Columns that people fill in, and of which no two rows have the same. Any other clash is a bug."""
_COLUMNS = {(kind._meta.db_table, name): name for kind, names in TAKEN.items() for name in names}
_SQLITE = re.compile(r"UNIQUE constraint failed: (\w+)\.(\w+)$")
_POSTGRES = re.compile(r"\((\w+)\)=")
UNIQUE_VIOLATION = "23505"


def clashing_field(error: IntegrityError) -> str | None:
    """The field whose value another row took just now; None if the error says anything else."""
    cause = error.__cause__
    if getattr(cause, "sqlstate", None) == UNIQUE_VIOLATION:
        told = cause.diag  # type: ignore[union-attr]
        found = _POSTGRES.search(told.message_detail or "")
        return _COLUMNS.get((told.table_name or "", found[1])) if found else None
    match = _SQLITE.search(str(error))
    return _COLUMNS.get((match[1], match[2])) if match else None
