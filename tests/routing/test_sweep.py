"""The sweep: each of its tasks has its turn, whatever becomes of the others."""

from __future__ import annotations

from datetime import datetime

import pytest
from django.db import OperationalError

from routing.services.pause_pool import pause_pool
from routing.services.route_pending import route_all
from routing.services.sweep import do_all, sweep
from tests.routing.lead_acts import fresh, open_company, routed

pytestmark = pytest.mark.django_db


def fails(*, now: datetime) -> int:
    raise ValueError


def is_locked_out(*, now: datetime) -> int:
    raise OperationalError


def test_a_task_that_fails_stops_no_other(now: datetime) -> None:
    assert do_all([fails, lambda now: 2], now=now) == 2


def test_the_others_have_their_turn_before_an_outage_is_told(now: datetime) -> None:
    done: list[datetime] = []

    def works(*, now: datetime) -> int:
        done.append(now)
        return 1

    with pytest.raises(OperationalError):
        do_all([is_locked_out, works], now=now)
    assert done == [now]


def test_with_nothing_due_there_is_nothing_to_do(now: datetime) -> None:
    open_company(now)

    sweep(now=now)

    assert sweep(now=now) == 0


def test_a_paused_pool_gets_no_leads_until_it_is_resumed(now: datetime) -> None:
    pool, _ = open_company(now)
    pause_pool(pool=pool, paused=True, now=now)
    lead = routed(now)
    held = lead.held_reason

    pause_pool(pool=pool, paused=False, now=now)
    route_all(now=now)

    assert (held, fresh(lead).status) == ("paused", "assigned")
