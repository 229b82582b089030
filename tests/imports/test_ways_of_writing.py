"""Dates, numbers and postal codes as spreadsheets of several countries have them."""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import UTC, datetime, time
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from reps.models import TimeOff
from routing.models import Account, Lead, Territory
from routing.services.importing.shown import documents_of
from routing.services.imports import start
from routing.services.imports.dates import first_part, iso_day, iso_instant, refuse_unclear, without_midnight
from routing.services.imports.numbers import in_english
from routing.services.imports.postal import filled
from routing.services.imports.rows_out import error_file
from routing.spreadsheets.write import Sheet, xlsx_file
from tests.factories import make_rep, make_settings
from tests.imports.doing import brought_in, checked, confirmed, csv, fresh, rows_by_state, work_off

pytestmark = pytest.mark.django_db
BERLIN = ZoneInfo("Europe/Berlin")


def workbook(header: Sequence[str], *rows: Sequence[Any]) -> bytes:
    with xlsx_file([Sheet("a", header, rows)]) as file:
        return file.read()


# --- dates -------------------------------------------------------------------------------------------------------


@pytest.mark.one_database("it reads no table")
@pytest.mark.parametrize(
    ("text", "first", "iso"),
    [
        ("31.12.2026", "", "2026-12-31"), ("3.4.2026", "month", "2026-04-03"), ("31.12.26", "", "2026-12-31"),
        ("12/31/2026", "", "2026-12-31"), ("31/12/2026", "month", "2026-12-31"), ("12/31/26", "", "2026-12-31"),
        ("03/04/2026", "day", "2026-04-03"), ("03/04/2026", "month", "2026-03-04"), ("4/4/2026", "", "2026-04-04"),
        ("12/31/2026 9:05 PM", "", "2026-12-31 21:05"), ("31.12.2026 09:00:30", "", "2026-12-31 09:00:30"),
        ("12/31/2026, 12:00 a.m.", "", "2026-12-31 00:00"), ("31-12-2026", "", "2026-12-31"),
        ("03/04/2026", "", "03/04/2026"), ("31/02/2026", "", "31/02/2026"), ("2026-12-31", "", "2026-12-31"),
        ("26-12-31", "", "26-12-31"), ("soon", "", "soon"),
    ],
)  # fmt: skip
def test_days_are_read_as_their_country_writes_them(text: str, first: str, iso: str) -> None:
    assert iso_day(text, first) == iso


@pytest.mark.one_database("it reads no table")
@pytest.mark.parametrize(
    ("texts", "first"),
    [
        (["03/04/2026", "12/31/2026"], "month"), (["03/04/2026", "31/12/2026"], "day"), (["03/04/2026"], ""),
        (["12/31/2026", "31/12/2026"], ""), (["31.12.2026", "03/04/2026"], ""), ([], ""),
    ],
)  # fmt: skip
def test_one_date_of_a_column_tells_how_all_are_written(texts: list[str], first: str) -> None:
    assert first_part(texts) == first


@pytest.mark.one_database("it reads no table")
def test_a_date_that_can_be_two_says_how_to_write_either() -> None:
    with pytest.raises(ValueError, match="Write 2026-04-03 or 2026-03-04"):
        refuse_unclear("03/04/2026")


@pytest.mark.one_database("it reads no table")
def test_an_instant_without_a_zone_is_one_of_the_company() -> None:
    assert iso_instant("2026-12-01 09:00:00", BERLIN) == "2026-12-01T08:00:00Z"
    assert iso_instant("2026-12-01T09:00:00+05:00", BERLIN) == "2026-12-01T04:00:00Z"
    assert iso_instant("2026-12-01", BERLIN) == "2026-12-01"


@pytest.mark.one_database("it reads no table")
def test_a_day_that_a_spreadsheet_shows_with_its_midnight_is_a_day() -> None:
    assert [without_midnight(f"2026-12-01{rest}") for rest in ("", " 00:00:00", " 09:00:00")] == [
        "2026-12-01", "2026-12-01", "2026-12-01 09:00:00"
    ]  # fmt: skip


def test_leave_with_american_dates_is_written_though_only_some_rows_are(now: datetime) -> None:
    """What the dates of the whole file told holds for the rows that are still to be written."""
    make_rep("Ana", email="ana@acme.example", timezone="UTC")
    lines = ["ana@acme.example,12/31/2026,01/02/2027", "nobody@acme.example,03/04/2027,03/25/2027",
             "ana@acme.example,05/06/2027,05/07/2027"]  # fmt: skip

    found = confirmed("time_off", csv(*lines, header="Rep,Start date,End date"), now)

    assert rows_by_state(found) == {"new": [1, 3], "rejected": [2]}
    assert {day.isoformat() for day in TimeOff.objects.values_list("starts_at__date", flat=True)} == {
        "2026-12-31", "2027-05-06"
    }  # fmt: skip
    assert "dates of “From” were read with the month first, as 12/31/2026" in found.report["notes"]


def test_dates_that_nobody_can_tell_are_refused_in_their_cells(now: datetime) -> None:
    content = csv("West,US,03/04/2026", header="Territory,Country,From")

    found = start.start_import(section="territories", file_name="", stream=io.BytesIO(content), now=now)
    start.check(imported=found, now=now)
    work_off(now)

    assert "can be two days" in fresh(found).rows.get().errors["From"][0]


def test_an_instant_of_a_workbook_is_one_of_the_company(now: datetime) -> None:
    make_settings(timezone="Europe/Berlin")
    ana = make_rep("Ana", email="ana@acme.example")
    content = workbook(
        ["E-mail", "Paused", "Paused until"], ["ana@acme.example", "yes", datetime(2026, 12, 1, 9, tzinfo=BERLIN)]
    )

    confirmed("reps", content, now)

    ana.refresh_from_db()
    assert ana.paused_until == datetime(2026, 12, 1, 9, tzinfo=BERLIN)


@pytest.mark.parametrize("midnight", ["2026-12-2{} 00:00:00", "12/2{}/2026 12:00 AM", "2{}.12.2026 00:00"])
def test_leave_from_midnight_to_midnight_is_of_whole_days_and_no_second_leave(midnight: str, now: datetime) -> None:
    make_rep("Ana", email="ana@acme.example", timezone="UTC")
    confirmed("time_off", csv("ana@acme.example,2026-12-20,2026-12-24", header="Rep,From,To"), now)

    line = f"ana@acme.example,{midnight.format(0)},{midnight.format(4)}"
    again = confirmed("time_off", csv(line, header="Rep,From,To"), now)

    assert rows_by_state(again) == {"unchanged": [1]}
    assert TimeOff.objects.get().ends_at == datetime(2026, 12, 25, tzinfo=UTC)


def test_leave_that_begins_or_ends_within_a_day_keeps_its_times(now: datetime) -> None:
    make_rep("Ana", email="ana@acme.example", timezone="UTC")

    confirmed("time_off", csv("ana@acme.example,2026-12-20 00:00,2026-12-20 12:00", header="Rep,From,To"), now)

    assert TimeOff.objects.get().ends_at == datetime(2026, 12, 20, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("zone", "span"),
    [
        ("America/New_York", "2026-12-20 09:00,9999-12-31 23:59:59"),
        ("Europe/Berlin", "01.01.0001 00:00:00,2026-12-20 09:00"),
        ("UTC", "2026-12-20T09:00:00Z,9999-12-31T23:59:59-05:00"),
    ],
)
def test_an_instant_at_an_end_of_the_calendar_refuses_its_row_only(zone: str, span: str, now: datetime) -> None:
    make_settings(timezone=zone)
    make_rep("Ana", email="ana@acme.example")
    lines = ["ana@acme.example,2027-01-04,2027-01-08", f"ana@acme.example,{span}"]

    found = confirmed("time_off", csv(*lines, header="Rep,From,To"), now)

    assert rows_by_state(found) == {"new": [1], "rejected": [2]}
    assert "too far away" in str(found.rows.get(number=2).errors)


def test_a_pause_until_a_day_ends_as_the_day_begins_where_the_company_is(now: datetime) -> None:
    make_settings(timezone="Europe/Berlin")
    ana = make_rep("Ana", email="ana@acme.example")

    confirmed("reps", csv("ana@acme.example,01.12.2026,Training", header="E-mail,Paused until,Pause reason"), now)

    ana.refresh_from_db()
    assert (ana.paused, ana.paused_reason) == (True, "Training")
    assert ana.paused_until == datetime(2026, 12, 1, tzinfo=BERLIN)


@pytest.mark.parametrize(("said", "paused"), [("", True), ("yes", True), ("no", False)])
def test_whoever_says_until_when_somebody_pauses_says_that_they_do(said: str, paused: bool, now: datetime) -> None:
    ana = make_rep("Ana", email="ana@acme.example")

    confirmed("reps", csv(f"ana@acme.example,{said},2026-12-01", header="E-mail,Paused,Paused until"), now)

    ana.refresh_from_db()
    assert ana.paused is paused


def test_quiet_hours_can_be_times_of_a_workbook(now: datetime) -> None:
    ana = make_rep("Ana", email="ana@acme.example")
    content = workbook(["E-mail", "Quiet from", "Quiet until"], ["ana@acme.example", time(20, 0), time(7, 0)])

    confirmed("reps", content, now)

    ana.refresh_from_db()
    assert (ana.quiet_from, ana.quiet_until) == (time(20, 0), time(7, 0))


# --- numbers -----------------------------------------------------------------------------------------------------


@pytest.mark.one_database("it reads no table")
@pytest.mark.parametrize(
    ("text", "english"),
    [
        ("1,5", "1.5"), ("0,125", "0.125"), ("1.234.567,89", "1234567.89"), ("1.234.567", "1234567"),
        ("1.234,5", "1234.5"), ("-2,25", "-2.25"), ("1234,567", "1234.567"), ("1,23456", "1.23456"),
        ("1,204", "1,204"), ("1.204", "1.204"), ("1,234.5", "1,234.5"), ("1,5,5", "1,5,5"),
    ],
)  # fmt: skip
def test_german_numbers_are_read_where_they_are_certain(text: str, english: str) -> None:
    assert in_english(text) == english


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("1.234", "1234"), ("1.234,50 €", "1234.50"), ("1,234", "1234"), ("12.50", "12.50"), ("1'500", "1500"),
        ("1.500,-", "1500"), ("500 Euro", "500"), ("CHF 12’500.–", "12500"), ("1 234 567", "1234567"),
    ],
)  # fmt: skip
def test_amounts_of_money_have_no_thousandths(text: str, amount: str, now: datetime) -> None:
    brought_in(csv(f"mia@globex.com;{text}", header="E-mail;Budget"), now)

    assert Lead.objects.get().expected_amount == Decimal(amount)


def test_bounds_of_a_territory_have_no_thousandths_either(now: datetime) -> None:
    header = "Gebiet;Land;Umsatz ab;Umsatz bis;Mitarbeiter ab;Mitarbeiter bis"

    confirmed("territories", csv("Nord;DE;500.000;1.000.000 €;1.000;5.000", header=header), now)

    (north,) = documents_of("territories", list(Territory.objects.all()))
    assert north["annual_revenue"] == {"min": 500_000, "max": 1_000_000}
    assert north["employees"] == {"min": 1_000, "max": 5_000}


def test_a_cell_that_is_a_number_is_never_taken_for_thousands(now: datetime) -> None:
    confirmed("territories", workbook(["Gebiet", "Land", "Umsatz ab"], ["Nord", "DE", 1.234]), now)

    (north,) = documents_of("territories", list(Territory.objects.all()))
    assert north["annual_revenue"] == {"min": 1.234}


# --- postal codes ------------------------------------------------------------------------------------------------


@pytest.mark.one_database("it reads no table")
@pytest.mark.parametrize(
    ("value", "country", "code"),
    [
        (1067, "DE", "01067"), (1067.0, "Deutschland", "01067"), (501, "US", "00501"), (94105, "US", "94105"),
        (1010, "AT", 1010), (1067, "", 1067), (1067, "Atlantis", 1067), ("1067", "DE", "1067"), (True, "DE", True),
        (150, "NO", "0150"), (1310100, "Brazil", "01310100"), (600001, "JP", "0600001"),
        (10.5, "DE", 10.5), (float("inf"), "DE", float("inf")),
    ],
)  # fmt: skip
def test_zeros_that_a_number_lost_are_put_back_where_the_country_tells(value: Any, country: str, code: Any) -> None:
    assert filled(value, country) == code


def test_a_lead_gets_the_zero_of_its_postal_code_back_and_its_row_says_so(now: datetime) -> None:
    content = workbook(["E-mail", "Country", "PLZ"], ["mia@globex.com", "DE", 1067], ["leo@globex.com", "AT", 1010])

    found = brought_in(content, now)

    assert list(Lead.objects.order_by("pk").values_list("postal_code", flat=True)) == ["01067", "1010"]
    assert found.rows.get(number=1).errors["PLZ"][0].startswith("Read as 01067")
    assert list(found.report["notes"].values()) == [1]


def test_a_short_code_of_no_country_is_kept_and_its_row_says_what_may_be_missing(now: datetime) -> None:
    found = checked(workbook(["E-mail", "PLZ"], ["mia@globex.com", 1067], ["leo@globex.com", 94105]), now)

    assert "If the code begins with 0" in found.rows.get(number=1).errors["PLZ"][0]
    assert found.rows.get(number=2).errors == {}


def test_a_short_text_is_kept_as_it_is_with_a_warning(now: datetime) -> None:
    found = brought_in(csv("mia@globex.com,DE,1067", header="E-mail,Country,PLZ"), now)

    assert Lead.objects.get().postal_code == "1067"
    assert "have 5 digits" in found.rows.get().errors["PLZ"][0]


def test_a_rejected_row_has_the_zero_in_the_file_of_errors_too(now: datetime) -> None:
    found = checked(workbook(["E-mail", "Land", "PLZ"], ["nobody", "DE", 1067]), now)

    assert b"nobody,DE,01067," in b"".join(error_file(found))


def test_a_rejected_row_of_a_territory_has_it_by_the_country_in_another_row(now: datetime) -> None:
    content = workbook(
        ["Gebiet", "Land", "PLZ", "Besitzer"], ["Sachsen", "DE", 1067, "x@y.example"], ["Sachsen", None, 1069, None]
    )

    found = confirmed("territories", content, now)

    assert [row.values["PLZ"] for row in found.rows.filter(state="rejected").order_by("number")] == ["01067", "01069"]


def test_codes_of_a_territory_get_their_zeros_by_the_country_in_another_row(now: datetime) -> None:
    content = workbook(
        ["Gebiet", "Land", "PLZ"], ["Sachsen", "DE", 1067], ["Sachsen", None, 1069], ["West", "DE", "94*"]
    )

    found = confirmed("territories", content, now)

    assert Territory.objects.get(name="Sachsen").postal_codes == ["01067", "01069"]
    assert list(found.report["notes"].values()) == [2]


def test_codes_of_accounts_get_their_zeros_too(now: datetime) -> None:
    confirmed("accounts", workbook(["Firma", "Land", "PLZ"], ["Globex", "DE", 1067]), now)

    assert Account.objects.get().postal_code == "01067"
