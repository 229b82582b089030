"""A stored trace, put together again, says what the decision saw."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from routing.models import Decision, DecisionSnapshot, Pool
from routing.services.publish import publish
from routing.services.receive_lead import receive_lead
from routing.services.route_pending import route_all
from routing.snapshots.traces import expand
from tests.factories import make_catch_all, make_lead, make_pool, make_rep, make_rule, make_settings

pytestmark = pytest.mark.django_db


@pytest.fixture
def pool(now: datetime) -> Pool:
    """Ana, Bob and Cy take turns; Dee is paused."""
    make_settings()
    reps = [make_rep(name) for name in ("Ana", "Bob", "Cy")]
    pool = make_pool(*reps, make_rep("Dee", paused=True), name="SMB")
    make_rule(name="Big", position=1, conditions=[[{"field": "employees", "op": "gt", "value": 100}]], pool=pool)
    make_catch_all(pool)
    publish(note="", user=None, now=now)
    return pool


def traces() -> list[dict[str, Any]]:
    return expand(list(Decision.objects.order_by("pk")))


def test_balances_are_those_before_each_decision_of_the_batch(pool: Pool, now: datetime) -> None:
    for _ in range(4):
        make_lead(now)

    route_all(now=now)

    seen = [[round(candidate["balance"], 3) for candidate in trace["candidates"]] for trace in traces()]
    assert DecisionSnapshot.objects.count() == 1
    assert seen == [
        [0, 0, 0, 0],
        [-0.667, 0.333, 0.333, 0],
        [-0.333, -0.333, 0.667, 0],
        [0, 0, 0, 0],
    ]


def test_it_names_the_winner_everybody_refused_and_each_ones_share(pool: Pool, now: datetime) -> None:
    make_lead(now)

    route_all(now=now)

    (trace,) = traces()
    ana, dee = trace["candidates"][0], trace["candidates"][3]
    assert trace["winner"] == ana["rep"]
    assert (ana["eligible"], ana["reasons"], round(ana["share"], 6)) == (True, [], 0.333333)
    assert (dee["eligible"], dee["reasons"], dee["share"]) == (False, ["paused"], 0)


def test_it_names_the_first_condition_that_failed_and_the_value_seen(pool: Pool, now: datetime) -> None:
    make_lead(now, employees=40)

    route_all(now=now)

    big, catch_all = traces()[0]["rules"]
    assert (big["result"], big["failed"]["field"], big["failed"]["seen"]) == ("no_match", "employees", "40")
    assert (catch_all["name"], catch_all["result"]) == ("Catch-all", "served")


def test_it_outlives_the_rule_and_the_membership(pool: Pool, now: datetime) -> None:
    make_lead(now)
    route_all(now=now)
    before = traces()

    pool.members.all().delete()
    pool.rules.filter(name="Big").delete()

    assert traces() == before


def test_it_says_how_facts_were_derived_and_cuts_long_ones_short(pool: Pool, now: datetime) -> None:
    facts = {"email": "mia@globex.example", "country": "US", "postal_code": "94105", "message": "x" * 1000}
    receive_lead(facts=facts, now=now)

    route_all(now=now)

    (trace,) = traces()
    assert "94105" in trace["derived"]["region"]
    assert len(trace["facts"]["message"]) < 130


def test_a_decision_takes_at_most_two_kilobytes_at_a_hundred_candidates(now: datetime) -> None:
    make_settings()
    pool = make_pool(*[make_rep() for _ in range(100)])
    for number in range(49):
        make_rule(conditions=[[{"field": "employees", "op": "gt", "value": 1000 + number}]], pool=pool)
    make_catch_all(pool)
    publish(note="", user=None, now=now)
    for _ in range(20):
        make_lead(now, employees=12)

    route_all(now=now)

    shared = len(DecisionSnapshot.objects.get().content) / 20
    own = [len(d.trace) + len(d.posting.entries) for d in Decision.objects.select_related("posting")]
    assert shared + max(own) <= 2048
