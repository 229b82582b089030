"""Submissions that still wait on disk while the database was away: which of them name somebody."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from django.conf import settings

from routing.services.privacy.people import Person


def spooled_naming(person: Person) -> list[Path]:
    """The files, also of those that were set aside."""
    found = []
    for path in sorted(Path(settings.SPOOL_DIR).glob("**/*.*")):
        with suppress(OSError):  # it was drained a moment ago
            if path.is_file() and person.nameless.is_named_in(path.read_text(encoding="utf-8", errors="replace")):
                found.append(path)
    return found


def take_out_of_spool(paths: Iterable[Path]) -> int:
    """How many."""
    count = 0
    for path in paths:
        path.unlink(missing_ok=True)
        count += 1
    return count
