"""Other sites: what their pages make a signed-in browser send is refused, and what it answers they cannot read."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import cycle
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import get_resolver

from routing.models import Form, Lead
from tests.admin.conftest import fill
from tests.conftest import NOW
from tests.factories import make_rep
from tests.security import public_doors
from tests.security.page import addresses, admin_addresses
from tests.security.shortcuts import leave_out_what_is_shown

pytestmark = [pytest.mark.django_db, pytest.mark.one_database("a browser's rules know no database")]
OWN_PROOF = ("/a/", "/f/", "/in/", "/api/", "/healthz", "/readyz", "/metrics")
"""Addresses that take no cookie for a sign-in: a key, a link's proof, or nothing at all."""
STRANGERS = ("null", "https://evil.example", "http://testserver.evil.example", "https://www.example.com.evil.example",
             "http://www.example.com", "https://www.example.com:8443", "HTTPS://WWW.EXAMPLE.COM", "https://www.example.com/",
             "https://www.example.com https://evil.example", "*", "file://", "https://sub.www.example.com")  # fmt: skip
FRIEND = "https://www.example.com"


@pytest.fixture
def strict() -> Client:
    """A browser of the owner, as it is outside of tests: a form without its token is refused."""
    fill(NOW)
    client = Client(enforce_csrf_checks=True)
    user = User.objects.create_superuser("boss")
    rep = make_rep("Ana")
    rep.user = user
    rep.save()
    client.force_login(user)
    return client


def session_addresses() -> Iterator[str]:
    yield from admin_addresses()
    for route, _ in addresses(get_resolver()):
        if not f"/{route}".startswith((*OWN_PROOF, "/admin/")) and not re.search(r"[<^(]", route):
            yield f"/{route}"


def test_no_form_is_taken_from_another_site(strict: Client) -> None:
    taken, asked = [], 0
    for address in session_addresses():
        for headers in ({"Origin": "https://evil.example"}, {"Origin": "null"}):
            answer = strict.post(address, {"note": "x"}, headers=headers)
            asked += 1
            if answer.status_code not in (403, 404, 405):
                taken.append((address, answer.status_code))

    assert taken == []
    assert asked > 100


@pytest.mark.parametrize("address", ["/admin/login/", "/inbox/login/", "/inbox/password/"])
def test_nobody_is_signed_in_by_another_site(address: str) -> None:
    User.objects.create_user("eve", password="a good password", is_staff=True)

    answer = Client(enforce_csrf_checks=True).post(address, {"username": "eve", "password": "a good password"})

    assert answer.status_code == 403


def test_a_sign_in_is_no_key(strict: Client) -> None:
    for method in ("get", "post", "patch", "delete"):
        assert getattr(strict, method)("/api/v1/leads").status_code == 401


@pytest.fixture
def form() -> str:
    public_doors.open_doors()
    Form.objects.update(origins=[FRIEND])
    return public_doors.FORM_PATH


@pytest.mark.parametrize("origin", STRANGERS)
def test_a_page_of_a_stranger_can_neither_read_nor_send_a_form(form: str, origin: str) -> None:
    asked = Client().options(form, headers={"Origin": origin, "Access-Control-Request-Method": "POST"})
    read = Client().get(form, headers={"Origin": origin})
    sent = Client().post(form, {"email": "mia@globex.com"}, headers={"Origin": origin})

    assert [answer.has_header("Access-Control-Allow-Origin") for answer in (asked, read, sent)] == [False] * 3
    assert (asked.status_code, sent.status_code) == (403, 403)
    assert not Lead.objects.exists()


def test_a_page_of_a_friend_reads_and_sends_it_without_cookies(form: str) -> None:
    for method in ("options", "get", "post"):
        answer: Any = getattr(Client(), method)(form, {"email": "mia@globex.com"}, headers={"Origin": FRIEND})
        assert answer["Access-Control-Allow-Origin"] == FRIEND
        assert "Access-Control-Allow-Credentials" not in answer
        assert "Origin" in answer["Vary"]


def test_no_other_address_lets_another_site_read(strict: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """Which the headers say, whatever the pages show."""
    leave_out_what_is_shown(monkeypatch)
    others = ("/api/v1/leads", "/api/v1/schema/", "/healthz", "/readyz", "/metrics", "/in/x")
    pages = [address for address in session_addresses() if not address.endswith(("/delete/", "/history/", "/add/"))]
    opened = []
    for address, origin in zip((*pages, *others), cycle(("null", "https://evil.example", FRIEND)), strict=False):
        answer = strict.get(address, headers={"Origin": origin})
        if any(name.lower().startswith("access-control") for name in answer.headers):
            opened.append(address)

    assert opened == []
