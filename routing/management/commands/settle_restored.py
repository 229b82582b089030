"""manage.py settle_restored: after pg_restore, before anything is started."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.utils.dateparse import parse_datetime

from routing.clock import current_time
from routing.management.backup_words import settled_words
from routing.management.starting import CheckedCommand
from routing.services.backup import last_sign_of_life, settle_restored


class Command(CheckedCommand):
    help = (
        "Make a database that was restored by other means (pg_restore, a copied file) fit to go on, before anything "
        "runs on it: old messages are not sent, what waited is routed, clocks go on where they stood. "
        "`manage.py restore` does it by itself."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--taken-at", metavar="INSTANT", type=_instant, help="When the dump was made, as 2026-11-22T03:00Z."
        )

    def handle(self, *args: Any, taken_at: datetime | None, **options: Any) -> None:
        if taken_at and last_sign_of_life() is None:  # settling takes them out
            self.stdout.write("This database was settled before, or never used: its clocks are not moved again.")
            taken_at = None
        settled = settle_restored(now=current_time(), taken_at=taken_at)
        self.stdout.write(settled_words(settled))


def _instant(text: str) -> datetime:
    instant = parse_datetime(text)
    if instant is None or instant.tzinfo is None:
        raise CommandError(f"“{text}” is not an instant with an offset. Write it as 2026-11-22T03:00Z.")
    return instant
