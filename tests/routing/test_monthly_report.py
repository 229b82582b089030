"""The report of a month: the workbook says what the insights say."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from openpyxl import load_workbook

from routing.insights.load import load_by_rep
from routing.insights.speed import punctuality, rep_delay, speed_to_owner, speed_to_response, system_delay
from routing.models import Assignment, Lead, LedgerAccount, Work
from routing.services.monthly_report import month_before, month_figures, read_month, write_workbook
from routing.services.monthly_report.months import NoSuchMonth
from routing.services.work import run_next, start
from routing.services.work_progress import CannotRun
from tests.conftest import NOW
from tests.factories import make_lead, make_owned_lead, make_pool, make_rep, make_rule, make_settings

pytestmark = pytest.mark.django_db
LATER = datetime(2026, 4, 15, 12, tzinfo=UTC)


@pytest.fixture
def march(now):
    """Ten leads of two reps: every second one answered within four minutes, the others after twenty."""
    make_settings(timezone="Europe/Berlin")
    reps = [make_rep("Ana", email="ana@acme.example"), make_rep("=Bob", email="bob@acme.example")]
    pool = make_pool(*reps, name="SMB")
    rule = make_rule(name="=Demos", pool=pool)
    for number in range(10):
        when, rep = now + timedelta(days=number), reps[number % 2]
        answered = when + timedelta(minutes=4 if number % 2 else 20)
        lead = make_owned_lead(
            when, rep, owned_at=when + timedelta(seconds=number), source="web", first_response_at=answered,
            outcome="won" if number == 3 else "", amount=1200 if number == 3 else None,
            outcome_at=answered if number == 3 else None,
        )  # fmt: skip
        Assignment.objects.create(
            lead=lead, rep=rep, pool=pool, rule=rule, method="round_robin", sla="five-minutes",
            assigned_at=lead.owned_at, alerted_at=lead.owned_at, due_at=when + timedelta(minutes=5),
            responded_at=answered, breached_at=None if number % 2 else when + timedelta(minutes=5),
        )  # fmt: skip
    make_lead(now, source="web", test=True)
    make_lead(datetime(2026, 3, 31, 22, 30, tzinfo=UTC), source="web")  # April in Berlin
    LedgerAccount.objects.create(ledger=pool.ledger, rep=reps[0], balance=250_000_000)
    return read_month("2026-03", now=LATER)


def sheet(book, name):
    """The rows of a sheet by its first column."""
    header, *rows = book[name].iter_rows(values_only=True)
    return {row[0]: dict(zip(header, row, strict=True)) for row in rows if row[0] is not None}


@pytest.fixture
def book(march):
    with write_workbook(month_figures(march, now=LATER)) as file:
        return load_workbook(file)


def test_a_month_is_one_of_the_companys_calendar(march):
    assert (march.period.start, march.period.end) == (
        datetime(2026, 2, 28, 23, tzinfo=UTC), datetime(2026, 3, 31, 22, tzinfo=UTC),
    )  # fmt: skip


@pytest.mark.parametrize(("today", "month"), [("2026-01-05", "2025-12"), ("2026-04-15", "2026-03")])
def test_the_last_month_that_is_over_is_offered(db, today, month):
    make_settings(timezone="UTC")

    assert month_before(datetime.fromisoformat(f"{today}T12:00:00+00:00")) == month


@pytest.mark.one_database("text is the same everywhere")
@pytest.mark.parametrize("text", ["2026-13", "2026-1", "March", "", "2026-05", "0000-01", "2026-00"])
def test_what_is_no_month_that_has_begun_is_refused(db, text):
    make_settings(timezone="UTC")

    with pytest.raises(NoSuchMonth):
        read_month(text, now=LATER)


def test_the_summary_says_what_the_insights_say(march, book):
    said = {row[0]: row[1] for row in book["Summary"].iter_rows(values_only=True)}
    due = punctuality(march.period, now=LATER)

    assert said["Leads received"] == 10
    assert (said["First answers due"], said["    in time"]) == (due.due, due.in_time) == (10, 5)
    assert said["Breaches noticed"] == 5
    assert (said["Won"], said["Amount won"]) == (1, 1200)


@pytest.mark.parametrize(
    ("title", "insight"),
    [
        ("From the request to the first owner", speed_to_owner),
        ("From the request to the first answer", speed_to_response),
        ("System: from the request to the decision", system_delay),
        ("Rep: from the alert to the answer", rep_delay),
    ],
)
def test_speeds_are_those_of_the_insights(march, book, title, insight):
    row = next(row for row in book["Summary"].iter_rows(values_only=True) if row[0] == title)
    speed = insight(march.period)

    assert row[1:4] == (speed.count, speed.p50, speed.p90)
    assert row[5] == speed.within


def test_reps_are_those_of_the_insights(march, book):
    rows, loads = sheet(book, "By rep"), load_by_rep(march.period, now=LATER)

    assert {name.removeprefix("'"): row["Leads got"] for name, row in rows.items()} == {r.name: r.leads for r in loads}
    assert rows["Ana"]["Balance now (leads)"] == 0.25
    assert (rows["Ana"]["Share in time"], rows["'=Bob"]["Share in time"]) == (0, 1)


def test_every_breakdown_adds_up_to_the_leads(book):
    for name, column in (("By pool", "Leads got"), ("By rule", "Leads got"), ("SLA", "Leads got"),
                         ("By source", "Received"), ("By territory", "Received"), ("By day", "Received")):  # fmt: skip
        assert sum(row[column] for row in sheet(book, name).values()) == 10, name


def test_days_are_those_of_the_company(book):
    days = sheet(book, "By day")

    assert len(days) == 31
    assert days[datetime(2026, 3, 3)]["Received"] == 1  # noqa: DTZ001  # as the workbook has it


def test_numbers_have_formats_headers_stay_and_charts_are_there(book):
    page = book["By rep"]

    assert page.freeze_panes == "B2"
    assert page["G2"].number_format == "0.0%"
    assert [len(book[name]._charts) for name in ("By rep", "By day")] == [1, 1]
    assert page.column_dimensions["A"].width == 30


def test_no_name_becomes_a_formula(book):
    cells = [cell for page in book for row in page.iter_rows() for cell in row]

    assert [cell.value for cell in cells if cell.data_type == "f"] == []


def test_statements_are_there_line_by_line(book):
    lines = list(book["Statement lines"].iter_rows(min_row=2, values_only=True))

    assert [(line[0], line[5]) for line in lines] == [("Ana", "Opening balance"), ("Ana", "Closing balance")]


def test_queries_do_not_grow_with_leads(march):
    few = _queries(march)
    source = Lead.objects.exclude(owner=None).earliest("pk")
    for number in range(30):
        make_owned_lead(NOW, source.owner, source=f"source {number}")

    assert _queries(march) == few


def _queries(month):
    with CaptureQueriesContext(connection) as seen:
        month_figures(month, now=LATER)
    return len(seen)


@time_machine.travel(LATER, tick=False)
def test_the_command_writes_the_file(march, tmp_path, capsys):
    call_command("monthly_report", "--month", "2026-03", "--out", str(tmp_path / "march.xlsx"))

    assert "March 2026: 10 leads" in capsys.readouterr().out
    assert "Summary" in load_workbook(tmp_path / "march.xlsx").sheetnames


@time_machine.travel(LATER, tick=False)
def test_the_command_refuses_a_month_in_words(db, tmp_path):
    make_settings(timezone="UTC")

    with pytest.raises(CommandError, match="such as 2026-10"):
        call_command("monthly_report", "--month", "spring", "--out", str(tmp_path / "x.xlsx"))


def test_it_runs_as_work_and_is_taken_from_its_page(march, django_user_model):
    user = django_user_model.objects.create_superuser("boss")
    client = Client()
    client.force_login(user)
    with time_machine.travel(LATER, tick=False):
        work = start(kind=Work.Kind.MONTH, params={"month": "2026-03"}, user=user, now=LATER)
        assert run_next(clock=lambda: LATER)
        html = client.get(reverse("admin:routing_work_change", args=[work.pk])).content.decode()
        response = client.get(reverse("admin:routing_work_month", args=[work.pk]))

    assert "Take the workbook" in html
    assert b"".join(response.streaming_content).startswith(b"PK")


def test_work_refuses_a_month_that_is_none(db):
    make_settings(timezone="UTC")

    with pytest.raises(CannotRun, match="2026-10"):
        start(kind=Work.Kind.MONTH, params={"month": "x"}, user=None, now=LATER)
