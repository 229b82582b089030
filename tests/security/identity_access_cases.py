"""Who may open what with MFA=required and an OpenID provider; run by test_identity.py with these settings."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from django.conf import settings

from tests.security.access_table import ADMIN, ANONYMOUS, IDENTITY, PEOPLE, PROGRAMS, Access, access_of
from tests.security.addresses import page_address
from tests.security.asking import METHODS, Answer
from tests.security.company import World
from tests.security.openid import running
from tests.security.routes import Route, all_routes
from tests.security.test_access_matrix import judge

pytestmark = pytest.mark.django_db
KEEPS = {"mfa_activate_totp", "mfa_generate_recovery_codes", "openid_connect_login"}
"""They count tries, and keep in the session what is to be proven."""
TO_SET_UP = "/second-step/app/activate/"


@pytest.fixture(scope="module", autouse=True)
def provider() -> Iterator[None]:
    with running(urlsplit(settings.IDENTITY.issuer).port):
        yield


def own_routes() -> list[Route]:
    return [route for route in all_routes() if (route.name or route.text) in IDENTITY]


def test_every_address_is_in_the_table_and_every_entry_has_an_address() -> None:
    assert [route for route in all_routes() if not route.is_api and access_of(route) is None] == []
    assert {route.name or route.text for route in own_routes()} == IDENTITY.keys()


@pytest.mark.parametrize("role", [*PEOPLE, *PROGRAMS])
def test_the_pages_of_signing_in_open_for_those_in_the_table(world: World, role: str) -> None:
    wrong = []
    for route in own_routes():
        address = page_address(route, world)
        for method in METHODS:
            found = judge(route, role, method, world.visitors[role].ask(method, address))
            if found and not (found == "writes" and route.name in KEEPS):
                wrong.append(f"{method} {address} {found} for {role}")

    assert wrong == []


def test_without_the_second_step_an_admin_gets_no_further_than_everybody(world: World) -> None:
    closed = [route for route in all_routes() if not route.is_api and is_closed(route)]

    opened = [
        address
        for address in (page_address(route, world) for route in closed)
        for method in ("GET", "POST")
        if not sent_away(world.visitors[ADMIN].ask(method, address))
    ]

    assert len(closed) > 200
    assert opened == []


def is_closed(route: Route) -> bool:
    access = access_of(route) or Access()
    return (route.name or route.text) not in IDENTITY and ANONYMOUS not in access.read | access.write


def sent_away(answer: Answer) -> bool:
    return answer.refused or answer.headers.get("Location") == TO_SET_UP
