"""The outbox: published once, claimed by one, put back with patience, never undone by a latecomer."""

from __future__ import annotations

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, time, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from reps.models import Channel, Rep
from routing import outbox
from routing.holders import has_died, this_process
from routing.models import Lead, OutboxMessage
from routing.notifications.ways import next_ways
from tests.factories import make_lead, make_rep

pytestmark = pytest.mark.django_db
LEASE = outbox.LEASE


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


# --- who holds it -------------------------------------------------------------------------------------------------


@pytest.fixture
def dead() -> str:
    """A process of this machine that was killed."""
    code = "from routing.holders import this_process; print(this_process(), flush=True); input()"
    child = subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert child.stdout is not None
    name = child.stdout.readline().strip()
    assert not has_died(name)
    child.kill()
    child.communicate()
    return name


def test_a_process_that_was_killed_is_known_to_be_dead(dead: str) -> None:
    assert has_died(dead)
    assert not has_died(this_process())


def test_a_zombie_is_dead() -> None:
    child = subprocess.Popen([sys.executable, "-c", ""])
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
    machine = this_process().split(":")[0]

    assert has_died(f"{machine}:{child.pid}:1")
    child.wait()


@pytest.mark.parametrize("name", ["", "elsewhere:1:1", "x", "::"])
def test_of_others_nothing_is_known(name: str) -> None:
    assert not has_died(name)


def test_what_a_dead_process_held_is_due_at_once(dead: str, now: datetime) -> None:
    publish(now, "a", "b")
    outbox.claim(now=now, limit=2)
    OutboxMessage.objects.filter(key="a").update(held_by=dead)

    assert outbox.give_back(now=now + timedelta(seconds=1)) == 1

    assert keys(outbox.claim(now=now + timedelta(seconds=1), limit=9)) == ["a"]
    assert outbox.was_interrupted(the("a"))


@pytest.mark.parametrize(("tries", "seconds"), [(1, 0), (2, 2), (3, 4), (6, 32), (9, 60)])
def test_what_ended_its_sender_again_rests_the_longer_the_more_often(
    dead: str, now: datetime, tries: int, seconds: int
) -> None:
    publish(now, "a")
    outbox.claim(now=now, limit=1)
    error = outbox.INTERRUPTED if tries > 1 else ""
    OutboxMessage.objects.update(held_by=dead, tries=tries, error=error)

    outbox.give_back(now=now)

    assert the("a").available_at == now + timedelta(seconds=seconds)


def test_giving_back_asks_once_if_nobody_died(now: datetime, django_assert_num_queries: Any) -> None:
    publish(now, "a")
    outbox.claim(now=now, limit=1)

    with django_assert_num_queries(1):
        assert outbox.give_back(now=now) == 0


def test_a_lease_that_ran_out_leaves_a_mark(now: datetime) -> None:
    publish(now, "a")
    outbox.claim(now=now, limit=1)

    [again] = outbox.claim(now=now + LEASE + timedelta(seconds=1), limit=1)

    assert (outbox.was_interrupted(again), again.tries) == (True, 2)


def test_a_renewed_lease_lasts_longer(now: datetime) -> None:
    publish(now, "a")
    claimed = outbox.claim(now=now, limit=1)

    assert outbox.renew(claimed, now=now + LEASE / 2) == {claimed[0].pk}

    assert outbox.claim(now=now + LEASE + timedelta(seconds=1), limit=1) == []


def test_what_somebody_else_holds_by_now_is_neither_renewed_nor_put_back(now: datetime) -> None:
    publish(now, "a")
    late = outbox.claim(now=now, limit=1)
    OutboxMessage.objects.update(held_by="another")

    assert outbox.renew(late, now=now) == set()
    outbox.retry(late, now=now)

    assert the("a").lease_until == now + LEASE


def test_messages_that_come_back_go_behind_live_ones_and_before_imports(now: datetime) -> None:
    publish(now, "back")
    outbox.postpone(outbox.claim(now=now, limit=1), now=now)
    later = now + LEASE
    outbox.publish(
        [
            message(now, "import", priority=Lead.Priority.IMPORTED, available_at=now),
            message(now, "new", available_at=now),
        ]
    )

    assert keys(outbox.claim(now=later, limit=9)) == ["new", "back", "import"]


# --- which way it takes -------------------------------------------------------------------------------------------


def to(now: datetime, rep: Rep, **fields: Any) -> OutboxMessage:
    lead = make_lead(now, **{"test": fields.pop("test", False)})
    one = message(now, f"alert:{lead.uuid}:1", rep=rep, lead=lead, **fields)
    outbox.publish([one])
    return OutboxMessage.objects.filter(key=one.key).first() or one


def channel(rep: Rep, kind: str, position: int = 1, **fields: Any) -> Channel:
    address = "" if kind == "email" else f"{kind}://{position}"
    return Channel.objects.create(rep=rep, kind=kind, position=position, address=address, **fields)


def test_a_rep_without_channels_gets_a_mail(now: datetime) -> None:
    sent = to(now, make_rep())

    assert (sent.channel, sent.way) == ("email", None)


def test_the_first_active_channel_is_taken(now: datetime) -> None:
    rep = make_rep()
    channel(rep, "sms", 1, active=False)
    slack = channel(rep, "slack", 2)
    channel(rep, "teams", 3)

    sent = to(now, rep)

    assert (sent.channel, sent.way) == ("slack", slack)


def test_mail_that_comes_first_is_a_mail(now: datetime) -> None:
    rep = make_rep()
    channel(rep, "email", 1)
    channel(rep, "slack", 2)

    assert to(now, rep).channel == "email"


@pytest.mark.parametrize(
    ("start", "end", "zone", "taken"),
    [
        (time(15), time(17), "UTC", "email"),
        (time(17), time(18), "UTC", "slack"),
        (time(17), time(18), "Europe/Berlin", "email"),
        (time(22), time(16, 30), "UTC", "email"),
        (time(16, 30), time(9), "UTC", "slack"),
        (time(16), time(16), "UTC", "slack"),
    ],
)  # now is 16:00 UTC
def test_quiet_hours_silence_chat_and_never_mail(start: time, end: time, zone: str, taken: str, now: datetime) -> None:
    rep = make_rep(quiet_from=start, quiet_until=end, timezone=zone)
    channel(rep, "slack")

    assert to(now, rep).channel == taken


def test_an_agent_hears_only_what_makes_a_lead_theirs(now: datetime) -> None:
    agent = make_rep(kind="agent", webhook="https://agent.example/")

    assert to(now, agent).channel == "agent"
    to(now, agent, kind="taken_away")
    assert OutboxMessage.objects.count() == 1


def test_test_leads_reach_nobody_by_chat_and_no_agent(now: datetime) -> None:
    agent, rep = make_rep(kind="agent", webhook="https://agent.example/"), make_rep()
    channel(rep, "slack")

    assert [to(now, one, test=True).channel for one in (agent, rep)] == ["email", "email"]


def test_a_digest_of_a_manager_is_a_mail(now: datetime) -> None:
    rep = make_rep()
    channel(rep, "sms")

    assert to(now, rep, kind="manager_digest").channel == "email"


def test_copies_for_others_are_mails(now: datetime) -> None:
    rep = make_rep()
    channel(rep, "sms")

    assert to(now, rep, kind="notify", address="desk@partner.example").channel == "email"


def test_the_next_way_is_each_other_channel_once_and_mail_last(now: datetime) -> None:
    rep = make_rep()
    for position, kind in enumerate(("slack", "slack", "sms"), start=1):
        channel(rep, kind, position)
    taken = [to(now, rep)]

    while following := next_ways(taken[-1:], now=now).copies:
        outbox.give_up(taken[-1:], now=now)
        outbox.publish(list(following.values()))
        taken.append(OutboxMessage.objects.latest("pk"))

    first = taken[0].key
    assert [one.channel for one in taken] == ["slack", "slack", "sms", "email"]
    assert [one.key for one in taken] == [first, f"{first}:slack2", f"{first}:sms", f"{first}:email"]


def test_the_next_way_is_not_one_that_is_silent_now(now: datetime) -> None:
    rep = make_rep(quiet_from=time(15), quiet_until=time(17), timezone="UTC")
    channel(rep, "email", 1)
    channel(rep, "slack", 2)

    assert next_ways([to(now, rep)], now=now).copies == {}


def test_of_two_reminders_each_has_its_own_next_way(now: datetime) -> None:
    rep, lead = make_rep(), make_lead(now)
    channel(rep, "slack")
    reminders = [message(now, f"remind:1:{n}", kind="remind", rep=rep, lead=lead) for n in range(2)]
    outbox.publish(reminders)

    following = next_ways(list(OutboxMessage.objects.all()), now=now).copies

    assert sorted(one.key for one in following.values()) == ["remind:1:0:email", "remind:1:1:email"]


def test_ways_are_chosen_in_a_constant_number_of_statements(now: datetime, django_assert_num_queries: Any) -> None:
    reps = [make_rep() for _ in range(9)]
    for rep in reps:
        channel(rep, "slack")
    lead = make_lead(now)

    with django_assert_num_queries(4):
        outbox.publish([message(now, f"k{rep.pk}", rep=rep, lead=lead) for rep in reps])


def test_workers_claim_only_their_own_channels(now: datetime) -> None:
    publish(now, "mail")
    outbox.publish([message(now, "slack", channel="slack"), message(now, "agent", channel="agent")])

    assert keys(outbox.claim(now=now, limit=9)) == ["mail"]
    assert keys(outbox.claim(now=now, limit=9, channels=["slack", "sms"])) == ["slack"]


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
