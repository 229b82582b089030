"""Look-up tables: the rep or pool that stands beside a lead's value."""

from __future__ import annotations

from routing.engine.case import Case
from routing.engine.types import ToPool, ToRep, ToTable


def row_of(case: Case, to: ToTable) -> tuple[str, ToRep | ToPool | None]:
    """The first of the lead's values that has a row, with what stands there; None if none has."""
    table = case.rulebook.tables.get(to.table)
    if table is None:
        return "", None
    seen = case.facts.see(to.by)
    found = ((text, table.rows.get(key)) for text, key in zip(seen.texts, seen.folded, strict=True))
    return next(((text, row) for text, row in found if row is not None), ("", None))
