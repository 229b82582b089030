"""A backup is the whole database; what is restored from it is the same, and goes on."""

from __future__ import annotations

import gzip
import json
import stat
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from routing.models import Assignment, Heartbeat, Lead, LedgerAccount, OutboxMessage, Posting
from routing.services.backup import CannotRestore, backup, look_into, restore, settle_restored
from routing.services.backup.content import columns, tables
from routing.services.heartbeats import AUDITOR
from routing.services.publish import publish
from routing.services.route_pending import route_all
from tests.factories import make_catch_all, make_lead, make_pool, make_rep

pytestmark = pytest.mark.django_db(transaction=True)
DAY = timedelta(days=1)


@pytest.fixture
def company(now: datetime) -> None:
    """Routed leads, one that waits, and everything that this leaves behind."""
    make_catch_all(make_pool(make_rep("Ana", languages=["de"]), make_rep("Bea")))
    publish(note="first", user=None, now=now)
    for number in range(5):
        make_lead(now, message=f"Grüße \u2028 “{number}”", attributes={"deep": [1, None, {"a": 2.5}]})
    route_all(now=now)
    make_lead(now)


@pytest.fixture
def file(tmp_path: Path, company: None, now: datetime) -> Path:
    backup(path=tmp_path / "b", now=now)
    return tmp_path / "b"


def everything() -> dict[str, list[tuple[Any, ...]]]:
    return {
        name: [
            tuple(bytes(value) if isinstance(value, memoryview) else value for value in row)
            for row in model._base_manager.order_by("pk").values_list(*[field.attname for field in columns(model)])
        ]
        for name, model in tables().items()
    }


def changed(file: Path, change: Callable[[list[bytes]], list[bytes]]) -> Path:
    lines = gzip.decompress(file.read_bytes()).splitlines(keepends=True)
    file.write_bytes(gzip.compress(b"".join(change(lines))))
    return file


def test_what_is_restored_is_what_was_there(file: Path, now: datetime) -> None:
    before = everything()

    restore(path=file, replace=True, now=now)

    after = everything()
    assert "database.restored" in after["routing_auditentry"].pop()
    assert after == before


def test_only_the_owner_can_read_a_backup(file: Path) -> None:
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_a_backup_is_never_overwritten(file: Path, now: datetime) -> None:
    with pytest.raises(FileExistsError, match="never overwritten"):
        backup(path=file, now=now)


def test_it_says_what_is_in_it(file: Path, now: datetime) -> None:
    content = look_into(path=file)

    assert (content.taken_at, content.rows["routing_lead"], content.rows["reps_rep"]) == (now, 6, 2)


def test_new_rows_come_after_the_restored_ones(file: Path, now: datetime) -> None:
    newest = Lead.objects.latest("pk").pk
    restore(path=file, replace=True, now=now)

    assert make_lead(now).pk == newest + 1


def test_a_database_in_use_is_not_overwritten_unasked(file: Path, now: datetime) -> None:
    with pytest.raises(CannotRestore, match="not empty: it has leads"):
        restore(path=file, replace=False, now=now)

    assert Lead.objects.count() == 6


def test_a_running_product_is_not_restored_under(file: Path, now: datetime) -> None:
    Heartbeat.objects.beat("clock routing", now)

    with pytest.raises(CannotRestore, match="Stop all its processes"):
        restore(path=file, replace=True, now=now)


def test_the_last_audit_is_no_running_process(file: Path, now: datetime) -> None:
    Heartbeat.objects.beat(AUDITOR, now)

    assert restore(path=file, replace=True, now=now)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda lines: lines[:-1], "ends too early"),
        (lambda lines: [*lines[:3], *lines[4:]], "checksum"),
        (lambda lines: [line.replace(b'"format":1', b'"format":9') for line in lines], "format 9"),
        (lambda lines: [b'{"a": 1}\n', *lines], "not a backup of this product"),
        (lambda lines: [b"\xff\n"], "not a whole backup"),
    ],
)
def test_a_file_that_is_not_as_it_was_written_changes_nothing(
    file: Path, now: datetime, change: Callable[[list[bytes]], list[bytes]], says: str
) -> None:
    with pytest.raises(CannotRestore, match=says):
        restore(path=changed(file, change), replace=True, now=now)

    assert Lead.objects.count() == 6


def test_a_file_that_was_cut_off_changes_nothing(file: Path, now: datetime) -> None:
    file.write_bytes(file.read_bytes()[:-40])

    with pytest.raises(CannotRestore, match="not a whole backup"):
        restore(path=file, replace=True, now=now)


@pytest.mark.parametrize(("change", "says"), [("+routing.0099_later", "newer version"), ("-", "older version")])
def test_a_backup_of_another_version_is_refused(file: Path, now: datetime, change: str, says: str) -> None:
    def other(lines: list[bytes]) -> list[bytes]:
        head = json.loads(lines[0])
        head["migrations"] = head["migrations"][:-1] if change == "-" else [*head["migrations"], change[1:]]
        return [json.dumps(head).encode() + b"\n", *lines[1:]]

    with pytest.raises(CannotRestore, match=says):
        restore(path=changed(file, other), replace=True, now=now)


def test_what_waited_is_routed_after_a_restore(file: Path, now: datetime) -> None:
    restore(path=file, replace=True, now=now + DAY)
    route_all(now=now + DAY)

    assert not Lead.objects.exclude(status=Lead.Status.ASSIGNED).exists()
    assert sum(LedgerAccount.objects.values_list("balance", flat=True)) == 0
    assert Posting.objects.count() == 6


def test_old_alerts_are_not_sent_after_a_restore(file: Path, now: datetime) -> None:
    _, settled = restore(path=file, replace=True, now=now + 2 * DAY)

    assert settled.suppressed == 5
    assert not OutboxMessage.objects.waiting().exists()
    assert "24 hours" in OutboxMessage.objects.values_list("error", flat=True)[0]


def test_alerts_of_today_are_sent_after_a_restore(file: Path, now: datetime) -> None:
    restore(path=file, replace=True, now=now + timedelta(hours=1))

    assert OutboxMessage.objects.waiting().count() == 5


def test_clocks_go_on_where_they_stood(company: None, now: datetime) -> None:
    started = now - timedelta(minutes=2)
    Assignment.objects.update(clock_started_at=started)

    settle_restored(taken_at=now, now=now + 3 * DAY)

    clocks = set(Assignment.objects.values_list("clock_started_at", "due_at"))
    assert clocks == {(started + 3 * DAY, started + 3 * DAY + timedelta(minutes=5))}


def test_a_deadline_that_was_missed_stays_missed(company: None, now: datetime) -> None:
    Assignment.objects.update(clock_started_at=now, due_at=now, breached_at=now)

    settle_restored(taken_at=now, now=now + DAY)

    assert set(Assignment.objects.values_list("due_at", flat=True)) == {now}


def test_an_owner_who_was_never_told_is_reminded(company: None, now: datetime) -> None:
    later = now + 2 * DAY

    settle_restored(taken_at=now, now=later)

    assert set(Assignment.objects.values_list("alerted_at", "clock_started_at")) == {(None, later)}
    assert Assignment.objects.filter(step_at__gt=later).count() == 5


def test_without_a_date_the_last_sign_of_life_counts(company: None, now: datetime) -> None:
    Assignment.objects.update(clock_started_at=now)
    Heartbeat.objects.beat("clock sla", now + timedelta(seconds=5))

    settle_restored(now=now + DAY)

    assert set(Assignment.objects.values_list("clock_started_at", flat=True)) == {now + DAY - timedelta(seconds=5)}
    assert not Heartbeat.objects.exists()


def test_settling_again_moves_no_clock(company: None, now: datetime) -> None:
    Assignment.objects.update(clock_started_at=now)
    Heartbeat.objects.beat("clock sla", now)

    settle_restored(taken_at=now, now=now + DAY)
    call_command("settle_restored", "--taken-at", now.isoformat())
    call_command("settle_restored")

    assert set(Assignment.objects.values_list("clock_started_at", flat=True)) == {now + DAY}


def test_the_commands_say_what_they_did(tmp_path: Path, company: None, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("backup", str(tmp_path / "c"))
    call_command("restore", str(tmp_path / "c"), "--check")
    call_command("restore", str(tmp_path / "c"), "--replace")
    call_command("settle_restored", "--taken-at", "2026-03-03T16:00Z")

    said = capsys.readouterr().out
    assert said.count("6 leads, 5 decisions, 2 reps, 0 users") == 3
    assert "SECRET_KEY" in said


def test_an_instant_without_an_offset_is_refused() -> None:
    with pytest.raises(CommandError, match="offset"):
        call_command("settle_restored", "--taken-at", "2026-03-03 16:00")
