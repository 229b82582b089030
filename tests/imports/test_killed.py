"""Runs that are killed, cancelled or overtaken: they go on where they stood, and nothing happens twice."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.db.models import Sum

from routing import crash
from routing.models import Assignment, Import, ImportRow, Lead, LedgerAccount, Posting, Work
from routing.services.imports import start
from routing.services.imports.leads.section import LeadsSection
from routing.services.publish import publish
from routing.services.route_pending import route_all
from routing.services.work import ABANDONED_AFTER, run_next
from tests.factories import make_catch_all, make_pool, make_rep, make_settings
from tests.imports.doing import brought_in, checked, csv, fresh, handed_in, rows_by_state, taken_back, work_off

LEADS = 25
STEP = 10
LINES = csv(*(f"p{n}@x{n}.com,DE," for n in range(LEADS)))


@pytest.fixture(autouse=True)
def _small_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(LeadsSection, "at_once", STEP)
    monkeypatch.setattr("routing.services.imports.runs.STORED", STEP)


@pytest.fixture
def company(transactional_db: None, now: datetime) -> None:
    make_settings()
    make_catch_all(make_pool(make_rep("Ana"), make_rep("Bob"), name="SMB"))
    publish(note="", user=None, now=now)


def killed(now: datetime, place: str) -> None:
    """A worker that is ended there by SIGKILL's own exit, without a word to anybody."""
    connection.close()
    child = os.fork()
    if child == 0:
        crash.crash_point = crash.armed(place)
        work_off(now)
        os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == crash.KILLED


def later(now: datetime) -> datetime:
    """When the next worker knows that it is free."""
    return now + ABANDONED_AFTER + timedelta(seconds=1)


PLACES = ["after_imported_rows:1", "after_imported_rows:2", "after_import_before_commit:2"]


@pytest.mark.parametrize("place", PLACES)
def test_a_killed_import_goes_on_without_doubles(company: None, now: datetime, place: str) -> None:
    imported = checked(LINES, now)
    start.confirm(imported=imported, now=now)
    killed(now, place)
    assert 0 < Lead.objects.count() < LEADS

    work_off(later(now))

    assert fresh(imported).status == Import.Status.DONE
    assert Lead.objects.count() == LEADS == Lead.objects.values("email").distinct().count()
    assert ImportRow.objects.filter(applied=True, lead__isnull=False).count() == LEADS


def test_a_killed_check_is_made_anew(company: None, now: datetime) -> None:
    imported = handed_in(LINES, now)
    start.check(imported=imported, now=now)
    killed(now, "after_checked_rows:2")

    work_off(later(now))

    assert rows_by_state(fresh(imported)) == {"new": list(range(1, LEADS + 1))}


def test_a_killed_undo_goes_on_and_reverses_no_turn_twice(company: None, now: datetime) -> None:
    imported = brought_in(LINES, now)
    route_all(now=now)
    start.undo(imported=imported, now=now)
    killed(now, "after_undone_rows:1")
    assert 0 < Lead.objects.count() < LEADS

    work_off(later(now))

    assert fresh(imported).report["undone"] == {"undone": LEADS, "stays": 0}
    assert not Lead.objects.exists()
    assert set(LedgerAccount.objects.values_list("balance", flat=True)) == {0}
    assert Posting.objects.filter(kind="reversal").count() == Posting.objects.filter(kind="turn").count() > STEP


@pytest.fixture
def cancelling(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], None]]:
    """Somebody cancels once a run has come to that place for the first time; every report is looked at."""
    monkeypatch.setattr("routing.services.work_progress.SAY_SECONDS", 0)

    def at(place: str) -> None:
        def come(name: str) -> None:
            if name == place:
                Work.objects.filter(status=Work.Status.RUNNING).update(cancel_asked=True)

        monkeypatch.setattr(crash, "crash_point", come)

    yield at


@pytest.mark.django_db
def test_a_cancelled_import_stops_at_the_end_of_a_step_and_goes_on_later(
    now: datetime, cancelling: Callable[[str], None]
) -> None:
    imported = checked(LINES, now)
    start.confirm(imported=imported, now=now)
    cancelling("after_imported_rows")
    work_off(now)
    assert fresh(imported).status == Import.Status.CANCELLED
    assert Lead.objects.count() == STEP

    cancelling("nowhere")
    start.confirm(imported=imported, now=now)
    work_off(now)

    assert Lead.objects.count() == LEADS


@pytest.mark.django_db
def test_what_a_cancelled_import_made_can_be_taken_back(now: datetime, cancelling: Callable[[str], None]) -> None:
    imported = checked(LINES, now)
    start.confirm(imported=imported, now=now)
    cancelling("after_imported_rows")
    work_off(now)
    cancelling("nowhere")

    assert taken_back(imported, now).report["undone"] == {"undone": STEP, "stays": 0}
    assert not Lead.objects.exists()


@pytest.mark.django_db
def test_a_cancelled_undo_can_be_gone_on_with(now: datetime, cancelling: Callable[[str], None]) -> None:
    imported = brought_in(LINES, now)
    start.undo(imported=imported, now=now)
    cancelling("after_undone_rows")
    work_off(now)
    assert fresh(imported).status == Import.Status.DONE
    assert Lead.objects.count() == LEADS - STEP

    cancelling("nowhere")

    assert taken_back(imported, now).report["undone"] == {"undone": LEADS, "stays": 0}


@pytest.mark.django_db
def test_a_run_that_dies_each_time_is_given_up_and_can_be_started_again(now: datetime) -> None:
    imported = checked(LINES, now)
    start.confirm(imported=imported, now=now)
    Work.objects.filter(kind="import").update(status="running", starts=3, started_at=now, beat_at=now)

    run_next(clock=lambda: later(now))
    start.confirm(imported=imported, now=later(now))
    work_off(later(now))

    assert Lead.objects.count() == LEADS


@pytest.mark.django_db
def test_a_worker_that_was_overtaken_writes_nothing_more(now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    imported = checked(LINES, now)
    start.confirm(imported=imported, now=now)

    def overtaken(name: str) -> None:
        Work.objects.filter(kind="import").update(started_at=now + timedelta(seconds=40))

    monkeypatch.setattr(crash, "crash_point", overtaken)
    work_off(now)

    assert Lead.objects.count() == STEP
    assert fresh(imported).status == Import.Status.RUNNING


@pytest.mark.django_db
def test_turns_of_an_undone_import_leave_others_as_they_were(now: datetime) -> None:
    make_settings()
    make_catch_all(make_pool(make_rep("Ana"), make_rep("Bob"), name="SMB"))
    publish(note="", user=None, now=now)
    brought_in(csv("own@y.com,DE,"), now)
    route_all(now=now)
    before = list(LedgerAccount.objects.order_by("rep").values_list("balance", flat=True))
    second = brought_in(LINES, now)
    route_all(now=now)

    taken_back(second, now)

    assert list(LedgerAccount.objects.order_by("rep").values_list("balance", flat=True)) == before
    assert LedgerAccount.objects.aggregate(sum=Sum("balance"))["sum"] == 0
    assert Assignment.objects.count() == 1
