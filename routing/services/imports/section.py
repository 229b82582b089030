"""What the engine of imports must know of a section: its fields, and how rows are compared, applied and taken back."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Protocol

from routing.models import Import, ImportRow

Errors = dict[str, list[str]]


@dataclass(frozen=True, slots=True)
class Field:
    """A field that a column can be mapped to. `words`: other names that columns have for it, in any language.

    A `prefix` such as "attributes." takes any name behind it.
    """

    name: str
    label: str
    words: tuple[str, ...] = ()
    hint: str = ""
    required: bool = False
    prefix: bool = False


@dataclass(frozen=True, slots=True)
class FileRow:
    """A row of the file. `values` by column, as it is kept; `facts` by field, defaults filled in.

    `columns` says which column a field came from. `problem`: the row itself cannot be read.
    """

    number: int
    values: Mapping[str, Any]
    facts: dict[str, Any]
    columns: Mapping[str, str]
    problem: str = ""

    def read_as(self, field: str, value: Any) -> FileRow:
        """The same with a cell as it was read, so that the file of errors has it as the other rows got it."""
        column = self.columns.get(field, "")
        if column not in self.values or self.values[column] == value:
            return self
        return replace(self, values={**self.values, column: value})


def columns_of(mapping: Mapping[str, str]) -> dict[str, str]:
    """Field → the column that it comes from."""
    return {field: column for column, field in mapping.items() if field}


@dataclass(frozen=True, slots=True)
class Verdict:
    """What one row is. `errors` by field or column: why it is rejected; for other states what should be known of it.

    Number 0: it is in no row of the file (removed), and gets a number behind them. `values` are then what it was.
    """

    number: int
    state: ImportRow.State
    values: Mapping[str, Any]
    errors: Errors = field(default_factory=dict)
    before: Any = None


@dataclass(slots=True)
class Task:
    """One run over one file. Call `alive` at least every ten seconds; it raises if the run must stop."""

    imported: Import
    now: datetime
    alive: Callable[[], None] = lambda: None
    notes: dict[str, int] = field(default_factory=dict)
    report: dict[str, Any] = field(default_factory=dict)

    @property
    def options(self) -> Mapping[str, Any]:
        options: Mapping[str, Any] = self.imported.options
        return options

    def facts_of(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """What a row says, by field: of its columns, and where they are empty of the defaults."""
        said = {field: values[column] for column, field in self.imported.mapping.items() if field and column in values}
        return {**(self.options.get("defaults") or {}), **said}

    @property
    def actor(self) -> str:
        """Who is named in what happens: the user, or the key."""
        user, key = self.imported.requested_by, self.imported.api_key
        if user is not None:
            return user.get_full_name() or user.get_username()
        return key.name if key is not None else ""

    def note(self, sentence: str, times: int = 1) -> None:
        """Something about the file as a whole, counted; it begins with what is counted."""
        self.notes[sentence] = self.notes.get(sentence, 0) + times


class Section(Protocol):
    """One kind of rows. The engine keeps the transactions, the progress, and the rows.

    `at_once`: so many rows are applied, or taken back, in one transaction; 0: all of them.
    `one_of`: of these fields at least one must have a column (or a default). `options`: names of those that it has
    besides the sheet, the separator and the defaults (options.py).
    """

    @property
    def name(self) -> str: ...

    @property
    def fields(self) -> Sequence[Field]: ...

    @property
    def one_of(self) -> Sequence[Sequence[str]]: ...

    @property
    def options(self) -> Sequence[str]: ...

    @property
    def at_once(self) -> int: ...

    def check(self, task: Task, rows: Iterator[FileRow]) -> Iterator[Verdict]:
        """What each row is; writes nothing. In any order, as they come or once all are there."""
        ...

    def finish_check(self, task: Task) -> None:
        """After all verdicts are stored: what else the report shall say (`task.report`)."""
        ...

    def apply(self, task: Task, rows: Sequence[ImportRow]) -> None:
        """Make these rows (new, changed, removed) true, in the caller's transaction, which stores the rows after it.

        Set `before` (for undoing), `lead`, and for a row that cannot be applied any more `state` and `errors`.
        """
        ...

    def undo(self, task: Task, rows: Sequence[ImportRow]) -> None:
        """Take applied rows back, in the caller's transaction. Set `undone`, or `errors["undo"]`: why one stays."""
        ...

    def finish_undo(self, task: Task) -> None:
        """Once all are taken back, in a transaction of its own that may be run twice."""
        ...
