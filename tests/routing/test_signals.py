"""Buying signals: what comes in is checked and wakes who waits; what a lead is about is read from them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from routing.engine.territories import Atlas
from routing.engine.types import (
    Condition,
    Pool,
    Rule,
    Rulebook,
    Settings,
    Strategy,
    Topic,
    TopicTag,
    ToPool,
)
from routing.models import Lead, LeadEvent, Signal
from routing.services.identities import set_identities
from routing.services.receive_signal import InvalidSignal, receive_signal
from routing.snapshots.rulebook import Published
from routing.snapshots.signals import MOST_SIGNALS, Intent, load_signals
from tests.factories import make_lead, make_owned_lead, make_rep

pytestmark = pytest.mark.django_db

TOPICS = (Topic("kubernetes", ("kubernetes", "k8s", "helm")), Topic("fintech", ("fintech",)))
GLOBEX = {"domain": "globex.com", "kind": "funding"}


def published(**fields: Any) -> Published:
    values: dict[str, Any] = {"version": 1, "settings": Settings(), "rules": (), "pools": {}, "territories": {}}
    rulebook = Rulebook(**values | {"topics": TOPICS} | fields)
    return Published(rulebook, {}, 2.0, 72.0, (), Atlas({}, UTC))


def lead_of(now: datetime, email: str = "mia@globex.com", domain: str = "globex.com", **fields: Any) -> Lead:
    lead = make_lead(now, email=email, domain=domain, **fields)
    set_identities([lead])
    lead.save()
    return lead


def held(now: datetime, **fields: Any) -> Lead:
    later = now + timedelta(hours=4)
    waits = {"held_reason": "nobody_available", "held_since": now, "hold_deadline_at": later, "route_after": later}
    return lead_of(now, status=Lead.Status.HELD, **waits | fields)


def parked(now: datetime, **fields: Any) -> Lead:
    return lead_of(now, status=Lead.Status.PARKED, route_after=None, review_date=date(2026, 6, 1), **fields)


def signal(now: datetime, *, days: float = 0, **fields: Any) -> Signal:
    at = now - timedelta(days=days)
    return Signal.objects.create(**{"kind": "funding", "observed_at": at, "received_at": at} | fields)


def known(lead: Lead, now: datetime, **fields: Any) -> Intent:
    return load_signals([lead], published=published(**fields), now=now)[lead.pk]


def send(now: datetime, **facts: Any) -> Signal:
    return receive_signal(facts=facts, now=now)


# --- what comes in ------------------------------------------------------------------------------------------------


def test_a_signal_is_stored_in_its_one_form(now: datetime) -> None:
    stored = send(
        now,
        domain="https://www.GLOBEX.co.uk/about",
        email=" Mia@Globex.co.uk ",
        kind="Pricing visit",
        title="  Looked at\nprices ",
        text="Twice.\r\nFrom London.",
        strength=0.5,
        half_life_days=14,
        source_url="https://crm.example/visits/7",
        observed_at="2026-03-02T10:00:00+01:00",
    )
    stored.refresh_from_db()

    assert (stored.domain, stored.email, stored.kind) == ("globex.co.uk", "mia@globex.co.uk", "pricing_visit")
    assert (stored.title, stored.text) == ("Looked at prices", "Twice.\nFrom London.")
    assert (stored.strength, stored.half_life_days) == (0.5, 14)
    assert stored.observed_at == datetime(2026, 3, 2, 9, tzinfo=UTC)
    assert stored.received_at == now


def test_what_is_not_said_has_a_default(now: datetime) -> None:
    stored = send(now, **GLOBEX)

    assert (stored.strength, stored.half_life_days, stored.observed_at) == (1.0, None, now)


def test_a_signal_names_a_lead(now: datetime) -> None:
    lead = lead_of(now)

    assert send(now, lead=str(lead.uuid), kind="usage").lead == lead


def test_a_clock_that_is_a_little_fast_is_forgiven(now: datetime) -> None:
    assert send(now, **GLOBEX, observed_at=now + timedelta(minutes=1)).observed_at == now


@pytest.mark.parametrize(
    ("facts", "field"),
    [
        ({"kind": "funding"}, "domain"),
        ({"kind": "funding", "domain": "", "email": None}, "domain"),
        ({"domain": "globex.com"}, "kind"),
        (GLOBEX | {"kind": "   "}, "kind"),
        (GLOBEX | {"domain": "gmail.com"}, "domain"),
        (GLOBEX | {"domain": "not a domain"}, "domain"),
        (GLOBEX | {"domain": 7}, "domain"),
        (GLOBEX | {"domain": "x" * 501}, "domain"),
        (GLOBEX | {"email": "mia"}, "email"),
        (GLOBEX | {"lead": "7"}, "lead"),
        (GLOBEX | {"lead": "0b7e9a52-0000-4000-8000-000000000000"}, "lead"),
        (GLOBEX | {"lead": {"id": 1}}, "lead"),
        (GLOBEX | {"kind": "x" * 51}, "kind"),
        (GLOBEX | {"kind": ["funding"]}, "kind"),
        (GLOBEX | {"kind": "ß" * 50}, "kind"),
        (GLOBEX | {"title": "x" * 201}, "title"),
        (GLOBEX | {"text": "x" * 20_001}, "text"),
        (GLOBEX | {"text": 1.5}, "text"),
        (GLOBEX | {"strength": 1.1}, "strength"),
        (GLOBEX | {"strength": -0.1}, "strength"),
        (GLOBEX | {"strength": "1"}, "strength"),
        (GLOBEX | {"strength": True}, "strength"),
        (GLOBEX | {"strength": float("nan")}, "strength"),
        (GLOBEX | {"strength": 10**400}, "strength"),
        (GLOBEX | {"half_life_days": 0}, "half_life_days"),
        (GLOBEX | {"half_life_days": float("inf")}, "half_life_days"),
        (GLOBEX | {"source_url": "javascript:alert(1)"}, "source_url"),
        (GLOBEX | {"source_url": "https://"}, "source_url"),
        (GLOBEX | {"source_url": "https://[x"}, "source_url"),
        (GLOBEX | {"observed_at": "2026-03-03T16:00:00"}, "observed_at"),
        (GLOBEX | {"observed_at": "2026-03-03"}, "observed_at"),
        (GLOBEX | {"observed_at": "2026-02-30T16:00:00Z"}, "observed_at"),
        (GLOBEX | {"observed_at": "yesterday"}, "observed_at"),
        (GLOBEX | {"observed_at": 1_770_000_000}, "observed_at"),
        (GLOBEX | {"observed_at": "2026-03-04T16:00:00Z"}, "observed_at"),
        (GLOBEX | {"observed_at": "0001-01-01T00:00:00+14:00"}, "observed_at"),
        (GLOBEX | {"observed_at": datetime(2026, 3, 3)}, "observed_at"),  # noqa: DTZ001
        (GLOBEX | {"intensity": 1}, "intensity"),
    ],
)
def test_what_cannot_be_used_is_refused_by_field(now: datetime, facts: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidSignal) as refused:
        receive_signal(facts=facts, now=now)

    assert list(refused.value.errors) == [field]
    assert not Signal.objects.exists()


def test_everything_that_is_wrong_is_said_at_once(now: datetime) -> None:
    with pytest.raises(InvalidSignal) as refused:
        send(now, colour="red", strength=7)

    assert set(refused.value.errors) == {"colour", "strength", "domain", "kind"}


def test_what_is_no_object_is_refused(now: datetime) -> None:
    with pytest.raises(InvalidSignal):
        receive_signal(facts=["globex.com"], now=now)  # type: ignore[arg-type]


def test_a_signal_sent_again_is_the_same(now: datetime) -> None:
    facts = GLOBEX | {"title": "Series B", "observed_at": "2026-03-01T00:00:00Z"}
    first = receive_signal(facts=facts, now=now)
    second = receive_signal(facts=facts | {"text": "more"}, now=now + timedelta(hours=1))

    assert second.pk == first.pk
    assert receive_signal(facts=facts | {"title": "Series C"}, now=now).pk != first.pk


# --- who hears of it ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("subject", [{"domain": "globex.com"}, {"email": "mia@globex.com"}])
def test_a_parked_lead_of_the_person_or_company_wakes(now: datetime, subject: dict[str, str]) -> None:
    lead = parked(now)
    send(now, kind="funding", **subject)
    lead.refresh_from_db()

    assert (lead.status, lead.route_after) == (Lead.Status.PENDING, now)


def test_a_held_lead_is_looked_at_again(now: datetime) -> None:
    lead = held(now)
    send(now, lead=str(lead.uuid), kind="usage")
    lead.refresh_from_db()

    assert (lead.status, lead.route_after) == (Lead.Status.HELD, now)


def test_an_offered_lead_waits_for_an_answer_not_for_news(now: datetime) -> None:
    lead = held(now, held_reason="offered")
    send(now, **GLOBEX)
    lead.refresh_from_db()

    assert lead.route_after == now + timedelta(hours=4)


def test_leads_of_others_stay_where_they_are(now: datetime) -> None:
    lead = parked(now, email="bo@initech.com", domain="initech.com")
    send(now, **GLOBEX)
    lead.refresh_from_db()

    assert lead.status == Lead.Status.PARKED


def test_a_signal_sent_again_wakes_nobody(now: datetime) -> None:
    facts = GLOBEX | {"observed_at": "2026-03-01T00:00:00Z"}
    receive_signal(facts=facts, now=now)
    lead = parked(now)
    receive_signal(facts=facts, now=now)
    lead.refresh_from_db()

    assert lead.status == Lead.Status.PARKED


def test_the_timeline_of_a_persons_open_lead_tells_of_it(now: datetime) -> None:
    lead = make_owned_lead(now, make_rep(), email="mia@globex.com", domain="globex.com")
    set_identities([lead])
    lead.save()
    send(now, email="mia@globex.com", kind="Pricing visit", title="Looked at prices")

    event = LeadEvent.objects.get(lead=lead, kind=LeadEvent.Kind.SIGNAL)
    assert event.text == "pricing_visit: Looked at prices".replace("_", " ")


def test_a_signal_about_a_company_fills_no_timelines(now: datetime) -> None:
    lead = make_owned_lead(now, make_rep(), email="mia@globex.com", domain="globex.com")
    set_identities([lead])
    lead.save()
    send(now, **GLOBEX)

    assert not LeadEvent.objects.exists()


# --- what a lead is about -----------------------------------------------------------------------------------------


def test_signals_of_lead_person_and_company_are_known_the_newest_first(now: datetime) -> None:
    lead = lead_of(now)
    signal(now, days=3, domain="globex.com", title="company")
    signal(now, days=1, lead=lead, title="lead")
    signal(now, days=2, email="mia@globex.com", title="person")
    signal(now, days=1, domain="initech.com", title="other")

    assert [fact.title for fact in known(lead, now)[0]] == ["lead", "person", "company"]


def test_a_signal_that_is_about_a_lead_in_two_ways_counts_once(now: datetime) -> None:
    lead = lead_of(now)
    signal(now, lead=lead, email=lead.email, domain=lead.domain)

    assert len(known(lead, now)[0]) == 1


def test_a_lead_without_address_knows_no_signals_of_others(now: datetime) -> None:
    lead = lead_of(now, email="", domain="", phone="+14155552671")
    signal(now, domain="globex.com")

    assert known(lead, now) == Intent()


def test_a_lead_that_is_not_stored_knows_the_signals_of_its_company(now: datetime) -> None:
    signal(now, domain="globex.com")

    assert len(known(Lead(domain="globex.com", submitted_at=now), now)[0]) == 1


@pytest.mark.parametrize(
    ("days", "half_life", "is_known"),
    [(149, None, True), (151, None, False), (49, 10, True), (51, 10, False), (300, 100, True), (-1, None, False)],
)
def test_a_signal_is_forgotten_after_five_half_lives(
    now: datetime, days: float, half_life: float | None, is_known: bool
) -> None:
    lead = lead_of(now)
    signal(now, days=days, domain="globex.com", half_life_days=half_life)

    assert bool(known(lead, now)[0]) is is_known


def test_what_came_in_later_was_not_known_then(now: datetime) -> None:
    lead = lead_of(now)
    signal(now, domain="globex.com", observed_at=now - timedelta(days=5))

    assert known(lead, now - timedelta(days=1))[0] == ()


def test_the_companys_half_life_holds_where_a_signal_has_none(now: datetime) -> None:
    lead = lead_of(now)
    signal(now, days=10, domain="globex.com", text="kubernetes")
    signals, topics, _ = known(lead, now, settings=Settings(signal_half_life_days=10))

    assert signals[0].half_life_days == 10
    assert topics == (TopicTag("kubernetes", 0.6, "kubernetes", "funding", 0.5),)


def test_the_message_is_read_too_and_does_not_fade(now: datetime) -> None:
    lead = lead_of(now - timedelta(days=90), message="We move to k8s", product_interest="Fintech")

    assert known(lead, now)[1] == (
        TopicTag("fintech", 0.6, "Fintech", "message"),
        TopicTag("kubernetes", 0.6, "We move to k8s", "message"),
    )


def test_a_weak_signal_is_weak_evidence(now: datetime) -> None:
    lead = lead_of(now)
    signal(now, domain="globex.com", title="kubernetes", strength=0.5)

    assert known(lead, now)[1] == (TopicTag("kubernetes", 0.3, "kubernetes", "funding", 1.0),)


def test_forty_page_views_are_not_forty_times_the_interest(now: datetime) -> None:
    lead = lead_of(now)
    for days in range(40):
        signal(now, days=days, domain="globex.com", kind="page_view", title="kubernetes")

    assert known(lead, now)[1] == (TopicTag("kubernetes", 0.6, "kubernetes", "page_view", 1.0),)


def test_no_more_than_the_newest_signals_are_read(now: datetime) -> None:
    lead = lead_of(now)
    for n in range(MOST_SIGNALS + 20):
        signal(now, days=n / 10, domain="globex.com", title=str(n))
    signals = known(lead, now).signals

    assert [fact.title for fact in signals] == [str(n) for n in range(MOST_SIGNALS)]


def plan_of(sql: str) -> str:
    explain = "EXPLAIN QUERY PLAN " if connection.vendor == "sqlite" else "EXPLAIN "
    with connection.cursor() as cursor:
        cursor.execute("SET enable_seqscan = off") if connection.vendor == "postgresql" else None
        cursor.execute(explain + sql.replace("%", "%%"))
        return "\n".join(str(row) for row in cursor.fetchall())


def test_signals_are_found_by_index_however_many_a_company_has(now: datetime) -> None:
    lead = lead_of(now)
    with CaptureQueriesContext(connection) as queries:
        known(lead, now)
    plans = [plan_of(query["sql"]) for query in queries]

    assert len(plans) == 3
    assert any("signal_of_domain" in plan for plan in plans)
    assert any("signal_of_email" in plan for plan in plans)
    assert not any("SCAN s" in plan or "SCAN routing_signal" in plan for plan in plans)


def test_parked_leads_of_a_company_are_found_by_index(now: datetime) -> None:
    lead_of(now)
    with CaptureQueriesContext(connection) as queries:
        send(now, **GLOBEX)
    asked = next(q["sql"] for q in queries if "'parked'" in q["sql"] and "review_date" in q["sql"])

    assert "lead_parked_of_company" in plan_of(asked)


def test_the_number_of_queries_does_not_grow_with_leads_or_signals(now: datetime) -> None:
    leads = [lead_of(now, email=f"p{n}@c{n}.example", domain=f"c{n}.example") for n in range(20)]
    for lead in leads:
        signal(now, domain=lead.domain)
        signal(now, lead=lead)
    with CaptureQueriesContext(connection) as queries:
        loaded = load_signals(leads, published=published(), now=now)

    assert len(queries) == 3
    assert all(len(intent.signals) == 2 for intent in loaded.values())


def rule_on(field: str) -> Rule:
    return Rule(1, 1, "Rule", ((Condition(field, "not_empty"),),), ToPool(1))


@pytest.mark.parametrize(
    ("asked", "queries"),
    [
        ({"topics": ()}, 0),
        ({"topics": (), "rules": (rule_on("source"),)}, 0),
        ({"topics": (), "rules": (rule_on("signal.funding"),)}, 3),
        ({"topics": (), "pools": {1: Pool(1, "Pool", 1, Strategy.INTENT)}}, 3),
        ({}, 3),
    ],
)
def test_signals_are_read_only_where_the_rulebook_asks_for_them(
    now: datetime, asked: dict[str, Any], queries: int
) -> None:
    lead = lead_of(now)
    with CaptureQueriesContext(connection) as made:
        known(lead, now, **asked)

    assert len(made) == queries
