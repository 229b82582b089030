"""Files that leave: no cell is a formula, whatever strangers and colleagues have typed."""

from __future__ import annotations

import csv
import io
import unicodedata
from collections.abc import Iterator
from itertools import cycle
from typing import Any

import pytest
import time_machine
from django.contrib import admin
from django.test import Client
from django.urls import reverse
from openpyxl import load_workbook

from routing.models import Account, Lead
from routing.spreadsheets.write import neutral
from tests.conftest import NOW
from tests.security.payloads import CANARY, FORMULAS, PAYLOADS

admin.autodiscover()

pytestmark = pytest.mark.one_database("a file is the same whatever its rows come from")
TRIGGERS = "=+-@\t\r\n\0"
FILES = [
    (page.opts.app_label, page.opts.model_name, what, kind)
    for page in admin.site._registry.values()
    for what in getattr(page, "exports", ())
    for kind in ("csv", "xlsx")
]


@pytest.fixture(autouse=True)
def _frozen(planted: object, db: None) -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


def cells(kind: str, content: bytes) -> list[Any]:
    if kind == "csv":
        return [cell for row in csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")) for cell in row]
    book = load_workbook(io.BytesIO(content))
    found = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
    assert [cell.value for cell in found if cell.data_type == "f" or cell.hyperlink] == []
    return [cell.value for cell in found if isinstance(cell.value, str)]


def acts(text: str) -> bool:
    """Whether a spreadsheet takes it for a formula: a sign, also after what cannot be seen, and full-width ones."""
    plain = unicodedata.normalize("NFKC", text.lstrip(" \u00a0\ufeff\u200b\0"))
    number = plain.lstrip("+-").replace(".", "", 1).replace(",", "").isdigit()
    return plain[:1] in tuple(TRIGGERS) and plain != "" and not number


@pytest.mark.parametrize(("app", "model", "what", "kind"), FILES)
def test_no_cell_of_an_exported_list_is_a_formula(boss: Client, app: str, model: str, what: str, kind: str) -> None:
    formulas, planted = cycle(FORMULAS), 0
    for table, names in ((Lead, ("company", "first_name", "last_name")), (Account, ("industry",))):
        for row in table._default_manager.all():
            table._default_manager.filter(pk=row.pk).update(**{name: next(formulas) for name in names})
            planted += len(names)
    assert planted >= len(FORMULAS)  # each at least once

    answer = boss.get(reverse(f"admin:{app}_{model}_export", args=[what, kind]))

    content = b"".join(answer) if answer.streaming else answer.content
    found = cells(kind, content)
    assert [cell for cell in found if acts(cell)] == []
    assert any(CANARY in cell for cell in found) or what == "time_off"  # it holds addresses and days
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Disposition"].startswith("attachment")


@pytest.mark.parametrize("payload", [*PAYLOADS, "-1+cmd|' /C calc'!A0", "+1 415 555 2671x", "--1", "=", "@a"])
def test_no_cell_written_is_a_formula(payload: str) -> None:
    assert not acts(str(neutral(payload)))


@pytest.mark.parametrize("value", [-5, -1.5, 0, True, None, NOW])
def test_what_is_no_text_stays_as_it_is(value: Any) -> None:
    assert neutral(value) == value
