"""How far an import is: its row locked, its run's fate taken over, and who may go on writing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from django.db import transaction
from django.db.models import Count, QuerySet

from routing.models import Import, ImportRow, Work
from routing.services.work_progress import Progress, Superseded

Status = Import.Status
State = ImportRow.State
TO_APPLY = (State.NEW, State.CHANGED, State.REMOVED)
UNDER_WAY = (Status.CHECKING, Status.RUNNING, Status.UNDOING)
ENDED = {Work.Status.CANCELLED: Status.CANCELLED, Work.Status.FAILED: Status.FAILED}


def lock(pk: int) -> Import:
    """In the caller's transaction."""
    return Import.objects.select_for_update(no_key=True).get(pk=pk)


def settled(row: Import) -> Import:
    """The import, with the fate of a run that ended without saying so: killed too often, or cancelled unbegun."""
    if row.status in UNDER_WAY and row.work is not None and row.work.status in ENDED:
        was = Status(row.status)
        row.status = ENDED[Work.Status(row.work.status)] if was != Status.UNDOING else Status.DONE
        row.error, row.finished_at = row.error or row.work.error, row.work.finished_at
        Import.objects.filter(pk=row.pk, status=was).update(
            status=row.status, error=row.error, finished_at=row.finished_at
        )
    return row


def by_state(rows: QuerySet[ImportRow]) -> dict[str, int]:
    """How many of the rows are in each state."""
    return dict(rows.order_by("state").values_list("state").annotate(count=Count("pk")))


@contextmanager
def held(imported: Import, progress: Progress) -> Iterator[Import]:
    """One step of a run, in a transaction, with the import locked. Raises Superseded if the run is another worker's."""
    with transaction.atomic():
        row = lock(imported.pk)
        mine = Work.objects.filter(pk=progress.pk, status=Work.Status.RUNNING, started_at=progress.started_at)
        if row.work_id != progress.pk or not mine.exists():
            raise Superseded
        yield row


def finish(imported: Import, progress: Progress, status: Status, *, now: datetime, error: str = "") -> None:
    """The run has ended so, if it is still ours."""
    with held(imported, progress) as row:
        row.status, row.error, row.finished_at = status, error, now
        row.report = imported.report
        row.save(update_fields=["status", "error", "finished_at", "report"])
