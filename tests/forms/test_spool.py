"""The database is away: what visitors send waits on disk, and becomes leads once it is back, each exactly once."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from django.db import OperationalError, connections
from django.test import Client

from routing import spool
from routing.forms import remembered
from routing.models import Form, Incident, Lead, Submission
from routing.services.audit.spooled import spooled
from routing.services.submissions.drain import MOST_TRIES, drain
from tests.forms.conftest import ANSWERS, Visitor

pytestmark = pytest.mark.django_db


@contextmanager
def database_away() -> Iterator[None]:
    """Whatever is asked of it fails, as it does when nobody listens there."""

    def refuse(*args: Any) -> Any:
        raise OperationalError("connection refused")

    connection = connections["default"]
    with connection.execute_wrapper(refuse), patch.object(connection, "is_usable", lambda: False):
        yield


def entries() -> list[str]:
    return [file.path.name for file in spool.waiting()]


def test_what_is_sent_meanwhile_becomes_a_lead_afterwards(visitor: Visitor, now: datetime) -> None:
    with database_away():
        response = visitor.send()
    assert (response.status_code, Lead.objects.count(), len(entries())) == (303, 0, 1)

    assert drain(now=now + timedelta(minutes=5)) == 1

    lead, row = Lead.objects.get(), Submission.objects.get()
    assert (lead.email, lead.submitted_at, row.spooled) == ("mia@globex.com", now + timedelta(seconds=10), True)
    assert entries() == []


def test_the_visitor_is_thanked_meanwhile(visitor: Visitor) -> None:
    with database_away():
        page = visitor.client.get(visitor.send()["Location"])

    assert (page.status_code, "Thank you!" in page.content.decode()) == (200, True)


def test_a_script_is_told_that_it_was_taken_in(visitor: Visitor) -> None:
    with database_away():
        response = visitor.send_json(ANSWERS)

    assert (response.status_code, response.json()["sent"]) == (202, True)


def test_the_form_is_shown_meanwhile(visitor: Visitor) -> None:
    with database_away():
        assert visitor.open().status_code == 200


def test_a_process_that_never_read_it_says_so_plainly(form: Form) -> None:
    with database_away():
        response = Client().get("/f/demo/")

    assert (response.status_code, response["Retry-After"]) == (503, "5")
    assert "out for a moment" in response.content.decode()


def test_a_process_that_never_read_it_takes_what_is_sent(visitor: Visitor, now: datetime) -> None:
    remembered.forget()
    with database_away():
        assert visitor.send().status_code == 303

    drain(now=now)

    assert Lead.objects.get().email == "mia@globex.com"


def test_mistakes_are_told_at_once_and_a_correction_counts(visitor: Visitor, now: datetime) -> None:
    with database_away():
        assert visitor.send({"email": "mia@"}).status_code == 422
        assert visitor.send(after=30).status_code == 303

    drain(now=now)

    assert (Lead.objects.get().email, Submission.objects.count()) == ("mia@globex.com", 1)


def test_what_has_mistakes_waits_for_review_afterwards(visitor: Visitor, now: datetime) -> None:
    with database_away():
        visitor.send({"email": "mia@"})

    drain(now=now)

    assert Submission.objects.get().status == Submission.Status.INVALID


def test_what_was_kept_before_the_outage_is_not_kept_twice(visitor: Visitor, now: datetime) -> None:
    visitor.send()
    with database_away():
        visitor.send()

    drain(now=now)

    assert (Lead.objects.count(), Submission.objects.count()) == (1, 1)


def test_a_file_that_comes_back_after_a_crash_makes_no_second_lead(visitor: Visitor, now: datetime) -> None:
    with database_away():
        visitor.send()
    (file,) = spool.waiting()
    content = file.path.read_bytes()
    drain(now=now)
    file.path.write_bytes(content)

    drain(now=now)

    assert (Lead.objects.count(), entries()) == (1, [])


def test_limits_hold_meanwhile(make_form: Callable[..., Form], now: datetime) -> None:
    make_form(address_limit=2)
    Client().get("/f/demo/")
    with database_away():
        answers = [Client().post("/f/demo/", {"email": f"mia{n}@globex.com"}).status_code for n in range(6)]

    drain(now=now)

    assert answers == [303] * 4 + [429] * 2
    assert Lead.objects.exclude(screen_reason="").count() == 2


@pytest.mark.parametrize("content", ["", "{", "[]", '{"form": "demo"}', '{"form": "gone", "received_at": "x"}'])
def test_a_file_that_cannot_be_read_is_set_aside_and_blocks_nobody(
    visitor: Visitor, now: datetime, content: str
) -> None:
    with database_away():
        visitor.send()
    (spool.waiting()[0].path.parent / "00000000000000001-poison.0.json").write_text(content)

    drain(now=now)

    assert (Lead.objects.count(), entries(), spool.aside()) == (1, [], 1)
    assert [finding.subject for finding in spooled(now)] == ["aside"]


def test_what_kills_whoever_tries_it_is_set_aside_after_some_tries(visitor: Visitor, now: datetime) -> None:
    with database_away():
        visitor.send()
    for _ in range(MOST_TRIES):
        assert spool.begin(spool.waiting()[0])  # and then the process died

    assert drain(now=now) == 0
    assert (entries(), spool.aside()) == ([], 1)


def test_an_outage_while_draining_costs_no_try(visitor: Visitor, now: datetime) -> None:
    with database_away():
        visitor.send()
        for _ in range(2 * MOST_TRIES):
            with pytest.raises(OperationalError):
                drain(now=now)

    assert drain(now=now) == 1


def refusing_to_write(cause: Exception) -> Callable[..., Any]:
    def refuse(execute: Any, sql: str, *rest: Any) -> Any:
        if sql.startswith("INSERT"):
            raise OperationalError("no") from cause
        return execute(sql, *rest)

    return refuse


class TakesTooLong(Exception):
    """As the driver tells of a statement that was ended."""

    sqlstate = "57014"


def test_a_database_that_takes_nothing_in_costs_no_try(visitor: Visitor, now: datetime) -> None:
    """It answers, but its disk is full, or others write: nothing that was acknowledged is set aside for that."""
    with database_away():
        visitor.send()
    with connections["default"].execute_wrapper(refusing_to_write(Exception("database or disk is full"))):
        for _ in range(2 * MOST_TRIES):
            with pytest.raises(OperationalError):
                drain(now=now)

    assert (drain(now=now), spool.aside(), Lead.objects.count()) == (1, 0, 1)


def test_what_takes_too_long_itself_is_set_aside_after_some_tries(visitor: Visitor, now: datetime) -> None:
    with database_away():
        visitor.send()
    with connections["default"].execute_wrapper(refusing_to_write(TakesTooLong())):
        for _ in range(MOST_TRIES + 1):
            drain(now=now)

    assert (entries(), spool.aside()) == ([], 1)


def test_forms_that_nobody_knows_do_not_fill_the_disk_meanwhile(visitor: Visitor) -> None:
    visitor.open()
    with database_away():
        answers = [Client().post(f"/f/made-up-{n}/", {"email": "x@globex.com"}).status_code for n in range(30)]

    assert (answers[0], answers[-1], len(entries())) == (303, 503, 20)


def test_a_closed_form_keeps_its_word(visitor: Visitor, now: datetime) -> None:
    with database_away():
        visitor.send()
    Form.objects.update(active=False)

    drain(now=now)

    assert Lead.objects.exists()


def test_a_full_spool_acknowledges_nothing(visitor: Visitor, settings: Any) -> None:
    settings.SPOOL_MEGABYTES = 0
    with database_away():
        response = visitor.send()

    assert (response.status_code, response["Retry-After"], entries()) == (503, "5", [])
    assert 'value="mia@globex.com"' in response.content.decode()


def test_a_full_disk_acknowledges_nothing(visitor: Visitor) -> None:
    def full(number: int) -> None:
        raise OSError(28, "No space left on device")

    with database_away(), patch.object(os, "fsync", full):
        assert visitor.send().status_code == 503

    assert list(spool.settings.SPOOL_DIR.iterdir()) == []


def test_a_file_is_for_its_owner_alone(visitor: Visitor) -> None:
    with database_away():
        visitor.send()

    (file,) = spool.waiting()
    assert (file.path.stat().st_mode & 0o777, file.path.parent.stat().st_mode & 0o777) == (0o600, 0o700)


def test_half_a_file_is_never_taken_for_one(visitor: Visitor, now: datetime) -> None:
    folder: Path = spool.settings.SPOOL_DIR
    folder.mkdir()
    half = folder / "1-x.part"
    half.write_text("{")

    assert drain(now=now) == 0
    assert half.exists()


def test_the_auditor_tells_of_what_waits_too_long(visitor: Visitor) -> None:
    with database_away():
        visitor.send()
    came = datetime.fromtimestamp(spool.oldest()[1], UTC)

    assert list(spooled(came + timedelta(seconds=59))) == []
    (finding,) = spooled(came + timedelta(seconds=61))
    assert (finding.kind, finding.subject) == (Incident.Kind.SPOOL, "waiting")


def test_monitoring_tells_of_what_waits(visitor: Visitor) -> None:
    with database_away():
        visitor.send()

    assert "leadrouting_submissions_spooled 1.0" in Client().get("/metrics").content.decode()
