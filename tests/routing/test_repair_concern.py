"""Which leads a repair moves: those that the change concerns, however the turns have moved on meanwhile."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from reps.models import Rep
from routing.engine.types import Method, Rulebook, ToPool, ToTerritory
from routing.models import (
    Account,
    Assignment,
    LastResort,
    Lead,
    LedgerAccount,
    Pool,
    PoolMember,
    RoutingSettings,
    Rule,
    RulebookVersion,
    Work,
)
from routing.services.lead_actions import reassign, release, set_outcome
from routing.services.publish import publish
from routing.services.receive_lead import receive_lead
from routing.services.repair.concern import is_concerned
from routing.services.route_pending import route_all
from routing.services.work import run_now
from routing.snapshots.progress import read_progress
from tests.engine import builders as engine
from tests.factories import make_account, make_catch_all, make_pool, make_rep, make_rule, make_settings

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
GERMAN = [[{"field": "country", "op": "is", "value": "DE"}]]


@pytest.fixture
def pools() -> tuple[Pool, Pool]:
    make_settings()
    smb = make_pool(make_rep("Ana"), make_rep("Bob"), make_rep("Cy"), name="SMB")
    return smb, make_pool(make_rep("Greta"), make_rep("Hans"), name="DACH")


@pytest.fixture
def posted(pools: tuple[Pool, Pool], now: datetime) -> Callable[..., Lead]:
    """Publish what the draft says as version 1, and route one lead by it."""

    def post(**facts: Any) -> Lead:
        if not RulebookVersion.objects.exists():
            make_catch_all(pools[0])
            publish(note="", user=None, now=now)
        lead = receive_lead(facts={"email": "mia@globex.com"} | facts, now=now).lead
        route_all(now=now)
        return Lead.objects.get(pk=lead.pk)

    return post


def owner_after_repair(lead: Lead, now: datetime) -> str | None:
    """Publish the draft as the next version, repair the leads of version 1 by it, and see who has the lead."""
    publish(note="", user=None, now=now + HOUR)
    work = run_now(kind=Work.Kind.REPAIR, params={"from": 1, "apply": True}, clock=lambda: now + 2 * HOUR)
    assert work.error == ""
    owner = Lead.objects.get(pk=lead.pk).owner
    return owner.name if owner else None


def it_is_another_ones_turn(pool: Pool) -> None:
    """The turns moved on: whoever had the lead is far behind by now."""
    LedgerAccount.objects.filter(ledger=pool.ledger, rep__name="Ana").update(balance=-2_000_000_000)
    LedgerAccount.objects.filter(ledger=pool.ledger, rep__name="Bob").update(balance=2_000_000_000)


def test_a_turn_that_would_be_somebody_elses_by_now_is_no_reason(
    pools: tuple[Pool, Pool], posted: Callable[..., Lead], now: datetime
) -> None:
    lead = posted()
    it_is_another_ones_turn(pools[0])
    make_rule(name="Germany", pool=pools[1], conditions=GERMAN, position=1)

    assert owner_after_repair(lead, now) == "Ana"


@pytest.mark.parametrize("change", [{"name": "Everybody"}, {"alert": "none"}, {"note": "new"}])
def test_what_does_not_send_a_lead_elsewhere_is_no_reason(
    pools: tuple[Pool, Pool], posted: Callable[..., Lead], now: datetime, change: dict[str, Any]
) -> None:
    lead = posted()
    it_is_another_ones_turn(pools[0])
    Rule.objects.filter(catch_all=True).update(**change)

    assert owner_after_repair(lead, now) == "Ana"


def test_another_strategy_of_the_same_people_is_no_reason(
    pools: tuple[Pool, Pool], posted: Callable[..., Lead], now: datetime
) -> None:
    lead = posted()
    Pool.objects.filter(pk=pools[0].pk).update(strategy="load_balanced")

    assert owner_after_repair(lead, now) == "Ana"


def test_a_rule_behind_the_one_that_served_the_lead_is_no_reason(
    pools: tuple[Pool, Pool], posted: Callable[..., Lead], now: datetime
) -> None:
    make_rule(name="Germany", pool=pools[0], conditions=GERMAN, position=1)
    lead = posted(country="DE")
    Rule.objects.filter(catch_all=True).update(pool=pools[1])
    PoolMember.objects.filter(pool=pools[0]).exclude(rep__name="Ana").delete()
    Rep.objects.filter(name="Ana").update(paused=True)  # so that the rule would fall through by now

    assert owner_after_repair(lead, now) == "Ana"


def test_a_rule_before_the_one_that_served_the_lead_is_one(
    pools: tuple[Pool, Pool], posted: Callable[..., Lead], now: datetime
) -> None:
    lead = posted(country="DE")
    make_rule(name="Germany", pool=pools[1], conditions=GERMAN, position=1)

    assert owner_after_repair(lead, now) in ("Greta", "Hans")


def test_an_owner_who_lacks_what_is_asked_for_now_loses_the_lead(
    pools: tuple[Pool, Pool], posted: Callable[..., Lead], now: datetime
) -> None:
    lead = posted()
    Rep.objects.filter(name="Cy").update(languages=["de"])
    Pool.objects.filter(pk=pools[0].pk).update(requires={"languages": ["de"]})

    assert owner_after_repair(lead, now) == "Cy"


def test_an_owner_who_has_what_is_asked_for_now_keeps_the_lead(
    pools: tuple[Pool, Pool], posted: Callable[..., Lead], now: datetime
) -> None:
    lead = posted()
    it_is_another_ones_turn(pools[0])
    Rep.objects.filter(name__in=["Ana", "Bob"]).update(languages=["de"])
    Pool.objects.filter(pk=pools[0].pk).update(requires={"languages": ["de"]})

    assert owner_after_repair(lead, now) == "Ana"


@pytest.mark.parametrize(
    "meanwhile",
    [
        lambda: PoolMember.objects.filter(rep__name="Ana").delete(),
        lambda: Rep.objects.filter(name="Ana").update(languages=[]),
        lambda: Rep.objects.filter(name="Ana").update(paused=True),
        lambda: Rep.objects.filter(name="Bob").update(languages=["de"]),
    ],
)
def test_two_versions_that_say_the_same_move_nothing_whatever_changed_meanwhile(
    pools: tuple[Pool, Pool], posted: Callable[..., Lead], now: datetime, meanwhile: Callable[[], Any]
) -> None:
    Rep.objects.filter(name__in=["Ana", "Cy"]).update(languages=["de"])
    Pool.objects.filter(pk=pools[0].pk).update(requires={"languages": ["de"]})
    lead = posted()
    meanwhile()
    Rule.objects.filter(catch_all=True).update(note="a version to repair by")

    assert owner_after_repair(lead, now) == "Ana"


def late_for_french(posted: Callable[..., Lead], pool: Pool, now: datetime) -> Lead:
    """A lead that Ana got without French, as nobody who speaks it came within five minutes; Cy does by now."""
    Pool.objects.filter(pk=pool.pk).update(requires={"languages": [{"language": "fr", "patience_minutes": 5}]})
    lead = posted()
    route_all(now=now + HOUR / 10)
    Rep.objects.filter(name="Cy").update(languages=["fr"])
    return Lead.objects.get(pk=lead.pk)


@pytest.mark.parametrize("minutes", [5, 60])
def test_a_patience_that_was_over_does_not_begin_again(
    pools: tuple[Pool, Pool], posted: Callable[..., Lead], now: datetime, minutes: int
) -> None:
    lead = late_for_french(posted, pools[0], now)
    needs = {"languages": [{"language": "fr", "patience_minutes": minutes}]}
    Pool.objects.filter(pk=pools[0].pk).update(requires=needs)
    Rule.objects.filter(catch_all=True).update(note="a version to repair by")

    assert (lead.owner and lead.owner.name, owner_after_repair(lead, now)) == ("Ana", "Ana")


def test_a_lead_that_moves_remembers_how_long_it_waited(
    pools: tuple[Pool, Pool], posted: Callable[..., Lead], now: datetime
) -> None:
    lead = late_for_french(posted, pools[0], now)
    make_rule(name="Everybody", pool=pools[1], position=1)

    assert owner_after_repair(lead, now) in ("Greta", "Hans")
    waited = read_progress(Lead.objects.get(pk=lead.pk).resume)[1]
    assert waited == {Rule.objects.get(catch_all=True).pk: now}


def test_an_account_that_changed_hands_meanwhile_is_no_reason(
    pools: tuple[Pool, Pool], posted: Callable[..., Lead], now: datetime
) -> None:
    make_account("Globex", domains=("globex.com",), owner=Rep.objects.get(name="Ana"))
    make_rule(name="Account", destination="account_owner", account_role="owner", position=1)
    lead = posted()
    Account.objects.update(owner=Rep.objects.get(name="Bob"))
    make_rule(name="Germany", pool=pools[1], conditions=GERMAN, position=2)

    assert (lead.method, owner_after_repair(lead, now)) == ("account", "Ana")


def test_another_answer_to_nobody_being_there_is_one(
    pools: tuple[Pool, Pool], posted: Callable[..., Lead], now: datetime
) -> None:
    rule = make_rule(name="Germany", pool=pools[1], conditions=GERMAN, position=1)
    Rep.objects.filter(name__in=["Greta", "Hans"]).update(paused=True)
    lead = posted(country="DE")
    Rep.objects.update(paused=False)
    Rule.objects.filter(pk=rule.pk).update(when_nobody="wait", wait_minutes=600)

    assert (lead.owner and lead.owner.name, owner_after_repair(lead, now)) == ("Ana", "Greta")


def test_a_colleague_whom_the_right_version_does_not_join_goes_by_the_rules(
    pools: tuple[Pool, Pool], posted: Callable[..., Lead], now: datetime
) -> None:
    make_rule(name="Germany", pool=pools[1], conditions=GERMAN, position=1)
    posted(email="ada@globex.com")
    lead = posted(email="mia@globex.com", country="DE")
    RoutingSettings.objects.update(same_company=False)
    before = lead.method

    assert (before, owner_after_repair(lead, now)) == ("same_company", "Greta")


def test_a_colleague_who_is_not_joined_loses_the_lead_even_while_away(
    pools: tuple[Pool, Pool], posted: Callable[..., Lead], now: datetime
) -> None:
    make_rule(name="Germany", pool=pools[1], conditions=GERMAN, position=1)
    posted(email="ada@globex.com")
    lead = posted(email="mia@globex.com", country="DE")
    before = lead.owner and lead.owner.name
    RoutingSettings.objects.update(same_company=False)
    Rep.objects.filter(name="Ana").update(paused=True)

    assert (before, owner_after_repair(lead, now)) == ("Ana", "Greta")


def test_a_lead_of_the_last_resort_goes_where_the_mended_catch_all_leads(
    pools: tuple[Pool, Pool], posted: Callable[..., Lead], now: datetime
) -> None:
    LastResort.objects.create(rep=make_rep("Manager"))
    rule = make_rule(name="Catch-all", catch_all=True, destination="territory", position=100_000)
    publish(note="", user=None, now=now)
    lead = posted()
    Lead.objects.filter(pk=lead.pk).update(hold_deadline_at=now, route_after=now)
    route_all(now=now)
    lead.refresh_from_db()
    Rule.objects.filter(pk=rule.pk).update(destination="pool", pool=pools[0])

    assert (lead.method, owner_after_repair(lead, now)) == ("last_resort", "Ana")


A, B = engine.rule(1), engine.rule(2, destination=ToPool(engine.ENTERPRISE))
NOWHERE = engine.rule(9, destination=ToTerritory())
JOINING, NOT_JOINING = engine.rulebook(A), engine.rulebook(A, same_company=False)


def concerns(wrong: Rulebook, right: Rulebook, method: Method, rule: int | None) -> bool:
    """Whether the change concerns Mia's lead, who is back, and of whose company somebody else has another lead."""
    others = (
        engine.earlier(owner=engine.ANA),
        engine.earlier(101, owner=engine.BOB, email="zoe@globex.com", company_identity=70),
    )
    lead = engine.mia(2000, company_identity=70, earlier=others)
    owner = Assignment(rep_id=engine.CAT, method=method.value, rule_id=rule, assigned_at=engine.NOW)
    return is_concerned(owner, lead, lead, wrong, right, engine.people(engine.ANA, engine.BOB, engine.CAT))


@pytest.mark.parametrize(
    ("wrong", "right", "method", "rule", "concerned"),
    [
        (engine.rulebook(NOWHERE), JOINING, Method.LAST_RESORT, None, True),
        (JOINING, engine.rulebook(A, B), Method.LAST_RESORT, None, True),
        (JOINING, JOINING, Method.LAST_RESORT, None, False),
        (JOINING, NOT_JOINING, Method.LAST_RESORT, None, True),
        (JOINING, engine.rulebook(A, B), Method.ROUND_ROBIN, 1, False),
        (JOINING, engine.rulebook(B, A), Method.ROUND_ROBIN, 1, True),
        (JOINING, NOT_JOINING, Method.ROUND_ROBIN, 1, False),
        (NOT_JOINING, JOINING, Method.ROUND_ROBIN, 1, True),
        (JOINING, NOT_JOINING, Method.SAME_COMPANY, 1, True),
        (JOINING, engine.rulebook(B, A), Method.SAME_COMPANY, 1, False),
        (JOINING, NOT_JOINING, Method.RETURNING, 1, False),
        (NOT_JOINING, JOINING, Method.RETURNING, 1, False),
        (JOINING, engine.rulebook(A, returning_days=20), Method.RETURNING, 1, True),
        (JOINING, engine.rulebook(A, returning_days=20), Method.SAME_COMPANY, 1, False),
    ],
)
def test_what_a_change_concerns_depends_on_how_the_owner_got_the_lead(
    wrong: Rulebook, right: Rulebook, method: Method, rule: int | None, concerned: bool
) -> None:
    assert concerns(wrong, right, method, rule) is concerned


@pytest.mark.parametrize("method", Method)
def test_two_versions_that_say_the_same_concern_no_lead_however_it_was_given(method: Method) -> None:
    same = [(JOINING, JOINING), (engine.rulebook(B, NOWHERE, A), engine.rulebook(B, NOWHERE, A))]

    assert not any(concerns(*versions, method, rule) for versions in same for rule in (None, 1, 2, 9))


def test_a_lead_with_an_outcome_was_answered(
    pools: tuple[Pool, Pool], posted: Callable[..., Lead], now: datetime
) -> None:
    lead = posted(country="DE")
    set_outcome(lead=lead, stage="qualified", amount=None, reason="", now=now, actor="Ana")
    make_rule(name="Germany", pool=pools[1], conditions=GERMAN, position=1)

    assert owner_after_repair(lead, now) == "Ana"
    work = Work.objects.get(kind=Work.Kind.REPAIR)
    assert (work.report or {})["untouched"]["answered"] == 1


def test_what_became_of_a_lead_before_its_owner_had_it_is_no_answer(
    pools: tuple[Pool, Pool], posted: Callable[..., Lead], now: datetime
) -> None:
    lead = posted(country="DE")
    set_outcome(lead=lead, stage="qualified", amount=None, reason="", now=now, actor="Ana")
    release(lead=lead, now=now + HOUR / 2, actor="Bo")
    route_all(now=now + HOUR / 2)
    make_rule(name="Germany", pool=pools[1], conditions=GERMAN, position=1)

    assert owner_after_repair(lead, now) in ("Greta", "Hans")


def test_nobody_who_chose_an_owner_is_overruled(
    pools: tuple[Pool, Pool], posted: Callable[..., Lead], now: datetime
) -> None:
    lead = posted(country="DE")
    bob = Rep.objects.get(name="Bob")
    reassign(lead=lead, rep=bob, reason="", counts=True, now=now, actor="Bo")
    make_rule(name="Germany", pool=pools[1], conditions=GERMAN, position=1)

    assert (owner_after_repair(lead, now), Assignment.objects.current().get(lead=lead).method) == ("Bob", "manual")
