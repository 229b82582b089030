"""manage.py vacuum: what was erased is also overwritten in the files of the database."""

from __future__ import annotations

from typing import Any

from routing.management.starting import CheckedCommand
from routing.services.privacy.free_space import overwrite_free_space


class Command(CheckedCommand):
    help = (
        "Rewrite the database without what was erased: until then its files may still hold it where nothing reads. "
        "Nothing else can write meanwhile; on PostgreSQL nothing else can read the tables with personal data either."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        overwrite_free_space()
        self.stdout.write("Rewritten.")
