"""Every door of the product with what friends send there, as a start for what others do."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from html.parser import HTMLParser
from random import Random
from typing import Any

import yaml
from django.contrib.auth.models import User
from django.db import transaction
from django.test import Client
from django.urls import URLPattern, reverse

from reps.models import Rep
from routing.api.authentication import forget_keys
from routing.api.urls import urlpatterns as api_patterns
from routing.inbox.urls import urlpatterns as inbox_patterns
from routing.models import Lead, Scope
from routing.services.action_links import ActionLink, sign
from routing.services.api_keys import create_api_key
from tests.admin.conftest import fill
from tests.conftest import NOW
from tests.factories import make_owned_lead
from tests.inbox.conftest import own
from tests.routing.config_sample import FULL
from tests.security import hostile
from tests.security.hostile import Shot, Tree

API = "/api/v1"
LEAD: Mapping[str, Any] = {
    "email": "mia@globex.com",
    "first_name": "Mia",
    "last_name": "Chen",
    "phone": "+1 415 555 2671",
    "website": "https://www.globex.com",
    "company": "Globex",
    "kind": "demo",
    "form": "demo",
    "campaign": "spring",
    "country": "US",
    "region": "US-CA",
    "postal_code": "94105",
    "city": "San Francisco",
    "industry": "software",
    "employees": 120,
    "annual_revenue": 1_200_000.5,
    "expected_amount": "5000",
    "job_title": "CTO",
    "source": "website",
    "language": "en",
    "product_interest": "suite",
    "message": "Please call\nme",
    "utm": {"source": "google", "medium": "cpc"},
    "attributes": {"size": "large", "seats": 12, "trial": True, "tags": ["a", "b"]},
    "external_id": "crm-1",
    "consent": True,
    "test": False,
}
SIGNAL: Mapping[str, Any] = {
    "domain": "globex.com",
    "kind": "pricing_visit",
    "title": "Looked at prices",
    "text": "Twice",
    "strength": 0.8,
    "source_url": "https://www.example.com/prices",
    "observed_at": "2026-03-03T16:00:00Z",
}
ACTS: Mapping[str, Mapping[str, Any]] = {
    "accept": {"rep": "REP", "attempt": 1},
    "decline": {"rep": "REP", "reason": "not_my_field", "note": "No"},
    "respond": {"rep": "REP", "channel": "call", "note": "Talked"},
    "claim": {"rep": "REP"},
    "reassign": {"rep": "REP", "reason": "holiday", "counts": True},
    "release": {"reason": "wrong"},
    "route": {},
    "spam": {"reason": "robot"},
    "duplicate": {"of": "LEAD"},
    "restore": {},
    "park": {"reason": "later", "review_date": "2027-01-01"},
    "match": {"account": "Globex", "same": True},
    "outcome": {"stage": "won", "amount": 1200.5, "reason": ""},
}
OTHERS: Mapping[str, Mapping[str, Any]] = {
    "rep-pause": {"until": "2026-12-01T09:00:00+01:00", "reason": "training"},
    "rep-hand-over": {"to": "REP", "leads": "open"},
    "rep-leaving": {"leaves_at": "2026-12-01T09:00:00+01:00", "to": "REP"},
    "pool-members": {"rep": "REP", "weight": 2, "caps": {"day": 10}},
    "webhooks": {"name": "CRM", "url": "https://crm.example/x", "events": ["lead.assigned"], "active": True},
    "routing-pause": {"reason": "maintenance"},
    "publish": {"note": "First", "at": None},
    "rollback": {"to": 1},
    "repair": {"from": 1, "to": 1},
    "simulations": {"lead": dict(LEAD), "at": "2026-03-03T16:00:00Z", "version": "draft"},
    "replays": {"days": 7},
}
"""Name of an address → a body that is right, or nearly."""
SAMPLE = yaml.safe_load(FULL)


@dataclass
class World:
    """What is there to be attacked: an installation with one row of everything, and its friends' browsers."""

    api: Client
    boss: Client
    rep: Client
    visitor: Client
    person: Rep
    leads: Sequence[Lead]
    rows: Sequence[Any]
    inbound: str = ""
    form: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def ids(self) -> Sequence[str]:
        return [str(row.uuid) for row in self.rows if hasattr(row, "uuid")]

    @cached_property
    def pages(self) -> Mapping[str, Tree]:
        """Address of an admin page → its form as it stands."""
        return _pages_of(self.boss, self.rows)


LEADS = 25
"""How many there are to be changed: what is done with one may end it."""
Door = Callable[[Random, World], Shot]


@contextmanager
def a_world() -> Iterator[World]:
    """For several tests, each of which has what it does rolled back."""
    with transaction.atomic():
        yield make_world()
        transaction.set_rollback(True)
    forget_keys()


def make_world() -> World:
    """Filled and signed in."""
    forget_keys()
    rows = fill(NOW)
    person, lead = rows["rep"], rows["lead"]
    assert isinstance(person, Rep)
    assert isinstance(lead, Lead)
    person.user = User.objects.create_user("rep@acme.example")
    person.save()
    boss, rep = Client(), Client()
    boss.force_login(User.objects.create_superuser("boss"))
    rep.force_login(person.user)
    secret = create_api_key(name="fuzz", scopes=Scope.values, test_email="tester@acme.example").secret
    api = Client(headers={"Authorization": f"Bearer {secret}"})
    leads = [lead, *(make_owned_lead(NOW, person) for _ in range(LEADS - 1))]
    for one in leads[1:]:
        own(one, person, NOW)
    return World(api, boss, rep, Client(), person, leads, list(rows.values()))


# --- programs: JSON --------------------------------------------------------------------------------------------------


def leads(chance: Random, world: World) -> Shot:
    wanted = chance.sample(sorted(LEAD), chance.randint(1, 12))
    return _json(chance, "POST", f"{API}/leads", {"email": f"p{chance.randrange(10**6)}@globex.com"} | _only(wanted))


def change_lead(chance: Random, world: World) -> Shot:
    wanted = chance.sample(sorted(LEAD), chance.randint(1, 6))
    return _json(chance, "PATCH", f"{API}/leads/{chance.choice(world.leads).uuid}", _only(wanted))


def signals(chance: Random, world: World) -> Shot:
    subject = chance.choice(({}, {"email": "mia@globex.com"}, {"lead": str(chance.choice(world.leads).uuid)}))
    return _json(chance, "POST", f"{API}/signals", {**SIGNAL, **subject})


def acts(chance: Random, world: World) -> Shot:
    name = chance.choice(sorted(ACTS))
    return _json(chance, "POST", f"{API}/leads/{chance.choice(world.leads).uuid}/{name}", _named(ACTS[name], world))


def everything_else(chance: Random, world: World) -> Shot:
    """Every other address of the API that can be sent something, those of tomorrow too."""
    pattern, method = chance.choice(WRITTEN)
    name = str(pattern.name)
    section = name.removesuffix("-one").replace("-", "_")
    rows = SAMPLE.get(section, {})
    tree = chance.choice(rows) if isinstance(rows, list) and rows else rows
    tree = {"name": tree} if isinstance(tree, str) else tree or _named(OTHERS.get(name, {}), world)
    return _json(chance, method.upper(), _filled(pattern, chance, world), tree)


def _answers(method: str, *but: str) -> list[tuple[URLPattern, str]]:
    """The addresses of the API that know a method."""
    views = [(pattern, getattr(pattern.callback, "view_class", None)) for pattern in api_patterns]
    return [
        (pattern, method)
        for pattern, view in views
        if pattern.name not in but and hasattr(view, method) and method in view.http_method_names
    ]


OF_ITS_OWN = ("leads", "lead", "signals", "unknown", *(f"lead-{name}" for name in ACTS))
WRITTEN = _answers("post", *OF_ITS_OWN) + _answers("patch", *OF_ITS_OWN)
READ = _answers("get", "unknown")


def reads(chance: Random, world: World) -> Shot:
    """Every address that is read, with parameters of all kinds."""
    pattern, _ = chance.choice(READ)
    view: Any = getattr(pattern.callback, "view_class", None)
    names = sorted(view.known_parameters()) if hasattr(view, "known_parameters") else []
    asked = [
        (name, hostile.text(chance)[:2000]) for name in chance.sample(names, min(len(names), chance.randint(1, 2)))
    ]
    query = "?" + hostile.urlencoded(asked).decode("latin-1") if chance.random() < 0.9 else hostile.query(chance)
    address = hostile.path(chance, _filled(pattern, chance, world)) + query
    return Shot("GET", address, headers=hostile.headers(chance))


def _only(names: Sequence[str]) -> dict[str, Any]:
    return {name: LEAD[name] for name in names}


def _named(body: Mapping[str, Any], world: World) -> dict[str, Any]:
    known = {"REP": world.person.email, "LEAD": str(world.leads[0].uuid)}
    return {name: known.get(value, value) if isinstance(value, str) else value for name, value in body.items()}


def _filled(pattern: URLPattern, chance: Random, world: World) -> str:
    route = str(pattern.pattern)
    while "<" in route:
        before, _, rest = route.partition("<")
        route = before + chance.choice(world.ids) + rest.partition(">")[2]
    return f"{API}/{route}"


def _json(chance: Random, method: str, address: str, tree: Tree) -> Shot:
    """A body that was right, spoilt in one of the ways that there are."""
    tree = hostile.mutated(chance, tree) if chance.random() < 0.85 else tree
    body = hostile.written(tree, ascii_only=chance.random() < 0.8)
    return around(chance, method, address, body, "application/json", tree)


def around(chance: Random, method: str, address: str, body: bytes, content_type: str, tree: Tree) -> Shot:
    """The same with bytes, type, length, headers, address or method that are wrong, each now and then."""
    if chance.random() < 0.1:
        body = hostile.garbled(chance, body)
    if chance.random() < 0.07:
        content_type = chance.choice(hostile.CONTENT_TYPES)
        body = chance.choice(
            (body, hostile.urlencoded(hostile.flat(tree)), hostile.multipart(hostile.flat(tree), chance))
        )
    environ: dict[str, Any] = {}
    if address.startswith(API) and chance.random() < 0.03:
        environ = {"CONTENT_LENGTH": chance.choice(hostile.LENGTHS)}  # elsewhere the server refuses what is no number
    if chance.random() < 0.02:
        environ = {"CONTENT_LENGTH": "", "wsgi.input_terminated": "yes", "HTTP_TRANSFER_ENCODING": "chunked"}
    method = chance.choice(hostile.METHODS) if chance.random() < 0.02 else method
    address = hostile.path(chance, address) + hostile.query(chance)
    return Shot(method, address, body, content_type, hostile.headers(chance), environ)


# --- people: forms ---------------------------------------------------------------------------------------------------


def admin(chance: Random, world: World) -> Shot:
    address = chance.choice(sorted(world.pages))
    return as_form(chance, address, dict(world.pages[address]))


def inbox(chance: Random, world: World) -> Shot:
    fields = {"rep": world.person.email, "reason": "spam", "note": "No", "channel": "call", "stage": "won",
              "amount": "5",
              "from": "2026-03-03", "to": "2026-03-04", "starts": "2026-03-03T10:00", "ends": "2026-03-04T10:00",
              "until": "2026-03-03T10:00", "kind": "slack", "target": "https://hooks.slack.com/x", "do": "accept",
              "tap": "3", "proof": "x", "code": "12", "username": "rep@acme.example", "password": "x",
              "email": "rep@acme.example", "attempt": "1",
              "calendar_url": "https://calendar.example/a.ics"}  # fmt: skip
    lead = chance.choice(world.leads)
    token = sign(ActionLink(lead.pk, world.person.pk, 1))
    address = chance.choice((f"/a/{token}", f"/a/{token[:-4]}", *_inbox_addresses(lead)))
    return as_form(chance, address, fields)


def _inbox_addresses(lead: Lead) -> list[str]:
    [inbox_pages] = [pattern for pattern in inbox_patterns if str(pattern.pattern) == "inbox/"]
    found: list[str] = []
    for pattern in inbox_pages.url_patterns:
        inner = getattr(pattern, "url_patterns", None) or [None]
        for one in inner:
            route = str(pattern.pattern) + (str(one.pattern) if one else "")
            found.append(
                "/inbox/"
                + route.replace("<uuid:uuid>", str(lead.uuid)).replace("<uidb64>", "MQ").replace("<token>", "x")
            )
    return [address for address in found if "logout" not in address]


def as_form(chance: Random, address: str, fields: Mapping[str, str]) -> Shot:
    tree = hostile.mutated(chance, fields) if chance.random() < 0.9 else fields
    pairs = hostile.flat(tree)
    if chance.random() < 0.3:
        body, content_type = hostile.multipart(pairs, chance), f"multipart/form-data; boundary={hostile.BOUNDARY}"
    else:
        body, content_type = hostile.urlencoded(pairs), "application/x-www-form-urlencoded"
    return around(chance, "POST", address, body, content_type, tree)


class Fields(HTMLParser):
    """What a browser would send of a page's largest form."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.forms: list[dict[str, str]] = []
        self._choice = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        given = dict(attributes)
        if tag == "form":
            self.forms.append({})
        name = given.get("name")
        if not self.forms:
            return
        if tag in ("input", "textarea", "select") and name:
            self._choice = name if tag == "select" else ""
            self.forms[-1].setdefault(name, given.get("value") or "")
        elif tag == "option" and "selected" in given and self._choice:
            self.forms[-1][self._choice] = given.get("value") or ""


def _pages_of(boss: Client, rows: Sequence[Any]) -> dict[str, Tree]:
    found: dict[str, Tree] = {reverse("admin:login"): {"username": "boss", "password": "x", "next": "/admin/"}}
    for row in rows:
        name = f"admin:{row._meta.app_label}_{row._meta.model_name}"
        listed = reverse(f"{name}_changelist")
        found[listed] = {"action": "delete_selected", "_selected_action": str(row.pk), "post": "yes"}
        for address in (reverse(f"{name}_change", args=[row.pk]), reverse(f"{name}_add")):
            answer = boss.get(address)
            if answer.status_code == 200:
                found[address] = max(Fields(answer.content.decode()).forms, key=len, default={})
    return found
