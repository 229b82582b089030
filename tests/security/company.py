"""A company with one row of everything, and somebody of each role at its doors."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any, NamedTuple

import time_machine
from django.conf import settings
from django.contrib.auth.models import Group, User
from django.db import transaction
from django.test import Client

from reps.models import TimeOff
from routing.api.authentication import forget_keys
from routing.models import ApiKey, Assignment, Form, Import, Lead
from routing.services.access import Role
from routing.services.action_links import ActionLink, sign
from routing.services.api_keys import create_api_key
from routing.services.inbound.addresses import make_address
from routing.services.privacy.audit_log import note
from routing.services.shared_links import share_lead, shared_url
from tests.admin.conftest import fill
from tests.conftest import NOW
from tests.factories import make_owned_lead, make_rep, make_team
from tests.security.access_table import (
    ADMIN,
    ANONYMOUS,
    DEACTIVATED,
    EXPIRED,
    FORM,
    KEY_OF_A,
    KEYS,
    MANAGER,
    PEOPLE,
    REP_A,
    REP_B,
    REVOKED,
    ROLE_OF,
)
from tests.security.asking import Visitor
from tests.security.shortcuts import shortcuts


class World(NamedTuple):
    """A company, the values that stand in addresses, and a visitor for each role."""

    values: dict[str, Any]
    rows: dict[str, Any]
    visitors: dict[str, Visitor]


@contextmanager
def a_world() -> Iterator[World]:
    """Made once; whatever a cell writes is rolled back."""
    with transaction.atomic(), time_machine.travel(NOW, tick=False), shortcuts():
        forget_keys()
        yield make_world()
        transaction.set_rollback(True)
        forget_keys()


def make_world() -> World:
    rows: dict[str, Any] = fill(NOW)
    rep_a, rep_b = make_rep("Rep A", team=rows["team"]), make_rep("Rep B")
    manager = make_rep("Manager")
    manager.team = make_team(manager=manager)
    manager.save()
    people = {role: make_user(role) for role in PEOPLE if role != ANONYMOUS}
    reps = {REP_A: rep_a, REP_B: rep_b, MANAGER: manager, DEACTIVATED: make_rep("Deactivated")}
    for role, rep in reps.items():
        rep.user = people[role]
        rep.save()
    User.objects.filter(pk=people[DEACTIVATED].pk).update(is_active=False)
    rows |= {"rep_b": rep_b, "lead_b": lead_of(rep_b), "leave_b": leave_of(rep_b)}
    rows["form"] = Form.objects.earliest("pk")
    Import.objects.get_or_create(section="leads", format="csv", defaults={"created_at": NOW, "columns": ["email"]})
    rows["inbound_key"] = make_address(values={"name": "Typeform", "mapping": {"email": "email"}}).key
    shared = share_lead(lead=rows["lead_b"], lasts=timedelta(days=1), user=people[ADMIN], now=NOW)
    rows["shared"], rows["shared_link"] = shared_url(shared), shared.uuid
    note(action="signed_in", user=people[ADMIN], now=NOW)
    return World(values_of(rows), rows, {**people_visitors(people), **program_visitors(rep_a, rows["form"])})


def make_user(role: str) -> User:
    user = User.objects.create_user(f"{role}@acme.example", f"{role}@acme.example", is_staff=True)
    if role in ROLE_OF:
        user.groups.add(Group.objects.get(name=ROLE_OF[role].value))
    if role in (REP_A, REP_B):
        user.groups.add(Group.objects.get(name=Role.REP.value))
    if role == DEACTIVATED:
        user.groups.add(Group.objects.get(name=Role.ADMIN.value))
    return user


def lead_of(rep: Any) -> Lead:
    lead = make_owned_lead(NOW, rep, phone="+14155552671")
    Assignment.objects.create(
        lead=lead, rep=rep, attempt=1, method="round_robin", assigned_at=NOW, due_at=NOW + timedelta(minutes=5)
    )  # fmt: skip
    return lead


def leave_of(rep: Any) -> TimeOff:
    return TimeOff.objects.create(rep=rep, starts_at=NOW + timedelta(days=1), ends_at=NOW + timedelta(days=2))


def people_visitors(people: dict[str, User]) -> dict[str, Visitor]:
    return {ANONYMOUS: Visitor()} | {role: Visitor(session=session_of(user)) for role, user in people.items()}


def session_of(user: User) -> str:
    client = Client()
    client.force_login(user)
    return client.cookies[settings.SESSION_COOKIE_NAME].value


def program_visitors(rep_a: Any, form: Form) -> dict[str, Visitor]:
    made = {REVOKED: create_api_key(name="revoked", scopes=list(KEYS.values()))}
    made[EXPIRED] = create_api_key(name="expired", scopes=list(KEYS.values()), expires_at=NOW - timedelta(seconds=1))
    made[KEY_OF_A] = create_api_key(name="A", scopes=["leads:read", "leads:write", "signals:write"], rep=rep_a)
    made |= {role: create_api_key(name=role, scopes=[scope]) for role, scope in KEYS.items()}
    ApiKey.objects.filter(name="revoked").update(revoked_at=NOW)
    ApiKey.objects.update(last_used_at=NOW)  # so that reading writes nothing at all
    secrets = {role: key.secret for role, key in made.items()} | {FORM: form.slug}
    return {role: Visitor(key=secret) for role, secret in secrets.items()}


def values_of(rows: dict[str, Any]) -> dict[str, Any]:
    lead = rows["lead_b"]
    return {
        "slug": rows["form"].slug, "token": sign(ActionLink(lead.pk, rows["rep_b"].pk, 1)), "uuid": lead.uuid,
        "uidb64": "MQ", "id": lead.uuid, "rep": rows["rep"].uuid, "number": 1, "content_type_id": 1, "object_id": 1,
        "section": "leads", "what": "leads", "kind": "csv", "name": "reassign", "app_label": "routing",
        "url": "nothing-here/", "version_id": 1, "link": rows["shared_link"],
    }  # fmt: skip
