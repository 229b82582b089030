"""Every address of the API × every role and key × every method: who has the scope gets in, nobody else writes."""

from __future__ import annotations

import pytest

from tests.api.test_keys_and_scopes import NEEDED
from tests.security.access_table import ANONYMOUS, BY_NAME, KEY_OF_A, KEYS, PEOPLE, PROGRAMS, REP_A, UNNAMED
from tests.security.addresses import api_address
from tests.security.answer_headers import wrong_headers
from tests.security.asking import JSON_TYPE, METHODS, SAFE
from tests.security.company import World
from tests.security.routes import Route, all_routes

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.one_database("who may open what is decided before any database is asked about rows"),
]
NOWHERE = ("/api/v1/nothing", "/api/v2/leads", "/admin/nothing/", "/nothing", "/.env", "/static/../manage.py")
MAKES_NO_SENSE = b"[]"
NOT_FOR_REPS = ("api/v1/imports", "api/v1/leads/import", "api/v1/persons")
SECTIONS_TOO = ("key for config:write", "key for leads:write")
"""Which of the two an import needs depends on its section; another's is not found."""


@pytest.fixture(scope="module")
def api(made_world: World) -> list[tuple[Route, str]]:
    """Every address of the API that asks for a key."""
    return [
        (route, api_address(route, made_world))
        for route in all_routes()
        if route.is_api and route.name not in BY_NAME and route.text not in UNNAMED
    ]


def scope_of(route: Route, method: str) -> str:
    """Empty: the method is not served."""
    read_as = "get" if method == "HEAD" else method.lower()
    scope = NEEDED.get((route.name.removeprefix("api:"), read_as))
    return str(scope.value) if scope else ""


def expected_of_api(route: Route, role: str, method: str) -> set[int]:
    """The answers that are right; empty: whatever is neither refused nor broken."""
    scope = scope_of(route, method)
    if role not in KEYS and role != KEY_OF_A:
        return {401}
    if not scope:
        return {200, 204, 405} if method == "OPTIONS" else {405}
    if role == KEY_OF_A and route.text.startswith(NOT_FOR_REPS):
        return {403}
    if role in SECTIONS_TOO and route.text.startswith("api/v1/imports"):
        return set()
    if role == KEY_OF_A:
        mine = scope in ("leads:read", "leads:write", "signals:write")
        return {404} if mine and "<str:id>" in route.text and "/leads/" in route.text else set() if mine else {403}
    return set() if KEYS[role] == scope else {403}


@pytest.mark.parametrize("role", [*PROGRAMS, *PEOPLE])
def test_the_api_opens_for_keys_with_the_scope_and_for_nobody_else(
    world: World, api: list[tuple[Route, str]], role: str
) -> None:
    wrong = []
    for route, address in api:
        for method in METHODS:
            answer = world.visitors[role].ask(method, address, MAKES_NO_SENSE, JSON_TYPE)
            right = expected_of_api(route, role, method)
            opened = answer.status < 500 and answer.status not in (401, 403, 405)
            if (answer.status not in right) if right else not opened:
                wrong.append(f"{method} {address} answers {answer.status} to {role}, not {right or 'as open'}")
            if answer.wrote and (method in SAFE or right):
                wrong.append(f"{method} {address} writes for {role}")
            if method == "GET" and (bad := wrong_headers(answer.headers, role)):
                wrong.append(f"{method} {address} for {role} has the wrong {', '.join(bad)}")

    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("address", NOWHERE)
@pytest.mark.parametrize("role", [ANONYMOUS, REP_A, *list(KEYS)[:1]])
def test_what_is_nowhere_is_not_found_by_anybody(world: World, role: str, address: str) -> None:
    assert {world.visitors[role].ask(method, address).refused for method in METHODS} == {True}


def test_every_scope_of_the_table_has_an_address() -> None:
    named = {route.name.removeprefix("api:") for route in all_routes() if route.is_api}

    assert {name for name, _ in NEEDED} <= named
    assert named - {name for name, _ in NEEDED} == {"schema", "docs", "unknown"}
