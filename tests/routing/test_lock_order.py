"""Rows are locked in one order: leads that wait, settings, accounts, people; each kind once and sorted by key."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from reps.models import Rep, TimeOff
from routing.models import LastResort
from routing.services import manage
from routing.services.importing.run import import_config
from routing.services.pause_routing import resume_routing
from routing.services.publish import publish
from routing.services.route_pending import route_pending
from tests.factories import make_catch_all, make_lead, make_pool, make_rep, make_settings, make_team
from tests.routing.config_sample import FULL

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has one lock"),
]
LEADS, SETTINGS, ACCOUNTS, PEOPLE = "routing_lead", "routing_routingsettings", "routing_account", "reps_rep"


def locked(change: Callable[[], Any]) -> list[str]:
    """The tables whose rows a change locks, in that order."""
    with CaptureQueriesContext(connection) as queries:
        change()
    statements = [query["sql"] for query in queries if "FOR NO KEY UPDATE" in query["sql"]]
    tables = [re.findall(r'FROM "(\w+)"', sql)[0] for sql in statements]
    assert all("ORDER BY" in sql for sql, table in zip(statements, tables, strict=True) if table != SETTINGS)
    return tables


def test_an_import_locks_accounts_before_people_and_leads_only_once(now: datetime) -> None:
    assert locked(lambda: import_config(text=FULL, now=now)) == [LEADS, SETTINGS, ACCOUNTS, PEOPLE]


def test_the_end_of_a_pause_locks_leads_before_the_settings(now: datetime) -> None:
    make_settings(paused=True, paused_since=now)

    assert locked(lambda: resume_routing(now=now)) == [LEADS, SETTINGS]


def test_several_people_are_locked_by_one_statement(now: datetime) -> None:
    team = make_team()
    ana, bob = make_rep("Ana", team=team), make_rep("Bob", team=team)
    span = {"starts_at": now, "ends_at": now + timedelta(days=1)}
    leaves = [TimeOff.objects.create(rep=rep, **span) for rep in (bob, ana)]
    Rep.objects.filter(pk=ana.pk).update(backup=bob)
    changes: list[Callable[[], Any]] = [
        lambda: manage.remove_time_off(leaves=leaves, now=now),
        lambda: manage.set_last_resort(reps=[bob, ana], now=now),
        lambda: manage.remove_last_resort(entries=list(LastResort.objects.all()), now=now),
        lambda: manage.remove_teams(teams=[team], now=now),
        lambda: manage.remove_rep(rep=bob, now=now),
    ]

    assert [locked(change) for change in changes] == [[LEADS, PEOPLE]] * len(changes)


def people_locked(change: Callable[[], Any]) -> set[int]:
    """Whose rows a change holds: the keys that stand in the statement."""
    with CaptureQueriesContext(connection) as queries:
        change()
    locking = [query["sql"] for query in queries if "FOR NO KEY UPDATE" in query["sql"]]
    (keys,) = [re.findall(r"IN \((.*?)\)", sql)[0] for sql in locking if f'FROM "{PEOPLE}"' in sql]
    return set(map(int, keys.split(", ")))


def test_a_batch_holds_the_last_resort_only_for_leads_that_it_may_get(now: datetime) -> None:
    make_settings()
    ana, boss = make_rep("Ana"), make_rep("Boss")
    Rep.objects.filter(pk=boss.pk).update(active=False)
    LastResort.objects.create(rep=boss)
    make_catch_all(make_pool(ana))
    publish(note="", user=None, now=now)

    make_lead(now)
    assert people_locked(lambda: route_pending(now=now)) == {ana.pk}

    waited = {"status": "held", "held_reason": "nobody_available", "held_since": now, "hold_deadline_at": now}
    make_lead(now, **waited)
    assert people_locked(lambda: route_pending(now=now)) == {ana.pk, boss.pk}
