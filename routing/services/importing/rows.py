"""Make the rows of a table what a file says, in bulk, with history, and say what changed."""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any, TypeVar

from django.contrib.auth.models import User
from django.db import models
from simple_history.utils import bulk_create_with_history, bulk_update_with_history

from reps.models import Rep
from routing.models import Pool
from routing.rulebook.words import value_in_words

Row = TypeVar("Row", bound=models.Model)
Child = TypeVar("Child", bound=models.Model)
BATCH = 500


@dataclass(slots=True)
class Import:
    """One import under way: who and when, the sentences that say what it changed, and names for keys in them.

    `reason` is kept in the history of the rows.
    """

    user: User | None
    now: datetime
    changes: list[str] = field(default_factory=list)
    names: dict[str, Callable[[Any], str]] = field(default_factory=dict)
    reason: str = ""

    def say(self, sentence: str) -> None:
        self.changes.append(sentence)

    def words(self, name: str, value: Any) -> str:
        if value is not None and name in self.names:
            return self.names[name](value)
        return value_in_words(float(value) if isinstance(value, Decimal) else value)


def reps_by_email() -> dict[str, Rep]:
    """All reps, as files name them."""
    return {rep.email: rep for rep in Rep.objects.select_related("team")}


def pools_by_name() -> dict[str, Pool]:
    """All pools that are not archived, as files name them."""
    return {pool.name: pool for pool in Pool.objects.current()}


def sync(
    run: Import,
    kind: str,
    existing: Mapping[str, Row],
    wanted: Mapping[str, Mapping[str, Any]],
    model: type[Row],
    *,
    silent: Collection[str] = (),
    quiet: bool = False,
) -> dict[str, Row]:
    """Create and change rows by natural key. Nothing is said of rows in `silent`; nothing at all if `quiet`."""
    rows: dict[str, Row] = {}
    new: list[Row] = []
    changed: dict[str, Row] = {}
    columns: set[str] = set()
    for key, values in wanted.items():
        row = existing.get(key)
        if row is None:
            row = model(**values)
            new.append(row)
            if not quiet:
                run.say(f"{kind} “{row}” is new.")
        elif differing := [name for name, value in values.items() if getattr(row, name) != value]:
            changed[key] = row
            columns.update(differing)
            for name in differing:
                if not quiet and key not in silent:
                    run.say(_change(run, kind, row, name, values[name]))
                setattr(row, name, values[name])
        rows[key] = row
    options: dict[str, Any] = {
        "batch_size": BATCH,
        "default_user": run.user,
        "default_date": run.now,
        "default_change_reason": run.reason or None,
    }
    if new:
        bulk_create_with_history(new, model, **options)
    if changed:
        bulk_update_with_history(list(changed.values()), model, sorted(columns), **options)
    return rows


def _change(run: Import, kind: str, row: models.Model, name: str, value: Any) -> str:
    label = row._meta.get_field(name).verbose_name  # type: ignore[union-attr]
    return f"{kind} “{row}”: {label}: {run.words(name, getattr(row, name))} → {run.words(name, value)}."


def replace_children(
    run: Import,
    title: str,
    rows: Iterable[Child],
    wanted: Mapping[int, tuple[str, Collection[Hashable]]],
    *,
    owner: str,
    content: Callable[[Child], Hashable],
    build: Callable[[int, Any], Child],
    model: type[Child],
    silent: Collection[int] = (),
    in_words: Callable[[Sequence[Any]], str] = value_in_words,
) -> None:
    """Make what hangs on each owner exactly what the file says: owner's key → (label, contents)."""
    existing: dict[int, list[Child]] = {key: [] for key in wanted}
    for row in rows:
        existing[getattr(row, owner)].append(row)
    gone: list[int] = []
    new: list[Child] = []
    for key, (label, contents) in wanted.items():
        before, after = {content(row): row for row in existing[key]}, list(dict.fromkeys(contents))
        if before.keys() == set(after):
            continue
        gone += [row.pk for value, row in before.items() if value not in after]
        new += [build(key, value) for value in after if value not in before]
        if key not in silent:
            run.say(f"{label}: {title}: {in_words(list(before))} → {in_words(after)}.")
    model._default_manager.filter(pk__in=gone).delete()
    model._default_manager.bulk_create(new, batch_size=BATCH)
