"""One row of everything that the admin shows, and people of every role who look at it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

import pytest
import time_machine
from django.conf import settings
from django.contrib import admin
from django.contrib.auth.models import Group, User
from django.db import transaction
from django.db.models import Model
from django.test import Client

from reps.models import Expertise, Rep, Skill, TimeOff, WorkingHours
from routing.models import (
    AccountAlias,
    AccountPerson,
    ApiKey,
    Assignment,
    Departure,
    Example,
    Form,
    FormField,
    Heartbeat,
    Import,
    Incident,
    LastResort,
    Ledger,
    LedgerAccount,
    LookupRow,
    LookupTable,
    MailboxMessage,
    OutboxMessage,
    Pool,
    ScheduledVersion,
    Signal,
    Source,
    Submission,
    Territory,
    Topic,
    Work,
)
from routing.services.access import Role
from routing.services.inbound.addresses import make_address
from routing.services.privacy import suppress
from routing.services.publish import publish
from routing.services.webhooks.manage import make_webhook, send_test
from tests.conftest import NOW
from tests.factories import (
    make_account,
    make_catch_all,
    make_owned_lead,
    make_pool,
    make_rep,
    make_rule,
    make_settings,
    make_sla,
    make_team,
)


@pytest.fixture(autouse=True)
def frozen_clock(now):
    with time_machine.travel(now, tick=False):
        yield


@pytest.fixture
def sign_in(db) -> Callable[..., Client]:
    """A browser signed in as somebody of a role, or as the owner of the installation."""

    def signed_in(role: Role | None = None, *, rep: Rep | None = None) -> Client:
        user = User.objects.create_user(f"user-{User.objects.count()}", is_staff=True, is_superuser=role is None)
        if role:
            user.groups.add(Group.objects.get(name=role.value))
        if rep:
            Rep.objects.filter(pk=rep.pk).update(user=user)
        client = Client()
        client.force_login(user)
        return client

    return signed_in


@pytest.fixture
def same_company(company_of_class, db) -> dict[str, Model]:
    """Its rows, read anew: a test may have changed what it was given."""
    return {name: type(row)._default_manager.get(pk=row.pk) for name, row in company_of_class.items()}


@pytest.fixture
def boss(sign_in) -> Client:
    return sign_in()


@pytest.fixture
def company(db, now: datetime) -> dict[str, Model]:
    """A published rulebook and one row of each kind."""
    return fill(now)


@pytest.fixture(scope="class")
def company_of_class(django_db_setup: None, django_db_blocker) -> Iterator[dict[str, Model]]:
    """The same, made once for a class of tests; what each of them changes is rolled back before the next."""
    with django_db_blocker.unblock(), transaction.atomic():
        with time_machine.travel(NOW, tick=False):
            rows = fill(NOW)
        yield rows
        transaction.set_rollback(True)


@contextmanager
def without_menu() -> Iterator[None]:
    """Pages without the menu: it is the same beside all of them, and half of the work for most."""
    of_app = admin.site.get_app_list
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(settings.UNFOLD["SIDEBAR"], "navigation", [])
        patch.setattr(admin.site, "get_app_list", lambda request, app=None: of_app(request, app) if app else [])
        yield


def fill(now: datetime, copies: int = 1) -> dict[str, Model]:
    """So many rows of each kind, and a published rulebook if there is none yet."""
    rows: dict[str, Model] = {}
    for n in range(copies):
        rows = _one_of_each(now, n)
    if not Territory.objects.exclude(name__startswith="Territory ").exists():
        Territory.objects.create(name="Everywhere", owner_pool=rows["pool"])
        make_catch_all(rows["pool"])
        make_settings(timezone="Europe/Berlin")
        publish(note="First", user=None, now=now)
    return rows


def _one_of_each(now: datetime, n: int) -> dict[str, Model]:
    team = make_team()
    rep = make_rep(team=team)
    Ledger.objects.create(name=f"Fairness group {rep.pk}", shared=True)
    team.manager = rep
    team.save()
    WorkingHours.objects.create(team=team, weekday=0, start="09:00", end="17:00")
    Expertise.objects.create(rep=rep, topic="kubernetes", level=2)
    rep.skills.add(Skill.objects.create(name=f"Skill {rep.pk}"))
    leave = TimeOff.objects.create(rep=rep, starts_at=now, ends_at=now + timedelta(days=3), reason="holiday")
    pool = make_pool(rep)
    LedgerAccount.objects.create(ledger=pool.ledger, rep=rep)
    sla = make_sla()
    rule = make_rule(pool=pool, sla=sla, conditions=[[{"field": "country", "op": "is", "value": "US"}]])
    territory = Territory.objects.create(name=f"Territory {rep.pk}", countries=["US"], owner_rep=rep)
    account = make_account(domains=(f"globex{rep.pk}.com",), owner=rep)
    AccountAlias.objects.create(account=account, name="Globex Corp", name_key="globex")
    AccountPerson.objects.create(account=account, role="csm", rep=rep)
    lead = make_owned_lead(now, rep, account=account, source="website")
    assignment = Assignment.objects.create(
        lead=lead,
        rep=rep,
        pool=pool,
        rule=rule,
        method="round_robin",
        assigned_at=now,
        due_at=now + timedelta(minutes=5),
    )
    OutboxMessage.objects.create(
        key=f"alert:{assignment.pk}", kind="alert", lead=lead, rep=rep, created_at=now, available_at=now
    )
    mail = MailboxMessage.objects.create(
        recipient=rep.email, subject="New lead", text="Call her", html="<p>Call her</p>", received_at=now
    )
    ApiKey.objects.create(name=f"Key {rep.pk}", prefix="lr_abc", digest=f"digest {rep.pk}", scopes=["leads:write"])
    Heartbeat.objects.create(name=f"clock {rep.pk}", beat_at=now)
    suppress(["gone@acme.example"], now=now)
    Incident.objects.create(kind="unsent", subject=f"{rep.pk}", text="3 messages.", opened_at=now, seen_at=now)
    LastResort.objects.create(rep=rep, position=n)
    _new_rows(now, rep)
    return {
        "team": team,
        "rep": rep,
        "leave": leave,
        "pool": pool,
        "sla": sla,
        "rule": rule,
        "territory": territory,
        "account": account,
        "lead": lead,
        "mail": mail,
    }


def _new_rows(now: datetime, rep: Rep) -> None:
    """Topics, tables, sources, examples, signals, work and publications to come."""
    Topic.objects.create(name=f"kubernetes {rep.pk}", keywords=["k8s", f"helm {rep.pk}"])
    table = LookupTable.objects.create(name=f"Partners {rep.pk}")
    LookupRow.objects.create(table=table, key="ACME", rep=rep)
    Source.objects.create(name=f"website {rep.pk}", wait_for=["country"], wait_seconds=5)
    Example.objects.create(
        name=f"Example {rep.pk}",
        lead={"email": f"mia{rep.pk}@globex.de", "country": "US"},
        expected_pool=Pool.objects.earliest("pk"),
    )
    Signal.objects.create(
        domain="globex.de", kind="pricing_visit", title="Looked at prices", observed_at=now, received_at=now
    )
    form = Form.objects.create(name=f"Form {rep.pk}", slug=f"form-{rep.pk}")
    FormField.objects.create(form=form, name="email")
    door = make_address(values={"name": f"Door {rep.pk}", "mapping": {"email": "email"}}).address
    Submission.objects.create(
        inbound=door, key=f"{rep.pk}", fingerprint="f", raw='{"email": "x"}', status="invalid", received_at=now
    )
    hook = make_webhook(name=f"CRM {rep.pk}", url="https://crm.example/leads")
    send_test(hook=hook, now=now)
    Import.objects.create(section="accounts", format="csv", status="done", file_name=f"{rep.pk}.csv", created_at=now)
    Work.objects.create(kind="lint", created_at=now, status="done", finished_at=now, report={"findings": []})
    Departure.objects.create(rep=rep, leaves_at=now + timedelta(days=30), created_at=now)
    ScheduledVersion.objects.create(content={}, publish_at=now + timedelta(days=1), created_at=now, ended_at=now)
