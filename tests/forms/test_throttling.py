"""Counting: how often, by whom, and whose address a request has."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import RequestFactory

from routing.models import ThrottleCount
from routing.services.throttling import count_hit, forget_old_hits, visitor_key
from routing.visitors import address_of
from tests.chaos.at_once import at_once


@pytest.mark.django_db
def test_hits_of_one_window_are_counted(now: datetime) -> None:
    counts = [count_hit(key="a", seconds=60, now=now + timedelta(seconds=second)).count for second in (0, 30, 59, 60)]

    assert counts == [1, 2, 3, 1]


@pytest.mark.django_db
def test_another_key_is_counted_by_itself(now: datetime) -> None:
    count_hit(key="a", seconds=60, now=now)

    assert count_hit(key="b", seconds=60, now=now).count == 1


@pytest.mark.django_db
def test_a_hit_says_when_the_next_window_begins(now: datetime) -> None:
    later = now + timedelta(seconds=41.5)

    hits = count_hit(key="a", seconds=60, now=later)

    assert (hits.resets_at, hits.seconds_left(later)) == (now + timedelta(seconds=60), 19)


@pytest.mark.django_db
def test_a_hit_is_one_statement(now: datetime, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(1 + 2):  # and a savepoint, as this test is in a transaction
        count_hit(key="a", seconds=60, now=now)


@pytest.mark.django_db(transaction=True)
def test_nobody_is_missed_who_comes_at_the_same_moment(now: datetime) -> None:
    counts = at_once(*[lambda: count_hit(key="a", seconds=60, now=now).count] * 8)

    assert sorted(counts) == list(range(1, 9))


@pytest.mark.django_db
def test_old_windows_are_forgotten(now: datetime) -> None:
    count_hit(key="old", seconds=60, now=now - timedelta(days=3))
    count_hit(key="new", seconds=60, now=now)

    assert forget_old_hits(now=now) == 1
    assert list(ThrottleCount.objects.values_list("key", flat=True)) == ["new"]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9"),
        ("192.0.2.7", "::ffff:192.0.2.7"),
        ("fe80::1%eth0", "fe80::1"),
    ],
)
def test_addresses_of_one_visitor_have_one_key(one: str, other: str) -> None:
    assert visitor_key(one) == visitor_key(other)


def test_a_visitor_key_tells_visitors_apart_and_not_their_address() -> None:
    keys = {visitor_key(address) for address in ("192.0.2.7", "192.0.2.8", "2001:db8:1:2::1", "2001:db8:1:3::1", "")}

    assert len(keys) == 5
    assert not any("192" in key and "." in key for key in keys)


FORWARDED = "6.6.6.6, 192.0.2.1, 198.51.100.2"


@pytest.mark.parametrize(
    ("proxies", "forwarded", "address"),
    [
        (0, FORWARDED, "10.0.0.1"),
        (1, FORWARDED, "198.51.100.2"),
        (2, FORWARDED, "192.0.2.1"),
        (2, "6.6.6.6", "10.0.0.1"),
        (1, "", "10.0.0.1"),
        (1, "nonsense", "10.0.0.1"),
        (1, "192.0.2.1:5060", "192.0.2.1"),
        (1, "[2001:db8::1]:443", "2001:db8::1"),
        (1, "2001:db8::1", "2001:db8::1"),
    ],
)
def test_the_address_is_what_the_proxies_say(proxies: int, forwarded: str, address: str, settings: Any) -> None:
    settings.NUM_PROXIES = proxies

    request = RequestFactory().get("/", REMOTE_ADDR="10.0.0.1", HTTP_X_FORWARDED_FOR=forwarded)

    assert address_of(request) == address
