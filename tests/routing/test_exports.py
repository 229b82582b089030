"""Lists as files: what they hold, and that no cell of theirs is a formula."""

from __future__ import annotations

import csv
import io
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from openpyxl import load_workbook

from reps.models import Rep, TimeOff
from routing.models import (
    Account,
    Decision,
    Ledger,
    LedgerAccount,
    LookupRow,
    LookupTable,
    Pool,
    Territory,
)
from routing.models import Lead as LeadRow
from routing.services.exports import EXPORTS, TooMany, csv_of, tables, xlsx_of
from routing.services.statement import statement
from tests.factories import make_account, make_lead, make_owned_lead, make_pool, make_rep

pytestmark = pytest.mark.django_db
STARTS = [
    "=", "+", "-", "@", "\t=", "\r=", "＝", "＋", "－", "＠", " =", "\u00a0@", "'=", '"=', "\ufeff+", "\n-",
    ";=", "−", "%0A=", "\t",
]  # fmt: skip
PAYLOADS = [f"{start}cmd|' /C calc'!A{number}" for number in range(10) for start in STARTS]


def rows_of(name, listed):
    return list(csv.DictReader(io.StringIO(b"".join(csv_of(name, listed)).decode("utf-8-sig"), newline="")))


@pytest.fixture
def company(now):
    """Every text that somebody outside can choose is a formula."""
    rep = make_rep("Ana", email="ana@acme.example", about="=1+1")
    Rep.objects.update(name="=HYPERLINK(1)")
    pool = make_pool(rep, name="@SUM(1)")
    LedgerAccount.objects.create(ledger=pool.ledger, rep=rep, balance=500_000_000)
    LeadRow.objects.bulk_create(
        LeadRow(
            email=f"{number}@customer.example", first_name=text[:100], company=text, message=text, submitted_at=now,
            source=text[:100], attributes={text: text}, route_after=now,
        )
        for number, text in enumerate(PAYLOADS)
    )  # fmt: skip
    account = make_account("=Globex", domains=("globex.com",), industry="+1")
    Territory.objects.create(name="-Saxony", countries=["DE"], cities=["=1+1", "@b"], owner_rep=rep)
    LookupRow.objects.create(table=LookupTable.objects.create(name="=Partners"), key="+49", rep=rep)
    TimeOff.objects.create(rep=rep, starts_at=now, ends_at=now + timedelta(days=2), reason="=holiday")
    Decision.objects.create(
        lead=LeadRow.objects.earliest("pk"), outcome="held", reason="=1+1", rule_name="@rule", decided_at=now
    )
    return {
        "leads": LeadRow.objects.all(),
        "decisions": LeadRow.objects.all(),
        "ledgers": Ledger.objects.all(),
        "statement": statement(rep=Rep.objects.get(), since=now - timedelta(days=1), until=now),
        "reps": Rep.objects.all(),
        "members": Pool.objects.all(),
        "territories": Territory.objects.all(),
        "accounts": Account.objects.filter(pk=account.pk),
        "tables": LookupTable.objects.all(),
        "time_off": TimeOff.objects.all(),
    }


def begins_a_formula(value):
    text = str(value).lstrip(' \u00a0\ufeff\n"') if isinstance(value, str) else ""
    return text[:1] in {*"=+-@\t\r", "＝", "＋", "－", "＠", "−"}


@pytest.mark.one_database("cells are the same everywhere")
@pytest.mark.parametrize("name", EXPORTS)
def test_no_cell_of_any_export_is_a_formula(company, name):
    cells = [cell for row in rows_of(name, company[name]) for cell in row.values()]
    with xlsx_of(name, company[name]) as file:
        sheet = [cell for row in load_workbook(file).active.iter_rows(min_row=2) for cell in row]

    numbers = [cell for cell in cells if begins_a_formula(cell)]
    assert cells
    assert all(float(number) <= 0 for number in numbers)  # balances may be negative
    assert [cell.value for cell in sheet if cell.data_type == "f" or begins_a_formula(cell.value)] == []


def test_texts_come_back_as_they_were_but_for_the_mark(company):
    marked = [row["Message"] for row in rows_of("leads", company["leads"].order_by("pk"))]

    assert [text.removeprefix("'") for text in marked[:4]] == PAYLOADS[:4]


def test_leads_are_written_in_the_order_of_the_list(now):
    rep = make_rep("Ana", email="ana@acme.example")
    make_owned_lead(now, rep, company="Globex")
    make_lead(now, company="Initech", submitted_at=now - timedelta(days=1))

    rows = rows_of("leads", LeadRow.objects.order_by("submitted_at"))

    assert [row["Company"] for row in rows] == ["Initech", "Globex"]
    assert rows[1]["Owner's e-mail"] == "ana@acme.example"
    assert rows[1]["Received (UTC)"] == "2026-03-03 16:00:00+00:00"


@pytest.mark.parametrize("name", [name for name in EXPORTS if name != "statement"])
def test_queries_do_not_grow_with_rows(company, name):
    few = _queries(name, company[name])
    Rep.objects.bulk_create(Rep(name=f"Rep {n}", email=f"r{n}@acme.example") for n in range(20))
    pool, table = Pool.objects.get(), LookupTable.objects.get()
    pool.members.bulk_create(pool.members.model(pool=pool, rep=rep) for rep in Rep.objects.filter(name__startswith="R"))
    LookupRow.objects.bulk_create(LookupRow(table=table, key=f"k{n}", pool=pool) for n in range(20))
    Territory.objects.bulk_create(Territory(name=f"T{n}", countries=["DE"], owner_pool=pool) for n in range(20))
    Account.objects.bulk_create(Account(name=f"A{n}", name_key=f"a{n}") for n in range(20))

    assert _queries(name, company[name].all()) == few


def _queries(name, listed):
    with CaptureQueriesContext(connection) as seen:
        list(csv_of(name, listed))
    return len(seen)


def test_a_workbook_that_would_be_too_long_says_what_to_do_instead(company, monkeypatch):
    monkeypatch.setattr(tables, "MOST_XLSX_ROWS", 5)

    with pytest.raises(TooMany, match="CSV"):
        xlsx_of("leads", company["leads"])


def test_a_statement_adds_up(company):
    opening, *lines, closing = rows_of("statement", company["statement"])

    changes = sum(float(row["Change (leads)"]) for row in lines)
    assert float(closing["Balance (leads)"]) == float(opening["Balance (leads)"]) + changes


def test_leave_from_a_calendar_is_not_exported(company):
    TimeOff.objects.update(calendar_uid="x@calendar")

    assert rows_of("time_off", TimeOff.objects.all()) == []
