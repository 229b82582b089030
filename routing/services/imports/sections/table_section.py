"""A section of configuration as the engine of imports sees it: rows in, verdicts out, written and taken back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from routing.models import ImportRow
from routing.services.importing.rows import Import
from routing.services.imports.postal import is_number
from routing.services.imports.section import Errors, Field, FileRow, Task, Verdict, columns_of
from routing.services.imports.sections.columns import Document, combine, shown_cells
from routing.services.imports.sections.given import look, plain
from routing.services.imports.sections.kinds import Key, Kind
from routing.services.imports.sections.settle import Outcome, apply, examine, put_back
from routing.services.imports.state import by_state
from routing.services.work_progress import CannotRun

MOST_ROWS = 20_000
"""All of a file is one piece of work: more would keep others waiting."""
WHOLE = "whole"
"""The option that the file is the whole list: what it does not name goes."""
AGAIN = "undo"
"""The place of what is wrong with taking a row back."""
ADDS = "adds"
"""In `before` of a further row of a thing: the number of its first row."""


class TableSection:
    """All of it is one transaction: what refers to each other comes and goes together."""

    at_once = 0
    refreshed = False
    options = (WHOLE,)

    def __init__(self, kind: Kind) -> None:
        self.kind = kind
        self.name = kind.section
        self.fields: Sequence[Field] = [
            Field(column.name, column.label, column.words, column.hint, column.required) for column in kind.columns
        ]
        self.one_of: Sequence[Sequence[str]] = ()

    def check(self, task: Task, rows: Iterator[FileRow]) -> Iterator[Verdict]:
        """Once all are there, since several rows may be one thing, and one thing may refer to another."""
        given: dict[int, FileRow] = {}
        for row in rows:
            if len(given) == MOST_ROWS:
                raise CannotRun({"file": [f"A file of {self.kind.many} can have {MOST_ROWS:,} rows. Split it."]})
            if row.problem:
                yield Verdict(row.number, ImportRow.State.REJECTED, row.values, {"": [row.problem]})
            else:
                given[row.number] = row
        look(self.kind, [row.facts for row in given.values()], task)
        facts = list(plain(self.kind, ((number, row.facts) for number, row in given.items()), task))
        self._keep_postal_codes(given, facts)
        things = combine(self.kind.columns, self.kind.keys, _fields(task), facts)
        task.alive()
        for outcome in examine(self.kind, things, whole=bool(task.options.get(WHOLE)), run=_run(task)):
            if outcome.rows:
                yield from self._verdicts(outcome, given)
            else:
                yield Verdict(0, ImportRow.State.REMOVED, self._cells(outcome.before), {}, _told(outcome))
        task.alive()

    def _keep_postal_codes(self, given: dict[int, FileRow], facts: Sequence[tuple[int, Mapping[str, Any]]]) -> None:
        """Those that got their zeros back have them in the rows that are kept, too."""
        name = self.kind.places.postal if self.kind.places else ""
        for number, read in facts if name else ():
            if is_number(given[number].facts.get(name)):
                given[number] = given[number].read_as(name, read[name])

    def _verdicts(self, outcome: Outcome, given: Mapping[int, FileRow]) -> Iterator[Verdict]:
        first = outcome.rows[0]
        for number in outcome.rows:
            row = given[number]
            errors = self._by_column(outcome.errors.get(number, {}), row.columns)
            told = _told(outcome) if number == first else {"key": list(outcome.key), ADDS: first}
            yield Verdict(number, ImportRow.State(outcome.state), row.values, errors, told)

    def _by_column(self, errors: Mapping[str, list[str]], columns: Mapping[str, str]) -> Errors:
        """Beside the column of the file, or of ours where the file has none."""
        labels = {column.name: column.label for column in self.kind.columns}
        return {columns.get(name) or labels.get(name, name): texts for name, texts in errors.items()}

    def finish_check(self, task: Task) -> None:
        """How many things the rows are, where several rows can be one."""
        rows = task.imported.rows.exclude(before__has_key=ADDS).exclude(state=ImportRow.State.REJECTED)
        task.report["things"] = {"one": self.kind.one, "many": self.kind.many, "counts": by_state(rows)}

    def apply(self, task: Task, rows: Sequence[ImportRow]) -> None:
        task.alive()
        columns = columns_of(task.imported.mapping)
        removed = {_key(row): row for row in rows if row.state == ImportRow.State.REMOVED}
        there = {row.number: row for row in rows if row.state != ImportRow.State.REMOVED}
        facts = plain(self.kind, ((number, task.facts_of(row.values)) for number, row in there.items()), task)
        things = combine(self.kind.columns, self.kind.keys, _fields(task), facts)
        for outcome in apply(self.kind, things, gone=removed.keys(), run=_run(task)):
            if outcome.key in removed:
                removed[outcome.key].before = _told(outcome)
            for number in outcome.rows:
                row, first = there[number], outcome.rows[0]
                row.state = ImportRow.State(outcome.state)
                row.errors = self._by_column(outcome.errors.get(number, {}), columns)
                row.before = _told(outcome) if number == first else {"key": list(outcome.key), ADDS: first}

    def undo(self, task: Task, rows: Sequence[ImportRow]) -> None:
        task.alive()
        said = [_outcome(row) for row in rows if ADDS not in _kept(row)]
        stays = put_back(self.kind, said, run=_run(task))
        for row in rows:
            if why := stays.get(_key(row)):
                row.errors = {**row.errors, AGAIN: [why]}
            else:
                row.undone = True

    def finish_undo(self, task: Task) -> None:
        """Nothing is left to do."""

    def _cells(self, document: Document | None) -> dict[str, Any]:
        """What was there, as columns of this section would say it."""
        return shown_cells(self.kind.columns, self.kind.flat(document or {}))


def _fields(task: Task) -> set[str]:
    """The fields that have a column in the file, or a default for all rows."""
    mapped = {field for field in task.imported.mapping.values() if field}
    return mapped | set(task.options.get("defaults") or {})


def _run(task: Task) -> Import:
    return Import(task.imported.requested_by, task.now, reason=f"Import of {task.imported.file_name}"[:100])


def _told(outcome: Outcome) -> dict[str, Any]:
    """For the preview, and for taking it back."""
    return {"key": list(outcome.key), "state": outcome.state, "was": outcome.before, "is": outcome.after}


def _kept(row: ImportRow) -> dict[str, Any]:
    """What the check or the writing kept of a row."""
    kept: dict[str, Any] = row.before or {}
    return kept


def _key(row: ImportRow) -> Key:
    return tuple(_kept(row)["key"])


def _outcome(row: ImportRow) -> Outcome:
    told = _kept(row)
    return Outcome(_key(row), told["state"], [row.number], told["was"], told["is"])


def differences(kind: Kind, told: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """Label, what it was and what it becomes, of all that a row changes."""
    was, becomes = (shown_cells(kind.columns, kind.flat(told.get(name) or {})) for name in ("was", "is"))
    return [
        (column.label, was.get(column.label, ""), becomes.get(column.label, ""))
        for column in kind.columns
        if was.get(column.label, "") != becomes.get(column.label, "")
    ]
