"""The three runs over a file: check, apply, undo. Each step is one transaction that marks its rows, so that a run which
was killed goes on where it stood, and nothing happens twice.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from itertools import islice
from typing import Any, TypeAlias

from django.db import IntegrityError

from routing import crash
from routing.models import Import, ImportRow
from routing.models.bulk import update_rows
from routing.services.imports import files
from routing.services.imports.all_sections import section_of
from routing.services.imports.mapping import left_out, told
from routing.services.imports.section import FileRow, Section, Task, Verdict, columns_of
from routing.services.imports.state import TO_APPLY, by_state, finish, held
from routing.services.work_progress import TRY_AGAIN, Cancelled, CannotRun, Progress, Superseded
from routing.services.work_queue import put_in_line
from routing.spreadsheets.read import NotATable, read_table
from routing.spreadsheets.table import Table

Status: TypeAlias = Import.Status
State: TypeAlias = ImportRow.State
STORED = 1_000
MOST_TRIES = 3
"""A step is tried again when somebody else's lead came between."""
MOST_PROBLEMS = 30
TOO_LONG = 2_000
AFTER_CHECKED_ROWS, AFTER_UNDONE_ROWS = "after_checked_rows", "after_undone_rows"
AFTER_IMPORTED_ROWS, AFTER_IMPORT_BEFORE_COMMIT = "after_imported_rows", "after_import_before_commit"
"""Where tests of imports end a process. The load of `make chaos` brings no files in, so it has none of them."""
UNDO = "undo"
"""In the errors of a row: why it could not be taken back."""


def read_asked(params: Mapping[str, Any], now: datetime) -> Import:
    """The import that a run is about. Raises CannotRun."""
    imported = Import.objects.select_related("requested_by", "api_key").filter(pk=params["import"]).first()
    if imported is None:
        raise CannotRun({"import": ["It is no longer there."]})
    return imported


# --- check ---------------------------------------------------------------------------------------------------------


def run_check(params: Mapping[str, Any], progress: Progress, now: datetime) -> dict[str, Any]:
    """Every row of the file with what it is. Begun anew if it was killed: nothing but its own rows was written."""
    imported = read_asked(params, now)
    section, task = section_of(imported), _task(imported, progress, now)
    with _fate(imported, progress, Status.CANCELLED, now=now), files.opened(imported) as file:
        with held(imported, progress):
            imported.rows.all().delete()
        try:
            table = read_table(
                file, imported.format, files.limits(), sheet=imported.options.get("sheet", ""),
                delimiter=imported.options.get("delimiter", ""),
            )  # fmt: skip
            report = _store(section, task, table, progress)
        except NotATable as error:
            raise CannotRun({"file": [str(error)]}) from error
        section.finish_check(task)
        unread = left_out(imported.columns, imported.mapping, imported.options)
        imported.report = {
            **{name: imported.report[name] for name in ("sheets", "sample", "lines") if name in imported.report},
            **report, **task.report, "checked": True, "left_out": unread,
            "notes": {**table.notes, **told(unread), **task.notes},
        }  # fmt: skip
        finish(imported, progress, Status.READY, now=progress.clock())
        if imported.options.get("route_now"):
            _go_on(imported, progress)
    return report


def _store(section: Section, task: Task, table: Table, progress: Progress) -> dict[str, Any]:
    reading = _Reading(task, table)
    states: Counter[str] = Counter()
    problems: Counter[str] = Counter()
    verdicts = section.check(task, reading.rows())
    while some := list(islice(verdicts, STORED)):
        with held(task.imported, progress):
            ImportRow.objects.bulk_create(_row(task.imported, verdict, reading) for verdict in some)
        states.update(verdict.state.value for verdict in some)
        problems.update(field for verdict in some if verdict.state is State.REJECTED for field in verdict.errors)
        crash.crash_point(AFTER_CHECKED_ROWS)
        progress.report(reading.last, max(reading.last, task.imported.report.get("lines", 0)))
    return {"rows": reading.seen, "states": dict(states), "problems": dict(problems.most_common(MOST_PROBLEMS))}


class _Reading:
    """The file on its way through a section: where it is, and numbers for rows that are in no file."""

    def __init__(self, task: Task, table: Table) -> None:
        self.task, self.table = task, table
        self.seen = self.last = 0

    def rows(self) -> Iterator[FileRow]:
        columns = columns_of(self.task.imported.mapping)
        for row in self.table.rows:
            self.seen, self.last = self.seen + 1, row.number
            if self.seen % STORED == 0:
                self.task.alive()
            yield FileRow(row.number, row.values, self.task.facts_of(row.values), columns, row.problem)

    def number_behind(self) -> int:
        self.last += 1
        return self.last


def _row(imported: Import, verdict: Verdict, reading: _Reading) -> ImportRow:
    return ImportRow(
        imported=imported,
        number=verdict.number or reading.number_behind(),
        values=dict(verdict.values),
        state=verdict.state,
        errors=verdict.errors,
        before=verdict.before,
    )


def _go_on(imported: Import, progress: Progress) -> None:
    """It was asked that nobody need confirm."""
    now = progress.clock()
    with held(imported, progress) as row:
        row.work = put_in_line(kind="import", params={"import": row.pk}, user=row.requested_by, now=now)
        row.status, row.finished_at = Status.RUNNING, None
        row.save(update_fields=["work", "status", "finished_at"])


# --- apply ---------------------------------------------------------------------------------------------------------


def run_import(params: Mapping[str, Any], progress: Progress, now: datetime) -> dict[str, Any]:
    """Make rows true, in the order of the file. Goes on where an earlier run stood."""
    imported = read_asked(params, now)
    section = section_of(imported)
    with _fate(imported, progress, Status.CANCELLED, now=now):
        done = imported.rows.filter(applied=True).count()
        total = done + imported.rows.filter(applied=False, state__in=TO_APPLY).count()
        while step := _apply_some(section, imported, progress):
            done += step
            crash.crash_point(AFTER_IMPORTED_ROWS)
            progress.report(done, max(done, total))
        imported.report = {**imported.report, "applied": _applied(imported)}
        finish(imported, progress, Status.DONE, now=progress.clock())
        files.forget(imported)
    return dict(imported.report["applied"])


def _apply_some(section: Section, imported: Import, progress: Progress) -> int:
    """One step; how many rows it was."""
    for attempt in range(1, MOST_TRIES + 1):
        try:
            with held(imported, progress):
                return _apply(section, _task(imported, progress, progress.clock()))
        except IntegrityError:
            if attempt == MOST_TRIES:
                raise
    return 0


def _apply(section: Section, task: Task) -> int:
    waiting = task.imported.rows.filter(applied=False, state__in=TO_APPLY).order_by("number")
    rows = list(waiting[: section.at_once or None])
    if rows:
        section.apply(task, rows)
        for row in rows:
            row.applied = row.state != State.REJECTED
        _save(rows, ("state", "errors", "before", "applied", "lead"))
        crash.crash_point(AFTER_IMPORT_BEFORE_COMMIT)
    return len(rows)


def _applied(imported: Import) -> dict[str, int]:
    """How many rows became what; those that could not be applied after all are rejected."""
    rejected = imported.rows.filter(state=State.REJECTED).count()
    return {**by_state(imported.rows.filter(applied=True)), "rejected": rejected}


# --- undo ----------------------------------------------------------------------------------------------------------


def run_undo(params: Mapping[str, Any], progress: Progress, now: datetime) -> dict[str, Any]:
    """Take rows back, the last first; those that somebody has worked on stay, and say why."""
    imported = read_asked(params, now)
    section = section_of(imported)
    with _fate(imported, progress, Status.DONE, now=now):
        done, before = 0, None
        total = imported.rows.filter(applied=True, undone=False).count()
        while rows := _undo_some(section, imported, before, progress):
            done, before = done + len(rows), rows[-1].number
            crash.crash_point(AFTER_UNDONE_ROWS)
            progress.report(done, max(done, total))
        with held(imported, progress):
            section.finish_undo(_task(imported, progress, progress.clock()))
        applied = imported.rows.filter(applied=True)
        undone = applied.filter(undone=True).count()
        imported.report = {**imported.report, "undone": {"undone": undone, "stays": applied.count() - undone}}
        imported.undone_at = progress.clock()
        Import.objects.filter(pk=imported.pk).update(undone_at=imported.undone_at)
        finish(imported, progress, Status.UNDONE, now=imported.undone_at)
    return dict(imported.report["undone"])


def _undo_some(section: Section, imported: Import, before: int | None, progress: Progress) -> list[ImportRow]:
    with held(imported, progress):
        rows = imported.rows.filter(applied=True, undone=False).order_by("-number")
        if before is not None:
            rows = rows.filter(number__lt=before)
        some = list(rows[: section.at_once or None])
        for row in some:
            row.errors.pop(UNDO, None)
        if some:
            section.undo(_task(imported, progress, progress.clock()), some)
            _save(some, ("undone", "errors", "lead"))
        return some


# --- all of them ---------------------------------------------------------------------------------------------------


def _task(imported: Import, progress: Progress, now: datetime) -> Task:
    return Task(imported, now, progress.alive)


def _save(rows: Sequence[ImportRow], columns: Sequence[str]) -> None:
    update_rows(ImportRow, columns, [(row.pk, *(_value(row, name) for name in columns)) for row in rows])


def _value(row: ImportRow, name: str) -> Any:
    return row.lead_id if name == "lead" else getattr(row, name)


@contextmanager
def _fate(imported: Import, progress: Progress, cancelled: Status, *, now: datetime) -> Iterator[None]:
    """How a run that does not come to its end leaves the import. One that is killed leaves it as it is."""
    failed = Status.DONE if cancelled == Status.DONE else Status.FAILED
    try:
        yield
    except Superseded:
        raise
    except Cancelled:
        finish(imported, progress, cancelled, now=progress.clock(), error="")
        raise
    except Exception as error:
        finish(imported, progress, failed, now=progress.clock(), error=_text(error)[:TOO_LONG])
        raise


def _text(error: Exception) -> str:
    """What whoever sent the file can do. What nobody foresaw is for the log."""
    if isinstance(error, CannotRun):
        return " ".join(text for texts in error.errors.values() for text in texts)
    return f"Something went wrong that has nothing to do with the file ({type(error).__name__}). {TRY_AGAIN}"
