"""Secrets of API keys: exchanged, ended, revoked, warned of; kept as a hash, and written nowhere."""

from __future__ import annotations

import logging
from datetime import timedelta
from io import StringIO

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse

from reps.models import Rep
from routing.api.authentication import forget_keys
from routing.models import ApiKey, AuditEntry, Lead
from routing.services.api_keys import CannotRotate, create_api_key, open_with, revoke, rotate, to_look_after, usable_key
from tests.admin.bulk import do_with_all
from tests.factories import make_rep

LEADS = "/api/v1/leads"
its_own_clock = pytest.mark.one_database("PostgreSQL tells the time itself, and nobody stops its clock")


@pytest.fixture(autouse=True)
def frozen_clock(now):
    forget_keys()
    with time_machine.travel(now, tick=False) as clock:
        yield clock


@pytest.fixture
def made(db):
    return create_api_key(name="website", scopes=["leads:read", "leads:write"], test_email="t@acme.example")


def ask(secret: str):
    forget_keys()
    return Client(headers={"Authorization": f"Bearer {secret}"}).get(LEADS)


class TestExchange:
    def test_the_new_secret_opens_the_same_key(self, made, now):
        new = rotate(key=made.key, now=now)

        assert new.secret != made.secret
        assert usable_key(secret=new.secret, now=now) == usable_key(secret=made.secret, now=now) == made.key

    def test_the_former_one_ends_after_its_grace(self, made, now):
        new = rotate(key=made.key, grace=timedelta(hours=2), now=now)

        later = now + timedelta(hours=2)
        assert usable_key(secret=made.secret, now=later - timedelta(seconds=1)) == made.key
        assert usable_key(secret=made.secret, now=later) is None
        assert usable_key(secret=new.secret, now=later) == made.key

    @its_own_clock
    def test_a_post_repeated_with_the_new_secret_is_still_known(self, made, now):
        body, headers = {"email": "mia@globex.de"}, {"Idempotency-Key": "k1"}
        answers = []
        for secret in (made.secret, rotate(key=made.key, now=now).secret, made.secret):
            client = Client(headers={"Authorization": f"Bearer {secret}"} | headers)
            answers.append(client.post(LEADS, body, content_type="application/json"))

        assert len({answer.json()["id"] for answer in answers}) == Lead.objects.count() == 1
        assert [answer.headers.get("Idempotent-Replayed") for answer in answers] == [None, "true", "true"]

    @its_own_clock
    def test_the_use_of_the_former_secret_is_seen_apart(self, made, now):
        new = rotate(key=made.key, now=now)
        ask(made.secret)

        new.key.refresh_from_db()
        assert (new.key.last_used_at, new.key.replaces.last_used_at) == (None, now)

    def test_a_second_exchange_ends_the_secret_before_the_former_one(self, made, now):
        second = rotate(key=made.key, now=now)
        third = rotate(key=made.key, now=now)

        known = [
            usable_key(secret=secret, now=now) is not None for secret in (made.secret, second.secret, third.secret)
        ]
        assert known == [False, True, True]

    def test_a_key_that_ends_ends_as_long_after_as_before(self, db, now):
        made = create_api_key(name="a", scopes=["leads:read"], expires_at=now + timedelta(days=90))
        ApiKey.objects.update(created_at=now)

        later = now + timedelta(days=80)
        assert rotate(key=made.key, now=later).key.expires_at == later + timedelta(days=90)

    def test_what_is_revoked_gets_no_new_secret(self, made, now):
        revoke(key=made.key, now=now)

        with pytest.raises(CannotRotate, match="Make a new key"):
            rotate(key=made.key, now=now)

    def test_a_former_secret_is_not_exchanged_itself(self, made, now):
        former = rotate(key=made.key, now=now).key.replaces

        with pytest.raises(CannotRotate, match="Exchange that one"):
            rotate(key=former, now=now)

    def test_revoking_ends_the_former_secret_too(self, made, now):
        new = rotate(key=made.key, now=now)
        revoke(key=made.key, now=now)

        assert [ask(secret).status_code for secret in (made.secret, new.secret)] == [401, 401]


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"revoked_at": timedelta()}, "This key was revoked."),
        ({"expires_at": timedelta()}, "This key ended on 2026-03-03 16:00 UTC."),
    ],
)
def test_whoever_has_the_secret_is_told_why_it_opens_nothing(made, now, change, text):
    ApiKey.objects.update(**{name: now + after for name, after in change.items()})

    answer = ask(made.secret)
    assert (answer.status_code, answer["Content-Type"]) == (401, "application/problem+json")
    assert answer.json()["detail"].startswith(text)


def test_an_unknown_secret_is_told_nothing(db):
    assert ask("lr_" + "x" * 43).json()["detail"] == "This key is unknown."


def test_the_key_of_an_inactive_rep_opens_nothing_and_says_why(db):
    ana = make_rep("Ana Diaz")
    secret = create_api_key(name="ana", scopes=["leads:read"], rep=ana).secret
    statuses = []
    for active in (True, False, True):
        Rep.objects.update(active=active)
        statuses.append(ask(secret).status_code)
    assert statuses == [200, 401, 200]

    Rep.objects.update(active=False)
    assert ask(secret).json()["detail"].startswith("This key belongs to Ana Diaz, who is inactive and has no access.")


def test_the_former_secret_of_an_inactive_rep_opens_nothing_either(db, now):
    made = create_api_key(name="ana", scopes=["leads:read"], rep=make_rep("Ana", active=False))
    rotate(key=made.key, now=now)

    assert ask(made.secret).status_code == 401


def test_no_key_in_the_address_opens_anything(made):
    for name in ("key", "api_key", "access_token", "token"):
        assert Client().get(f"{LEADS}?{name}={made.secret}").status_code == 401


@pytest.mark.parametrize("status", [200, 401])
def test_no_log_line_holds_a_secret(made, caplog, status, now):
    if status == 401:
        revoke(key=made.key, now=now)
    with caplog.at_level(logging.DEBUG):
        assert ask(made.secret).status_code == status

    assert made.secret not in caplog.text


def test_nothing_in_the_database_holds_a_secret(made, now):
    new = rotate(key=made.key, now=now)

    kept = str([list(model.objects.values()) for model in (ApiKey, AuditEntry)])
    assert made.secret not in kept and new.secret not in kept


def test_finding_a_key_takes_one_query(made, now, django_assert_num_queries):
    rotate(key=made.key, now=now)

    with django_assert_num_queries(1):
        open_with(secret=made.secret, now=now)


class TestWarnings:
    def keys(self, now):
        return [key.name for key in to_look_after(now=now)]

    def test_a_key_is_warned_of_two_weeks_before_it_ends(self, db, now):
        create_api_key(name="a", scopes=["leads:read"], expires_at=now + timedelta(days=20))

        assert self.keys(now) == []
        assert self.keys(now + timedelta(days=7)) == ["a"]

    def test_and_after_it_ended_if_it_was_in_use(self, made, now):
        ended = now - timedelta(hours=1)
        ApiKey.objects.update(expires_at=ended, last_used_at=ended)
        create_api_key(name="forgotten", scopes=["leads:read"], expires_at=ended)

        assert self.keys(now) == ["website"]

    @its_own_clock
    def test_of_a_former_secret_only_while_a_program_sends_it(self, made, now):
        rotate(key=made.key, now=now)
        before = self.keys(now)
        ask(made.secret)

        assert (before, self.keys(now)) == ([], ["website (former)"])

    @its_own_clock
    def test_the_first_page_of_the_admin_names_them(self, made, admin_client, now):
        ApiKey.objects.update(expires_at=now + timedelta(days=3))

        assert "ends on 6 March, 16:00" in admin_client.get(reverse("admin:index")).content.decode()


class TestAdmin:
    def act(self, client, action, key):
        address = reverse("admin:routing_apikey_changelist")
        return do_with_all(client, address, action, key)

    def test_a_secret_is_exchanged_and_shown_once(self, made, admin_client, now):
        page = self.act(admin_client, "exchange_secret", made.key)

        secret = str(next(iter(page.context["messages"]))).split("<code>")[1].split("</code>")[0]
        assert usable_key(secret=secret, now=now) == made.key
        assert secret not in admin_client.get(reverse("admin:routing_apikey_changelist")).content.decode()

    @its_own_clock
    def test_a_key_is_revoked_at_once_and_stays_so(self, made, admin_client, now):
        self.act(admin_client, "revoke_now", made.key)
        address = reverse("admin:routing_apikey_change", args=[made.key.pk])
        admin_client.post(address, {"name": "x", "scopes": ["leads:read"], "revoked_at_0": "", "revoked_at_1": ""})

        assert ask(made.secret).status_code == 401
        assert ApiKey.objects.get().revoked_at == now

    def test_the_page_of_a_key_offers_both_until_it_is_revoked(self, made, admin_client):
        address = reverse("admin:routing_apikey_change", args=[made.key.pk])
        before = admin_client.get(address).content.decode()
        self.act(admin_client, "revoke_now", made.key)
        after = admin_client.get(address).content.decode()

        buttons = ('value="exchange_secret"', 'value="revoke_now"')
        assert [[button in page for button in buttons] for page in (before, after)] == [[True, True], [False, False]]

    def test_who_did_it_is_in_the_audit_log(self, made, admin_client):
        for action in ("exchange_secret", "revoke_now"):
            self.act(admin_client, action, made.key)

        entries = AuditEntry.objects.filter(action__startswith="key.").order_by("pk")
        assert [(entry.action, entry.user.username, entry.detail["name"]) for entry in entries] == [
            ("key.exchanged", "admin", "website"),
            ("key.revoked", "admin", "website"),
        ]


class TestCommand:
    def run(self, *words):
        out = StringIO()
        call_command("rotate_api_key", *words, stdout=out)
        return out.getvalue().strip()

    def test_it_prints_the_new_secret(self, made, now):
        assert usable_key(secret=self.run("website"), now=now) == made.key
        assert usable_key(secret=made.secret, now=now) == made.key

    @its_own_clock
    def test_without_grace_the_former_one_ends_at_once(self, made, now):
        self.run(made.key.prefix, "--grace-hours", "0")

        assert usable_key(secret=made.secret, now=now) is None

    def test_a_name_that_several_have_is_not_guessed(self, made, now):
        other = create_api_key(name="website", scopes=["leads:read"])

        with pytest.raises(CommandError, match="2 keys are called “website”") as refused:
            self.run("website")

        assert f"{made.key.prefix}  made 20" in str(refused.value)
        assert f"{other.key.prefix}  made 20" in str(refused.value)
        assert usable_key(secret=self.run(other.key.prefix), now=now) == other.key

    @pytest.mark.parametrize(
        "words", [["nobody"], ["website", "--grace-hours", "-1"], ["website", "--expires-days", "0"]]
    )
    def test_what_makes_no_sense_is_said(self, made, words):
        with pytest.raises(CommandError):
            self.run(*words)
