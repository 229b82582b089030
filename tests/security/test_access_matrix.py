"""Every address × every role × every method: what opens is listed, all else is refused and writes nothing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, timedelta
from functools import cache
from typing import Any, NamedTuple

import pytest
import time_machine
from django.conf import settings
from django.contrib import admin
from django.contrib.auth.models import Group, User
from django.contrib.contenttypes.models import ContentType
from django.db import connection, models, transaction
from django.template import base as templates
from django.test import Client
from django.utils.safestring import SafeString

from leadrouting import viewer
from reps.models import Rep, Team, TimeOff
from routing.admin import rep_actions
from routing.api.authentication import forget_keys
from routing.models import (
    Account,
    ApiKey,
    Assignment,
    Form,
    Import,
    Lead,
    OutboxMessage,
    Pool,
    Rule,
    Territory,
    Webhook,
    WebhookDelivery,
)  # fmt: skip
from routing.services.access import Role
from routing.services.action_links import ActionLink, sign
from routing.services.api_keys import create_api_key
from routing.services.inbound.addresses import make_address
from routing.services.privacy.audit_log import note
from tests.admin.conftest import fill
from tests.admin.test_roles import ADDS, DELETES, SEES
from tests.api.test_keys_and_scopes import NEEDED
from tests.conftest import NOW
from tests.factories import make_owned_lead, make_rep, make_team
from tests.security.access_table import (
    ADMIN,
    ANONYMOUS,
    BY_NAME,
    DEACTIVATED,
    EXPIRED,
    FORM,
    KEY_OF_A,
    KEYS,
    MANAGER,
    OPS,
    PEOPLE,
    PROGRAMS,
    READ_ONLY,
    REP_A,
    REP_B,
    REVOKED,
    STAFF,
    UNNAMED,
    Access,
)
from tests.security.routes import Route, all_routes

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.one_database("who may open what is decided before any database is asked about rows"),
]
SAFE, UNSAFE = ("GET", "HEAD", "OPTIONS"), ("POST", "PUT", "PATCH", "DELETE")
REFUSED = {401, 403, 404, 405, 410}
ROLE_OF = {MANAGER: Role.MANAGER, OPS: Role.SALES_OPS, READ_ONLY: Role.READ_ONLY, ADMIN: Role.ADMIN}
BY_ROLE = {Role.MANAGER: MANAGER, Role.SALES_OPS: OPS, Role.READ_ONLY: READ_ONLY, Role.ADMIN: ADMIN}
HEADERS = {
    "X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY", "Cross-Origin-Opener-Policy": "same-origin",
}  # fmt: skip


GIVEN = ("Permissions-Policy", "Referrer-Policy", "Cross-Origin-Resource-Policy")
NOWHERE = ("/api/v1/nothing", "/api/v2/leads", "/admin/nothing/", "/nothing", "/.env", "/static/../manage.py")


class World(NamedTuple):
    """A company, the values that stand in addresses, and a client for each who comes."""

    values: dict[str, Any]
    rows: dict[str, Any]
    clients: dict[str, Client]


@pytest.fixture(scope="module")
def world(django_db_setup: None, django_db_blocker: Any) -> Iterator[World]:
    """Made once; whatever a cell writes is rolled back."""
    with django_db_blocker.unblock(), transaction.atomic(), time_machine.travel(NOW, tick=False), no_rendering():
        forget_keys()
        yield make_world()
        transaction.set_rollback(True)
        forget_keys()


@contextmanager
def no_rendering() -> Iterator[None]:
    """Pages stay empty, without menu and without the viewer's time zone: who may open them is decided before."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(templates.Template, "render", lambda self, context: SafeString(""))
        patch.setitem(settings.UNFOLD["SIDEBAR"], "navigation", [])
        full_list = admin.site.get_app_list
        patch.setattr(
            admin.site, "get_app_list", lambda request, app_label=None: app_label and full_list(request, app_label)
        )
        patch.setattr(viewer.ViewerMiddleware, "zone_of", lambda self, request: UTC)
        yield


def make_world() -> World:
    rows: dict[str, Any] = fill(NOW)
    rep_a, rep_b = make_rep("Rep A", team=rows["team"]), make_rep("Rep B")
    manager = make_rep("Manager")
    manager.team = make_team(manager=manager)
    manager.save()
    people = {role: make_user(role) for role in PEOPLE if role != ANONYMOUS}
    for role, rep in ((REP_A, rep_a), (REP_B, rep_b), (MANAGER, manager)):
        rep.user = people[role]
        rep.save()
    User.objects.filter(pk=people[DEACTIVATED].pk).update(is_active=False)
    rows |= {"rep_b": rep_b, "lead_b": lead_of(rep_b), "leave_b": leave_of(rep_b)}
    rows["form"] = Form.objects.earliest("pk")
    Import.objects.get_or_create(section="leads", format="csv", defaults={"created_at": NOW, "columns": ["email"]})
    rows["inbound_key"] = make_address(values={"name": "Typeform", "mapping": {"email": "email"}}).key
    note(action="signed_in", user=people[ADMIN], now=NOW)
    return World(values_of(rows), rows, {**people_clients(people), **program_clients(rep_a, rows["form"])})


def make_user(role: str) -> User:
    user = User.objects.create_user(f"{role}@acme.example", f"{role}@acme.example", is_staff=True)
    if role in ROLE_OF:
        user.groups.add(Group.objects.get(name=ROLE_OF[role].value))
    if role in (REP_A, REP_B):
        user.groups.add(Group.objects.get(name=Role.REP.value))
    if role == DEACTIVATED:
        user.groups.add(Group.objects.get(name=Role.ADMIN.value))
    return user


def lead_of(rep: Any) -> Lead:
    lead = make_owned_lead(NOW, rep, phone="+14155552671")
    Assignment.objects.create(
        lead=lead, rep=rep, attempt=1, method="round_robin", assigned_at=NOW, due_at=NOW + timedelta(minutes=5)
    )  # fmt: skip
    return lead


def leave_of(rep: Any) -> TimeOff:
    return TimeOff.objects.create(rep=rep, starts_at=NOW + timedelta(days=1), ends_at=NOW + timedelta(days=2))


def people_clients(people: dict[str, User]) -> dict[str, Client]:
    clients = {ANONYMOUS: Client(raise_request_exception=False)}
    for role, user in people.items():
        clients[role] = Client(raise_request_exception=False)
        clients[role].force_login(user)
    return clients


def program_clients(rep_a: Any, form: Form) -> dict[str, Client]:
    made = {REVOKED: create_api_key(name="revoked", scopes=list(KEYS.values()))}
    made[EXPIRED] = create_api_key(name="expired", scopes=list(KEYS.values()), expires_at=NOW - timedelta(seconds=1))
    made[KEY_OF_A] = create_api_key(name="A", scopes=["leads:read", "leads:write", "signals:write"], rep=rep_a)
    made |= {role: create_api_key(name=role, scopes=[scope]) for role, scope in KEYS.items()}
    ApiKey.objects.filter(name="revoked").update(revoked_at=NOW)
    ApiKey.objects.update(last_used_at=NOW)  # so that reading writes nothing at all
    secrets = {role: key.secret for role, key in made.items()} | {FORM: form.slug}
    return {
        role: Client(raise_request_exception=False, headers={"Authorization": f"Bearer {secret}"})
        for role, secret in secrets.items()
    }


def values_of(rows: dict[str, Any]) -> dict[str, Any]:
    lead = rows["lead_b"]
    return {
        "slug": rows["form"].slug, "token": sign(ActionLink(lead.pk, rows["rep_b"].pk, 1)), "uuid": lead.uuid,
        "uidb64": "MQ", "id": lead.uuid, "rep": rows["rep"].uuid, "number": 1, "content_type_id": 1, "object_id": 1,
        "section": "leads", "what": "leads", "kind": "csv", "name": "reassign", "app_label": "routing",
        "url": "nothing-here/", "version_id": 1,
    }  # fmt: skip


# --- the table ---------------------------------------------------------------------------------------------------


@cache
def access_of(route: Route) -> Access | None:
    """What is declared for an address; None: nothing is."""
    if route.text in UNNAMED:
        return UNNAMED[route.text]
    if route.text in BY_NAME:
        return BY_NAME[route.text]
    if route.name in BY_NAME:
        return BY_NAME[route.name]
    if route.of_model:
        return of_model(*route.of_model)
    return None


def of_model(model: type[models.Model], page: str) -> Access:
    label = model._meta.label
    sees, adds, deletes = (
        frozenset(BY_ROLE[role] for role in BY_ROLE if label in table[role]) for table in (SEES, ADDS, DELETES)
    )
    if label in SEES[Role.REP]:
        sees |= {REP_B} if page not in ("changelist",) else {REP_A, REP_B}
    changes = adds | (sees & deletes)
    return {
        "changelist": Access(sees, sees), "history": Access(sees, sees), "simple_history": Access(sees),
        "redirect": Access(STAFF, STAFF), "add": Access(adds, adds), "delete": Access(deletes, deletes),
        "change": Access(sees, CHANGED_WITHOUT_ADDING.get(label, changes)),
    }[page]  # fmt: skip


CHANGED_WITHOUT_ADDING = {"routing.RoutingSettings": frozenset({OPS, ADMIN}), "routing.Departure": frozenset()}


def test_every_address_is_in_the_table_and_every_entry_has_an_address() -> None:
    routes = [route for route in all_routes() if not is_api(route)]
    names = {route.name for route in routes} | {route.text for route in routes}

    assert [route for route in routes if access_of(route) is None] == []
    assert sorted((BY_NAME.keys() | UNNAMED.keys()) - names - {"api/v1/", "api:schema", "api:docs"}) == []


def test_there_is_a_row_of_everything_that_the_admin_shows(world: World) -> None:
    shown = admin.site._registry
    assert [model._meta.label for model in shown if not model._default_manager.exists()] == []


# --- the cells ---------------------------------------------------------------------------------------------------


def is_api(route: Route) -> bool:
    return route.name.startswith("api:")


def address_of(route: Route, world: World) -> str:
    values = dict(world.values)
    model = route.model_of_page
    if model is not None:
        row = world.rows["lead_b"] if model is Lead else model._default_manager.order_by("pk").first()
        pk = getattr(row, "pk", 1)
        values["what"] = EXPORTED.get(str(model._meta.model_name), "")
        values |= {"object_id": pk, "key": pk, "id": pk, "number": getattr(row, "number", 1)}
        if hasattr(row, "history") and "/history/(" in route.text:
            values["version_id"] = row.history.first().pk
    return route.address(values | SPECIAL.get(route.name, lambda world: {})(world))


EXPORTED = {
    "account": "accounts", "lookuptable": "tables", "lead": "leads", "ledger": "ledgers", "pool": "members",
    "territory": "territories", "rep": "reps", "timeoff": "time_off",
}  # fmt: skip
BODIES = {"inbox:arrange_ways": b"way=email&do=earlier"}
SPECIAL: dict[str, Any] = {
    "inbox:change_leave": lambda world: {"uuid": world.rows["leave_b"].uuid},
    "inbox:remove_leave": lambda world: {"uuid": world.rows["leave_b"].uuid},
    "inbox:set_password": lambda world: {"token": "cx2-0123456789abcdef"},
    "inbound:receive": lambda world: {"key": world.rows["inbound_key"]},
    "forms:thanks": lambda world: {"token": "x"},
    "admin:reps_rep_do": lambda world: {"name": next(iter(rep_actions.ACTIONS))},
    "admin:routing_work_start": lambda world: {"kind": "lint"},
    "admin:view_on_site": lambda world: {"content_type_id": ContentType.objects.get_for_model(Lead).pk},
}
QUERIES = {
    "admin:autocomplete": "?app_label=routing&model_name=account&field_name=owner&term=B",
    "admin:search": "?s=b",
}


class Answer(NamedTuple):
    status: int
    to_sign_in: bool
    wrote: bool
    headers: Any

    @property
    def refused(self) -> bool:
        return self.to_sign_in or self.status in REFUSED


def written() -> int:
    return connection.connection.total_changes if connection.vendor == "sqlite" else 0


def ask(client: Client, method: str, address: str, body: bytes = b"", content_type: str = "") -> Answer:
    """One cell; whatever it does is undone."""
    cookies = dict(client.cookies)
    with transaction.atomic():
        before = written()
        answer = client.generic(method, address, body, content_type or "application/x-www-form-urlencoded")
        wrote = written() != before
        transaction.set_rollback(True)
    client.cookies.clear()  # such as after signing out
    client.cookies.update(cookies)
    to_sign_in = answer.status_code == 302 and "/login/" in answer["Location"] and "logout" not in address
    return Answer(answer.status_code, to_sign_in, wrote, answer.headers)


def wrong_headers(headers: Any, role: str) -> list[str]:
    wrong = [name for name, value in HEADERS.items() if headers.get(name) != value]
    wrong += [name for name in GIVEN if name not in headers]
    policy = headers.get("Content-Security-Policy", "")
    script = next((part for part in policy.split("; ") if part.startswith("script-src")), "'unsafe-inline'")
    wrong += ["Content-Security-Policy"] if "'unsafe-inline'" in script or "default-src" not in policy else []
    wrong += ["Cache-Control"] if role != ANONYMOUS and "no-store" not in headers.get("Cache-Control", "") else []
    return wrong


MAY_BE_KEPT = {
    "forms:thanks",
    "forms:embed",
    "inbox:manifest",
    "inbox:worker",
    "inbox:offline",
    "api:schema",
    "api:docs",
    "forms:form",
}
AS_GET = ("HEAD", "OPTIONS", "PUT", "PATCH")
"""Pages answer them as they answer GET: whoever may open a page is not asked four times more, all others are."""
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
    if not answer.refused and role not in allowed and answer.status != 200 and method == "OPTIONS":
        return "opens"
    if not answer.refused and role not in allowed and not (method == "OPTIONS" and not answer.wrote):
        return "opens"
    if answer.wrote and (answer.refused or (reads and not route.name.endswith(NOTED))):
        return "writes"
    if answer.wrote and route.name == "inbox:remove_leave" and role in FOREIGN:
        return "removes what is another's"
    if role in allowed and answer.refused and answer.status != 405 and (method == "GET" or method == "POST"):
        return "is refused"
    return ""


@pytest.mark.parametrize("role", [*PEOPLE, FORM, KEY_OF_A])
def test_pages_open_for_those_in_the_table_and_for_nobody_else(world: World, role: str) -> None:
    wrong = []
    for route in all_routes():
        if is_api(route) and route.name not in BY_NAME:
            continue
        address = address_of(route, world) + QUERIES.get(route.name, "")
        for method in (*SAFE, *UNSAFE):
            if method in AS_GET and role in (access_of(route) or Access()).read:
                continue
            answer = ask(world.clients[role], method, address, BODIES.get(route.name, b"") if method == "POST" else b"")
            if found := judge(route, role, method, answer):
                wrong.append(f"{method} {address} {found} ({answer.status}) for {role}")
            bad = wrong_headers(answer.headers, role) if method == "GET" and answer.status != 405 else []
            if bad and (bad != ["Cache-Control"] or route.name not in MAY_BE_KEPT):
                wrong.append(f"{method} {address} for {role} has the wrong {', '.join(bad)}")

    assert not wrong, "\n".join(wrong)


# --- the API -----------------------------------------------------------------------------------------------------

OF_LEADS = ("leads", "lead", "decisions", "timeline", "why")
MAKES_NO_SENSE = b"[]"
NOT_FOR_REPS = ("api/v1/imports", "api/v1/leads/import", "api/v1/persons")
SECTIONS_TOO = ("key for config:write", "key for leads:write")
"""Which of the two an import needs depends on its section; another's is not found."""
API_VALUES: dict[str, Any] = {
    "signals": None, "webhooks": Webhook, "webhook-deliveries": WebhookDelivery, "reps": Rep, "pools": Pool,
    "teams": Team, "rules": Rule, "accounts": Account, "territories": Territory, "forms": Form, "outbox": OutboxMessage,
}  # fmt: skip


def api_address(route: Route, world: World) -> str:
    section = route.text.removeprefix("api/v1/").partition("/")[0]
    model = API_VALUES.get(section)
    row = model._default_manager.order_by("pk").first() if model else None
    return route.address(world.values | ({"id": getattr(row, "uuid", row.pk)} if row else {}))


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


@pytest.mark.parametrize("role", [*PROGRAMS, ANONYMOUS, ADMIN])
def test_the_api_opens_for_keys_with_the_scope_and_for_nobody_else(world: World, role: str) -> None:
    wrong = []
    for route in all_routes():
        if not is_api(route) or route.name in BY_NAME or route.text in UNNAMED:
            continue
        address = api_address(route, world)
        for method in (*SAFE, *UNSAFE):
            answer = ask(world.clients[role], method, address, MAKES_NO_SENSE, "application/json")
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
    assert {ask(world.clients[role], method, address).refused for method in (*SAFE, *UNSAFE)} == {True}


def test_every_scope_of_the_table_has_an_address() -> None:
    named = {route.name.removeprefix("api:") for route in all_routes() if is_api(route)}

    assert {name for name, _ in NEEDED} <= named
    assert named - {name for name, _ in NEEDED} == {"schema", "docs", "unknown"}
