"""A lead's story is shared over the API: a link is made, listed, and ended; never by the key of a rep."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from django.test import Client

from routing.models import AuditEntry
from routing.services.api_keys import create_api_key
from tests.api.conftest import API, client_with
from tests.factories import make_owned_lead, make_rep


def share(api: Client, lead: Any, days: Any = 7) -> Any:
    address = f"{API}/leads/{lead.uuid}/shared-links"
    return api.post(address, json.dumps({"days": days}), content_type="application/json")


def test_a_link_is_made_listed_read_and_ended(api: Client, now: datetime) -> None:
    lead = make_owned_lead(now, make_rep("Ana Diaz"))

    made = share(api, lead)

    assert made.status_code == 201
    assert Client().get(made.json()["url"]).status_code == 200
    assert api.get(f"{API}/leads/{lead.uuid}/shared-links").json()["results"] == [made.json()]
    assert api.delete(made["Location"]).status_code == 204
    assert Client().get(made.json()["url"]).status_code == 410
    assert api.get(f"{API}/leads/{lead.uuid}/shared-links").json()["results"] == []


def test_who_shared_it_stands_in_the_audit_log(api: Client, now: datetime) -> None:
    share(api, make_owned_lead(now, make_rep()))

    entry = AuditEntry.objects.get(action="lead.shared")
    assert entry.user is None and entry.actor


@pytest.mark.parametrize("days", [0, 31, "7", None, 1.5])
def test_a_link_lasts_for_1_to_30_days(days: Any, api: Client, now: datetime) -> None:
    assert share(api, make_owned_lead(now, make_rep()), days).status_code == 400


def test_the_link_of_another_lead_is_not_found(api: Client, now: datetime) -> None:
    made = share(api, make_owned_lead(now, make_rep()))
    other = make_owned_lead(now, make_rep())

    answer = api.delete(f"{API}/leads/{other.uuid}/shared-links/{made.json()['id']}")

    assert answer.status_code == 404
    assert Client().get(made.json()["url"]).status_code == 200


@pytest.mark.parametrize("method", ["get", "post"])
def test_a_key_of_a_rep_shares_nothing(method: str, db: None, now: datetime) -> None:
    ana = make_rep()
    key = create_api_key(name="Ana", scopes=["leads:read", "leads:write"], rep=ana)
    own = make_owned_lead(now, ana)

    call: Callable[..., Any] = getattr(client_with(key.secret), method)
    assert call(f"{API}/leads/{own.uuid}/shared-links", content_type="application/json").status_code in (403, 404)
