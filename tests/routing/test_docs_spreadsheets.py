"""docs/spreadsheets.md names every column as the code has it."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.conf import settings

from routing.services.imports.all_sections import SECTIONS
from tests.routing.spreadsheet_doc import columns_table

pytestmark = pytest.mark.one_database("it reads a file")
DOC = Path(settings.BASE_DIR, "docs", "spreadsheets.md")


@pytest.mark.parametrize("section", SECTIONS)
def test_the_columns_of_every_section_are_those_of_the_code(section):
    assert "\n".join(columns_table(section)) in DOC.read_text()
