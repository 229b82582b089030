"""docs/configuration.md says what the importer does."""

from __future__ import annotations

import re
from datetime import datetime
from pathlib import Path

import pytest

from routing.rulebook.config.source import load
from routing.services.importing.run import import_config
from tests.routing.config_sample import FULL

DOCS = (Path(__file__).parents[2] / "docs" / "configuration.md").read_text(encoding="utf-8")
LATER = {"release_burst", "catch_up", "kind", "fairness", "band", "accept_minutes", "steps", "requires", "units"}


@pytest.mark.django_db
def test_the_small_file_of_the_docs_can_be_imported(now: datetime) -> None:
    sample, *_ = re.findall(r"```yaml\n(.*?)```", DOCS, re.DOTALL)

    assert import_config(text=sample, now=now).version == 1


def test_every_section_and_key_is_in_the_docs() -> None:
    data = load(FULL)
    rows = [data["settings"], *(row for rows in data.values() if isinstance(rows, list) for row in rows)]
    keys = {key for row in rows if isinstance(row, dict) for key in row} | data.keys()

    assert [key for key in sorted(keys - LATER) if f"`{key}`" not in DOCS] == []
