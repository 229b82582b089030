"""docs/settings.md says what the settings read."""

from __future__ import annotations

from django.conf import settings

from leadrouting.env import VARIABLES
from leadrouting.settings_doc import settings_page

PAGE = settings.BASE_DIR / "docs" / "settings.md"


def test_the_page_about_settings_is_up_to_date() -> None:
    written = PAGE.read_text(encoding="utf-8")

    assert written == settings_page(), "Run `.venv/bin/python manage.py settings_doc --write`."


def test_every_variable_says_what_it_means() -> None:
    assert [variable.name for variable in VARIABLES.values() if not variable.meaning.endswith(".")] == []
