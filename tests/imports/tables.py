"""Rows of tables in tests, as an export writes them and as people type them."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from routing.services.importing.rows import Import
from routing.services.imports.sections.all import KINDS
from routing.services.imports.sections.columns import cells_of, combine
from routing.services.imports.sections.kinds import Key, Kind
from routing.services.imports.sections.settle import Outcome, apply, examine
from tests.conftest import NOW

Row = dict[str, Any]


def exported(kind: Kind) -> list[Row]:
    """What the export of a section writes."""
    columns = [column for column in kind.columns if not column.secret]
    rows = (row for document in kind.existing(None).values() for row in cells_of(columns, kind.flat(document)))
    return [dict(zip([column.name for column in columns], row, strict=True)) for row in rows]


def things(section: str, rows: list[Row]):
    kind = KINDS[section]
    fields = {name for row in rows for name in row}
    return combine(kind.columns, kind.keys, fields, enumerate(rows, start=1))


def looked_at(section: str, *rows: Row, whole: bool = False) -> dict[Key, Outcome]:
    found = examine(KINDS[section], things(section, list(rows)), whole=whole, run=Import(None, NOW))
    return {outcome.key: outcome for outcome in found}


def imported(section: str, *rows: Row, gone: Collection[Key] = ()) -> list[Outcome]:
    return apply(KINDS[section], things(section, list(rows)), gone=gone, run=Import(None, NOW))


def states(outcomes: dict[Key, Outcome]) -> dict[str, str]:
    return {" / ".join(key): outcome.state for key, outcome in outcomes.items()}


def errors(outcome: Outcome) -> dict[str, str]:
    """Of its first row that is wrong: column → what is wrong."""
    return {column: " ".join(texts) for column, texts in next(iter(outcome.errors.values())).items()}
