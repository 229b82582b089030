"""A rep with a sign-in, a lead of theirs, and their browser."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
import time_machine
from django.contrib.auth.models import User
from django.test import Client

from reps.models import Rep
from routing.api.authentication import forget_keys
from routing.models import Assignment, Lead, Scope
from routing.services.action_links import ActionLink, sign
from routing.services.api_keys import create_api_key
from tests.factories import make_owned_lead, make_pool, make_rep, make_team


@pytest.fixture(autouse=True)
def frozen_clock(now):
    with time_machine.travel(now, tick=False):
        yield


@pytest.fixture
def api(db) -> Client:
    forget_keys()
    secret = create_api_key(name="ops", scopes=Scope.values).secret
    return Client(headers={"Authorization": f"Bearer {secret}"})


@pytest.fixture
def ana(db) -> Rep:
    return with_sign_in(make_rep("Ana Diaz", email="ana@acme.example", team=make_team(timezone="America/New_York")))


@pytest.fixture
def bob(db) -> Rep:
    return with_sign_in(make_rep("Bob Ray", email="bob@acme.example"))


@pytest.fixture
def anas(ana: Rep) -> Client:
    return browser_of(ana)


@pytest.fixture
def give(db, now: datetime) -> Callable[..., Lead]:
    """A lead that a rep has owned for a minute."""

    def given(rep: Rep, **fields: object) -> Lead:
        facts = {"company": "Brightwater", "phone": "+14155552671", "email": "mia@brightwater.example"}
        lead = make_owned_lead(now, rep, owned_at=now - timedelta(minutes=1), **facts | fields)
        own(lead, rep, now)
        return lead

    return given


def own(lead: Lead, rep: Rep, now: datetime, attempt: int = 1) -> Assignment:
    return Assignment.objects.create(
        lead=lead, rep=rep, attempt=attempt, method="round_robin", pool=make_pool(rep),
        assigned_at=now - timedelta(minutes=1), alerted_at=now - timedelta(seconds=50),
        due_at=now + timedelta(minutes=4),
    )  # fmt: skip


def with_sign_in(rep: Rep) -> Rep:
    rep.user = User.objects.create_user(rep.email, rep.email, "a good password")
    rep.save()
    return rep


def browser_of(rep: Rep) -> Client:
    client = Client()
    client.force_login(rep.user)
    return client


def token_of(lead: Lead, rep: Rep, attempt: int = 1) -> str:
    return sign(ActionLink(lead.pk, rep.pk, attempt))
