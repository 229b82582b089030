"""How tests bring files in: handed in, checked, confirmed and undone by the worker's own runs."""

from __future__ import annotations

import io
from datetime import datetime
from typing import Any

from routing.models import Import
from routing.services.imports import start
from routing.services.work import run_next


def csv(*lines: str, header: str = "email,country,company") -> bytes:
    return "\n".join([header, *lines]).encode()


def handed_in(content: bytes, now: datetime, **options: Any) -> Import:
    """Leads, with columns as they are guessed."""
    imported = start.start_import(section="leads", file_name="list.csv", stream=io.BytesIO(content), now=now)
    return start.choose_columns(imported=imported, mapping=None, options=options, now=now)


def work_off(now: datetime) -> None:
    while run_next(clock=lambda: now):
        pass


def checked(content: bytes, now: datetime, **options: Any) -> Import:
    imported = handed_in(content, now, **options)
    start.check(imported=imported, now=now)
    work_off(now)
    return fresh(imported)


def brought_in(content: bytes, now: datetime, **options: Any) -> Import:
    imported = checked(content, now, **options)
    start.confirm(imported=imported, now=now)
    work_off(now)
    return fresh(imported)


def confirmed(section: str, content: bytes, now: datetime) -> Import:
    """Of any section, with columns as they are guessed."""
    row = start.start_import(section=section, file_name="list", stream=io.BytesIO(content), now=now)
    start.check(imported=row, now=now)
    work_off(now)
    start.confirm(imported=row, now=now)
    work_off(now)
    return fresh(row)


def taken_back(imported: Import, now: datetime) -> Import:
    start.undo(imported=imported, now=now)
    work_off(now)
    return fresh(imported)


def fresh(imported: Import) -> Import:
    return Import.objects.select_related("work").get(pk=imported.pk)


def rows_by_state(imported: Import) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    for row in imported.rows.order_by("number"):
        found.setdefault(row.state, []).append(row.number)
    return found
