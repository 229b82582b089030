"""The benchmark in short, for every run: numbers of statements, and ratios of processor time. Never seconds.

What a ratio is held against is measured in the same moment on the same machine, and its bound lies half as high again
or twice as high as what was measured: what gets much dearer does not go by unseen, and a slow machine fails nothing.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from datetime import datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from reps.models import Rep
from routing.management.benchmark import deciding
from routing.management.benchmark.company import make_company, store_leads
from routing.models import Lead, Pool, PoolMember, Rule
from routing.services.publish import publish
from routing.services.route_pending import route_all, route_pending

BATCH = 100
REPEATS = 5
VERB_AND_TABLE = r"\b(?:SELECT|INSERT|UPDATE|DELETE|SAVEPOINT|RELEASE|COPY)\b|(?:reps|routing)_\w+"


@pytest.fixture
def company(db: None, now: datetime) -> None:
    make_company(reps=3, rules=1, pools=1, now=now)
    warm(now)


def warm(now: datetime) -> None:
    """Everything is looked up once that is kept in memory."""
    store_leads(1, start=Lead.objects.count(), now=now)
    route_all(now=now)


def grow(now: datetime, *, reps: int, rules: int) -> None:
    pool = Pool.objects.get()
    people = Rep.objects.bulk_create(
        Rep(name=f"More {n}", email=f"more{n}@bench.example", hours=Rep.Hours.ALWAYS) for n in range(reps)
    )
    PoolMember.objects.bulk_create(PoolMember(pool=pool, rep=rep) for rep in people)
    Rule.objects.update(position=rules)
    condition = [[{"field": "region", "op": "is", "value": "US-AK"}]]
    Rule.objects.bulk_create(Rule(position=n, name=f"More {n}", conditions=condition, pool=pool) for n in range(rules))
    publish(note="", user=None, now=now)
    warm(now)


def statements_of_a_batch(now: datetime) -> list[str]:
    store_leads(BATCH, start=Lead.objects.count(), now=now)
    with CaptureQueriesContext(connection) as asked:
        assert route_pending(now=now).decided == BATCH
    return [" ".join(re.findall(VERB_AND_TABLE, query["sql"])[:2]) for query in asked.captured_queries]


def processor(step: Callable[[], object]) -> float:
    """Seconds of it."""
    begun = time.process_time()
    step()
    return time.process_time() - begun


def test_a_batch_takes_as_many_statements_with_many_rules_and_reps(company: None, now: datetime) -> None:
    few = statements_of_a_batch(now)

    grow(now, reps=100, rules=200)

    assert statements_of_a_batch(now) == few


def test_routing_a_batch_costs_no_more_beside_storing_it_than_it_did(company: None, now: datetime) -> None:
    """Measured: 1.5 times as much."""
    storing, routing = [], []
    for _ in range(REPEATS):
        storing.append(processor(lambda: store_leads(BATCH, start=Lead.objects.count(), now=now)))
        routing.append(processor(lambda: route_pending(now=now)))

    assert Lead.objects.filter(owner=None).count() == 0
    assert min(routing) / min(storing) < 2.3


def test_a_decision_among_a_thousand_rules_and_reps_costs_no_more_beside_fifty_and_a_hundred_than_it_did() -> None:
    """Measured: 3 times as much."""
    few, many = deciding.measure(quick=True)[:2]

    assert many.value / few.value < 6
