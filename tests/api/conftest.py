"""A client of the API, with a key that may do everything unless said otherwise."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from typing import Any

import pytest
from django.core import signals
from django.db import close_old_connections, connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from routing.api.authentication import forget_keys
from routing.models import ApiKey, Scope
from routing.services.api_keys import NewKey, create_api_key
from routing.services.receive_lead import receive_lead
from tests.factories import make_catch_all, make_owned_lead, make_pool, make_rep, make_settings

API = "/api/v1"


@pytest.fixture(autouse=True)
def _no_key_is_remembered() -> None:
    forget_keys()


@pytest.fixture
def new_key(db: None) -> NewKey:
    return create_api_key(name="website", scopes=Scope.values, test_email="tester@acme.example")


@pytest.fixture
def key(new_key: NewKey) -> ApiKey:
    return new_key.key


@pytest.fixture
def api(new_key: NewKey) -> Client:
    return client_with(new_key.secret)


@pytest.fixture
def used_key(new_key: NewKey, now: datetime) -> Iterator[str]:
    """A secret, some rows, and a connection that stays open between the requests."""
    make_settings()
    ana = make_rep("Ana")
    make_catch_all(make_pool(ana))
    make_owned_lead(now, ana)
    receive_lead(facts={"email": "mia@globex.com"}, now=now)
    for signal in (signals.request_started, signals.request_finished):
        signal.disconnect(close_old_connections)
    yield new_key.secret
    for signal in (signals.request_started, signals.request_finished):
        signal.connect(close_old_connections)


@pytest.fixture
def api_with(db: None) -> Callable[..., Client]:
    """A client whose key has just these scopes."""

    def make(*scopes: str) -> Client:
        return client_with(create_api_key(name="limited", scopes=scopes).secret)

    return make


def client_with(secret: str) -> Client:
    return Client(headers={"Authorization": f"Bearer {secret}"})


def send(client: Client, body: Any, **headers: str) -> Any:
    """POST a lead; the headers' names are written with underscores."""
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    return client.post(f"{API}/leads", json.dumps(body), content_type="application/json", headers=names)


def patch(client: Client, url: str, **body: Any) -> Any:
    return client.patch(url, json.dumps(body), content_type="application/json")


def post(client: Client, url: str, **body: Any) -> Any:
    return client.post(url, json.dumps(body), content_type="application/json")


def count_queries(client: Client, address: str) -> int:
    """How many queries an answer takes, with the key looked up and its use noted before."""
    client.get(f"{API}/{address}")
    forget_keys()
    with CaptureQueriesContext(connection) as queries:
        assert client.get(f"{API}/{address}").status_code == 200
    return len(queries)


def names_in(results: Iterable[dict[str, Any]], field: str) -> list[Any]:
    return [row[field] for row in results]
