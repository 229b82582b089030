"""Work that takes longer than somebody waits: started by a row, run by whoever is free, reported in that row.

A run that is killed starts anew, twice at most; one that is told to end (a restart) is given back uncounted.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any, NamedTuple

from django.contrib.auth.models import User
from django.db import connection, transaction
from django.db.models import F

from routing.models import Work
from routing.services import evaluate_pool, learn_score, lint, monthly_report, repair, replay
from routing.services.imports import runs as imports
from routing.services.privacy import erasing_work
from routing.services.work_progress import TRY_AGAIN, Cancelled, CannotRun, Progress, Superseded, nobody
from routing.services.work_queue import AlreadyFinished, cancel, put_in_line

__all__ = ["KINDS", "AlreadyFinished", "cancel", "is_waiting", "run_next", "run_now", "start"]

logger = logging.getLogger(__name__)

ABANDONED_AFTER = timedelta(seconds=30)
"""A run whose worker has been silent for this long was killed."""
UNHEARD_AFTER = timedelta(seconds=3)
MOST_STARTS = 3
LONGEST_ERROR = 2_000


class Kind(NamedTuple):
    """How what is asked is checked (raises CannotRun), and how it is run: a report comes back."""

    check: Callable[[Mapping[str, Any], datetime], object]
    run: Callable[[Mapping[str, Any], Progress, datetime], dict[str, Any]]


KINDS: Mapping[str, Kind] = MappingProxyType(
    {
        Work.Kind.LINT: Kind(lint.read_asked, lint.run_lint),
        Work.Kind.REPLAY: Kind(replay.read_asked, replay.run_replay),
        Work.Kind.REPAIR: Kind(repair.read_asked, repair.run_repair),
        Work.Kind.CHECK_FILE: Kind(imports.read_asked, imports.run_check),
        Work.Kind.IMPORT: Kind(imports.read_asked, imports.run_import),
        Work.Kind.UNDO: Kind(imports.read_asked, imports.run_undo),
        Work.Kind.MONTH: Kind(monthly_report.read_asked, monthly_report.run_month),
        Work.Kind.LEARN: Kind(learn_score.read_asked, learn_score.run_learning),
        Work.Kind.EVALUATE: Kind(evaluate_pool.read_asked, evaluate_pool.run_evaluation),
        Work.Kind.ERASE: Kind(erasing_work.read_asked, erasing_work.run_erasure),
    }
)


def start(*, kind: str, params: Mapping[str, Any], user: User | None, now: datetime) -> Work:
    """Have something run. Raises CannotRun if it cannot be done as asked; `params` are JSON."""
    _check(kind, params, now)
    return put_in_line(kind=kind, params=params, user=user, now=now)


def is_waiting(*, now: datetime) -> bool:
    """Whether there is work that nobody has begun for some seconds, or that was left behind."""
    late = Work.objects.to_run(abandoned_before=now - ABANDONED_AFTER).filter(created_at__lt=now - UNHEARD_AFTER)
    return late.exists()


def run_next(*, clock: Callable[[], datetime], beat: Callable[[datetime], object] = nobody) -> bool:
    """Run the oldest work that waits; False if there is none. Never raises what the run itself does."""
    work = _claim(clock())
    if work is None:
        return False
    if work.finished_at is None and work.started_at is not None:
        _run(work, Progress(work.pk, work.started_at, clock, beat), clock)
    return True


def run_now(*, kind: str, params: Mapping[str, Any], clock: Callable[[], datetime]) -> Work:
    """Run something here and now, for somebody who waits for it; the row with its report. Raises CannotRun."""
    now = clock()
    _check(kind, params, now)
    work = Work.objects.create(
        kind=kind, params=dict(params), status=Work.Status.RUNNING, created_at=now, started_at=now, beat_at=now,
        starts=MOST_STARTS,
    )  # fmt: skip
    _run(work, Progress(work.pk, now, clock), clock)
    work.refresh_from_db()
    return work


def _check(kind: str, params: Mapping[str, Any], now: datetime) -> None:
    if kind not in KINDS:
        raise CannotRun({"kind": [f"There is no work of this kind. Choose one of {', '.join(sorted(KINDS))}."]})
    KINDS[kind].check(params, now)


@transaction.atomic
def _claim(now: datetime) -> Work | None:
    """The next work, begun; or finished already, because it was begun in vain too often or is to be cancelled."""
    skip = connection.features.has_select_for_update_skip_locked
    waiting = Work.objects.to_run(abandoned_before=now - ABANDONED_AFTER)
    work = waiting.select_for_update(no_key=True, of=("self",), skip_locked=skip).first()
    if work is None:
        return None
    if work.cancel_asked:
        work.status, work.finished_at = Work.Status.CANCELLED, now
    elif work.starts >= MOST_STARTS:
        work.status, work.finished_at = Work.Status.FAILED, now
        work.error = f"It was begun {work.starts} times, and broke off each time. {TRY_AGAIN}"
    else:
        work.status, work.started_at, work.beat_at, work.starts = Work.Status.RUNNING, now, now, work.starts + 1
        work.done = work.total = 0
    work.save()
    return work


def _run(work: Work, progress: Progress, clock: Callable[[], datetime]) -> None:
    try:
        report = KINDS[work.kind].run(work.params, progress, clock())
    except Cancelled:
        _finish(progress, clock(), status=Work.Status.CANCELLED)
    except Superseded:
        logger.warning("work_superseded", extra={"work": work.pk})
    except CannotRun as error:
        _finish(progress, clock(), status=Work.Status.FAILED, error=str(error)[:LONGEST_ERROR])
    except Exception as error:
        logger.exception("work_failed", extra={"work": work.pk, "kind": work.kind})
        text = f"{type(error).__name__}: {error}"
        _finish(progress, clock(), status=Work.Status.FAILED, error=text[:LONGEST_ERROR])
    except BaseException:  # the process is told to end: whoever comes next does it, and no try is counted
        _mine(progress).update(status=Work.Status.QUEUED, starts=F("starts") - 1)
        raise
    else:
        _finish(progress, clock(), status=Work.Status.DONE, report=report, done=F("total"))


def _finish(progress: Progress, now: datetime, **columns: Any) -> None:
    """Unless somebody else has taken the run over."""
    _mine(progress).update(finished_at=now, beat_at=now, **columns)


def _mine(progress: Progress) -> Any:
    return Work.objects.filter(pk=progress.pk, status=Work.Status.RUNNING, started_at=progress.started_at)
