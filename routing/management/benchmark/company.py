"""A company of a given size, and leads for it, to measure with."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from reps.models import Rep
from routing.engine.types import Strategy
from routing.models import LastResort, Ledger, Pool, PoolMember, RoutingSettings, Rule
from routing.services.publish import publish
from routing.services.receive_lead import receive_leads

STATES = ("CA", "NY", "TX", "WA", "FL", "IL", "MA", "CO", "GA", "OR")
AT_ONCE = 1_000


def make_company(
    *, reps: int, rules: int, pools: int, now: datetime, strategy: Strategy = Strategy.ROUND_ROBIN
) -> None:
    """`reps` people who are always on shift, all of them in each of `pools`; `rules` with two conditions each."""
    people = Rep.objects.bulk_create(
        Rep(name=f"Rep {n}", email=f"rep{n}@bench.example", hours=Rep.Hours.ALWAYS) for n in range(reps)
    )
    shared = [_make_pool(f"Pool {n}", people[n::pools], strategy) for n in range(pools)]
    RoutingSettings.objects.update_or_create(pk=1)
    LastResort.objects.create(rep=people[0])
    _make_rules(range(rules - 1), shared)
    Rule.objects.create(position=rules, name="Catch-all", catch_all=True, pool=shared[0])
    publish(note="benchmark", user=None, now=now)


def make_more_rules(*, rules: int, now: datetime) -> None:
    """Publish so many rules in all, those that there are included."""
    known = Rule.objects.count()
    Rule.objects.filter(catch_all=True).update(position=rules)
    _make_rules(range(known, rules), list(Pool.objects.order_by("pk")))
    publish(note="benchmark, more rules", user=None, now=now)


def _make_rules(numbers: Iterable[int], pools: Sequence[Pool]) -> None:
    Rule.objects.bulk_create(
        Rule(position=n, name=f"Rule {n}", conditions=_conditions(n), pool=pools[n % len(pools)]) for n in numbers
    )


def _make_pool(name: str, members: list[Rep], strategy: Strategy) -> Pool:
    ledger = Ledger.objects.create(name=f"pool: {name}")
    pool = Pool.objects.create(name=name, ledger=ledger, strategy=strategy.value)
    PoolMember.objects.bulk_create(PoolMember(pool=pool, rep=rep) for rep in members)
    return pool


def _conditions(number: int) -> list[list[dict[str, Any]]]:
    state = STATES[number % len(STATES)]
    return [
        [
            {"field": "region", "op": "is", "value": f"US-{state}"},
            {"field": "employees", "op": "between", "value": [number * 10, number * 10 + 200]},
        ]
    ]


def submissions(start: int = 0) -> Iterator[dict[str, Any]]:
    """Leads of ever new people and companies, spread over states and sizes."""
    number = start
    while True:
        yield {
            "email": f"lead{number}@company{number}.example",
            "first_name": "Mia",
            "last_name": f"Chen {number}",
            "company": f"Company {number}",
            "country": "US",
            "region": STATES[number % len(STATES)],
            "employees": number * 37 % 700,
            "kind": "demo",
            "source": "website",
            "form": "demo-request",
            "message": "We would like to see how routing works for a team of forty people.",
        }
        number += 1


def store_leads(count: int, *, start: int, now: datetime) -> None:
    """`count` pending leads, as intake stores them."""
    stream = submissions(start)
    stored = 0
    while stored < count:
        chunk = list(islice(stream, min(AT_ONCE, count - stored)))
        receive_leads(submissions=chunk, now=now - timedelta(seconds=10))
        stored += len(chunk)
