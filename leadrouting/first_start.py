"""What the first start makes and every start tells: sign-ins, the demo company, a key, a lead to send."""

from __future__ import annotations

import json
import secrets
import shlex
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from django.conf import settings
from django.contrib.auth.models import Group, User
from django.db import transaction
from django.urls import reverse

from reps.models import Rep, Team
from routing.clock import current_time
from routing.models import Form, Scope
from routing.services.access import Role
from routing.services.api_keys import create_api_key, usable_key
from routing.services.demo import NotEmpty, create_demo_company, example_lead
from routing.services.publish import published

ADMIN = "admin"
PASSWORD_BYTES = 9
PRESETS = "admin:routing_rule_presets"
"""The page “How do you share leads?”."""
INBOX = "inbox:leads"
FORM = "forms:form"
"""What a rep has on the phone."""
KEY_NAME = "Made by make run"


class SignIn(NamedTuple):
    """A user of the first start, with the password that is shown once."""

    name: str
    password: str
    what: str


def passwords_file() -> Path:
    """Where the passwords are kept that were made here, for the owner of the data folder only."""
    return Path(settings.PASSWORDS_FILE)


def key_file() -> Path:
    """Where the key of the example is kept, likewise."""
    return Path(settings.DATA_DIR) / "api_key"


def make_first_things(*, demo: bool) -> list[SignIn]:
    """On the very first start, when nobody can sign in yet: the demo company and the sign-ins."""
    if User.objects.exists():
        return []
    if demo:
        with suppress(NotEmpty):
            create_demo_company(now=current_time())
    return _make_sign_ins()


@transaction.atomic
def _make_sign_ins() -> list[SignIn]:
    """An administrator, and of the demo company a manager and a rep, each with a password of their own."""
    made = [SignIn(ADMIN, secrets.token_urlsafe(PASSWORD_BYTES), "may do everything")]
    User.objects.create_superuser(ADMIN, password=made[0].password)
    for rep, role in _demo_people():
        inbox = f"; their inbox: {_inbox()}" if role == Role.REP else ""
        what = f"{rep.name}, {role.value.lower()}{inbox}"
        sign_in = SignIn(rep.email, secrets.token_urlsafe(PASSWORD_BYTES), what)
        rep.user = User.objects.create_user(sign_in.name, rep.email, sign_in.password, is_staff=True)
        rep.user.groups.add(Group.objects.get(name=role.value))
        rep.save(update_fields=["user"])
        made.append(sign_in)
    _keep(passwords_file(), "".join(f"{sign_in.name}\t{sign_in.password}\n" for sign_in in made))
    return made


def _demo_people() -> Iterator[tuple[Rep, Role]]:
    """One who manages a team, and one who is there at any hour."""
    people = Rep.objects.filter(demo=True).order_by("pk")
    managers = people.filter(pk__in=Team.objects.values("manager"))
    yield from ((rep, Role.MANAGER) for rep in managers[:1])
    yield from ((rep, Role.REP) for rep in people.filter(hours=Rep.Hours.ALWAYS).exclude(pk__in=managers)[:1])


def example_key() -> str:
    """The secret of a key that may send and read leads: the one kept here, or a new one if that opens nothing."""
    path = key_file()
    secret = path.read_text(encoding="utf-8").strip() if path.exists() else ""
    if secret and usable_key(secret=secret, now=current_time()):
        return secret
    made = create_api_key(name=KEY_NAME, scopes=[Scope.LEADS_WRITE, Scope.LEADS_READ])
    _keep(path, made.secret + "\n")
    return made.secret


def greeting(sign_ins: Sequence[SignIn], secret: str) -> str:
    """What a person at the terminal needs to go on; where nothing is published yet, how to begin."""
    lines = ["", f"Lead routing runs at {local_address()}. Ctrl-C stops everything.", "", *_sign_in_lines(sign_ins), ""]
    if published() is None:
        page = f"{local_address()}{reverse(PRESETS)}"
        lines += [f"Nothing is published yet, so every lead waits. How do you share leads? {page}", ""]
    elif secret:
        lead = shlex.quote(json.dumps(example_lead()))
        headers = f"-H 'Authorization: Bearer {secret}' -H 'Content-Type: application/json'"
        lines += ["Send a lead:", "", f"  curl -X POST {local_address()}/api/v1/leads {headers} -d {lead}", ""]
        lines += _form_lines()
    return "\n".join(lines)


def local_address() -> str:
    """The address that works on this machine."""
    host = f"[{settings.HOST}]" if ":" in settings.HOST else settings.HOST
    return f"http://{host}:{settings.PORT}"


def _sign_in_lines(sign_ins: Sequence[SignIn]) -> list[str]:
    page = f"Sign in at {local_address()}/admin/"
    if sign_ins:
        width = max(len(sign_in.name) for sign_in in sign_ins)
        return [f"{page}:"] + [f"  {one.name:<{width}}  {one.password}  ({one.what})" for one in sign_ins]
    page += f", reps at {_inbox()}."
    if passwords_file().exists():
        return [f"{page} The passwords of the first start are kept in {passwords_file()}."]
    return [page]


def _form_lines() -> list[str]:
    """Where a visitor would leave their details, if there is a form."""
    form = Form.objects.active().order_by("-demo", "name").first()
    return [f"or fill in a form: {local_address()}{reverse(FORM, args=[form.slug])}", ""] if form else []


def _inbox() -> str:
    return f"{local_address()}{reverse(INBOX)}"


def _keep(path: Path, text: str) -> None:
    path.unlink(missing_ok=True)
    path.touch(mode=0o600)
    path.write_text(text, encoding="utf-8")
