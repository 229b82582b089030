"""The outbox: published once, claimed by one, put back with patience, never undone by a latecomer."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from routing import outbox
from routing.models import Lead, OutboxMessage
from tests.factories import make_lead

pytestmark = pytest.mark.django_db
LEASE = timedelta(seconds=60)


def message(now: datetime, key: str = "alert:1:1", **fields: Any) -> OutboxMessage:
    return OutboxMessage(**{"key": key, "kind": "alert", "created_at": now, "available_at": now} | fields)


def publish(now: datetime, *keys: str) -> None:
    outbox.publish([message(now, key) for key in keys])


def keys(messages: list[OutboxMessage]) -> list[str]:
    return [one.key for one in messages]


def the(key: str) -> OutboxMessage:
    return OutboxMessage.objects.get(key=key)


def test_a_twin_is_published_once(now: datetime) -> None:
    publish(now, "alert:1:1", "alert:1:1", "alert:2:1")
    publish(now + LEASE, "alert:1:1")

    assert OutboxMessage.objects.count() == 2
    assert the("alert:1:1").created_at == now


def test_a_twin_does_not_bring_back_what_was_sent(now: datetime) -> None:
    publish(now, "a")
    outbox.sent(outbox.claim(now=now, limit=1), now=now)

    publish(now, "a")

    assert outbox.claim(now=now, limit=1) == []


def test_a_broken_message_is_an_error_and_not_swallowed(now: datetime) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        publish(now, "")


def test_publishing_nothing_asks_the_database_nothing(django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(0):
        outbox.publish([])


@pytest.mark.parametrize("count", [1, 30])
def test_publishing_and_marking_take_one_statement_each(
    count: int, now: datetime, django_assert_num_queries: Any
) -> None:
    with django_assert_num_queries(1):
        publish(now, *(f"k{n}" for n in range(count)))
    with django_assert_num_queries(1):
        claimed = outbox.claim(now=now, limit=count)
    with django_assert_num_queries(1):
        outbox.sent(claimed, now=now)


def test_what_is_claimed_nobody_else_gets_until_its_lease_is_over(now: datetime) -> None:
    publish(now, "a", "b")

    assert keys(outbox.claim(now=now, limit=1)) == ["a"]
    assert keys(outbox.claim(now=now, limit=9)) == ["b"]
    assert outbox.claim(now=now + LEASE, limit=9) == []
    assert keys(outbox.claim(now=now + LEASE + timedelta(seconds=1), limit=9)) == ["a", "b"]


def test_live_messages_go_before_imports_and_old_before_new(now: datetime) -> None:
    earlier = now - LEASE
    outbox.publish(
        [
            message(now, "import", priority=Lead.Priority.IMPORTED, available_at=earlier - LEASE),
            message(now, "new"),
            message(now, "old", available_at=earlier),
        ]
    )

    assert keys(outbox.claim(now=now, limit=9)) == ["old", "new", "import"]


def test_a_message_is_not_claimed_before_its_time(now: datetime) -> None:
    outbox.publish([message(now, available_at=now + timedelta(seconds=1))])

    assert outbox.claim(now=now, limit=9) == []
    assert len(outbox.claim(now=now + timedelta(seconds=1), limit=9)) == 1


def test_what_is_done_is_never_claimed_again(now: datetime) -> None:
    publish(now, "sent", "stale", "failed")
    sent, stale, failed = outbox.claim(now=now, limit=9)

    outbox.sent([sent], now=now)
    outbox.suppress([stale], now=now)
    outbox.give_up([failed], now=now)

    assert outbox.claim(now=now + timedelta(days=9), limit=9) == []
    assert [the(k).result for k in ("sent", "stale", "failed")] == ["sent", "suppressed", "failed"]


def test_a_retry_waits_longer_each_time_and_at_most_an_hour_or_so(now: datetime) -> None:
    waits = [outbox.back_off(message(now, tries=tries)).total_seconds() for tries in range(1, 15)]

    assert waits == sorted(waits[:12]) + waits[12:]
    assert 1.5 <= waits[0] <= 2.5
    assert max(waits) <= 4500
    assert waits == [outbox.back_off(message(now, tries=tries)).total_seconds() for tries in range(1, 15)]


def test_a_retry_is_claimed_again_after_its_wait(now: datetime) -> None:
    publish(now, "a")
    claimed = outbox.claim(now=now, limit=1)
    claimed[0].error = "451 later"

    outbox.retry(claimed, now=now)

    assert (the("a").tries, the("a").error, the("a").lease_until) == (1, "451 later", None)
    assert outbox.claim(now=now + timedelta(seconds=1), limit=1) == []
    assert outbox.claim(now=now + timedelta(seconds=3), limit=1)[0].tries == 2


def test_a_postponed_message_has_not_been_tried(now: datetime) -> None:
    publish(now, "a")

    outbox.postpone(outbox.claim(now=now, limit=1), now=now)

    assert the("a").tries == 0
    assert len(outbox.claim(now=now + outbox.OUTAGE_PAUSE, limit=1)) == 1


def test_a_latecomer_does_not_put_back_what_another_has_sent(now: datetime) -> None:
    publish(now, "a")
    late = outbox.claim(now=now, limit=1)
    other = outbox.claim(now=now + 2 * LEASE, limit=1)
    outbox.sent(other, now=now + 2 * LEASE)

    outbox.retry(late, now=now + 2 * LEASE)

    assert the("a").result == "sent"
    assert outbox.claim(now=now + timedelta(days=1), limit=1) == []


def test_a_long_answer_of_a_server_is_cut(now: datetime) -> None:
    publish(now, "a")
    claimed = outbox.claim(now=now, limit=1)
    claimed[0].error = "5" * 9999

    outbox.give_up(claimed, now=now)

    assert len(the("a").error) == outbox.ERROR_LENGTH


def test_messages_of_an_erased_lead_go_with_it(now: datetime) -> None:
    lead = make_lead(now)
    outbox.publish([message(now, lead=lead)])

    lead.delete()

    assert outbox.claim(now=now, limit=1) == []


@pytest.mark.django_db(transaction=True)
def test_workers_side_by_side_never_claim_the_same_message(now: datetime) -> None:
    publish(now, *(f"k{n:03}" for n in range(120)))

    with ThreadPoolExecutor(4) as workers:
        claimed = [key for some in workers.map(lambda _: _claim_all(now), range(4)) for key in some]

    assert sorted(claimed) == [f"k{n:03}" for n in range(120)]


def _claim_all(now: datetime) -> list[str]:
    """As a worker does, on a connection of its own."""
    try:
        taken: list[str] = []
        while some := outbox.claim(now=now, limit=10):
            taken += keys(some)
        return taken
    finally:
        connection.close()
