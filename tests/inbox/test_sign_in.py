"""Signing in, invitations and forgotten passwords."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
import time_machine
from django.contrib.auth.models import User
from django.test import Client

from routing.models import OutboxMessage
from routing.notifications.briefs import load_briefs
from routing.services.sign_ins import CannotInvite, invite, sign_in_mail
from tests.admin.bulk import do_with_all
from tests.factories import make_rep

NEW = {"new_password1": "a very good one 7", "new_password2": "a very good one 7"}


def link_in_the_mail(now) -> str:
    """Made when the mail is written."""
    mail = sign_in_mail(load_briefs(list(OutboxMessage.objects.all())), None, now)
    return re.search(r"http://[^/]+(/inbox/password/\S+)", mail.text)[1]


def choose(client, address):
    return client.post(client.get(address, follow=True).request["PATH_INFO"], NEW)


def test_the_address_is_the_user_name_in_whatever_case(client, ana):
    response = client.post("/inbox/login/", {"username": "ANA@acme.Example", "password": "a good password"})

    assert response["Location"] == "/inbox/"


def test_a_wrong_password_is_told_in_words(client, ana):
    response = client.post("/inbox/login/", {"username": ana.email, "password": "wrong"})

    assert b"do not belong together" in response.content


def test_signing_in_goes_on_to_the_page_that_was_asked_for(client, ana):
    response = client.post(
        "/inbox/login/", {"username": ana.email, "password": "a good password", "next": "/inbox/numbers/"}
    )

    assert response["Location"] == "/inbox/numbers/"


def test_signing_in_never_leads_to_a_stranger(client, ana):
    response = client.post(
        "/inbox/login/", {"username": ana.email, "password": "a good password", "next": "https://evil.example/"}
    )

    assert response["Location"] == "/inbox/"


def test_signing_out_ends_it(anas):
    anas.post("/inbox/logout/")

    assert anas.get("/inbox/").status_code == 302


def test_an_invitation_makes_a_sign_in_with_the_role_of_a_rep(db, now):
    rep = make_rep("Cy Lee", email="cy@acme.example")
    user = invite(rep=rep, now=now)

    rep.refresh_from_db()
    assert rep.user == user
    assert not user.has_usable_password()
    assert [group.name for group in user.groups.all()] == ["Rep"]
    assert not user.is_staff


def test_whoever_is_invited_chooses_a_password_and_is_signed_in(client, db, now):
    invite(rep=make_rep("Cy Lee", email="cy@acme.example"), now=now)

    assert choose(client, link_in_the_mail(now))["Location"] == "/inbox/"
    assert client.get("/inbox/").status_code == 200


def test_the_link_works_once(client, db, now):
    invite(rep=make_rep("Cy Lee"), now=now)
    address = link_in_the_mail(now)
    choose(client, address)
    client.logout()

    assert b"was used, or is too old" in client.get(address, follow=True).content


def test_the_link_expires(client, db, now):
    invite(rep=make_rep("Cy Lee"), now=now)
    address = link_in_the_mail(now)

    with time_machine.travel(now + timedelta(days=8), tick=False):
        assert b"was used, or is too old" in client.get(address, follow=True).content


def test_no_token_is_stored(client, ana):
    client.post("/inbox/password/", {"address": "ANA@acme.example"})

    assert OutboxMessage.objects.get().payload == {"user": ana.user_id}


def test_asking_answers_the_same_for_everybody(client, ana):
    known = client.post("/inbox/password/", {"address": ana.email})
    unknown = client.post("/inbox/password/", {"address": "nobody@acme.example"})

    assert known.content == unknown.content
    assert OutboxMessage.objects.count() == 1


def test_asking_twice_at_once_sends_one_mail(client, ana):
    client.post("/inbox/password/", {"address": ana.email})
    client.post("/inbox/password/", {"address": ana.email})

    assert OutboxMessage.objects.count() == 1


def test_asking_again_right_after_the_mail_has_left_floods_no_mailbox(client, ana, now):
    client.post("/inbox/password/", {"address": ana.email})
    OutboxMessage.objects.update(done_at=now, result="sent")
    client.post("/inbox/password/", {"address": ana.email})

    assert OutboxMessage.objects.count() == 1


@pytest.mark.one_database("PostgreSQL tells the time itself, and nobody stops its clock")
def test_asking_again_later_sends_another_mail(client, ana, now):
    client.post("/inbox/password/", {"address": ana.email})
    OutboxMessage.objects.update(done_at=now, result="sent")
    with time_machine.travel(now + timedelta(minutes=2), tick=False):
        client.post("/inbox/password/", {"address": ana.email})

    assert OutboxMessage.objects.count() == 2


def test_somebody_switched_off_gets_no_mail(client, ana):
    User.objects.update(is_active=False)
    client.post("/inbox/password/", {"address": ana.email})

    assert not OutboxMessage.objects.exists()


@pytest.mark.parametrize("fields", [{"active": False}, {"kind": "agent", "webhook": "https://agent.example/"}])
def test_nobody_inactive_and_no_agent_is_invited(db, now, fields):
    with pytest.raises(CannotInvite):
        invite(rep=make_rep("Cy Lee", **fields), now=now)


def test_a_sign_in_of_another_rep_is_never_taken_over(ana, now):
    thief = make_rep("Thief")
    User.objects.filter(pk=ana.user_id).update(email=thief.email)

    with pytest.raises(CannotInvite):
        invite(rep=thief, now=now)


def test_a_changed_address_of_a_rep_opens_nobodys_sign_in(ana, now):
    ana.email = "mallory@acme.example"
    ana.save()

    with pytest.raises(CannotInvite):
        invite(rep=ana, now=now)


def test_a_key_invites_a_rep(api, now):
    rep = make_rep("Cy Lee")

    response = api.post(f"/api/v1/reps/{rep.uuid}/invite", {}, "application/json")

    assert response.status_code == 202
    assert OutboxMessage.objects.get().kind == "invitation"


def test_an_action_of_the_admin_invites_reps(admin_client, now):
    rep = make_rep("Cy Lee")

    do_with_all(admin_client, "/admin/reps/rep/", "invite", rep)

    assert OutboxMessage.objects.get().address == rep.email


def test_the_forms_of_the_sign_in_need_their_token(ana):
    strict = Client(enforce_csrf_checks=True)
    posted = {"username": ana.email, "password": "a good password"}

    assert strict.post("/inbox/login/", posted).status_code == 403
