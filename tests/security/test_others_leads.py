"""A rep's key, browser and admin account reach the rep's own leads, and nothing of anybody else's, at no address."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.auth.models import Group, User
from django.db.models import Model
from django.test import Client
from django.urls import get_resolver

from routing.api.authentication import forget_keys
from routing.api.urls import urlpatterns
from routing.models import Assignment, Lead, Scope
from routing.services.access import Role
from routing.services.api_keys import create_api_key
from tests.admin.conftest import fill
from tests.conftest import NOW
from tests.factories import make_owned_lead, make_rep
from tests.inbox.conftest import own
from tests.security.doors import ACTS, API
from tests.security.page import addresses

pytestmark = pytest.mark.one_database("who may see a lead is asked in one query, tested on both elsewhere")
SECRET = "vault-of-bob"
"""Stands in every text of Bob's lead."""


@pytest.fixture
def rows(db: None) -> dict[str, Model]:
    return fill(NOW)


@pytest.fixture
def theirs(rows: dict[str, Model]) -> Lead:
    """Bob's."""
    bob = make_rep("Bob Ray")
    texts = dict.fromkeys(("first_name", "last_name", "company", "city", "message", "external_id", "source"), SECRET)
    lead = make_owned_lead(NOW, bob, email=f"{SECRET}@globex.com", domain=f"{SECRET}.example", **texts)
    own(lead, bob, NOW)
    return lead


@pytest.fixture
def ana(rows: dict[str, Model]) -> Any:
    rep = make_rep("Ana Diaz")
    rep.user = User.objects.create_user("ana", is_staff=True)
    rep.user.groups.add(Group.objects.get(name=Role.REP.value))
    rep.save()
    return rep


@pytest.fixture
def key(ana: Any) -> Client:
    forget_keys()
    secret = create_api_key(name="ana", scopes=[Scope.LEADS_READ, Scope.LEADS_WRITE], rep=ana).secret
    return Client(headers={"Authorization": f"Bearer {secret}"})


@pytest.fixture
def browser(ana: Any) -> Client:
    client = Client()
    client.force_login(ana.user)
    return client


def told(answer: Any) -> bool:
    body = b"".join(answer) if answer.streaming else answer.content
    return SECRET.encode() in body


def state(lead: Lead) -> tuple[Any, ...]:
    row = Lead.objects.values_list().get(pk=lead.pk)
    return row, tuple(Assignment.objects.filter(lead=lead).values_list())


OF_A_LEAD = sorted({str(pattern.pattern) for pattern in urlpatterns if str(pattern.pattern).startswith("leads/<")})


@pytest.mark.parametrize("route", OF_A_LEAD)
def test_no_address_of_the_api_knows_a_lead_of_somebody_else(key: Client, theirs: Lead, route: str) -> None:
    before, name = state(theirs), route.rpartition("/")[2]
    address = f"{API}/{route.replace('<str:id>', str(theirs.uuid))}"
    body = {field: value for field, value in ACTS.get(name, {}).items() if value not in ("REP", "LEAD")}
    for method in ("get", "post", "patch", "delete"):
        answer = (
            getattr(key, method)(address, body, content_type="application/json")
            if method != "get"
            else key.get(address)
        )
        assert answer.status_code in (404, 405), (method, answer.content[:200])
        assert not told(answer)
    assert state(theirs) == before


LISTED = sorted(
    {str(one.pattern) for one in urlpatterns if one.name not in ("docs", "schema") and "<" not in str(one.pattern)}
)


@pytest.mark.parametrize("route", LISTED)
def test_no_list_of_the_api_names_a_lead_of_somebody_else(key: Client, theirs: Lead, route: str) -> None:
    for query in ("", f"?email={SECRET}@globex.com", f"?external_id={SECRET}", "?page_size=500"):
        assert not told(key.get(f"{API}/{route}{query}"))


def test_a_lead_of_somebody_else_cannot_be_named_in_what_is_sent(key: Client, theirs: Lead) -> None:
    before = state(theirs)
    sent = [
        key.post(f"{API}/leads", {"email": "x@globex.com", "external_id": SECRET}, content_type="application/json"),
        key.post(
            f"{API}/signals", {"lead": str(theirs.uuid), "kind": "visit", "title": "x"}, content_type="application/json"
        ),
        key.post(f"{API}/simulations", {"lead": str(theirs.uuid)}, content_type="application/json"),
    ]

    assert [told(answer) for answer in sent] == [False] * 3
    assert all(answer.status_code in (400, 403, 404) for answer in sent)
    assert state(theirs) == before


def test_no_page_of_the_inbox_opens_a_lead_of_somebody_else(browser: Client, theirs: Lead) -> None:
    before = state(theirs)
    routes = [f"/{route}".replace("<uuid:uuid>", str(theirs.uuid)) for route, _ in addresses(get_resolver())]
    pages = [route for route in routes if route.startswith("/inbox/") and "<" not in route and "logout" not in route]
    for address in pages:
        for answer in (browser.get(address), browser.post(address, {"reason": "spam", "rep": "ana@acme.example"})):
            assert not told(answer), address
            assert answer.status_code in (404, 405) or "/leads/" not in address
    assert state(theirs) == before


def test_no_page_of_the_admin_opens_a_lead_of_somebody_else(browser: Client, theirs: Lead) -> None:
    before, base = state(theirs), "/admin/routing/lead"
    pages = [
        f"{base}/{theirs.pk}/{page}/" for page in ("change", "history", "delete", "route", "do/reassign", "do/park")
    ]
    lists = [f"{base}/?q={SECRET}", f"{base}/export/leads.csv", f"{base}/export/leads.xlsx", "/admin/",
             "/admin/search/",
             f"/admin/autocomplete/?app_label=routing&model_name=assignment&field_name=lead&term={SECRET}"]  # fmt: skip
    for address in (*pages, *lists):
        for answer in (browser.get(address), browser.post(address, {"rep": "1", "note": "x"})):
            assert not told(answer) or f"q={SECRET}" in address, address
            assert answer.status_code in (403, 404, 405) or address not in pages, (address, answer.status_code)
    assert not told(browser.post("/admin/search/", {"s": SECRET[:-1], "part": "1"}))
    for action in ("delete_selected", "mark_spam", "route_again", "reassign", "export"):
        browser.post(f"{base}/", {"action": action, ACTION_CHECKBOX_NAME: [theirs.pk], "post": "yes"})
    assert state(theirs) == before


def test_what_was_looked_for_in_vain_stands_in_the_log(
    key: Client, theirs: Lead, caplog: pytest.LogCaptureFixture
) -> None:
    key.get(f"{API}/leads/{theirs.uuid}")

    assert [record.getMessage() for record in caplog.records if str(theirs.uuid) in record.getMessage()]
