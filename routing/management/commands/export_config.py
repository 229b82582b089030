"""Export the configuration as a file."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError

from routing.management.starting import CheckedCommand
from routing.rulebook.config.export import export_text


class Command(CheckedCommand):
    help = "Writes the configuration, as it stands in the draft, as a file that import_config reads."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "file", nargs="?", help="Where to; a name that ends in .json gets JSON. Else to the screen."
        )

    def handle(self, *, file: str | None, **options: Any) -> None:
        text = export_text(as_json=bool(file and file.lower().endswith(".json")))
        if file is None:
            self.stdout.write(text, ending="")
            return
        try:
            Path(file).write_text(text, encoding="utf-8")
        except OSError as error:
            raise CommandError(f"{file} cannot be written: {error.strerror}.") from error
