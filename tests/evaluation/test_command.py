"""`manage.py evaluate`: the report to the letter, and bad input refused in a sentence that says what to do."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from datetime import date
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from tests.evaluation.past_deals import deals_of, file_of, rows_of_file, skilled

MAPPED = {"rep": "owner", "outcome": "outcome", "won": "won", "segments": "source,size", "date": "created"}
POLICY = {"name": str, "uplift": float, "low": float, "high": float, "claims_uplift": bool}


def evaluated(
    folder: Path, lines: Sequence[str] | None = None, *, encoding: str = "utf-8", **options: Any
) -> dict[str, Any]:
    path = file_of(folder, lines if lines is not None else rows_of_file(), encoding=encoding)
    call_command("evaluate", csv=str(path), json=str(folder / "out.json"), stdout=StringIO(), **MAPPED | options)
    found: dict[str, Any] = json.loads((folder / "out.json").read_text(encoding="utf-8"))
    return found


def refusal(folder: Path, lines: Sequence[str] | None = None, **options: Any) -> str:
    with pytest.raises(CommandError) as error:
        evaluated(folder, lines, **options)
    return str(error.value)


def warned(folder: Path, lines: Sequence[str] | None = None, **options: Any) -> str:
    return "\n".join(evaluated(folder, lines, **options)["warnings"])


def in_letters(report: dict[str, Any]) -> bool:
    policies = [{key: type(one[key]) for key in POLICY} for one in report["policies"]]
    differ = report["reps_differ"]
    return (
        policies == [POLICY] * len(policies)
        and differ["verdict"] in ("yes", "no", "not enough data")
        and (differ["p_value"] is None or 0 <= differ["p_value"] <= 1)
        and all(isinstance(text, str) for text in report["warnings"])
    )


# --- reports ------------------------------------------------------------------------------------------------------


def test_a_report_on_past_deals_has_the_keys_that_are_promised(tmp_path: Path) -> None:
    report = evaluated(tmp_path)

    assert in_letters(report)
    assert [one["name"] for one in report["policies"]][:3] == ["turn", "greedy_rate", "first_generation"]


def test_a_simulation_has_the_same_keys_and_needs_no_arguments(tmp_path: Path) -> None:
    out, file = StringIO(), tmp_path / "out.json"
    call_command("evaluate", seeds=1, leads=400, reps=4, segments="2", json=str(file), stdout=out)
    report = json.loads(file.read_text(encoding="utf-8"))

    assert in_letters(report)
    assert {"turn", "greedy_rate", "first_generation", "intent", "oracle"} <= {
        one["name"] for one in report["policies"]
    }
    assert report["worlds"].keys() == {"expertise", "alike"}
    figures = {"regret", "of_oracle", "least_share", "most_share", "largest_balance", "brier", "ece"}
    assert all(figures <= one.keys() for one in report["policies"])
    assert all(word in out.getvalue() for word in ("Regret", "Shares", "Largest balance", "Brier", "ECE"))
    assert "Do reps differ beyond chance?" in out.getvalue()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
@pytest.mark.parametrize("delimiter", [",", ";"])
def test_files_are_read_however_they_were_saved(tmp_path: Path, encoding: str, delimiter: str) -> None:
    lines = [line.replace(",", delimiter) for line in rows_of_file(owner=lambda number: f"Zoë {number % 3}")]

    assert evaluated(tmp_path, lines, encoding=encoding)["reps"] == 3


def test_real_differences_are_claimed(tmp_path: Path) -> None:
    rows = [
        f"{deal.rep},{'won' if deal.won else 'lost'},{deal.segment[0]},all,{date.fromordinal(deal.day)}"
        for deal in deals_of(skilled, 1, leads=3_000).deals
    ]
    report = evaluated(tmp_path, ["owner,outcome,source,size,created", *rows])

    assert report["reps_differ"]["verdict"] == "yes"
    assert {one["name"]: one["claims_uplift"] for one in report["policies"]}["first_generation"]
    assert "The column “size” has the same value in every row" in "\n".join(report["warnings"])


# --- bad input ----------------------------------------------------------------------------------------------------


def test_a_file_that_is_missing_is_named(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match=r"none\.csv cannot be read"):
        call_command("evaluate", csv=str(tmp_path / "none.csv"), **MAPPED)


def test_a_column_that_is_missing_is_named_with_those_that_there_are(tmp_path: Path) -> None:
    text = refusal(tmp_path, rep="ownr")

    assert "no column “ownr” (--rep). Did you mean “owner”? Its columns are: “owner”" in text


def test_an_option_that_is_missing_is_named(tmp_path: Path) -> None:
    assert "Past deals need --date too" in refusal(tmp_path, date=None)


def test_a_won_value_that_nobody_has_is_answered_with_those_that_there_are(tmp_path: Path) -> None:
    assert "“lost” (2" in refusal(tmp_path, won="closed won")


def test_too_few_rows_are_refused(tmp_path: Path) -> None:
    assert "Only 50 rows of the file have a rep, an outcome and a date; at least 200" in refusal(
        tmp_path, rows_of_file()[:51]
    )


def test_a_file_of_won_deals_alone_is_refused(tmp_path: Path) -> None:
    assert "Lost deals are needed too" in refusal(tmp_path, rows_of_file(outcome=lambda number: "won"))


def test_an_empty_file_is_refused(tmp_path: Path) -> None:
    assert "The file is empty" in refusal(tmp_path, [])


def test_dates_that_cannot_be_read_are_named_by_their_rows(tmp_path: Path) -> None:
    lines = rows_of_file(created=lambda number: "soon" if number == 40 else "2025-03-04")

    assert "1 cell that cannot be read as a date: row 42 (“soon”)" in refusal(tmp_path, lines)


@pytest.mark.parametrize("form", ["04.03.2025", "2025-03-04T10:00:00Z", "12/31/2025", "31/12/2025 08:00"])
def test_dates_may_be_written_in_many_ways(tmp_path: Path, form: str) -> None:
    assert evaluated(tmp_path, rows_of_file(created=lambda number: form))["deals"] == 300


def test_dates_whose_day_may_be_the_month_are_warned_of(tmp_path: Path) -> None:
    assert "were read month first" in warned(tmp_path, rows_of_file(created=lambda number: "03/04/2025"))


@pytest.mark.parametrize(("column", "cell"), [("owner", ""), ("outcome", "NaN"), ("created", "")])
def test_rows_without_what_is_needed_are_left_out_and_counted(tmp_path: Path, column: str, cell: str) -> None:
    good = [line.split(",") for line in rows_of_file()[1:]]
    place = rows_of_file()[0].split(",").index(column)
    rows = [
        ",".join([*row[:place], cell if number < 7 else row[place], *row[place + 1 :]])
        for number, row in enumerate(good)
    ]

    report = evaluated(tmp_path, [rows_of_file()[0], *rows])

    assert report["deals"] == 293
    assert f"7 rows left out: nothing stands in the column “{column}”." in report["warnings"]


def test_empty_cells_of_segments_are_a_value_and_counted(tmp_path: Path) -> None:
    lines = rows_of_file(size=lambda number: "NaN" if number < 9 else "small")

    assert "9 cells of “size” are empty or NaN" in warned(tmp_path, lines)


def test_a_rep_with_one_lead_is_left_out_and_named(tmp_path: Path) -> None:
    lines = rows_of_file(owner=lambda number: "Cleo" if number == 5 else f"Rep {number % 3}")

    assert "1 rep with fewer than 10 leads left out, with 1 leads: “Cleo” (1 lead)." in warned(tmp_path, lines)


def test_one_rep_alone_is_refused(tmp_path: Path) -> None:
    assert "Two are needed to compare anybody" in refusal(tmp_path, rows_of_file(owner=lambda number: "Ana"))


def test_deals_without_segments_are_judged_with_a_warning(tmp_path: Path) -> None:
    assert "All leads count as of one kind" in warned(tmp_path, segments=None)


def test_columns_with_many_values_are_put_into_bands_or_together(tmp_path: Path) -> None:
    lines = rows_of_file(size=lambda number: str(number), source=lambda number: f"page {number % 40}")

    assert "The numbers of “size” were put into 5 bands." in warned(tmp_path, lines)
    assert "20 rarer values of “source” count as one" in warned(tmp_path, lines)


def test_open_deals_are_warned_of(tmp_path: Path) -> None:
    lines = rows_of_file(outcome=lambda number: ("won", "open", "lost")[number % 3])

    assert "100 rows say “open” and count as not won" in warned(tmp_path, lines)


@pytest.mark.parametrize(
    "name",
    [
        "close_date", "ClosedAt", "Closing date", "won reason", "loss-reason", "Lost Reason", "Deal Amount", "amount",
        "days_to_close", "Stage", "status", "Signed on", "Verlustgrund", "Auftragswert",
    ],
)  # fmt: skip
def test_columns_that_are_known_only_afterwards_are_refused_by_their_names(tmp_path: Path, name: str) -> None:
    lines = [rows_of_file()[0].replace("size", name), *rows_of_file()[1:]]

    assert f"Known only after the outcome, so nothing to route by: “{name}” (by its name)" in refusal(
        tmp_path, lines, segments=f"source,{name}"
    )


@pytest.mark.parametrize(
    "name", ["revenue band", "source", "region", "company size", "product", "lead_source", "website"]
)
def test_columns_that_are_known_when_a_lead_comes_are_taken(tmp_path: Path, name: str) -> None:
    lines = ["owner,outcome,other," + name + ",created", *rows_of_file()[1:]]

    assert evaluated(tmp_path, lines, segments=name)["kinds"] == 2


def by_outcome(won: Callable[[int], str], lost: Callable[[int], str]) -> list[str]:
    """What stands in the column size depends on the outcome."""
    rows = [line.split(",") for line in rows_of_file()[1:]]
    for number, row in enumerate(rows):
        row[3] = (won if row[1] == "won" else lost)(number)
    return [rows_of_file()[0], *(",".join(row) for row in rows)]


@pytest.mark.parametrize(
    ("won", "lost", "why"),
    [
        (lambda n: "A", lambda n: "B", "its values tell which leads were won"),
        (lambda n: f"X-{n}", lambda n: "", "it is filled in for leads that were won"),
        (lambda n: "", lambda n: ("price", "timing")[n % 2], "it is filled in for leads that were not won"),
        (lambda n: str(n * 100 + 100), lambda n: "0", "it is filled in for leads that were won"),
        (lambda n: "2027-05-05", lambda n: "2027-06-06", "its dates lie after those of the leads"),
    ],
)
def test_columns_that_give_the_outcome_away_are_refused(
    tmp_path: Path, won: Callable[[int], str], lost: Callable[[int], str], why: str
) -> None:
    text = refusal(tmp_path, by_outcome(won, lost))

    assert "“size” (" in text
    assert why in text


def test_the_outcome_itself_is_no_segment(tmp_path: Path) -> None:
    assert "“outcome” is given by --outcome: take it out of --segments" in refusal(tmp_path, segments="source,outcome")


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"simulate": True, "csv": "x.csv"}, "not both"),
        ({"rep": "owner"}, "give their file with --csv FILE"),
        ({"seeds": 0}, "--seeds 0: give a number from 1 to 10,000"),
        ({"segments": "source"}, "a simulation takes a whole number here"),
        ({"json": "/no/such/folder/out.json"}, "there is no folder /no/such/folder"),
        ({"band": -1.0}, "--band -1: give a number of leads from 0 to 1000"),
    ],
)
def test_options_that_make_no_sense_are_refused(options: dict[str, Any], text: str) -> None:
    with pytest.raises(CommandError, match=text):
        call_command("evaluate", **options)
