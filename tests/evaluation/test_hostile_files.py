"""Files that were written after the deals ended, or by any program: found out by what stands in them, or read right."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from random import Random

import pytest

from routing.evaluation.dates import read_dates
from routing.evaluation.kinds import kinds_of
from routing.evaluation.telling import how_telling
from tests.evaluation.past_deals import rows_of_file
from tests.evaluation.test_command import evaluated, refusal, warned

HEAD = rows_of_file()[0]
REP, SIZE = 0, 3


def known_afterwards(of: Callable[[Random, bool], str], *, column: int = SIZE) -> list[str]:
    """What stands in a column depends on the outcome, more or less."""
    random = Random(2)
    rows = [line.split(",") for line in rows_of_file()[1:]]
    for row in rows:
        row[column] = of(random, row[1] == "won") or row[column]
    return [HEAD, *(",".join(row) for row in rows)]


@pytest.mark.parametrize(
    ("of", "why"),
    [
        (lambda random, won: str(random.gauss(50 if won else 10, 8)), "its values tell the outcome"),
        (lambda random, won: "ab"[won == (random.random() < 0.95)], "its values tell the outcome"),
        (lambda random, won: "signed" if won and random.random() < 0.5 else "", "leads with “signed” were won"),
    ],
    ids=["a number that is higher if won", "right in 95 of 100 rows", "a value that only won ones have"],
)
def test_columns_that_tell_the_outcome_under_an_innocent_name_are_refused(
    tmp_path: Path, of: Callable[[Random, bool], str], why: str
) -> None:
    text = refusal(tmp_path, known_afterwards(of))

    assert "Known only after the outcome, so nothing to route by: “size” (" in text
    assert why in text


def test_two_columns_that_tell_the_outcome_only_together_are_refused(tmp_path: Path) -> None:
    lines = [line.split(",") for line in rows_of_file()[1:]]
    for number, row in enumerate(lines):
        row[2:4] = str(number % 2), str(number % 2 ^ (row[1] == "won"))

    text = refusal(tmp_path, [HEAD, *(",".join(row) for row in lines)])

    assert "“source” and “size” together tell which leads were won" in text


def test_deals_that_change_hands_when_they_are_won_are_refused(tmp_path: Path) -> None:
    lines = known_afterwards(lambda random, won: "Closer" if won and random.random() < 0.6 else "", column=REP)

    assert "The column given by --rep is written when a deal is won: " in refusal(tmp_path, lines)


def test_lost_deals_that_are_handed_to_somebody_are_asked_about(tmp_path: Path) -> None:
    lines = known_afterwards(lambda random, won: "Queue" if not won and random.random() < 0.4 else "", column=REP)

    assert "of “Queue” was won. If lost deals are handed to them, leave them out" in warned(tmp_path, lines)


def test_columns_that_honestly_tell_much_are_taken() -> None:
    """Demo requests are won in 30 of 100 cases, all others in half of one: that ranks well, and nobody is sure."""
    random = Random(3)
    kinds = [random.random() < 0.1 for _ in range(4_000)]

    found = how_telling(kinds, [random.random() < (0.3 if demo else 0.005) for demo in kinds])

    assert found.ranks > 0.8
    assert not found.gives_away


def test_many_values_alone_tell_nothing() -> None:
    random = Random(4)

    found = how_telling(range(2_000), [random.random() < 0.3 for _ in range(2_000)])

    assert found == pytest.approx((0.5, 0.3), abs=0.05)


def test_one_column_for_two_things_is_refused(tmp_path: Path) -> None:
    assert "--rep and --outcome are the same column, “outcome”" in refusal(tmp_path, rep="outcome")


def test_columns_that_make_more_kinds_than_there_are_leads_for_are_left_out() -> None:
    columns = [[str(place // step % 20) for place in range(8_000)] for step in (1, 20, 400)]
    warnings: list[str] = []

    dimensions, segments = kinds_of(("a", "b", "c"), columns, 8_000, warnings)

    assert (dimensions, len(set(segments))) == (("a", "b"), 400)
    assert warnings == ["The column “c” is left out: with it there would be more than 400 kinds of lead."]


def test_old_encodings_are_read_and_said(tmp_path: Path) -> None:
    lines = rows_of_file(owner=lambda number: f"Zoë {number % 3}")

    assert "was read as Windows-1252" in warned(tmp_path, lines, encoding="latin-1")


def test_nothing_in_a_file_acts_on_the_terminal(tmp_path: Path) -> None:
    lines = rows_of_file(owner=lambda number: "\x1b[31mCleo" if number == 5 else f"Rep {number % 3}")

    assert "\x1b" not in warned(tmp_path, lines)


@pytest.mark.parametrize(
    "form",
    ["24-12-2025", "24-Dec-2025", "24 December 2025", "Dec 24, 2025 3:05 PM", "2025-12-24 10:00:00 UTC", "20251224"],
)
def test_days_are_read_as_programs_write_them(form: str) -> None:
    assert read_dates([form]).days == {form: date(2025, 12, 24).toordinal()}


@pytest.mark.parametrize("form", ["0001-01-01", "9999-12-31", "45000", "24.12.25"])
def test_what_is_no_day_of_our_times_is_not_read(form: str) -> None:
    assert read_dates([form]).unreadable == {form}


def test_the_day_on_which_deals_ended_is_asked_about(tmp_path: Path) -> None:
    lines = [HEAD.replace("created", "close_date"), *rows_of_file()[1:]]

    assert "“close_date” (--date) is called like the end of a deal" in warned(tmp_path, lines, date="close_date")


def test_cells_of_several_lines_are_one_cell(tmp_path: Path) -> None:
    lines = rows_of_file(size=lambda number: '"small,\nor ""tiny"""' if number % 3 else "large")

    assert evaluated(tmp_path, lines)["deals"] == 300
