"""From what was stored of a decision the engine decides the same again, whatever kind of lead and pool it was."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import transaction

from reps.models import Expertise, Rep, Skill, TimeOff
from routing.engine.decide import decide
from routing.engine.performance import Counted
from routing.models import (
    Decision,
    DecisionSnapshot,
    Lead,
    LedgerAccount,
    LookupRow,
    LookupTable,
    PeopleSnapshot,
    PerformanceTable,
    Pool,
    PoolMember,
    Signal,
    Territory,
    Topic,
)
from routing.services.batches.decide import Decided, decide_batch
from routing.services.batches.store import store_outcomes
from routing.services.publish import publish
from routing.services.receive_lead import receive_lead
from routing.services.route_pending import route_all
from routing.snapshots.performance import Numbers, pack_numbers
from routing.snapshots.rebuild import CannotRebuild, rebuild
from routing.snapshots.rulebook import current_rulebook
from tests.factories import (
    make_account,
    make_catch_all,
    make_lead,
    make_owned_lead,
    make_pool,
    make_rep,
    make_rule,
    make_settings,
)

pytestmark = pytest.mark.django_db
LAST_WEEK = timedelta(days=7)


@transaction.atomic
def route(now: datetime) -> list[Decided]:
    """One batch of all that is undecided, stored; what was decided, in order."""
    published = current_rulebook()
    assert published is not None
    rows = list(Lead.objects.undecided().order_by("pk"))
    outcomes = decide_batch(rows, published=published, now=now)
    store_outcomes(outcomes, now=now)
    return outcomes.decided


def assert_all_decided_alike_again(decided: Sequence[Decided]) -> None:
    """Each stored decision, rebuilt, gives what the engine said at first, to the last value of the trace."""
    assert decided
    for one in decided:
        rebuilt = rebuild(Decision.objects.filter(lead=one.row.pk).latest("pk"))
        assert decide(rebuilt.lead, rebuilt.rulebook, rebuilt.batch) == one.decision


def post(now: datetime, **facts: Any) -> Lead:
    return receive_lead(facts={"form": "demo"} | facts, now=now).lead


def leads(count: int, now: datetime, name: str = "company", **facts: Any) -> None:
    """So many leads of people and companies that differ."""
    for number in range(count):
        post(now, **{"email": f"mia@{name}{number}.example"} | facts)


def settled(pool: Pool, now: datetime, **settings: Any) -> None:
    make_settings(**settings)
    make_catch_all(pool)
    publish(note="", user=None, now=now)


def crowd(count: int = 4, **fields: Any) -> list[Rep]:
    return [make_rep(f"Rep{number}", **fields) for number in range(count)]


def test_turns_with_ties_and_weights_within_a_batch(now: datetime) -> None:
    settled(make_pool(*crowd(), weights=[1, 2, 1, 0.5]), now)
    leads(9, now)

    assert_all_decided_alike_again(route(now))


def test_one_lead_a_batch(now: datetime) -> None:
    settled(make_pool(*crowd()), now)
    for minute in range(5):
        leads(1, now + timedelta(minutes=minute), name=f"company{minute}")

        assert_all_decided_alike_again(route(now + timedelta(minutes=minute)))


def test_caps_that_fill_within_a_batch(now: datetime) -> None:
    reps = crowd(caps={"hour": 2, "day": 3, "open": 4, "unanswered": {"limit": 2, "all": True}})
    pool = make_pool(*reps)
    PoolMember.objects.filter(rep=reps[0]).update(caps={"hour": 1})
    settled(pool, now)
    leads(12, now)

    decided = route(now)

    assert {one.row.pk for one in decided if Lead.objects.get(pk=one.row.pk).status == "held"}
    assert_all_decided_alike_again(decided)


def test_duplicates_people_who_return_and_colleagues(now: datetime) -> None:
    settled(make_pool(*crowd()), now)
    post(now - LAST_WEEK, email="mia@globex.example", form="ebook")
    route(now - LAST_WEEK)
    for email in ("mia@globex.example", "tom@globex.example", "tom@globex.example", "eve@initech.example"):
        post(now, email=email, phone="+49 30 901820")

    decided = route(now)

    assert {type(one.decision).__name__ for one in decided} == {"Assigned", "Duplicate"}
    assert_all_decided_alike_again(decided)


def test_owners_of_accounts_and_their_backups(now: datetime) -> None:
    backup = make_rep("Backup")
    owner = make_rep("Owner", paused=True, backup=backup)
    make_account("Globex", domains=("globex.example",), owner=owner, stage="customer", employees=5200)
    make_rule(position=1, destination="account_owner", conditions=[[row("account.stage", "is", "customer")]])
    settled(make_pool(*crowd()), now)
    post(now, email="mia@globex.example", attributes={"plan": ["a", 2, True]}, utm={"source": "x"})

    assert_all_decided_alike_again(route(now))


def test_territories_parks_tables_and_people_on_leave(now: datetime) -> None:
    reps = crowd()
    TimeOff.objects.create(rep=reps[0], starts_at=now, ends_at=now + LAST_WEEK)
    Territory.objects.create(name="Germany", countries=["DE"], owner_rep=reps[0])
    table = LookupTable.objects.create(name="Partners")
    LookupRow.objects.create(table=table, key="ACME-1", rep=reps[1])
    by_partner = {"table": table, "table_field": "attributes.partner"}
    make_rule(position=1, destination="table", conditions=[[row("attributes.partner", "not_empty")]], **by_partner)
    make_rule(position=2, destination="territory", conditions=[[row("country", "is", "DE")]], away="next")
    make_rule(position=3, destination="park", park_reason="student", conditions=[[row("kind", "is", "content")]])
    settled(make_pool(*reps), now)
    facts: list[dict[str, Any]] = [{"attributes": {"partner": "acme-1"}}, {"country": "DE"}, {"kind": "content"}, {}]
    for number, some in enumerate(facts):
        leads(1, now, name=f"company{number}", **some)

    assert_all_decided_alike_again(route(now))


def test_leads_that_wait_are_put_back_and_go_on(now: datetime) -> None:
    away = make_rep(paused=True, paused_until=now + timedelta(minutes=20))
    rule = {"when_nobody": "wait", "wait_minutes": 30}
    make_rule(name="Wait", position=1, pool=make_pool(away, name="First"), **rule)
    make_rule(name="Next", position=2, pool=make_pool(make_rep(active=False), name="Second"))
    settled(make_pool(*crowd(), name="Last"), now)
    leads(3, now)
    decided = list(route(now))
    Rep.objects.filter(pk=away.pk).update(paused_until=None)
    for minute in (31, 32, 33):
        decided += route(now + timedelta(minutes=minute))

    assert Lead.objects.filter(status="assigned").count() == 3
    for one in decided[-3:]:
        assert_all_decided_alike_again([one])


def test_a_lead_past_its_deadline_and_one_that_routing_failed_of(now: datetime) -> None:
    settled(make_pool(*crowd(paused=True)), now)
    held = {"status": "held", "held_reason": "nobody_available", "held_since": now - LAST_WEEK, "hold_deadline_at": now}
    make_lead(now, **held)
    make_lead(now, route_tries=5, **held)

    assert_all_decided_alike_again(route(now))


def test_a_lead_that_names_fits_and_signals(now: datetime) -> None:
    reps = crowd()
    for level, rep in enumerate(reps):
        Expertise.objects.create(rep=rep, topic="Kubernetes", level=max(1, min(level, 3)))
        rep.skills.add(Skill.objects.get_or_create(name="Security")[0])
    Topic.objects.create(name="kubernetes", keywords=["k8s", "kubernetes"])
    pool = make_pool(*reps, strategy="intent", requires={"skills": [{"skill": "Security", "patience_minutes": 5}]})
    settled(pool, now, score=[{"when": [[row("job_title", "contains", "chief")]], "points": 80}], grades={"A": 75})
    Signal.objects.create(
        domain="company1.example", kind="hiring", text="k8s engineer", observed_at=now - LAST_WEEK, received_at=now
    )
    leads(4, now, message="We run k8s on three continents", job_title="Chief of IT")

    decided = route(now)

    assert_all_decided_alike_again(decided)
    assert decided[0].facts.facts["grade"] == "A"
    assert Lead.objects.filter(score=80, grade="A").count() == 4


def test_results_and_their_control_group(now: datetime) -> None:
    reps = crowd()
    pool = make_pool(*reps, strategy="performance", control_share=0.4, turns_by="kind")
    settled(pool, now)
    counted = [Counted(rep.pk, ("website", "", ""), 10.0 + 5 * place, 40.0) for place, rep in enumerate(reps)]
    numbers = Numbers(("source", "size", "region"), 30, 120, tuple(counted))
    for day in (now.date(), now.date() - timedelta(days=9)):
        PerformanceTable.objects.create(pool=pool, day=day, content=pack_numbers(numbers), computed_at=now)
    leads(12, now, source="website")

    decided = route(now)

    assert_all_decided_alike_again(decided)
    assert set(Lead.objects.values_list("method", flat=True)) == {"performance", "round_robin"}
    assert set(LedgerAccount.objects.values_list("turns_by", "control")) == {("other", False), ("other", True)}


@pytest.mark.parametrize("strategy", ["load_balanced", "round_robin"])
@pytest.mark.parametrize("fairness", ["share", "totals"])
def test_load_and_totals(now: datetime, strategy: str, fairness: str) -> None:
    reps = crowd()
    make_owned_lead(now, reps[0])
    settled(make_pool(*reps, strategy=strategy, fairness=fairness), now)
    leads(3, now - LAST_WEEK)
    route(now - LAST_WEEK)
    leads(6, now, name="again")

    assert_all_decided_alike_again(route(now))


def test_savings_of_people_on_leave(now: datetime) -> None:
    reps = crowd(catch_up={"share": 0.5})
    TimeOff.objects.create(rep=reps[0], starts_at=now - LAST_WEEK, ends_at=now)
    settled(make_pool(*reps), now - LAST_WEEK)
    leads(4, now - timedelta(days=3))
    saving = route(now - timedelta(days=3))
    leads(5, now, name="later")
    paying = route(now)

    assert any(one.decision.posting.saved for one in saving)  # type: ignore[union-attr]
    assert any(one.decision.posting.paid_out for one in paying)  # type: ignore[union-attr]
    assert_all_decided_alike_again([*saving, *paying])


@pytest.mark.parametrize("offer", ["exclusive", "claim"])
def test_leads_that_are_offered(now: datetime, offer: str) -> None:
    settled(make_pool(*crowd(), offer=offer), now)
    leads(2, now)

    assert_all_decided_alike_again(route(now))


def test_test_leads_and_long_messages(now: datetime) -> None:
    settled(make_pool(*crowd()), now)
    post(now, email="mia@globex.example", test=True)
    post(now, email="tom@initech.example", message="x" * 5000 + "!")

    assert_all_decided_alike_again(route(now))


def row(field: str, op: str, value: Any = None) -> dict[str, Any]:
    return {"field": field, "op": op, "value": value}


def test_people_who_did_not_change_are_stored_once(now: datetime) -> None:
    settled(make_pool(*crowd()), now)
    for minute in range(3):
        leads(1, now, name=f"company{minute}")
        route_all(now=now + timedelta(minutes=minute))

    assert (DecisionSnapshot.objects.count(), PeopleSnapshot.objects.count()) == (3, 1)


def test_what_was_decided_without_the_engine_cannot_be_rebuilt(now: datetime) -> None:
    decision = Decision.objects.create(lead=make_lead(now), outcome="held", reason="?", decided_at=now)

    with pytest.raises(CannotRebuild):
        rebuild(decision)
