"""Chosen rows of `make chaos` with small figures: its whole way, and that it sees what is lost."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.chaos.harness.run import Wanted, run
from tests.chaos.harness.table import BEGIN, END, Result, as_markdown, as_text, verdict, write_into
from tests.chaos.scenarios import GROUPS

its_own_database = pytest.mark.skipif(
    os.environ.get("TEST_DATABASE") == "postgres", reason="runs on a PostgreSQL of its own, once"
)


@its_own_database
@pytest.mark.chaos
@pytest.mark.further
def test_what_is_acknowledged_survives_kills_and_redis_and_the_control_is_seen_to_fail(
    capsys: pytest.CaptureFixture[str],
) -> None:
    code = run(Wanted("brief"))

    said = capsys.readouterr().out
    assert code == 0, said
    assert "every promise held" in said


def test_a_breach_is_said_below_the_table() -> None:
    text = as_text([Result("6", "Redis down", trials=5, acked=5, lost=1, breaches=["never decided: 1 (1 leads)"])])

    assert "! 6: never decided: 1 (1 leads)" in text
    assert "BREACH" in text and "breached: 6." in text


def test_a_row_is_told_as_soon_as_it_is_known() -> None:
    text = verdict(Result("6", "Redis down", trials=5, measured="202", late=[0.1, 0.3], breaches=["lost: 1"]))

    assert text.split("\n") == ["        6: BREACH, 5 trials, 202 0.30 / 0.30 s, after 0 s", "        ! 6: lost: 1"]


def test_every_fault_is_tried() -> None:
    rows = {row.strip() for group in GROUPS for fault in group.faults for row in fault.row.split(",")}

    assert {str(number) for number in range(1, 64)} - rows == set()


def test_the_table_is_put_between_its_marks(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(f"Before\n{BEGIN}\nold\n{END}\nAfter\n", encoding="utf-8")

    write_into(page, as_markdown([Result("4", "Redis emptied", trials=20)], note="Figures."))

    text = page.read_text(encoding="utf-8")
    assert "old" not in text and "| 4 | Redis emptied | 20 |" in text
    assert text.startswith("Before\n") and text.endswith("After\n")
