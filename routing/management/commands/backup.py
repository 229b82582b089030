"""manage.py backup FILE: the whole database, at one moment, as one file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser

from routing.clock import current_time
from routing.management.backup_words import described
from routing.management.starting import CheckedCommand
from routing.services.backup import backup


class Command(CheckedCommand):
    help = "Write everything in the database into FILE, while the product runs. Needs SECRET_KEY kept elsewhere."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE", help="Is made; only its owner can read it.")

    def handle(self, *args: Any, file: Path, **options: Any) -> None:
        try:
            content = backup(path=file, now=current_time())
        except OSError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"{file}: {file.stat().st_size / 1e6:,.1f} MB, {described(content)}")
        self.stdout.write("It holds personal data. The SECRET_KEY is not in it: keep it, too.")
