"""What the API answers when the database does not."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import DataError, InterfaceError, OperationalError, connection
from django.test import Client

from routing.api.problems import problem_handler
from routing.models import Lead
from tests.api.conftest import API, send


@contextmanager
def database_raises(error: Exception) -> Iterator[None]:
    def refuse(execute: Callable[..., Any], *args: Any) -> Any:
        raise error

    with connection.execute_wrapper(refuse):
        yield


@pytest.mark.parametrize(
    "error", [OperationalError("server closed the connection"), InterfaceError("connection already closed")]
)
@pytest.mark.parametrize("path", ["leads", "reps", "pools", "rulebook/diff"])
def test_without_a_database_the_answer_is_503_and_when_to_come_back(api: Client, path: str, error: Exception) -> None:
    with database_raises(error):
        answer = api.get(f"{API}/{path}")

    assert answer.status_code == 503
    assert int(answer["Retry-After"]) > 0
    assert answer.json()["status"] == 503


def test_a_lead_that_could_not_be_stored_is_not_acknowledged(api: Client) -> None:
    with database_raises(OperationalError("canceling statement due to lock timeout")):
        answer = send(api, {"email": "mia@globex.com"})

    assert (answer.status_code, answer["Content-Type"]) == (503, "application/problem+json")
    assert not Lead.objects.exists()


def test_the_database_may_go_away_while_somebody_waits(api: Client) -> None:
    send(api, {"email": "mia@globex.com"}, Idempotency_Key="a")
    seen: list[str] = []

    def away_after_the_first_look(execute: Callable[..., Any], sql: str, *args: Any) -> Any:
        seen.append(sql)
        if sum('"status" = ' in one for one in seen) > 1:
            raise OperationalError("server closed the connection")
        return execute(sql, *args)

    with connection.execute_wrapper(away_after_the_first_look):
        assert send(api, {"email": "mia@globex.com"}, Idempotency_Key="a", Prefer="wait=5").status_code == 503


def test_a_value_that_the_database_cannot_take_is_the_senders_fault(api: Client) -> None:
    with database_raises(DataError("integer out of range")):
        assert api.get(f"{API}/leads").status_code == 400


def test_a_bug_stays_a_bug() -> None:
    assert problem_handler(ZeroDivisionError(), {}) is None
