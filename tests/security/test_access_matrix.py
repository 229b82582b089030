"""Every page × every role and key × every method: what opens is listed, all else is refused and writes nothing."""

from __future__ import annotations

from collections.abc import Iterable

import pytest
from _pytest.mark.structures import ParameterSet
from django.contrib import admin

from tests.security.access_table import (
    BY_NAME,
    MANAGER,
    PEOPLE,
    PROGRAMS,
    REP_A,
    UNNAMED,
    Access,
    access_of,
)
from tests.security.addresses import page_address
from tests.security.answer_headers import wrong_headers
from tests.security.asking import METHODS, SAFE, UNSAFE, Answer
from tests.security.company import World
from tests.security.routes import Route, all_routes

admin.autodiscover()

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.one_database("who may open what is decided before any database is asked about rows"),
]
BODIES = {"inbox:arrange_ways": b"way=email&do=earlier"}
MAY_BE_KEPT = (
    "forms:thanks",
    "forms:embed",
    "inbox:manifest",
    "inbox:worker",
    "inbox:offline",
    "api:schema",
    "api:docs",
    "forms:form",
)
OTHERWISE = {name: {"Cache-Control"} for name in MAY_BE_KEPT}
OTHERWISE["forms:embed"] |= {"Cross-Origin-Resource-Policy"}  # every site may load it
NOTED = ("_export", "_rejected", "_month")
"""Files that are taken are noted in the audit log."""
FOREIGN = {REP_A, MANAGER}


def judge(route: Route, role: str, method: str, answer: Answer) -> str:
    """What is wrong with a cell; empty: nothing."""
    access = access_of(route) or Access()
    reads = method in SAFE or method != "POST"  # outside the API the other methods are no way to write
    allowed = access.read | access.write if method in UNSAFE and reads else access.read if reads else access.write
    if answer.status >= 500:
        return "breaks"
    if not answer.refused and role not in allowed and not (method == "OPTIONS" and answer.names_methods):
        return "opens"
    if answer.wrote and (answer.refused or (reads and not route.name.endswith(NOTED))):
        return "writes"
    if answer.wrote and route.name == "inbox:remove_leave" and role in FOREIGN:
        return "removes what is another's"
    if role in allowed and answer.refused and answer.status != 405 and (method == "GET" or method == "POST"):
        return "is refused"
    return ""


def further(roles: Iterable[str]) -> list[ParameterSet]:
    """Keys differ at the API alone, where each of them is asked for everything in test_access_of_api.py."""
    return [pytest.param(role, marks=pytest.mark.further) for role in roles]


@pytest.fixture(scope="module")
def pages(made_world: World) -> list[tuple[Route, str]]:
    """Every page with its address; the rows of the API have a test of their own."""
    return [
        (route, page_address(route, made_world)) for route in all_routes() if not route.is_api or route.name in BY_NAME
    ]


def test_every_address_is_in_the_table_and_every_entry_has_an_address() -> None:
    routes = [route for route in all_routes() if not route.is_api]
    names = {route.name for route in routes} | {route.text for route in routes}

    assert [route for route in routes if access_of(route) is None] == []
    assert sorted((BY_NAME.keys() | UNNAMED.keys()) - names - {"api/v1/", "api:schema", "api:docs"}) == []


def test_there_is_a_row_of_everything_that_the_admin_shows(world: World) -> None:
    shown = admin.site._registry
    assert [model._meta.label for model in shown if not model._default_manager.exists()] == []


@pytest.mark.parametrize("role", [*PEOPLE, *PROGRAMS[:5], *further(PROGRAMS[5:])])
def test_pages_open_for_those_in_the_table_and_for_nobody_else(
    world: World, pages: list[tuple[Route, str]], role: str
) -> None:
    wrong = []
    for route, address in pages:
        for method in METHODS:
            answer = world.visitors[role].ask(method, address, BODIES.get(route.name, b"") if method == "POST" else b"")
            if found := judge(route, role, method, answer):
                wrong.append(f"{method} {address} {found} ({answer.status}) for {role}")
            bad = wrong_headers(answer.headers, role) if method == "GET" and answer.status != 405 else []
            if bad := [name for name in bad if name not in OTHERWISE.get(route.name, ())]:
                wrong.append(f"{method} {address} for {role} has the wrong {', '.join(bad)}")

    assert not wrong, "\n".join(wrong)
