"""Compile the translations, or say whether that would change anything."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import CommandError, CommandParser

from leadrouting.translations import catalogues, compiled, read_catalogue
from routing.management.starting import CheckedCommand


class Command(CheckedCommand):
    help = "Compiles the catalogues in routing/locale/ (.po) to what is read at run time (.mo)."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--write", action="store_true", help="Write the files; else only compare.")

    def handle(self, *args: Any, **options: Any) -> None:
        for path in catalogues(settings.BASE_DIR / "routing" / "locale"):
            target, content = path.with_suffix(".mo"), compiled(read_catalogue(path))
            if options["write"]:
                target.write_bytes(content)
                self.stdout.write(f"{target.relative_to(settings.BASE_DIR)}: {len(content)} bytes")
            elif not target.exists() or target.read_bytes() != content:
                raise CommandError(f"{target.name} does not fit {path.name}. Run: manage.py translations --write")
