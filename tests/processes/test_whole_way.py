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

import pytest

from routing.outbox import LEASE
from tests.chaos.harness.spread import running_spread
from tests.processes.company import REPS, WEST, ask, lead, mailed, owners, post, set_up
from tests.processes.running import Running, descendants, running, wait_for


@pytest.mark.processes
def test_two_hundred_posts_become_two_hundred_mails_to_the_right_reps(data: Path) -> None:
    token = set_up(data)
    leads = [lead(n, **({"country": "US", "region": WEST} if n % 10 == 0 else {})) for n in range(200)]

    with running(data, "--no-demo", ALERTS_PER_MINUTE="100000") as system:
        with ThreadPoolExecutor(4) as senders:
            statuses = list(senders.map(lambda facts: post(system.port, token, facts), leads))
        wait_for(lambda: len(mailed(data)) == 200, 60)

    owner = owners(data)
    assert Counter(statuses) == {202: 200}
    assert Counter(owner.values()) == Counter(mailed(data).values())
    assert {owner[facts["email"]] for facts in leads if "region" in facts} == {"west@acme.example"}
    winners = [winner for (winner,) in ask(data, "SELECT winner_id FROM routing_posting ORDER BY id")]
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


def post_until_taken(system: Running, token: str, numbers: Iterable[int]) -> Iterator[int]:
    """As a careful sender does: the same key again until there is a 2xx."""
    for number in numbers:
        while post(system.port, token, lead(number)) != 202:
            time.sleep(0.1)
        yield number


@pytest.mark.chaos
@pytest.mark.parametrize(
    ("leads", "leads_between_kills"), [(200, 25), pytest.param(3_000, 100, marks=pytest.mark.long)]
)
def test_no_acknowledged_lead_is_lost_while_everything_is_being_killed(
    data: Path, leads: int, leads_between_kills: int
) -> None:
    token, chance = set_up(data), random.Random(leads)

    with running(data, "--no-demo", ALERTS_PER_MINUTE="100000") as system, ThreadPoolExecutor(1) as other_sender:
        odd = other_sender.submit(lambda: list(post_until_taken(system, token, range(1, leads, 2))))
        for number in post_until_taken(system, token, range(0, leads, 2)):
            if number % leads_between_kills == 0:
                wait_for(lambda: kill_one(system, chance), 60)
        odd.result(timeout=600)
        for told in range(0, leads, leads_between_kills * 2):
            wait_for(partial(more_told_of, data, told), 60 + LEASE.seconds)
            wait_for(lambda: kill_one(system, chance), 60)
        wait_for(lambda: len(owners(data)) == leads, 60)
        wait_for(lambda: told_of(data) == leads, 60 + LEASE.seconds)

    assert ask(data, "SELECT count(*), count(DISTINCT email) FROM routing_lead") == [(leads, leads)]
    assert ask(data, "SELECT sum(balance) FROM routing_ledgeraccount") == [(0,)]
    assert ask(data, "SELECT count(*) FROM routing_assignment WHERE ended_at IS NULL") == [(leads,)]


def more_told_of(data: Path, leads: int) -> bool:
    return told_of(data) > leads


def told_of(data: Path) -> int:
    """Leads whose owner has a mail: a mail may come twice, but with one Message-ID."""
    return len(mailed(data))


@pytest.mark.chaos
def test_leads_are_routed_and_mailed_while_valkey_is_away(data: Path) -> None:
    token, over, killed = set_up(data), threading.Event(), threading.Event()

    with running(data, "--no-demo", ALERTS_PER_MINUTE="100000") as system, ThreadPoolExecutor(1) as pool:
        killer = pool.submit(never_let_valkey_live, system, killed, over)
        assert killed.wait(60)
        statuses = [post(system.port, token, lead(number)) for number in range(40)]
        wait_for(lambda: told_of(data) == 40, 60)
        over.set()
        killer.result()

    assert Counter(statuses) == {202: 40}


def never_let_valkey_live(system: Running, killed: threading.Event, over: threading.Event) -> None:
    while not over.wait(0.1):
        for pid, command in descendants(system.process.pid).items():
            if "valkey" in command or "redis-server" in command:
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
                    killed.set()
