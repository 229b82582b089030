"""What is asked on the page of a lead, and done: why not somebody else, earlier decisions, every action."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from reps.models import TimeOff
from routing.admin.lead_actions import ACTIONS
from routing.models import Decision, Lead
from routing.services import lead_actions as acts
from routing.services.access import Role
from routing.services.publish import publish
from routing.services.route_pending import route_all
from tests.conftest import NOW
from tests.factories import make_catch_all, make_lead, make_pool, make_rep

DAY = timedelta(days=1)


@pytest.fixture
def reps(db):
    """Ana and Ben share a pool, of whom Ben is on leave; Cy is in none."""
    named = {name.split()[0]: make_rep(name) for name in ("Ana Diaz", "Ben Ray", "Cy Poe")}
    TimeOff.objects.create(rep=named["Ben"], starts_at=NOW - DAY, ends_at=NOW + 3 * DAY, reason="holiday")
    return named


@pytest.fixture
def lead(reps, now):
    make_catch_all(make_pool(reps["Ana"], reps["Ben"], weights=[1, 3], name="SMB"))
    publish(note="", user=None, now=now)
    made = make_lead(now, phone="+12125550100")
    route_all(now=now)
    made.refresh_from_db()
    return made


def page_of(client, lead, **asked):
    return client.get(reverse("admin:routing_lead_change", args=[lead.pk]), asked)


def test_one_asks_about_the_pool_first_and_about_everybody_but_the_winner(boss, lead, reps):
    page = page_of(boss, lead)

    assert page.context["askable"] == [
        ("In the pool", [(reps["Ben"].pk, "Ben Ray")]),
        ("Everybody else", [(reps["Cy"].pk, "Cy Poe")]),
    ]
    assert f"?why_not={reps['Ben'].pk}#why-not" in page.content.decode()


def test_why_not_is_answered_with_what_would_have_had_to_be_different(boss, lead, reps):
    page = page_of(boss, lead, why_not=reps["Ben"].pk)

    assert page.context["why_not"]["text"] == "Ben Ray could not take it: on leave until Fri 16:00 (UTC)."
    assert page.context["why_not"]["change"] == "Ben Ray would have got the lead if they had not been on leave."


@pytest.mark.parametrize("asked", ["", "x", "9" * 30, "0"])
def test_what_is_nobody_is_not_answered(boss, lead, asked):
    assert page_of(boss, lead, why_not=asked).context["why_not"] is None


def test_a_rep_asks_about_themselves_alone(sign_in, lead, reps):
    acts.reassign(lead=lead, rep=reps["Cy"], reason="", counts=False, now=lead.submitted_at, actor="Grace")
    own = sign_in(Role.REP, rep=reps["Cy"])
    first = Decision.objects.earliest("pk")

    page = page_of(own, lead, decision=first.pk, why_not=reps["Ben"].pk)

    assert page.context["askable"] == [("Everybody else", [(reps["Cy"].pk, "Cy Poe")])]
    assert page.context["why_not"] is None
    assert "on leave" not in page.content.decode()


def test_the_candidates_of_an_earlier_decision_can_be_looked_at(boss, lead, reps, now):
    acts.reassign(lead=lead, rep=reps["Cy"], reason="knows them", counts=False, now=now, actor="Grace")
    first = Decision.objects.earliest("pk")

    now_shown, before = page_of(boss, lead), page_of(boss, lead, decision=first.pk, why_not=reps["Ben"].pk)

    assert now_shown.context["tables"]["candidates"] == []
    assert [row["name"] for row in before.context["tables"]["candidates"]] == ["Ana Diaz", "Ben Ray"]
    assert "could not take it: on leave" in before.context["why_not"]["text"]


def test_a_decision_about_another_lead_is_not_shown(boss, lead, now):
    other = make_lead(now)
    route_all(now=now)

    page = page_of(boss, lead, decision=Decision.objects.get(lead=other).pk)

    assert page.context["chosen"].lead_id == lead.pk


def test_every_action_is_told_with_what_it_does(boss, lead):
    page = page_of(boss, lead)
    text = page.content.decode()

    offered = [action for action in ACTIONS.values() if action.allowed(lead)]
    assert [button["title"] for button in page.context["buttons"]] == [action.title for action in offered]
    assert all(action.hint in text for action in offered)
    assert [button["title"] for button in page.context["buttons"] if button["first"]] == [
        "Accept",
        "Log an answer",
        "Reassign",
    ]


def test_an_owner_sees_what_is_theirs_to_do_and_nothing_else(sign_in, lead, reps):
    page = page_of(sign_in(Role.REP, rep=reps["Ana"]), lead)

    assert [button["title"] for button in page.context["buttons"]] == ["Accept", "Log an answer", "Decline", "Outcome"]
    assert not page.context["may_erase"]
    assert "Erase the person" not in page.content.decode()


def test_who_may_only_look_is_offered_nothing(sign_in, lead):
    page = page_of(sign_in(Role.READ_ONLY), lead)

    assert page.context["buttons"] == []
    assert "What to do with this lead" not in page.content.decode()


def test_erasing_leads_to_the_page_that_asks_once_more(boss, lead):
    assert "Erase the person" in page_of(boss, lead).content.decode()

    page = boss.post(reverse("admin:routing_suppression_person"), {"email": lead.email, "do": "confirm"})

    assert page.context["confirm"]
    assert Lead.objects.filter(pk=lead.pk).exists()


def test_the_page_asks_as_much_of_the_database_however_many_owners_there_were(boss, lead, reps, now):
    counts = []
    for n in (1, 4):
        for each in range(n):
            rep = make_rep(f"Rep{n}{each}")
            acts.reassign(lead=lead, rep=rep, reason="", counts=False, now=now, actor="Grace")
        with CaptureQueriesContext(connection) as asked:
            page_of(boss, lead, why_not=reps["Ben"].pk)
        counts.append(len(asked))

    assert counts[0] >= counts[1]
