"""The doors for visitors, for programs that send what they like, and for files."""

from __future__ import annotations

import io
from collections.abc import Mapping
from functools import cache
from random import Random
from typing import Any

from openpyxl import Workbook

from routing.models import Form, FormField
from routing.services.inbound.addresses import make_address, path_of
from tests.forms.conftest import QUESTIONS
from tests.inbound.conftest import MAPPING
from tests.security import hostile
from tests.security.doors import API, World, around, as_form
from tests.security.hostile import Shot

FORM_PATH = "/f/fuzz/"
MANY = 10**6
SENT: Mapping[str, Any] = {
    "id": "evt-1",
    "contact": {"email": "mia@globex.com", "phone": "+14155552671", "name": "Mia Chen"},
    "size": "11-50",
    "agreed": True,
    "more": {"plan": "large", "tags": ["a", "b"]},
}
HEADER = ("email", "first_name", "country", "employees", "attributes.plan", "consent")
ROWS = (("mia@globex.com", "Mia", "US", "120", "large", "yes"), ("leo@globex.com", "Leo", "DE", "", "small", "no"))
TYPES = {
    "csv": "text/csv",
    "jsonl": "application/x-ndjson",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


def open_doors() -> str:
    """Make a form, and an address of whose path this is the end."""
    form = Form.objects.create(
        name="Fuzz", slug="fuzz", kind="demo", consent_text="Call me", address_limit=MANY, form_limit=MANY
    )
    for position, question in enumerate(QUESTIONS):
        FormField.objects.create(form=form, position=position, **question)
    return path_of(make_address(values={"name": "Fuzz", "kind": "demo", "mapping": MAPPING, "minute_limit": MANY}).key)


def forms(chance: Random, world: World) -> Shot:
    """As a browser sends it, and as its script does."""
    number = chance.randrange(10**9)
    fields = {**world.form, "email": f"p{number}@globex.com", "first_name": "Mia", "message": "Hello", "consent": "on",
              "lr_key": f"00000000-0000-4000-8000-{number:012d}"}  # fmt: skip
    if chance.random() < 0.7:
        return as_form(chance, FORM_PATH, fields)
    tree = hostile.mutated(chance, fields)
    return around(chance, "POST", FORM_PATH, hostile.written(tree), "application/json", tree)


def inbound(chance: Random, world: World) -> Shot:
    """JSON in a form of its own, or the fields of one."""
    tree = {**SENT, "id": f"evt-{chance.randrange(10**9)}"}
    tree = hostile.mutated(chance, tree) if chance.random() < 0.85 else tree
    address = world.inbound if chance.random() < 0.97 else world.inbound[:-3]
    if chance.random() < 0.2:
        return as_form(
            chance, address, {"contact.email": "mia@globex.com", "size": "7", **dict(hostile.flat(tree)[:1])}
        )
    return around(chance, "POST", address, hostile.written(tree), "application/json", tree)


def uploads(chance: Random, world: World) -> Shot:
    """Files that are torn, that say they are something else, or whose cells are hostile."""
    kind = chance.choice(sorted(TYPES))
    body = _file(kind) if chance.random() < 0.5 else _hostile_file(chance)
    if chance.random() < 0.6:
        body = hostile.garbled(chance, body)
    address = API + chance.choice(("/leads/import", "/imports?section=leads", "/imports?section=accounts"))
    if chance.random() < 0.4:
        options = [
            ("mapping", b'{"E-Mail": "email"}'),
            ("section", b"leads"),
            ("delimiter", hostile.text(chance)[:100]),
        ]
        parts = hostile.multipart([("file", body), *chance.sample(options, chance.randrange(3))], chance)
        named = parts.replace(b'name="file"', b'name="file"; filename="../../leads.csv"', 1)
        return around(chance, "POST", address, named, f"multipart/form-data; boundary={hostile.BOUNDARY}", {})
    return around(chance, "POST", address, body, chance.choice((TYPES[kind], *TYPES.values())), {})


@cache
def _file(kind: str) -> bytes:
    if kind == "csv":
        return "\n".join(",".join(row) for row in (HEADER, *ROWS)).encode()
    if kind == "jsonl":
        return b"\n".join(hostile.written(dict(zip(HEADER, row, strict=True))) for row in ROWS)
    book, file = Workbook(), io.BytesIO()
    for row in (HEADER, *ROWS):
        book.active.append(row)  # type: ignore[union-attr]  # a new one has a sheet
    book.save(file)
    return file.getvalue()


def _hostile_file(chance: Random) -> bytes:
    rows = [[hostile.text(chance)[:3000] for _ in HEADER] for _ in range(chance.randint(1, 5))]
    quoted = (b",".join(b'"' + cell.replace(b'"', b'""') + b'"' for cell in row) for row in rows)
    return ",".join(HEADER).encode() + b"\n" + b"\n".join(quoted)
