"""Concrete cases that other systems got wrong, through the real services: persons, companies, owners, warnings."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from routing.engine.types import HeldReason
from routing.insights.periods import Period
from routing.insights.skew import skewed
from routing.models import Assignment, Decision, OutboxMessage, RulebookVersion
from routing.rulebook.content import draft_content
from routing.services.publish import CannotPublish, frozen, publish
from routing.services.receive_lead import receive_leads
from routing.services.route_pending import route_all
from routing.services.simulate import simulate
from routing.snapshots.traces import expand
from tests.factories import make_account, make_pool, make_rep, make_rule
from tests.routing.lead_acts import fresh, open_company, routed, sums

pytestmark = pytest.mark.django_db
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


# --- the same person, the same company ---------------------------------------------------------------------------


def test_an_address_in_another_case_at_the_same_form_is_the_same_lead(now: datetime) -> None:
    open_company(now)
    first = routed(now, email="mia@globex.com")

    again = routed(now + 5 * MINUTE, email="Mia@GLOBEX.com")

    assert (again.status, again.duplicate_of) == ("duplicate", first)
    assert Assignment.objects.count() == OutboxMessage.objects.count() == 1


def test_who_comes_back_after_three_weeks_has_a_clock_and_an_alert_of_their_own(now: datetime) -> None:
    open_company(now)
    first = routed(now - 21 * DAY, form="ebook")

    again = routed(now, form="demo")

    assert (again.owner, again.method, again.duplicate_of) == (first.owner, "returning", None)
    alerts = OutboxMessage.objects.filter(kind="alert").order_by("pk")
    assert list(alerts.values_list("lead", "assignment__attempt")) == [(first.pk, 1), (again.pk, 1)]


def test_colleagues_on_different_days_have_one_owner_and_cost_one_turn(now: datetime) -> None:
    open_company(now)
    first = routed(now - 2 * DAY, email="mia@globex.com")

    second = routed(now, email="bo@globex.com", form="pricing")

    assert (second.owner, second.method) == (first.owner, "same_company")
    assert "of the same company" in Decision.objects.get(lead=second).reason
    assert sums() == {0}


@pytest.mark.parametrize(
    ("away", "owner", "status"), [("backup", "Backup", "assigned"), ("next", "Ana", "assigned"), ("wait", None, "held")]
)
def test_an_owner_who_is_away_keeps_the_account_whoever_takes_the_lead(
    now: datetime, away: str, owner: str | None, status: str
) -> None:
    open_company(now)
    paused = make_rep("Owner", paused=True, backup=make_rep("Backup"))
    account = make_account("Globex", domains=("globex.com",), owner=paused)
    make_rule(position=1, destination="account_owner", away=away)
    publish(note="", user=None, now=now)

    lead = routed(now)

    account.refresh_from_db()
    assert (lead.owner and lead.owner.name, lead.status, account.owner) == (owner, status, paused)


# --- what is said ------------------------------------------------------------------------------------------------

GONE = [[{"field": "kind", "op": "is", "value": "fax"}]]


def test_an_option_that_is_gone_matches_nothing_and_warns_in_preview_and_trace(now: datetime) -> None:
    open_company(now)
    make_rule(name="Fax", position=1, conditions=GONE, pool=make_pool(make_rep("Fay")))
    preview = simulate(lead={"email": "mia@globex.com"}, at=None, version="draft", now=now).decision["trace"]

    RulebookVersion.objects.create(number=2, content=frozen(draft_content()), published_at=now)
    [stored] = expand(list(Decision.objects.filter(lead=routed(now))))

    for trace in (preview, stored):
        look = trace["rules"][0]
        assert (look["name"], look["result"], "fax" in look["warnings"][0]) == ("Fax", "no_match", True)


def test_an_option_that_is_gone_blocks_publishing_and_is_named(now: datetime) -> None:
    open_company(now)
    make_rule(name="Fax", position=1, conditions=GONE, pool=make_pool(make_rep("Fay")))

    with pytest.raises(CannotPublish, match=r"Rule “Fax”: .*“fax” does not exist \(any more\)"):
        publish(note="", user=None, now=now)


def test_a_rule_whose_pool_is_empty_is_not_a_rule_that_did_not_match(now: datetime) -> None:
    open_company(now)
    make_rule(name="Large", position=1, pool=make_pool(name="Large"))
    publish(note="", user=None, now=now)

    [trace] = expand(list(Decision.objects.filter(lead=routed(now))))

    assert [(look["name"], look["result"]) for look in trace["rules"]] == [
        ("Large", "empty_pool"),
        ("Catch-all", "served"),
    ]


def test_where_every_pool_is_empty_the_lead_waits_for_that_reason(now: datetime) -> None:
    pool, _ = open_company(now)
    pool.members.all().delete()

    assert fresh(routed(now)).held_reason == HeldReason.EMPTY_POOL


def test_leads_that_belong_to_somebody_skew_no_pool(now: datetime) -> None:
    _, reps = open_company(now)
    make_account("Globex", domains=("globex.com",), owner=reps[0])
    make_rule(position=1, destination="account_owner")
    publish(note="", user=None, now=now)
    addresses = [f"m{n}@globex.com" for n in range(30)] + [f"m@c{n}.example" for n in range(27)]

    receive_leads(submissions=[{"email": address} for address in addresses], now=now)
    route_all(now=now)

    assert Assignment.objects.filter(rep=reps[0]).count() == 39
    assert skewed(Period(now - MINUTE, now + MINUTE)) == []
