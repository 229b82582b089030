"""manage.py settings_doc: writes docs/settings.md from the variables that the settings read."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import CommandParser

from leadrouting.settings_doc import settings_page
from routing.management.starting import CheckedCommand


class Command(CheckedCommand):
    help = "Prints the page about all settings, or writes it to docs/settings.md."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--write", action="store_true", help="Write docs/settings.md.")

    def handle(self, *args: Any, write: bool, **options: Any) -> None:
        page = settings_page()
        if write:
            (settings.BASE_DIR / "docs" / "settings.md").write_text(page, encoding="utf-8")
        else:
            self.stdout.write(page, ending="")
