"""No list asks the database more because it is longer. A new list that is not filled here fails."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from reps.models import Rep
from routing.api.authentication import forget_keys
from routing.api.views.docs import document
from routing.models import Import, Pool
from tests.api.company import make_company
from tests.api.conftest import API

FEW, MANY = 2, 12


def lists() -> list[str]:
    """Every address that answers a list, as the document says."""
    found = []
    for path, operations in document()["paths"].items():
        content = operations.get("get", {}).get("responses", {}).get("200", {}).get("content", {})
        schema = content.get("application/json", {}).get("schema", {})
        if "$ref" in schema:
            schema = document()["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
        if {"next", "results"} <= schema.get("properties", {}).keys():
            found.append(path.removeprefix(f"{API}/"))
    return found


def versioned() -> list[str]:
    return [path for path in lists() if any(p["name"] == "version" for p in _parameters(path))]


def _parameters(path: str) -> Any:
    return document()["paths"][f"{API}/{path}"]["get"].get("parameters", [])


@pytest.fixture
def counted(api: Client, now: datetime) -> dict[str, list[tuple[int, int]]]:
    """Address → how many rows it shows, and by how many queries: with few rows and with many."""
    told: dict[str, list[tuple[int, int]]] = {}
    for rows in (FEW, MANY):
        lead = make_company(rows, now=now)
        ids = {"leads": lead.uuid, "pools": Pool.objects.order_by("pk")[:1].get().uuid}
        ids["imports"] = Import.objects.order_by("pk")[:1].get().uuid
        ids["reps"] = Rep.objects.order_by("pk")[:1].get().uuid
        for path in lists():
            address = path.replace("{id}", str(ids.get(path.partition("/")[0], "")))
            told.setdefault(path, []).append(count(api, address))
        for path in versioned():
            told.setdefault(f"{path}?version=published", []).append(count(api, f"{path}?version=published"))
    return told


def count(api: Client, address: str) -> tuple[int, int]:
    api.get(f"{API}/{address}")
    forget_keys()
    with CaptureQueriesContext(connection) as queries:
        answer = api.get(f"{API}/{address}")
    assert answer.status_code == 200, (address, answer.content)
    return len(answer.json()["results"]), len(queries)


def test_every_list_asks_as_often_however_long_it_is(counted: dict[str, list[tuple[int, int]]]) -> None:
    grew = {path: (few[0], many[0]) for path, (few, many) in counted.items()}
    asked = {path: (few[1], many[1]) for path, (few, many) in counted.items() if few[1] != many[1]}

    assert {path: shown for path, shown in grew.items() if not FEW <= shown[0] < shown[1]} == {}
    assert asked == {}
