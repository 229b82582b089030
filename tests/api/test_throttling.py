"""Too many requests of one key, and too many wrong keys from one address, are answered 429 for the rest of a minute."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from routing.api import throttling
from routing.models import Scope, ThrottleCount
from routing.services.api_keys import create_api_key
from tests.api.conftest import API, client_with

NOON = datetime(2026, 3, 3, 12, 0, 20, tzinfo=UTC)


@pytest.fixture(autouse=True)
def clock(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Twenty seconds past noon, in a process that has counted nothing; `at` moves it on."""
    throttling.forget_counts()

    def at(instant: datetime) -> None:
        monkeypatch.setattr("routing.api.arrival.current_time", lambda: instant)

    at(NOON)
    settings.API_PER_MINUTE = settings.API_FAILURES_PER_MINUTE = 3
    yield at
    throttling.forget_counts()


def statuses(client: Client, times: int, address: str = "leads") -> list[int]:
    return [client.get(f"{API}/{address}").status_code for _ in range(times)]


def test_more_than_the_limit_is_refused_until_the_minute_is_over(api: Client, clock: Any) -> None:
    assert statuses(api, 5) == [200, 200, 200, 429, 429]
    clock(NOON + timedelta(minutes=1))
    assert statuses(api, 1) == [200]


def test_the_refusal_says_what_was_too_much_and_when_to_come_again(api: Client) -> None:
    statuses(api, 3)

    answer = api.get(f"{API}/leads")

    assert (answer["Content-Type"], answer["Retry-After"], answer.json()["status"]) == (
        "application/problem+json",
        "40",
        429,
    )
    assert "more than 3 requests" in answer.json()["detail"]


def test_other_keys_go_on(api: Client) -> None:
    statuses(api, 5)

    assert statuses(client_with(create_api_key(name="other", scopes=Scope.values).secret), 1) == [200]


def test_zero_is_no_limit(api: Client, settings: Any) -> None:
    settings.API_PER_MINUTE = 0

    assert statuses(api, 5) == [200] * 5
    assert not ThrottleCount.objects.exists()


def test_processes_count_together(api: Client) -> None:
    statuses(api, 2)
    throttling.forget_counts()  # another process has counted nothing itself

    assert statuses(api, 2) == [200, 429]


def test_a_request_seldom_costs_a_statement(api: Client, settings: Any) -> None:
    settings.API_PER_MINUTE = 1000
    statuses(api, 1)

    with CaptureQueriesContext(connection) as queries:
        statuses(api, 33)

    assert len([query for query in queries if "throttle" in query["sql"]]) == 3


def test_too_many_wrong_keys_from_one_address_are_refused(db: None, clock: Any) -> None:
    wrong = client_with("lr_wrong")

    assert statuses(wrong, 5) == [401, 401, 401, 429, 429]
    clock(NOON + timedelta(minutes=1))
    assert statuses(wrong, 1) == [401]


def test_whoever_is_refused_for_wrong_keys_costs_no_more_counting(db: None) -> None:
    wrong = client_with("lr_wrong")
    statuses(wrong, 4)

    with CaptureQueriesContext(connection) as queries:
        statuses(wrong, 3)

    assert not [query for query in queries if "throttle" in query["sql"]]


def test_a_right_key_opens_whatever_else_comes_from_its_address(api: Client) -> None:
    statuses(client_with("lr_wrong"), 5)

    assert statuses(api, 1) == [200]


def test_no_address_is_kept_of_whom_is_counted(db: None) -> None:
    statuses(client_with("lr_wrong"), 1)

    assert "127.0.0.1" not in ThrottleCount.objects.get().key
