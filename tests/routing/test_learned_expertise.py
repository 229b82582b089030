"""Won and lost leads → what a pool's reps know, frozen for a day: counted from decisions, used, told, decided alike."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from reps.models import Expertise, Rep
from routing.engine.decide import decide
from routing.engine.explain import why_not
from routing.engine.types import Learned
from routing.insights.expertise import expertise_of_pools
from routing.insights.outcomes import Question
from routing.insights.topic_outcomes import count_by_topic
from routing.models import Assignment, Decision, EndReason, Lead, LearnedExpertise, Pool, Topic
from routing.services.learn_expertise import learn_expertise
from routing.services.publish import publish
from routing.services.receive_lead import receive_lead
from routing.services.route_pending import route_all
from routing.snapshots.columns import pack_json
from routing.snapshots.expertise import _table, expertise_table, pack_expertise
from routing.snapshots.rebuild import rebuild
from routing.snapshots.rulebook import current_rulebook
from routing.snapshots.traces import expand
from tests.factories import make_catch_all, make_owned_lead, make_pool, make_rep, make_settings

pytestmark = pytest.mark.django_db
K8S = "kubernetes"


@pytest.fixture(autouse=True)
def nothing_remembered() -> Iterator[None]:
    """Keys of rows come again in the next test."""
    _table.cache_clear()
    yield
    _table.cache_clear()


@pytest.fixture
def ana() -> Rep:
    return make_rep("Ana")


@pytest.fixture
def bob() -> Rep:
    return make_rep("Bob")


@pytest.fixture
def pool(ana: Rep, bob: Rep) -> Pool:
    return make_pool(ana, bob, strategy="intent", expertise="learned", name="Experts")


def settled(pool: Pool, now: datetime) -> None:
    make_settings(timezone="UTC")
    Topic.objects.create(name=K8S, keywords=["k8s"])
    Topic.objects.create(name="payments", keywords=["invoices"])
    make_catch_all(pool)
    publish(note="", user=None, now=now)


def ended(rep: Rep, now: datetime, outcome: str, *, topics: Any = ((K8S, 0.9),), days: float = 1, **more: Any) -> Lead:
    """A lead that was routed by these topics and had its outcome so many days ago."""
    at = now - timedelta(days=days)
    lead = make_owned_lead(at, rep)
    Lead.objects.filter(pk=lead.pk).update(**{"outcome": outcome, "outcome_at": at if outcome else None} | more)
    tags = [[topic, sure, "k8s", "message", left[0] if left else 1.0] for topic, sure, *left in topics]
    Decision.objects.create(
        lead=lead, outcome="assigned", method="intent", rep=rep, reason="", decided_at=lead.owned_at,
        trace=pack_json({"steps": [], "topics": tags}),
    )  # fmt: skip
    return lead


def history(now: datetime, *shares: tuple[Rep, int, int]) -> None:
    for rep, won, of in shares:
        for number in range(of):
            ended(rep, now, "won" if number < won else "lost", days=1 + number % 20)


def counted(now: datetime, *reps: Rep) -> dict[tuple[str, str], tuple[float, float]]:
    """(rep, topic) → (wins, leads) without decay to speak of."""
    question = Question([rep.pk for rep in reps], (), now, 3_650)
    found = count_by_topic(question, [K8S, "Payments"]).faded
    names = {rep.pk: rep.name for rep in reps}
    return {(names[row.rep], row.segment[0]): (round(row.wins, 1), round(row.leads, 1)) for row in found}


# --- counting -----------------------------------------------------------------------------------------------------


def test_each_lead_counts_for_its_topics_as_far_as_it_was_about_them(ana: Rep, bob: Rep, now: datetime) -> None:
    ended(ana, now, "won", topics=((K8S, 0.8), ("payments", 0.6, 0.5)))
    ended(ana, now, "lost", topics=(("Kubernetes", 0.4), (K8S, 0.5)))
    ended(bob, now, "won", topics=((K8S, 0.1), ("no topic any more", 0.9)))

    assert counted(now, ana, bob) == {("Ana", K8S): (0.8, 1.3), ("Ana", "payments"): (0.3, 0.3)}


@pytest.mark.parametrize(
    ("outcome", "more", "leads"),
    [
        ("won", {"test": True}, 0),
        ("won", {"method": "account"}, 0),
        ("", {}, 0),
        ("", {"days": 92}, 1),
        ("lost", {}, 1),
    ],
)
def test_what_an_outcome_is_is_as_for_results(
    ana: Rep, now: datetime, outcome: str, more: dict[str, Any], leads: int
) -> None:
    ended(ana, now, outcome, topics=((K8S, 1),), **more)

    assert counted(now, ana) == ({("Ana", K8S): (0, leads)} if leads else {})


def test_what_was_heard_of_after_somebody_had_it_teaches_nothing(ana: Rep, now: datetime) -> None:
    lead = ended(ana, now, "won")
    Decision.objects.create(
        lead=lead, outcome="held", reason="", decided_at=now, trace=pack_json({"topics": [["payments", 1, "", "x", 1]]})
    )

    assert counted(now, ana) == {("Ana", K8S): (0.9, 0.9)}


def test_a_lead_handed_over_at_a_stage_is_won_for_who_brought_it_there(ana: Rep, bob: Rep, now: datetime) -> None:
    lead = ended(bob, now, "", topics=((K8S, 1),))
    at = lead.owned_at
    Assignment.objects.create(
        lead=lead, rep=ana, method="intent", assigned_at=at, ended_at=at, end_reason=EndReason.HANDED_OVER
    )

    assert counted(now, ana, bob) == {("Ana", K8S): (1, 1)}


def test_outcomes_fade_by_half_life(ana: Rep, now: datetime) -> None:
    ended(ana, now, "won", topics=((K8S, 1),), days=30)
    counts = count_by_topic(Question([ana.pk], (), now, 30), [K8S])

    assert counts.faded[0].wins == pytest.approx(0.5)
    assert counts.whole[0].wins == 1


def test_there_are_two_queries_however_many_leads(ana: Rep, now: datetime) -> None:
    history(now, (ana, 3, 8))
    with CaptureQueriesContext(
        connection,
    ) as queries:
        count_by_topic(Question([ana.pk], (), now, 30), [K8S])

    assert len(queries) == 2


# --- learning -----------------------------------------------------------------------------------------------------


def test_the_day_s_table_is_made_once_and_reads_back_as_it_was(pool: Pool, ana: Rep, bob: Rep, now: datetime) -> None:
    history(now, (ana, 24, 40), (bob, 4, 40))
    settled(pool, now)

    assert learn_expertise(now=now) == 1
    row = LearnedExpertise.objects.get()
    table = expertise_table(row)
    assert table.differ
    assert table.reps[ana.pk][K8S].level > 0.5
    assert table.reps[bob.pk][K8S].level == 0
    assert pack_expertise(table) == row.content
    with CaptureQueriesContext(connection) as queries:
        assert learn_expertise(now=now + timedelta(hours=1)) == 0
    assert len(queries) <= 2
    assert learn_expertise(now=now + timedelta(days=1)) == 1


@pytest.mark.parametrize("change", [{"strategy": "round_robin"}, {"topics": False}])
def test_where_nobody_goes_by_intent_nothing_is_counted(pool: Pool, now: datetime, change: dict[str, Any]) -> None:
    Pool.objects.filter(pk=pool.pk).update(strategy=change.get("strategy", "intent"))
    settled(pool, now)
    if "topics" in change:
        Topic.objects.all().delete()
        publish(note="", user=None, now=now)

    assert learn_expertise(now=now) == 0


# --- what it changes ----------------------------------------------------------------------------------------------


def freeze(pool: Pool, now: datetime, **levels: float) -> None:
    """Today's table, by hand."""
    pks = {rep.name.lower(): rep.pk for rep in Rep.objects.all()}
    reps = {str(pks[name]): {K8S: Learned(level, 0.3, 0.2, 20, 6)} for name, level in levels.items()}
    content = {"differ": True, "p_value": 0.01, "reps": {rep: {K8S: list(one[K8S])} for rep, one in reps.items()}}
    LearnedExpertise.objects.create(pool=pool, day=now.date(), content=content, computed_at=now)


def declared(rep: Rep, level: int) -> None:
    Expertise.objects.create(rep=rep, topic=K8S, level=level)


def routed(now: datetime) -> tuple[Lead, Decision]:
    lead = receive_lead(facts={"form": "demo", "email": "mia@globex.example", "message": "We run k8s"}, now=now).lead
    route_all(now=now)
    lead.refresh_from_db()
    return lead, Decision.objects.filter(lead=lead).latest("pk")


def test_the_lead_goes_to_whom_won_deals_made_the_expert_and_it_says_so(
    pool: Pool, ana: Rep, bob: Rep, now: datetime
) -> None:
    declared(ana, 2)
    declared(bob, 1)
    settled(pool, now)
    freeze(pool, now, bob=1.6)

    lead, decision = routed(now)

    assert lead.owner == bob
    (trace,) = expand([decision])
    known = {row["name"]: row["expertise"] for row in trace["candidates"]}
    assert known == {
        "Ana": [{"topic": K8S, "declared": 2, "learned": 0}],
        "Bob": [{"topic": K8S, "declared": 1, "learned": 1.6}],
    }
    told = {"outcome": "assigned", "method": "intent", "pool": "Experts", "reason": decision.reason, "trace": trace}
    assert "Bob: kubernetes 1 declared and 1.6 learned; Ana: kubernetes 2 declared" in why_not(ana.email, told)
    assert "kubernetes 1 declared and 1.6 learned" in why_not(bob.email, told)


def test_what_is_learned_later_changes_no_decision_of_before(pool: Pool, ana: Rep, bob: Rep, now: datetime) -> None:
    declared(ana, 2)
    declared(bob, 1)
    settled(pool, now)
    freeze(pool, now, bob=1.6)
    lead, decision = routed(now)
    freeze(pool, now + timedelta(days=1), ana=2.0)

    again = rebuild(decision)
    decided = decide(again.lead, again.rulebook, again.batch)

    assert decided.reason == decision.reason
    assert decided.rep == bob.pk  # type: ignore[union-attr]
    (later,) = expand([Decision.objects.get(pk=decision.pk)])
    assert [row["expertise"][0]["learned"] for row in later["candidates"] if row["name"] == "Bob"] == [1.6]


def test_by_default_only_what_is_declared_counts(pool: Pool, ana: Rep, bob: Rep, now: datetime) -> None:
    Pool.objects.filter(pk=pool.pk).update(expertise=Pool._meta.get_field("expertise").get_default())
    declared(ana, 2)
    declared(bob, 1)
    settled(pool, now)
    freeze(pool, now, bob=2.0)
    with CaptureQueriesContext(connection) as queries:
        lead, _ = routed(now)

    assert lead.owner == ana
    assert not [one for one in queries if "learnedexpertise" in one["sql"]]


def test_people_see_it_beside_what_is_declared_whether_it_counts_or_not(
    pool: Pool, ana: Rep, bob: Rep, now: datetime
) -> None:
    declared(ana, 2)
    settled(pool, now)
    freeze(pool, now, bob=1.6)
    published = current_rulebook()
    assert published is not None
    with CaptureQueriesContext(connection) as queries:
        (shown,) = expertise_of_pools(published.rulebook, today=now.date())

    assert [(row.name, row.declared, row.learned.level) for row in shown.rows] == [("Bob", 0, 1.6), ("Ana", 2, 0)]
    assert len(queries) == 3
    (mine,) = expertise_of_pools(published.rulebook, today=now.date(), rep=ana.pk)
    assert [row.name for row in mine.rows] == ["Ana"]
