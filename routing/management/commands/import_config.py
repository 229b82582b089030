"""Import a configuration file."""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError

from routing.clock import current_time
from routing.doorbell import unless_nobody_hears
from routing.management.starting import CheckedCommand
from routing.rulebook.config.errors import InvalidConfig
from routing.services.importing.run import Imported, import_config


class Command(CheckedCommand):
    help = "Makes the configuration what a YAML or JSON file says, and publishes it. A second run changes nothing."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", help="The file; a name that ends in .json is read as JSON. - reads standard input.")
        parser.add_argument("--dry-run", action="store_true", help="Only says what would change.")
        parser.add_argument("--draft", action="store_true", help="Does not publish.")

    def handle(self, *, file: str, dry_run: bool, draft: bool, **options: Any) -> None:
        try:
            with unless_nobody_hears():
                imported = import_config(
                    text=_read(file),
                    is_json=file.lower().endswith(".json"),
                    now=current_time(),
                    dry_run=dry_run,
                    draft=draft,
                    note=f"Import of {Path(file).name}"[:300],
                )
        except InvalidConfig as error:
            count = len(error.errors)
            listed = "\n".join(f"  {one}" for one in error.errors)
            raise CommandError(f"{count} error{'s' * (count > 1)} in {file}; nothing was written.\n{listed}") from error
        for sentence in imported.changes:
            self.stdout.write(sentence)
        self.stdout.write(self.style.SUCCESS(_summary(imported, dry_run=dry_run, draft=draft)))


def _read(file: str) -> str:
    try:
        data = sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
        return data.decode("utf-8-sig")
    except OSError as error:
        raise CommandError(f"{file} cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise CommandError(f"{file} is not UTF-8 (byte {error.start}). Save it as UTF-8.") from error


def _summary(imported: Imported, *, dry_run: bool, draft: bool) -> str:
    count = len(imported.changes)
    if not count and imported.version is None:
        return "Nothing changed."
    changes = f"{count} change{'s' * (count != 1)}"
    if dry_run:
        outcome = "" if draft or imported.version is None else f" Version {imported.version} would be published."
        return f"{changes} would be made; nothing was written.{outcome}"
    if imported.version is not None:
        return f"{changes}. Version {imported.version} is published."
    return f"{changes}. {'The draft is not published.' if draft else 'The rulebook stays as it is.'}"
