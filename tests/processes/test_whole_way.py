"""From the HTTP post to the rep's mail, through real processes; also while they are being killed."""

from __future__ import annotations

import os
import random
import signal
import threading
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from routing.outbox import LEASE
from tests.chaos.harness.spread import running_spread
from tests.processes.company import REPS, WEST, ask, lead, mailed, owners, post, set_up
from tests.processes.running import Running, descendants, running, wait_for

NOT_OWNED_ONCE = """SELECT id FROM routing_lead AS l WHERE owner_id IS NULL OR 1 <>
    (SELECT count(*) FROM routing_assignment AS a WHERE a.lead_id = l.id AND a.ended_at IS NULL)"""


@pytest.fixture(scope="module")
def company(shared_data: Path) -> Iterator[tuple[Running, str]]:
    """The product with the company, and a key. The tests share it; each sends in leads of its own."""
    token = set_up(shared_data)
    with running(shared_data, "--no-demo", ALERTS_PER_MINUTE="100000") as system:
        yield system, token


def owned(data: Path, leads: Iterable[dict[str, Any]]) -> dict[str, str]:
    """Of these leads: the lead's address → owner's address."""
    wanted = {facts["email"] for facts in leads}
    return {email: owner for email, owner in owners(data).items() if email in wanted}


def told(data: Path, leads: Iterable[dict[str, Any]]) -> list[tuple[str, str]]:
    """Of these leads: the lead's address and who got the mail; what came twice with one Message-ID counts once."""
    wanted = {facts["email"] for facts in leads}
    return sorted(mail for mail in mailed(data).values() if mail[0] in wanted)


@pytest.mark.processes
@pytest.mark.parametrize("count", [60, pytest.param(400, marks=pytest.mark.long)])
def test_every_post_becomes_one_mail_to_the_right_rep(company: tuple[Running, str], count: int) -> None:
    system, token = company
    numbers = range(count, count * 2)
    leads = [lead(n, **({"country": "US", "region": WEST} if n % 10 == 0 else {})) for n in numbers]

    with ThreadPoolExecutor(4) as senders:
        statuses = list(senders.map(lambda facts: post(system.port, token, facts), leads))
    wait_for(lambda: len(told(system.data, leads)) == count, 60)

    owner = owned(system.data, leads)
    assert Counter(statuses) == {202: count}
    assert sorted(owner.items()) == told(system.data, leads)
    assert {owner[facts["email"]] for facts in leads if "region" in facts} == {"west@acme.example"}
    winners = [winner for (winner,) in ask(system.data, "SELECT winner_id FROM routing_posting ORDER BY id")]
    assert running_spread(winners, reps=REPS) <= 1
    assert len(set(owner.values())) == REPS + 1


def kill_one(system: Running, chance: random.Random) -> bool:
    """kill -9 one of everything that `up` started; False if nothing runs at the moment."""
    children = sorted(descendants(system.process.pid))
    if not children:
        return False
    with suppress(ProcessLookupError):
        os.kill(chance.choice(children), signal.SIGKILL)
    return True


def post_until_taken(system: Running, token: str, leads: Iterable[dict[str, Any]]) -> Iterator[None]:
    """As a careful sender does: the same key again until there is a 2xx."""
    for facts in leads:
        while post(system.port, token, facts) != 202:
            time.sleep(0.1)
        yield


@pytest.mark.chaos
@pytest.mark.parametrize(("count", "between_kills"), [(48, 3), pytest.param(3_000, 50, marks=pytest.mark.long)])
def test_no_acknowledged_lead_is_lost_while_everything_is_being_killed(
    company: tuple[Running, str], count: int, between_kills: int
) -> None:
    (system, token), chance = company, random.Random(count)
    leads = [lead(n) for n in range(10_000, 10_000 + count)]

    with ThreadPoolExecutor(1) as other_sender:
        odd = other_sender.submit(lambda: list(post_until_taken(system, token, leads[1::2])))
        for number, _ in enumerate(post_until_taken(system, token, leads[::2])):
            if number % between_kills == 0:
                wait_for(lambda: kill_one(system, chance), 60)
        odd.result(timeout=600)
    for mails in range(0, count, between_kills * 4):
        wait_for(partial(more_told, system.data, leads, mails), 60 + LEASE.seconds)
        wait_for(lambda: kill_one(system, chance), 60)
    wait_for(lambda: len(told(system.data, leads)) == count, 60 + LEASE.seconds)

    assert told(system.data, leads) == sorted(owned(system.data, leads).items())
    assert ask(system.data, "SELECT count(*) - count(DISTINCT email) FROM routing_lead") == [(0,)]
    assert ask(system.data, "SELECT sum(balance) FROM routing_ledgeraccount") == [(0,)]
    assert ask(system.data, NOT_OWNED_ONCE) == []


def more_told(data: Path, leads: list[dict[str, Any]], mails: int) -> bool:
    return len(told(data, leads)) > mails


@pytest.mark.chaos
@pytest.mark.further
def test_leads_are_routed_and_mailed_while_valkey_is_away(company: tuple[Running, str]) -> None:
    (system, token), over, killed = company, threading.Event(), threading.Event()
    leads = [lead(n) for n in range(20_000, 20_020)]

    with ThreadPoolExecutor(1) as pool:
        killer = pool.submit(never_let_valkey_live, system, killed, over)
        try:
            assert killed.wait(60)
            statuses = [post(system.port, token, facts) for facts in leads]
            wait_for(lambda: len(told(system.data, leads)) == 20, 60)
        finally:
            over.set()
        killer.result()

    assert Counter(statuses) == {202: 20}


def never_let_valkey_live(system: Running, killed: threading.Event, over: threading.Event) -> None:
    while not over.wait(0.1):
        for pid, command in descendants(system.process.pid).items():
            if "valkey" in command or "redis-server" in command:
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
                    killed.set()
