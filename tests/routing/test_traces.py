"""A stored trace, put together again, says what the decision saw."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from reps.models import Expertise, Skill
from routing.models import Decision, DecisionSnapshot, PeopleSnapshot, Pool, Topic
from routing.services.publish import publish
from routing.services.receive_lead import receive_lead
from routing.services.route_pending import route_all
from routing.snapshots.columns import pack_json
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


@pytest.mark.one_database("the same bytes are stored in either")
def test_a_decision_that_is_a_batch_of_its_own_takes_little_more(now: datetime) -> None:
    make_settings()
    caps = {"hour": 50, "day": 200, "open": 400}
    pool = make_pool(*[make_rep(caps=caps, languages=["en"]) for _ in range(100)])
    make_catch_all(pool)
    publish(note="", user=None, now=now)
    for minute in range(30):
        make_lead(now)
        route_all(now=now + timedelta(seconds=97 * minute))

    last = Decision.objects.select_related("posting", "snapshot").latest("pk")
    assert PeopleSnapshot.objects.count() <= 2
    assert len(last.snapshot.content) <= 1024
    assert len(last.trace) + len(last.posting.entries) + len(last.snapshot.content) <= 2048


def test_it_says_what_was_needed_what_the_lead_is_about_and_what_it_scored(now: datetime) -> None:
    rep = make_rep("Ana")
    Expertise.objects.create(rep=rep, topic="kubernetes", level=3)
    rep.skills.add(Skill.objects.create(name="security"))
    Topic.objects.create(name="kubernetes", keywords=["k8s"])
    make_settings(score=[{"when": [], "points": 80}], grades={"A": 75})
    make_catch_all(make_pool(rep, strategy="intent", turns_by="kind", requires={"skills": ["security"]}))
    publish(note="", user=None, now=now)
    make_lead(now, message="We run k8s", kind="demo")

    route_all(now=now)

    (trace,) = traces()
    assert trace["needs"] == [{"kind": "skill", "name": "security", "level": 1, "patience_minutes": None}]
    assert (trace["topics"][0]["topic"], trace["topics"][0]["quote"]) == ("kubernetes", "We run k8s")
    assert (trace["score"], trace["grade"]) == (80, "A")
    assert trace["ledger"] == {"turns_by": "demo", "control": False}
    assert trace["candidates"][0]["score"] > 0


def test_it_says_to_whom_the_lead_is_offered(pool: Pool, now: datetime) -> None:
    Pool.objects.update(offer="exclusive")
    publish(note="", user=None, now=now)
    make_lead(now)

    route_all(now=now)

    (trace,) = traces()
    assert [offer["kind"] for offer in trace["offers"]] == ["exclusive"]
    assert round(sum(candidate["share"] for candidate in trace["candidates"]), 6) == 1


def test_traces_of_the_first_versions_can_still_be_read(pool: Pool, now: datetime) -> None:
    ana, bob, cy, dee = pool.members.order_by("rep_id").values_list("rep_id", flat=True)
    people = {
        "pools": {pool.pk: {"ledger": pool.ledger_id, "members": [[ana, 1000], [bob, 1000], [cy, 1000], [dee, 1000]]}},
        "standing": {dee: ["paused", "paused"]},
        "balances": {pool.ledger_id: {ana: 500_000_000, bob: -500_000_000}},
    }
    own = {"steps": ["Not a duplicate"], "rules": [[1, 1, "Catch-all", "served"]], "facts": {"country": "US"}}
    selection = {"pool": pool.pk, "own": {cy: ["cap", "day cap"]}, "waived": [], "deciding": "highest balance"}
    Decision.objects.create(
        lead=make_lead(now), outcome="assigned", method="round_robin", rep_id=ana, pool=pool, decided_at=now,
        rulebook_version=1, trace=pack_json(own | {"selection": selection | {"postings": [None, 0]}}),
        snapshot=DecisionSnapshot.objects.create(content=pack_json(people), taken_at=now),
    )  # fmt: skip

    (trace,) = traces()

    seen = [(one["eligible"], one["reasons"], one["balance"]) for one in trace["candidates"]]
    assert seen == [(True, [], 0.5), (True, [], -0.5), (False, ["cap"], 0), (False, ["paused"], 0)]
    assert (trace["facts"], trace["deciding"], trace["needs"]) == ({"country": "US"}, "highest balance", [])
