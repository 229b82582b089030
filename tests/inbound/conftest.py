"""An inbound address that knows where e-mail address, name and company stand, and a program that sends to it."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from routing.models import InboundAddress
from routing.services.inbound.addresses import NewAddress, make_address, path_of

MAPPING = {
    "email": "contact.email",
    "phone": "contact.phone",
    "first_name": {"path": "contact.name", "transforms": ["first_word"]},
    "employees": "size",
    "external_id": "id",
    "consent": "agreed",
    "attributes.*": "more",
}
MIA = {"contact": {"email": "mia@globex.com", "name": "Mia Chen"}}


def new_address(**values: Any) -> NewAddress:
    return make_address(values={"name": "Landing pages", "source": "ads", "kind": "demo", "mapping": MAPPING} | values)


@pytest.fixture
def door(db: None) -> NewAddress:
    return new_address()


@pytest.fixture
def address(door: NewAddress) -> InboundAddress:
    return door.address


@pytest.fixture
def send(door: NewAddress) -> Callable[..., Any]:
    def sent(body: Any, *, key: str = door.key, content_type: str = "application/json", **headers: str) -> Any:
        raw = body if isinstance(body, str | bytes) else json.dumps(body)
        names = {name.replace("_", "-"): value for name, value in headers.items()}
        return Client().post(path_of(key), raw, content_type=content_type, headers=names)

    return sent
