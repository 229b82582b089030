"""Who did what is noted, and what was noted stays."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import AnonymousUser, User
from django.core.management.color import no_style
from django.db import IntegrityError, connection, transaction
from django.test import Client, RequestFactory
from django.urls import reverse

from reps.models import Team
from routing.models import AuditEntry, Form, Lead, RoutingSettings, Scope
from routing.services.api_keys import create_api_key
from routing.services.privacy.audit_log import note
from routing.services.publish import CannotPublish, publish

admin.autodiscover()

pytestmark = pytest.mark.django_db


def test_an_entry_says_who_did_what_to_which_row(now: datetime) -> None:
    user = User.objects.create(username="olga")
    form = Form.objects.create(name="Contact", slug="contact")

    entry = note(action="form.changed", user=user, subject=form, detail={"fields": ["title"]}, now=now)

    assert (entry.who, entry.subject, entry.subject_id) == ("olga", "routing.form", str(form.uuid))
    assert (entry.happened_at, entry.detail) == (now, {"fields": ["title"]})


def test_a_key_is_named_and_nobody_is_the_system(now: datetime) -> None:
    assert note(action="lead.erased", actor="website key", now=now).who == "website key"
    assert note(action="lead.erased", user=AnonymousUser(), now=now).who == "the system"


def test_who_it_was_stays_known_by_number_when_the_user_goes(now: datetime) -> None:
    user = User.objects.create(username="olga")
    entry, number = note(action="signed_in", user=user, now=now), user.pk

    user.delete()

    assert AuditEntry.objects.get(pk=entry.pk).who == f"user {number} (removed)"


def test_a_copy_goes_to_the_log_once_it_stands(
    now: datetime, caplog: pytest.LogCaptureFixture, django_capture_on_commit_callbacks: Any
) -> None:
    caplog.set_level(logging.INFO)
    with django_capture_on_commit_callbacks(execute=True):
        entry = note(action="key.made", actor="olga@example.com", now=now)

    (record,) = [record for record in caplog.records if record.message == "audit"]
    assert (record.entry, record.action) == (str(entry.uuid), "key.made")  # type: ignore[attr-defined]
    assert "olga" not in str(vars(record))


def test_no_address_and_no_number_gets_into_it(now: datetime) -> None:
    detail = {
        "query": "q=mia%40example.com&x=1",
        "to": ["mia@example.com", "+49 30 901820"],
        "at": "2026-03-03T16:00:00+00:00",
    }

    entry = note(action="leads.exported", detail=detail, now=now)

    assert entry.detail == {"query": "…", "to": ["…", "…"], "at": "2026-03-03T16:00:00+00:00"}


def changed_by_orm(entry: AuditEntry) -> None:
    entry.action = "nothing"
    entry.save()


def changed_in_bulk(entry: AuditEntry) -> None:
    AuditEntry.objects.update(action="nothing")


def removed_by_orm(entry: AuditEntry) -> None:
    entry.delete()


def removed_in_bulk(entry: AuditEntry) -> None:
    AuditEntry.objects.all()._raw_delete(entry._state.db)


def changed_by_sql(entry: AuditEntry) -> None:
    run("UPDATE routing_auditentry SET happened_at = happened_at")


def removed_by_sql(entry: AuditEntry) -> None:
    run("DELETE FROM routing_auditentry")


def emptied_by_sql(entry: AuditEntry) -> None:
    run("TRUNCATE routing_auditentry" if connection.vendor == "postgresql" else "DELETE FROM routing_auditentry")


def run(sql: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql)


@pytest.mark.parametrize(
    "attempt",
    [
        changed_by_orm,
        changed_in_bulk,
        removed_by_orm,
        removed_in_bulk,
        changed_by_sql,
        removed_by_sql,
        emptied_by_sql,
    ],
)
def test_what_was_noted_stays(attempt: Callable[[AuditEntry], None], now: datetime) -> None:
    entry = note(action="key.made", now=now)

    with pytest.raises(IntegrityError, match="only ever added"), transaction.atomic():
        attempt(entry)

    assert AuditEntry.objects.values_list("action", flat=True).get() == "key.made"


def test_only_emptying_everything_empties_it(now: datetime) -> None:
    note(action="key.made", now=now)

    connection.ops.execute_sql_flush(connection.ops.sql_flush(no_style(), ["routing_auditentry"]))

    assert not AuditEntry.objects.exists()


# --- what is noted of what people do ------------------------------------------------------------------------------


def browser(**fields: Any) -> Client:
    client = Client()
    client.force_login(User.objects.create_superuser("olga", **fields))
    return client


def test_a_change_on_a_page_is_noted_with_the_fields_and_not_what_was_typed() -> None:
    team = Team.objects.create(name="West")
    form = {"name": "East", "timezone": "Europe/Berlin", "digest": "", "working_hours-TOTAL_FORMS": 0}

    browser().post(reverse("admin:reps_team_change", args=[team.pk]), form | {"working_hours-INITIAL_FORMS": 0})

    entry = AuditEntry.objects.get(action="team.changed")
    assert (entry.who, entry.subject_id) == ("olga", str(team.uuid))
    assert "East" not in str(entry.detail)


def test_the_log_can_be_looked_at_and_nothing_else(now: datetime) -> None:
    entry = note(action="key.made", now=now)
    client = browser()

    assert "Key made" in client.get(reverse("admin:routing_auditentry_changelist")).content.decode()
    assert client.get(reverse("admin:routing_auditentry_add")).status_code == 403
    assert client.post(reverse("admin:routing_auditentry_change", args=[entry.pk]), {}).status_code == 403
    assert client.post(reverse("admin:routing_auditentry_delete", args=[entry.pk]), {"post": "yes"}).status_code == 403


def test_djangos_own_log_names_no_lead(now: datetime) -> None:
    lead = Lead.objects.create(email="mia@example.com", submitted_at=now, route_after=now)
    request: Any = RequestFactory().post("/")
    request.user = User.objects.create(username="olga")

    admin.site._registry[Lead].log_change(request, lead, "[]")

    assert not LogEntry.objects.exists()
    assert AuditEntry.objects.get(action="lead.changed").subject_id == str(lead.uuid)


def test_a_call_that_changes_the_configuration_is_noted_with_its_key(now: datetime) -> None:
    key = create_api_key(name="terraform", scopes=[Scope.CONFIG_WRITE])
    client = Client(headers={"Authorization": f"Bearer {key.secret}"})

    assert client.post("/api/v1/topics", json.dumps({"name": "Go"}), content_type="application/json").status_code == 201
    assert client.post("/api/v1/topics", json.dumps({}), content_type="application/json").status_code == 400

    (entry,) = AuditEntry.objects.filter(action="configuration.changed")
    assert (entry.who, entry.detail) == ("terraform", {"call": "POST /api/v1/topics"})


def test_what_a_service_notes_is_noted_once() -> None:
    RoutingSettings.objects.create(pk=1)
    key = create_api_key(name="terraform", scopes=[Scope.CONFIG_WRITE])

    client = Client(headers={"Authorization": f"Bearer {key.secret}"})
    client.post("/api/v1/routing/pause", {}, content_type="application/json")

    assert [(entry.action, entry.who) for entry in AuditEntry.objects.all()] == [("routing.paused", "terraform")]


def test_what_does_not_happen_is_not_noted(now: datetime) -> None:
    with pytest.raises(CannotPublish):
        publish(note="", user=None, now=now)

    assert not AuditEntry.objects.exists()
