"""What people write in cells, and that it comes back from an export as it was."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from routing.services.imports.sections import cells
from routing.services.imports.sections.columns import cells_of
from routing.services.imports.sections.territories import COLUMNS

pytestmark = pytest.mark.one_database("it reads no table")


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        (cells.CODES, "US, CA;MX\n DE", ["US", "CA", "MX", "DE"]),
        (cells.NAMES, "Washington, DC; Berlin", ["Washington, DC", "Berlin"]),
        (cells.NAMES, '"Acme; Inc."; "say ""hi"""; 5" pipes', ["Acme; Inc.", 'say "hi"', '5" pipes']),
        (cells.NAMES, '"x"";y"', ['x";y']),
        (cells.HOURS, "mon-fri 09:00-12:00, 13:00-17:00", {"mon-fri": ["09:00-12:00", "13:00-17:00"]}),
        (cells.HOURS, "Always", "always"),
        (cells.LEVELS, "open source 2, kubernetes: 3", {"open source": 2, "kubernetes": 3}),
        (cells.PEOPLE, "csm: ana@x.example; sdr: bob@x.example", {"csm": "ana@x.example", "sdr": "bob@x.example"}),
        (cells.LEVELS, "a: b 2; c:: 1; tcp:80:3", {"a: b": 2, "c:": 1, "tcp:80": 3}),
        (cells.AMOUNT, "500.000", 500_000),
        (cells.AMOUNT, "1.000", 1_000),
        (cells.AMOUNT, "1,234.50 €", 1234.5),
        (cells.AMOUNT, "1.2340", 1.234),
        (cells.WHOLE, "1.000", 1_000),
        (cells.WHOLE, "12'500", 12_500),
        (cells.TIME, "20:00:00", "20:00"),
        (cells.TIME, "7:00", "07:00"),
        (cells.TIME, "8:00 PM", "20:00"),
        (cells.TIME, "20:00 Uhr", "20:00"),
        (cells.CAP, "40 all", {"limit": 40, "all": True}),
        (cells.WHOLE, "1,204", 1204),
        (cells.NUMBER, "1,5", 1.5),
        (cells.NUMBER, "1,500", 1500),
        (cells.FLAG, "Ja", True),
        (cells.MOMENT, "2026-12-20 09:00+01:00", "2026-12-20T08:00:00Z"),
        (cells.DAY, "1.2.2027", "2027-02-01"),
    ],
)
def test_cells_are_read_as_they_are_meant(kind, text, value):
    assert kind.read(text) == value


@pytest.mark.parametrize(
    "values", [["a", "b"], ["x;y", "q,r"], ['"', '""', 'a"b'], ["a\nb", "  c"], ["=1+1", "@x", "'quoted'", "'=x"]]
)
def test_lists_come_back_as_they_were_written(values):
    stripped = [value.strip() for value in values]

    assert cells.NAMES.read(cells.NAMES.write(values)) == stripped
    assert cells.CODES.read(cells.CODES.write(values)) == stripped


def test_a_level_that_is_no_plain_number_is_no_level():
    with pytest.raises(ValueError, match="has no level"):
        cells.LEVELS.read("x ²")


@pytest.mark.parametrize("topic", ["a: b", "a:", ":a", "tcp:80", "a 2", "a; b"])
def test_levels_come_back_whatever_the_topic_is_called(topic):
    assert cells.LEVELS.read(cells.LEVELS.write({topic: 3})) == {topic: 3}


@pytest.mark.parametrize("amount", [1.234, 12345.678, 1234, 0.125, -1.5])
def test_amounts_come_back_as_they_were_written(amount):
    assert cells.AMOUNT.read(cells.text_of(cells.AMOUNT.write(amount))) == amount


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, ""), (True, "yes"), (1067.0, "1067"),
        (datetime(2026, 12, 20, 9, tzinfo=UTC), "2026-12-20T09:00:00+00:00"),
        ("'tis", "'tis"), (["a", "b;c"], 'a; "b;c"'),
    ],
)  # fmt: skip
def test_values_of_spreadsheets_are_taken_as_text(value, text):
    assert cells.text_of(value) == text


def test_a_cell_that_was_made_to_stall_is_read_at_once():
    for text in (" " * 50_000 + ";", '"' * 50_000, '"a;' * 15_000, "a " * 25_000):
        cells.NAMES.read(text)
        cells.HOURS.read(text)


def test_a_list_too_long_for_a_cell_goes_on_in_further_rows():
    codes = [f"{number:05d}" for number in range(10_000)]

    rows = cells_of(COLUMNS, {"name": "Saxony", "postal_codes": codes})

    places = [column.name for column in COLUMNS]
    assert {row[places.index("name")] for row in rows} == {"Saxony"}
    assert [code for row in rows for code in cells.CODES.read(row[places.index("postal_codes")])] == codes
    assert max(len(row[places.index("postal_codes")]) for row in rows) < 32_767
