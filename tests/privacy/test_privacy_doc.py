"""docs/privacy.md says what is so."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from leadrouting.env import VARIABLES
from routing.services.privacy.records import records

DOC = (Path(__file__).resolve().parents[2] / "docs" / "privacy.md").read_text(encoding="utf-8")


def test_the_record_of_processing_is_the_places() -> None:
    assert records() in DOC, "Put this table into docs/privacy.md:\n" + records()


@pytest.mark.parametrize("row", re.findall(r"^\| `([A-Z_]+)` \| (\d+)", DOC, flags=re.MULTILINE))
def test_the_defaults_are_those_of_the_settings(row: tuple[str, str]) -> None:
    assert VARIABLES[row[0]].default == row[1]
