"""What is done with a lead from its page: asked first, done once, refused in words."""

from __future__ import annotations

import pytest
from django.urls import reverse

from routing.admin.lead_actions import ACTIONS
from routing.models import Assignment, Lead
from routing.services.access import Role
from tests.factories import make_account, make_lead, make_owned_lead, make_rep


def address(lead, name):
    return reverse("admin:routing_lead_do", args=[lead.pk, name])


@pytest.fixture
def ana(db):
    return make_rep("Ana Diaz")


@pytest.fixture
def lead(now, ana):
    owned = make_owned_lead(now, ana)
    Assignment.objects.create(lead=owned, rep=ana, attempt=owned.attempt, method="direct", assigned_at=now)
    return owned


@pytest.mark.parametrize("name", ACTIONS)
def test_every_action_asks_before_it_happens(name, boss, lead):
    assert boss.get(address(lead, name)).status_code == 200


@pytest.mark.parametrize("name", ACTIONS)
def test_every_field_of_an_action_says_what_it_is_for(name):
    assert [field for field, made in ACTIONS[name].form.base_fields.items() if not made.help_text] == []


def test_a_lead_is_accepted_on_behalf_of_its_owner(boss, lead):
    boss.post(address(lead, "accept"))

    assert Assignment.objects.get(lead=lead).accepted_at


def test_a_lead_is_declined_with_a_reason(boss, lead):
    boss.post(address(lead, "decline"), {"reason": "spam"})

    lead.refresh_from_db()
    assert lead.status == Lead.Status.QUARANTINED


def test_a_lead_is_given_to_somebody_by_hand(boss, lead):
    bob = make_rep("Bob Ray")

    boss.post(address(lead, "reassign"), {"rep": bob.pk, "reason": "knows them"})

    lead.refresh_from_db()
    assert lead.owner == bob


def test_an_outcome_closes_a_lead(boss, lead):
    boss.post(address(lead, "outcome"), {"stage": "won", "amount": "12000"})

    lead.refresh_from_db()
    assert (lead.status, lead.amount) == (Lead.Status.CLOSED, 12000)


def test_a_lead_joins_the_one_that_it_repeats(boss, lead, now):
    first = make_lead(now, email="first@globex.example")

    boss.post(address(lead, "duplicate"), {"of": "first@globex.example"})

    lead.refresh_from_db()
    assert lead.duplicate_of == first


def test_a_lead_is_matched_to_an_account(boss, lead):
    account = make_account("Globex")

    boss.post(address(lead, "match"), {"account": account.pk, "same": "yes"})

    lead.refresh_from_db()
    assert lead.account == account


def test_what_the_service_refuses_is_said_on_the_page(boss, lead):
    Lead.objects.filter(pk=lead.pk).update(status=Lead.Status.CLOSED)

    page = boss.post(address(lead, "spam"), {"reason": ""})

    assert page.context["form"].non_field_errors()


def test_a_rep_answers_for_their_own_lead(sign_in, ana, lead):
    sign_in(Role.REP, rep=ana).post(address(lead, "respond"), {"channel": "call"})

    assert Assignment.objects.get(lead=lead).responded_at


def test_an_owner_does_not_give_leads_to_others(sign_in, ana, lead):
    assert sign_in(Role.REP, rep=ana).post(address(lead, "reassign")).status_code == 403


def test_who_may_only_look_does_nothing(sign_in, lead):
    assert sign_in(Role.READ_ONLY).post(address(lead, "accept")).status_code == 403


def test_a_rep_does_not_reach_the_lead_of_another(sign_in, lead):
    assert sign_in(Role.REP, rep=make_rep("Bob")).get(address(lead, "accept")).status_code == 404


@pytest.mark.parametrize("key", ["9" * 25, "7"])
def test_an_action_on_what_is_no_lead_is_not_found(key, boss, db):
    assert boss.get(f"/admin/routing/lead/{key}/do/accept/").status_code == 404
