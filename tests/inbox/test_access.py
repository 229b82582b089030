"""A rep sees only what is theirs: in the inbox, over the API and in the admin."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import urlencode

import pytest
from django.contrib.auth.models import Group, User
from django.test import Client

from reps.models import TimeOff
from routing.api.authentication import forget_keys
from routing.models import Offer, Scope
from routing.services.access import Role
from routing.services.api_keys import create_api_key
from tests.inbox.conftest import browser_of

ACTS = ("accept", "decline", "take", "answer", "call", "mail", "outcome", "pass")
API_ACTS = ("accept", "decline", "respond", "claim", "reassign", "release", "route", "spam", "duplicate", "restore",
            "park", "match", "outcome")  # fmt: skip


@pytest.fixture
def others(bob, give):
    """A lead that is none of Ana's."""
    return give(bob)


@pytest.fixture
def anas_key(ana) -> Client:
    forget_keys()
    secret = create_api_key(name="ana", scopes=[Scope.LEADS_READ, Scope.LEADS_WRITE], rep=ana).secret
    return Client(headers={"Authorization": f"Bearer {secret}"})


def test_the_page_of_a_strangers_lead_is_not_found(anas, others):
    assert anas.get(f"/inbox/leads/{others.uuid}/").status_code == 404


@pytest.mark.parametrize("act", ACTS)
def test_nothing_can_be_done_with_a_strangers_lead(anas, others, act):
    sent = {"reason": "spam", "channel": "call", "stage": "won", "to": "1"}

    assert anas.post(f"/inbox/leads/{others.uuid}/{act}/", sent).status_code == 404


def test_an_inactive_rep_has_no_inbox(ana, anas, give):
    lead = give(ana)
    type(ana).objects.update(active=False)

    assert [anas.get(f"/inbox/{page}").status_code for page in ("", f"leads/{lead.uuid}/", "pulse/")] == [403, 403, 401]


def test_passing_on_an_offer_tells_nothing_of_whose_lead_it_is(ana, bob, anas, give, now):
    lead = give(bob, first_name="Mia", last_name="Stone")
    Offer.objects.create(lead=lead, rep=ana, kind="second", offered_at=now, until=now + timedelta(minutes=5))

    response = anas.post(f"/inbox/leads/{lead.uuid}/pass/", {"to": bob.pk, "reason": "yours"}, follow=True)

    assert response.status_code == 409
    assert b"Stone" not in response.content


def test_the_list_and_the_pulse_hold_no_strangers_lead(anas, others):
    seen = anas.get("/inbox/").content + anas.get("/inbox/pulse/").content

    assert others.email.encode() not in seen
    assert others.last_name.encode() not in seen


@pytest.mark.parametrize("address", ["", "decisions", "decisions/latest/why", "timeline"])
def test_a_reps_key_finds_no_strangers_lead(anas_key, others, address):
    assert anas_key.get(f"/api/v1/leads/{others.uuid}/{address}".rstrip("/")).status_code == 404


@pytest.mark.parametrize("act", API_ACTS)
def test_a_reps_key_can_do_nothing_with_a_strangers_lead(anas_key, others, act):
    assert anas_key.post(f"/api/v1/leads/{others.uuid}/{act}", {}, "application/json").status_code == 404


@pytest.mark.parametrize("page", ["change/", "history/", "delete/", "route/", "do/accept/", "do/reassign/"])
def test_a_reps_user_finds_no_strangers_lead_in_the_admin(ana, others, page):
    User.objects.filter(pk=ana.user_id).update(is_staff=True)
    ana.user.groups.add(Group.objects.get(name=Role.REP.value))
    ana.user.refresh_from_db()
    address = f"/admin/routing/lead/{others.pk}/{page}"

    answers = [browser_of(ana).get(address), browser_of(ana).post(address, {})]

    for answer in answers:
        assert others.email.encode() not in answer.content
        assert answer.status_code in (302, 403, 404, 405)


def test_a_strangers_leave_is_not_found(anas, bob, now):
    leave = TimeOff.objects.create(rep=bob, starts_at=now, ends_at=now.replace(day=now.day + 1))

    assert anas.get(f"/inbox/leave/{leave.uuid}/").status_code == 404
    anas.post(f"/inbox/leave/{leave.uuid}/remove/")
    assert TimeOff.objects.filter(pk=leave.pk).exists()


def test_whoever_is_not_signed_in_is_sent_to_the_sign_in_of_the_inbox(client, others):
    response = client.get(f"/inbox/leads/{others.uuid}/")

    assert response["Location"] == f"/inbox/login/?{urlencode({'next': f'/inbox/leads/{others.uuid}/'})}"


def test_staff_without_a_rep_are_shown_to_the_admin(client, db):
    client.force_login(User.objects.create_user("boss", is_staff=True))

    response = client.get("/inbox/")

    assert response.status_code == 403
    assert b"/admin/" in response.content


@pytest.mark.parametrize("act", ACTS)
def test_a_post_without_the_token_of_the_page_is_refused(ana, give, act):
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(ana.user)

    assert strict.post(f"/inbox/leads/{give(ana).uuid}/{act}/").status_code == 403


@pytest.mark.parametrize("act", ACTS[:1] + ACTS[2:])
def test_opening_the_address_of_an_act_does_nothing(anas, ana, give, act):
    assert anas.get(f"/inbox/leads/{give(ana).uuid}/{act}/").status_code == 405
