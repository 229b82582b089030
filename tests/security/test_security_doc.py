"""docs/security.md: whatever test it names is there."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "security.md"


def test_every_test_that_is_named_is_there() -> None:
    named = set(re.findall(r"tests/[\w/]+(?:\.py|/)", PAGE.read_text(encoding="utf-8")))

    assert len(named) > 20
    assert [name for name in sorted(named) if not (ROOT / name).exists()] == []
