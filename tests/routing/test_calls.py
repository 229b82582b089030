"""Calls under way: each kind has places of its own, and nobody waits for somebody else's target."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from reps.models import Rep
from routing.management.commands import clock
from routing.models import OutboxMessage, WebhookDelivery
from routing.services.agents.alert import EACH
from routing.services.calls import Switchboard, calls_are_late
from routing.services.webhooks.manage import send_test
from tests.factories import make_lead, make_rep
from tests.receiver import Reply, receiver
from tests.routing.calls import hook_to, only, threads


def to_agent(now: datetime, url: str) -> None:
    """An alert that an agent is to be called about."""
    agent = Rep.objects.filter(kind="agent").first() or make_rep("Ada", kind="agent", webhook=url, ack_seconds=10)
    lead = make_lead(now, status="assigned", owner=agent, owned_at=now)
    OutboxMessage.objects.create(
        key=f"alert:{lead.uuid}", kind="alert", channel="agent", lead=lead, rep=agent, created_at=now, available_at=now
    )


class Held:
    """Keeps each call from being made until it is let go: a thread that hangs, without one."""

    def __init__(self) -> None:
        self.works: list[Callable[[], None]] = []

    def __call__(self, work: Callable[[], None]) -> None:
        self.works.append(work)


@pytest.mark.django_db
def test_a_stuck_agent_takes_no_place_of_webhooks(now: datetime, settings: Any) -> None:
    held = Held()
    board = Switchboard(lambda: now, start=held)
    for _ in range(50):
        to_agent(now, "https://agent.example/")
    assert board.take() == EACH
    send_test(hook=hook_to("https://crm.example/", settings), now=now)
    assert board.take() == 1
    assert WebhookDelivery.objects.due(now).count() == 0


@pytest.mark.django_db
def test_a_stuck_agent_takes_not_all_places_of_agents(now: datetime, settings: Any) -> None:
    board = Switchboard(lambda: now, start=Held())
    for _ in range(50):
        to_agent(now, "https://agent.example/")
    board.take()
    other = make_rep("Bea", kind="agent", webhook="https://other.example/", ack_seconds=10)
    OutboxMessage.objects.filter(pk=OutboxMessage.objects.latest("pk").pk).update(rep=other)

    assert board.take() == 1
    assert OutboxMessage.objects.get(rep=other).lease_until is not None


@pytest.mark.django_db
def test_a_target_that_hangs_has_one_call_at_a_time(now: datetime, settings: Any) -> None:
    board = Switchboard(lambda: now, start=Held())
    hook = hook_to("https://crm.example/", settings)
    for _ in range(2):
        send_test(hook=hook, now=now)
        board.take()
    assert WebhookDelivery.objects.due(now).count() == 1


@pytest.mark.django_db
def test_a_place_is_free_again_once_its_call_is_over(now: datetime, settings: Any) -> None:
    held = Held()
    board = Switchboard(lambda: now, start=held)
    hook = hook_to("https://10.0.0.1/", settings)
    send_test(hook=hook, now=now)
    board.take()
    held.works.pop()()
    send_test(hook=hook, now=now)
    assert board.take() == 1


@pytest.mark.django_db
def test_a_call_of_a_process_that_died_is_made_again(now: datetime, settings: Any) -> None:
    send_test(hook=hook_to("https://10.0.0.1/", settings), now=now)
    Switchboard(lambda: now, start=Held()).take()
    other = Switchboard(lambda: now + timedelta(seconds=61), start=lambda work: work())
    assert (other.take(), only().tries) == (1, 2)


@pytest.mark.django_db
def test_the_clock_calls_what_no_worker_has_called(now: datetime, settings: Any) -> None:
    send_test(hook=hook_to("https://crm.example/", settings), now=now)
    assert not calls_are_late(now=now, after=clock.OVERDUE)
    assert calls_are_late(now=now + clock.OVERDUE + timedelta(seconds=1), after=clock.OVERDUE)


@pytest.mark.django_db(transaction=True)
def test_one_target_that_hangs_keeps_no_other_waiting(settings: Any) -> None:
    now = timezone.now()
    arrived = threading.Event()

    def note(call: object) -> Reply:
        arrived.set()
        return Reply()

    with receiver() as hanging, receiver(note) as quick:

        def hang(call: object) -> Reply:
            hanging.over.wait(10)
            return Reply()

        hanging.answer = hang
        for target in (hanging, quick):
            send_test(hook=hook_to(target, settings), now=now)
        with threads() as start:
            Switchboard(timezone.now, start=start).take()
            assert arrived.wait(9)
            hanging.over.set()
