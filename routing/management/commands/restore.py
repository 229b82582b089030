"""manage.py restore FILE: a backup into an empty, migrated database."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser

from routing import doorbell
from routing.clock import current_time
from routing.management.backup_words import described, settled_words
from routing.management.starting import CheckedCommand
from routing.services.backup import CannotRestore, look_into, restore


class Command(CheckedCommand):
    help = "Put a backup into an empty, migrated database. All of it or nothing."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE", help="What `manage.py backup` has written.")
        parser.add_argument("--replace", action="store_true", help="Delete everything that is in the database now.")
        parser.add_argument("--check", action="store_true", help="Only read the file, and say what is in it.")

    def handle(self, *args: Any, file: Path, replace: bool, check: bool, **options: Any) -> None:
        try:
            if check:
                self.stdout.write(f"{file} is whole: {described(look_into(path=file))}")
                return
            with doorbell.unless_nobody_hears():
                content, settled = restore(path=file, replace=replace, now=current_time())
        except CannotRestore as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"Restored {described(content)}")
        self.stdout.write(settled_words(settled))
