"""Which leads a repair moves: those that the change concerns, however the turns have moved on meanwhile."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from reps.models import Rep
from routing.models import (
    Account,
    Assignment,
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
from routing.services.route_pending import route_all
from routing.services.work import run_now
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


def test_an_owner_who_left_the_pool_loses_the_lead(
    pools: tuple[Pool, Pool], posted: Callable[..., Lead], now: datetime
) -> None:
    lead = posted()
    PoolMember.objects.filter(rep__name="Ana").delete()
    Rule.objects.filter(catch_all=True).update(note="a version to repair by")

    assert owner_after_repair(lead, now) in ("Bob", "Cy")


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
