"""Whoever writes, writes what is documented: all columns of all tables in every body, and none of them changes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from hashlib import sha256
from typing import Any

import pytest
from django.apps import apps
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection

from routing.api.views import docs
from routing.intake.facts import READERS
from routing.models import ApiKey, Lead, Work
from tests.conftest import NOW
from tests.security import doors
from tests.security.addresses import api_id, api_row
from tests.security.doors import ACTS, API, SIGNAL, World

pytestmark = pytest.mark.one_database("what a body may name is decided before the database")
COLUMNS = sorted(
    {
        name
        for app in ("reps", "routing", "auth")
        for model in apps.get_app_config(app).get_models()
        for field in model._meta.get_fields()
        for name in (field.name, getattr(field, "attname", field.name))
    }
    | {"pk", "_state", "__class__", "objects"}
)
NAMED = 40
"""An answer names fifty errors, and those of what is missing are among them."""
FILE = "multipart/form-data"
USED = {ApiKey}
"""Tables that note every request."""


@pytest.fixture(scope="module")
def world_of_all(django_db_setup: None, django_db_blocker: Any) -> Iterator[World]:
    with django_db_blocker.unblock(), doors.a_world() as made:
        for kind in (Work.Kind.REPAIR, Work.Kind.REPLAY):
            Work.objects.create(kind=kind, created_at=NOW)
        yield made


@pytest.fixture
def world(world_of_all: World, db: None) -> World:
    return world_of_all


def fingerprint() -> str:
    """Of every row of ours."""
    digest = sha256()
    with connection.cursor() as cursor:
        for statement, parameters in _all_rows():
            cursor.execute(statement, parameters)
            digest.update(repr(cursor.fetchall()).encode())
    return digest.hexdigest()


@cache
def _all_rows() -> list[tuple[str, Any]]:
    """A statement for each table. Put together once: that takes far longer than the few rows."""
    models = (
        model
        for app in ("reps", "routing", "auth")
        for model in apps.get_app_config(app).get_models(include_auto_created=True)
    )
    return [
        model._default_manager.order_by("pk").values_list().query.sql_with_params()
        for model in models
        if model not in USED
    ]


def values(column: str, world: World) -> Any:
    """What would do harm, of a kind that could be taken."""
    return {"owner": world.person.email, "status": "assigned", "score": 99, "id": 1, "demo": True}.get(column, 1)


def test_no_column_is_set_by_sending_it_with_a_lead(world: World) -> None:
    others = sorted({*COLUMNS} - READERS.keys())
    before = fingerprint()
    for name in others:
        body = {"email": "mia@globex.com", name: values(name, world)}
        answer = world.api.post(f"{API}/leads", body, content_type="application/json")
        assert (answer.status_code, list(answer.json()["errors"])) == (400, [name])

    assert len(others) > 200
    assert fingerprint() == before


def test_no_column_is_changed_by_sending_it_of_a_lead(world: World) -> None:
    """As many together as an answer names: each of them is refused by name."""
    others = sorted({*COLUMNS} - READERS.keys())
    before = fingerprint()
    for start in range(0, len(others), NAMED):
        some = others[start : start + NAMED]
        body = {"email": "mia@globex.com", **{name: values(name, world) for name in some}}
        answer = world.api.patch(f"{API}/leads/{world.leads[0].uuid}", body, content_type="application/json")
        assert (answer.status_code, sorted(answer.json()["errors"])) == (400, some)

    assert fingerprint() == before


def test_no_column_is_set_through_what_a_lead_may_hold(world: World) -> None:
    """In attributes and utm every name is the sender's own; there they are only texts."""
    inside = {name: values(name, world) for name in COLUMNS[:100]}
    body = {"email": "mia@globex.com", "attributes": inside}

    answer = world.api.post(f"{API}/leads", body, content_type="application/json")

    lead = Lead.objects.get(uuid=answer.json()["id"])
    fresh = Lead(email="mia@globex.com")
    kept = ("status", "owner_id", "score", "grade", "demo", "priority", "method", "attempt", "outcome", "test")
    assert [getattr(lead, name) for name in kept] == [getattr(fresh, name) for name in kept]
    assert lead.attributes.keys() == inside.keys()


@pytest.mark.parametrize("name", sorted(ACTS))
def test_no_column_is_set_by_sending_it_with_an_act(world: World, name: str) -> None:
    before, known = fingerprint(), {*ACTS[name], "rep", "attempt", "note", "reason", "channel"}
    body = {**ACTS[name], **{column: values(column, world) for column in COLUMNS if column not in known}}

    answer = world.api.post(f"{API}/leads/{world.leads[0].uuid}/{name}", body, content_type="application/json")

    assert answer.status_code == 400
    assert fingerprint() == before


@pytest.mark.parametrize(("pattern", "method"), doors.WRITTEN, ids=lambda one: getattr(one, "name", one))
def test_no_column_is_set_by_sending_it_with_anything_else(world: World, pattern: Any, method: str) -> None:
    """Of a row that there is. Each is refused by name, or, sent alone, changes nothing."""
    route, address = str(pattern.pattern), address_of(str(pattern.pattern), world)
    others = sorted({*COLUMNS} - documented(route, method))
    before, taken = fingerprint(), []
    for start in range(0, len(others), NAMED):
        some = {name: values(name, world) for name in others[start : start + NAMED]}
        answer = send(world, method, address, some)
        assert answer.status_code in (400, 403), (address, answer.content[:300])
        taken += some.keys() - answer.json()["errors"].keys()

    assert fingerprint() == before
    for name in taken:
        send(world, method, address, {name: values(name, world)})
        assert fingerprint() == before, name


def address_of(route: str, world: World) -> str:
    """Of the row that it is about. Fails if there is none."""
    row = api_row(route)
    if "<str:id>" in route:
        route = route.replace("<str:id>", api_id(row))
    return f"{API}/{route.replace('<str:rep>', world.person.email).replace('<str:name>', 'round_robin')}"


def documented(route: str, method: str) -> set[str]:
    """The names that an address takes, as the OpenAPI document has them."""
    path = re.sub(r"<\w+:(\w+)>", r"{\1}", f"{API}/{route}")
    content = docs.document()["paths"][path][method].get("requestBody", {}).get("content", {})
    shape = content.get("application/json", content.get(FILE, {})).get("schema", {})
    if "$ref" in shape:
        shape = docs.document()["components"]["schemas"][shape["$ref"].rpartition("/")[2]]
    return set(shape.get("properties", {}))


def send(world: World, method: str, address: str, body: dict[str, Any]) -> Any:
    if address.endswith("import") or address.endswith("/imports"):
        return world.api.post(address, {**body, "file": SimpleUploadedFile("a.csv", b"email\nmia@globex.com\n")})
    return getattr(world.api, method)(address, body, content_type="application/json")


def test_no_column_is_set_by_sending_it_with_a_signal(world: World) -> None:
    others = sorted({*COLUMNS} - {*SIGNAL, "email", "lead", "half_life_days"})
    for name in others:
        answer = world.api.post(f"{API}/signals", {**SIGNAL, name: 1}, content_type="application/json")
        assert (answer.status_code, list(answer.json()["errors"])) == (400, [name])
