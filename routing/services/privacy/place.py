"""One kind of copy of what somebody told: how it is found, and how it goes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, TypeAlias

from django.db.models import JSONField, Model, Q, QuerySet, TextField
from django.db.models.functions import Cast, Length
from django.urls import reverse

from routing.models.reading import one_by_one
from routing.services.privacy.people import Person
from routing.services.privacy.redaction import is_cut, longest, redact, redact_ends

Rows: TypeAlias = QuerySet[Any]
AS_TEXT = "{}_as_text"
AS_LENGTH = "{}_length"
AT_ONCE = 500


class Fate(Enum):
    """What becomes of a row that only names them."""

    REMOVED = "removed"
    EMPTIED = "emptied"
    REDACTED = "stays, without what names them"
    BY_HAND = "listed: change it by hand"


def _nothing(person: Person) -> Q:
    return Q(pk__in=[])


@dataclass(frozen=True, slots=True)
class Place:
    """`linked`: rows that are about them, by keys and indexes. `named`: columns that may name them besides.

    `covers`: all columns with text in it. `written`: the system itself writes it, so that names are looked for, too.
    `typed`: others write it, so that a number may have blanks. `empty`: what columns hold where the row itself stays.
    """

    name: str
    title: str
    model: type[Model]
    kept: str
    covers: tuple[str, ...]
    linked: Callable[[Person], Q] = _nothing
    named: tuple[str, ...] = ()
    fate: Fate = Fate.REDACTED
    written: bool = False
    typed: bool = False
    empty: Mapping[str, Any] = field(default_factory=dict)
    page: tuple[str, str] | None = None
    """Name of a page of the admin, and the column of the row that it takes."""
    also_named: Callable[[Person], Q] = _nothing
    remove: Callable[[Rows, Person], int] | None = None
    redact: Callable[[Rows, Person], int] | None = None
    locked: bool = False
    """Others lock several of its rows, too: always the one with the smaller key first."""

    @property
    def is_linked(self) -> bool:
        """Whether rows of it can be about somebody."""
        return self.linked is not _nothing

    def linked_rows(self, person: Person) -> Rows:
        return self.model._base_manager.filter(self.linked(person))

    def named_rows(self, person: Person) -> Rows:
        """What names them and is about something else: looked for in texts, which takes its time."""
        return self._rows(self._judged(person)[0])

    def columns_naming(self, row: Any, person: Person) -> list[str]:
        sought = self._sought(person)
        return [column for column in self.named if sought.is_named_in(getattr(row, column))]

    def link(self, row: Any) -> str:
        """Where people look at it; "" where there is no page."""
        key = getattr(row, self.page[1]) if self.page else None
        return reverse(f"admin:{self.page[0]}", args=[key]) if self.page and key else ""

    def erase(self, person: Person) -> int:
        """All of it, unless people have to; how many rows."""
        if self.fate is Fate.BY_HAND:
            return 0
        named, cut = self._judged(person)
        self._lock(person, named | cut)
        return self._erase_named(named, cut, person) + self.erase_linked(person)

    def erase_linked(self, person: Person) -> int:
        self._lock(person, set())
        return 0 if self.fate is Fate.BY_HAND else self._take(self.linked_rows(person), person)

    def _lock(self, person: Person, named: set[int]) -> None:
        if self.locked:
            rows = self.model._base_manager.filter(self.linked(person) | Q(pk__in=named))
            list(rows.order_by("pk").select_for_update(of=("self",)).values_list("pk"))

    def _erase_named(self, named: set[int], cut: set[int], person: Person) -> int:
        """What only seems to name them, since it was cut there, may be about somebody else: the row stays."""
        count = redact_ends(self._rows(cut), self.named, self._sought(person)) if cut else 0
        if not named:
            return count
        change = (self.redact or self._redact) if self.fate is Fate.REDACTED else self._take
        return count + change(self._rows(named), person)

    def _take(self, rows: Rows, person: Person) -> int:
        if self.remove:
            return self.remove(rows, person)
        return rows.update(**self.empty) if self.empty else _delete(rows)

    def _redact(self, rows: Rows, person: Person) -> int:
        return redact(rows, self.named, person)

    def _rows(self, keys: set[int]) -> Rows:
        return self.model._base_manager.filter(pk__in=keys)

    def _sought(self, person: Person) -> Person:
        """Their name is looked for only where it can be nobody else's."""
        return person if self.written else person.nameless

    def _judged(self, person: Person) -> tuple[set[int], set[int]]:
        """Keys of the rows that name them, and of those with a text that was cut where it may have named them."""
        sought = self._sought(person)
        candidates = self._as_text().filter(self._naming(sought)).exclude(pk__in=self.linked_rows(person).values("pk"))
        named = set(self.model._base_manager.filter(self.also_named(person)).values_list("pk", flat=True))
        cut = set()
        for row in one_by_one(candidates.only("pk", *self.named), AT_ONCE):
            if self.columns_naming(row, person):
                named.add(row.pk)
            elif any(is_cut(row, column, getattr(row, column), sought) for column in self.named):
                cut.add(row.pk)
        return named, cut - named

    def _naming(self, person: Person) -> Q:
        """What may have been cut in the middle of a word is looked at, too."""
        wanted = Q(pk__in=[])
        for name in self.named:
            if most := longest(self.model, name):
                wanted |= Q(**{AS_LENGTH.format(name): most})
            column = AS_TEXT.format(name) if self._is_document(name) else name
            wanted |= person.naming(column, typed=self.typed)
        return wanted

    def _as_text(self) -> Rows:
        documents = [name for name in self.named if self._is_document(name)]
        columns: dict[str, Any] = {AS_TEXT.format(name): Cast(name, TextField()) for name in documents}
        columns |= {AS_LENGTH.format(name): Length(name) for name in self.named if longest(self.model, name)}
        rows: Rows = self.model._base_manager.annotate(**columns)
        return rows

    def _is_document(self, name: str) -> bool:
        return isinstance(self.model._meta.get_field(name), JSONField)


def _delete(rows: Rows) -> int:
    """How many of these; not counting what goes with them."""
    return int(rows.delete()[1].get(rows.model._meta.label, 0))
