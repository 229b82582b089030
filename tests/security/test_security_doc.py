"""docs/security.md: whatever test it names is there, and its figures are those of the tests."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.routing.test_exports import PAYLOADS as IN_EXPORTS
from tests.security.payloads import FORMULAS, PAYLOADS
from tests.security.test_bombs import BOMBS
from tests.security.test_fuzz import POSTS, TIMES, VOLUMES
from tests.security.test_outgoing import ADDRESSES, DOORS

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "security.md"
FIGURES: Mapping[str, str] = {
    "test_fuzz.py": f"{POSTS:,} posts, and others between them, at {len(VOLUMES)} doors; "
    f"{POSTS * TIMES:,} in `make test-long`",
    "test_bombs.py": f"{len(BOMBS)} bombs × 3 doors",
    "test_hostile_texts.py": f"{len(PAYLOADS)} payloads, more than 100 pages",
    "test_files.py": f"{len(FORMULAS)} formulas × every list, {len(IN_EXPORTS)} × every export; CSV and XLSX",
    "test_log_lines.py": f"{len(PAYLOADS)} payloads × every message",
    "test_outgoing.py": f"{len(ADDRESSES)} addresses × {len(DOORS)} ways",
}
"""A test → what its row says; the others of a row's figures are asserted by the tests themselves."""


def test_every_test_that_is_named_is_there() -> None:
    named = set(re.findall(r"tests/[\w/]+(?:\.py|/)", PAGE.read_text(encoding="utf-8")))

    assert len(named) > 20
    assert [name for name in sorted(named) if not (ROOT / name).exists()] == []


@pytest.mark.parametrize("test", FIGURES)
def test_its_figures_are_those_of_the_tests(test: str) -> None:
    [row] = [line for line in PAGE.read_text(encoding="utf-8").splitlines() if line.startswith("| ") and test in line]

    assert FIGURES[test] in row
