"""The page of a lead, routing it again, the filters of the list, and the first page."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.urls import reverse

from routing.admin.decision_tables import decision_tables, score_text
from routing.clock import current_time
from routing.engine.strategies import ABOVE_USUAL
from routing.models import Decision, Lead
from routing.services.publish import publish
from routing.services.route_pending import route_all
from routing.snapshots.traces import expand
from tests.admin.bulk import choose, do_with_all
from tests.factories import make_catch_all, make_lead, make_owned_lead, make_pool, make_rep, make_rule


@pytest.fixture
def routed(now):
    """A lead that a pool of two decided about."""
    pool = make_pool(make_rep("Ana Diaz"), make_rep("Bob Ray", active=False), name="SMB")
    make_rule(name="Big", pool=pool, conditions=[[{"field": "employees", "op": "gt", "value": 100}]])
    make_catch_all(pool)
    publish(note="", user=None, now=now)
    lead = make_lead(
        now, company="Globex", source="website", derived={"country": "from the phone number"}, country="US"
    )
    route_all(now=now)
    lead.refresh_from_db()
    return lead


def page_of(client, lead):
    return client.get(reverse("admin:routing_lead_change", args=[lead.pk])).content.decode()


def held(now, **fields):
    return make_lead(
        now, status="held", held_reason="nobody_available", held_since=now,
        hold_deadline_at=now + timedelta(days=3), route_after=now + timedelta(hours=9), **fields,
    )  # fmt: skip


def test_the_page_opens_with_the_story(boss, routed):
    page = page_of(boss, routed)

    assert "it went to <b>Ana Diaz</b>: the only one of 2 in SMB who could take it, by the rule “Catch-all”" in page
    assert "so far, and no answer yet" in page


def test_the_page_says_why_this_rep_and_why_not_the_others(boss, routed):
    page = page_of(boss, routed)

    assert "Why Ana Diaz?" in page
    assert "Bob Ray" in page
    assert "inactive" in page


def test_the_page_says_which_rules_were_looked_at(boss, routed):
    page = page_of(boss, routed)

    assert "needs: employees is more than 100; it is not known" in page
    assert "Took the lead" in page


def test_a_derived_fact_says_how_it_was_derived(boss, routed):
    page = page_of(boss, routed)

    assert "United States (US)" in page
    assert "from the phone number" in page


def test_a_lead_that_waits_says_why_and_until_when(boss, now):
    page = page_of(boss, held(now))

    assert "nobody available" in page
    assert "the last resort gets it" in page


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"status": "parked", "park_reason": "too early", "review_date": "2026-06-01"}, "It is in nurture: too early"),
        ({"status": "quarantined", "screen_reason": "disposable address"}, "It needs a review: disposable address"),
        ({"status": "pending"}, "It is being routed"),
        ({"status": "closed"}, "It is closed"),
    ],
)
def test_every_state_has_its_sentence(fields, says, boss, now):
    assert says in page_of(boss, make_lead(now, **fields))


def test_a_duplicate_names_the_lead_it_joined(boss, now):
    original = make_lead(now, first_name="Mia", last_name="Chen")

    page = page_of(boss, make_lead(now, status="duplicate", duplicate_of=original))

    assert reverse("admin:routing_lead_change", args=[original.pk]) in page


def test_what_a_lead_wrote_is_never_taken_for_markup(boss, now):
    page = page_of(boss, make_lead(now, first_name="<script>alert(1)</script>", message="<img src=x>"))

    assert "<script>alert" not in page
    assert "<img src=x>" not in page


def test_a_lead_that_waits_can_be_routed_again_with_a_click(boss, routed, now):
    lead = held(now, company="Initech")

    boss.post(reverse("admin:routing_lead_route", args=[lead.pk]))

    lead.refresh_from_db()
    assert lead.owner.name == "Ana Diaz"


def test_more_leads_than_a_batch_holds_are_routed_again_together(boss, routed, now, monkeypatch):
    monkeypatch.setattr("routing.services.route_again.BATCH", 20)
    leads = [make_lead(now, route_after=now + timedelta(hours=9)) for _ in range(25)]

    do_with_all(boss, reverse("admin:routing_lead_changelist"), "route_again", *leads)

    assert not Lead.objects.filter(owner=None).exists()


def test_routing_again_leaves_what_it_cannot_do_at_once_to_the_routers(boss, routed, now, monkeypatch):
    monkeypatch.setattr("routing.services.route_again.MOST_BATCHES", 0)
    lead = held(current_time())

    page = boss.post(reverse("admin:routing_lead_route", args=[lead.pk]), follow=True).content.decode()

    assert "1 more follow in the background" in page
    assert Lead.objects.get(pk=lead.pk).route_after <= current_time()


def test_opening_the_address_of_routing_again_does_nothing(boss, routed, now):
    lead = held(now)

    assert boss.get(reverse("admin:routing_lead_route", args=[lead.pk])).status_code == 405


def test_routing_again_leaves_owned_leads_alone(boss, routed, now):
    page = choose(boss, reverse("admin:routing_lead_changelist"), "route_again", [routed])

    assert [why for why, _ in page.context["left"]] == ["has an owner"]
    assert "Nothing to do" in page.content.decode()


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        ({"status__in": "held"}, "waiting"),
        ({"answer": "late"}, "late"),
        ({"answer": "none"}, "waiting"),
        ({"source": "webinar"}, "late"),
        ({"held_reason__exact": "nobody_available"}, "waiting"),
        ({"source": "-"}, "waiting"),
        ({"source": "webinar", "arrived": "24h"}, "late"),
    ],
)
def test_the_filters_find_what_they_say(filters, found, boss, company, now):
    late = company["lead"]
    Lead.objects.filter(pk=late.pk).update(source="webinar")
    late.assignments.update(due_at=now - timedelta(minutes=1))
    rows = {"late": late, "waiting": held(now)}

    page = boss.get(reverse("admin:routing_lead_changelist"), filters)

    assert list(page.context["cl"].result_list) == [rows[found]]


@pytest.mark.parametrize(("name", "field"), [("pool", "pool"), ("rule", "rule")])
def test_leads_are_found_by_pool_and_rule(name, field, boss, company, now):
    make_owned_lead(now, company["rep"])

    page = boss.get(reverse("admin:routing_lead_changelist"), {name: company[field].pk})

    assert list(page.context["cl"].result_list) == [company["lead"]]


@pytest.mark.parametrize("name", ["pool", "rule"])
def test_leads_that_came_by_no_pool_or_rule_are_found(name, boss, company, now):
    company["lead"].assignments.update(**{name: None})

    page = boss.get(reverse("admin:routing_lead_changelist"), {name: "-"})

    assert list(page.context["cl"].result_list) == [company["lead"]]


@pytest.mark.parametrize(("span", "found"), [("24h", 1), ("7d", 2), ("30d", 3), ("nonsense", 4)])
def test_leads_are_found_by_when_they_arrived(span, found, boss, now):
    for days in (0, 2, 8, 31):
        make_lead(now - timedelta(days=days, minutes=5))

    page = boss.get(reverse("admin:routing_lead_changelist"), {"arrived": span})

    assert page.context["cl"].result_count == found


def test_a_broken_promise_is_shown_and_leads_to_its_rows(boss, company, now):
    make_lead(now - timedelta(minutes=5))

    page = boss.get(reverse("admin:index"))

    assert [promise["kept"] for promise in page.context["promises"]][:2] == [False, True]
    assert "?answer=none" in page.content.decode()


def test_the_dashboard_says_what_waits_and_why(boss, company, now):
    held(now)

    waiting = boss.get(reverse("admin:index")).context["held"]

    assert waiting["count"] == 1
    assert waiting["rows"][0]["reason"] == "Nobody available"


@pytest.mark.django_db
def test_what_a_score_is_called_goes_by_the_strategy_of_the_pool(now):
    pool = make_pool(make_rep(), make_rep(), strategy="load_balanced", offer="exclusive")
    make_catch_all(pool)
    publish(note="", user=None, now=now)
    make_lead(now)
    route_all(now=now)

    tables = decision_tables(expand([Decision.objects.get()])[0])

    assert tables["score_title"] == "Open units"
    assert [row["score"] for row in tables["candidates"]] == ["0", "0"]


def test_who_is_below_their_usual_has_a_minus_as_elsewhere():
    assert score_text(-0.051, ABOVE_USUAL) == "−5.1 points"
