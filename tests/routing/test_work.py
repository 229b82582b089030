"""Long work: progress, cancel, failure, and what becomes of a run whose worker was killed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any

import pytest

from routing.models import Work
from routing.services import work
from routing.services.work import AlreadyFinished, Kind, cancel, is_waiting, run_next, start
from routing.services.work_progress import CannotRun, Progress

pytestmark = pytest.mark.django_db
Run = Callable[[Mapping[str, Any], Progress, datetime], dict[str, Any]]


@pytest.fixture
def runs(monkeypatch: pytest.MonkeyPatch) -> Callable[[Run], None]:
    """Let a lint run do this."""

    def use(run: Run) -> None:
        kinds = {Work.Kind.LINT: Kind(lambda params, now: None, run)}
        monkeypatch.setattr(work, "KINDS", MappingProxyType(kinds))

    return use


def begin(now: datetime) -> Work:
    return start(kind=Work.Kind.LINT, params={"a": 1}, user=None, now=now)


def killed(now: datetime, *, starts: int) -> Work:
    """A run whose worker was killed a minute ago."""
    then = now - timedelta(minutes=1)
    return Work.objects.create(
        kind=Work.Kind.LINT, status=Work.Status.RUNNING, created_at=then, started_at=then, beat_at=then, starts=starts
    )


def fresh(row: Work) -> Work:
    return Work.objects.get(pk=row.pk)


def test_its_report_is_kept(runs: Callable[[Run], None], now: datetime) -> None:
    runs(lambda params, progress, when: {"seen": params["a"]})
    row = begin(now)

    assert run_next(clock=lambda: now) is True
    assert run_next(clock=lambda: now) is False

    assert (fresh(row).status, fresh(row).report, fresh(row).finished_at) == (Work.Status.DONE, {"seen": 1}, now)


def test_the_oldest_is_run_first(runs: Callable[[Run], None], now: datetime) -> None:
    runs(lambda params, progress, when: {})
    later, first = begin(now), begin(now - timedelta(minutes=1))

    run_next(clock=lambda: now)

    assert (fresh(first).status, fresh(later).status) == (Work.Status.DONE, Work.Status.QUEUED)


def test_it_says_how_far_it_is_and_that_its_worker_lives(runs: Callable[[Run], None], now: datetime) -> None:
    beats: list[datetime] = []

    def run(params: Mapping[str, Any], progress: Progress, when: datetime) -> dict[str, Any]:
        progress.report(3, 10)
        row = Work.objects.get()
        return {"done": row.done, "total": row.total, "beat": row.beat_at == now}

    runs(run)
    row = begin(now)
    run_next(clock=lambda: now, beat=beats.append)

    assert fresh(row).report == {"done": 3, "total": 10, "beat": True}
    assert beats == [now]


def test_progress_is_written_twice_a_second_at_most(
    runs: Callable[[Run], None], now: datetime, django_assert_max_num_queries: Any
) -> None:
    def run(params: Mapping[str, Any], progress: Progress, when: datetime) -> dict[str, Any]:
        with django_assert_max_num_queries(2):
            for done in range(1_000):
                progress.report(done, 1_000)
        return {}

    runs(run)
    row = begin(now)
    run_next(clock=lambda: now)

    assert fresh(row).status == Work.Status.DONE


def test_what_is_cancelled_before_it_begins_never_runs(runs: Callable[[Run], None], now: datetime) -> None:
    runs(lambda params, progress, when: {"ran": True})
    row = cancel(work=begin(now))

    run_next(clock=lambda: now)

    assert (fresh(row).status, fresh(row).report) == (Work.Status.CANCELLED, None)


def test_what_is_cancelled_while_it_runs_stops(runs: Callable[[Run], None], now: datetime) -> None:
    def run(params: Mapping[str, Any], progress: Progress, when: datetime) -> dict[str, Any]:
        cancel(work=Work.objects.get())
        progress.report(1, 2)
        return {"ran": True}

    runs(run)
    row = begin(now)
    run_next(clock=lambda: now)

    assert (fresh(row).status, fresh(row).report) == (Work.Status.CANCELLED, None)


def test_what_has_finished_cannot_be_cancelled(runs: Callable[[Run], None], now: datetime) -> None:
    runs(lambda params, progress, when: {})
    row = begin(now)
    run_next(clock=lambda: now)

    with pytest.raises(AlreadyFinished, match="finished already: done"):
        cancel(work=row)


def test_a_failure_says_why(runs: Callable[[Run], None], now: datetime) -> None:
    def run(params: Mapping[str, Any], progress: Progress, when: datetime) -> dict[str, Any]:
        raise ZeroDivisionError("nobody to share among")

    runs(run)
    row = begin(now)
    run_next(clock=lambda: now)

    assert (fresh(row).status, fresh(row).error) == (Work.Status.FAILED, "ZeroDivisionError: nobody to share among")


def test_a_killed_run_starts_anew(runs: Callable[[Run], None], now: datetime) -> None:
    runs(lambda params, progress, when: {})
    row = killed(now, starts=2)

    run_next(clock=lambda: now)

    assert (fresh(row).status, fresh(row).starts) == (Work.Status.DONE, 3)


def test_a_run_that_was_killed_three_times_fails(runs: Callable[[Run], None], now: datetime) -> None:
    runs(lambda params, progress, when: {})
    row = killed(now, starts=3)

    run_next(clock=lambda: now)

    assert fresh(row).status == Work.Status.FAILED
    assert "begun 3 times" in fresh(row).error


def test_a_run_whose_worker_lives_is_left_alone(runs: Callable[[Run], None], now: datetime) -> None:
    runs(lambda params, progress, when: {})
    killed(now - timedelta(seconds=-45), starts=1)

    assert run_next(clock=lambda: now) is False
    assert is_waiting(now=now) is False


def test_a_worker_that_is_told_to_end_gives_its_run_back(runs: Callable[[Run], None], now: datetime) -> None:
    def run(params: Mapping[str, Any], progress: Progress, when: datetime) -> dict[str, Any]:
        raise SystemExit

    runs(run)
    row = begin(now)
    with pytest.raises(SystemExit):
        run_next(clock=lambda: now)

    assert (fresh(row).status, fresh(row).starts) == (Work.Status.QUEUED, 0)


def test_a_run_that_was_taken_over_does_not_finish_twice(runs: Callable[[Run], None], now: datetime) -> None:
    def run(params: Mapping[str, Any], progress: Progress, when: datetime) -> dict[str, Any]:
        Work.objects.update(started_at=now + timedelta(minutes=1))
        progress.report(1, 2)
        return {"ran": True}

    runs(run)
    row = begin(now)
    run_next(clock=lambda: now)

    assert (fresh(row).status, fresh(row).report) == (Work.Status.RUNNING, None)


def test_work_that_nobody_began_for_seconds_is_waiting(runs: Callable[[Run], None], now: datetime) -> None:
    runs(lambda params, progress, when: {})
    begin(now)

    assert is_waiting(now=now + timedelta(seconds=1)) is False
    assert is_waiting(now=now + timedelta(seconds=4)) is True


@pytest.mark.parametrize(
    ("kind", "params", "field"),
    [
        ("dance", {}, "kind"),
        ("replay", {"days": 0}, "days"),
        ("replay", {"days": "many"}, "days"),
        ("replay", {"from": "2026-03-01T09:00:00"}, "from"),
        ("replay", {"from": "2027-03-01T09:00:00Z"}, "from"),
        ("replay", {"version": None}, "version"),
        ("replay", {"weeks": 3}, "weeks"),
    ],
)
def test_what_cannot_be_run_is_refused_at_once(kind: str, params: dict[str, Any], field: str, now: datetime) -> None:
    with pytest.raises(CannotRun) as refused:
        start(kind=kind, params=params, user=None, now=now)

    assert field in refused.value.errors
    assert not Work.objects.exists()
