"""Whoever is being erased is not taken in meanwhile: doors and erasures of the same person wait for each other.

A door keeps erasures out until its transaction ends; an erasure keeps the doors out until its own does. So a door looks
at what an erasure left behind, and an erasure sees what a door has let in. Taken after rows of leads and before all
others. On SQLite a transaction holds the one write lock from its beginning.
"""

from __future__ import annotations

from collections.abc import Iterable
from zlib import crc32

from django.db import connection

CLASS = 1_702_000_001
"""Which of the database's advisory locks are these."""
TURNS = 1024
"""Addresses and numbers share so many locks: a large file takes no more than that."""
AT_DOORS = "SELECT pg_advisory_xact_lock_shared(%s, turn) FROM unnest(%s::int[]) AS turn"
ERASING = "SELECT pg_advisory_xact_lock(%s, turn) FROM unnest(%s::int[]) AS turn"


def keep_erasures_out(texts: Iterable[str]) -> None:
    """While somebody with one of these addresses and numbers, as they are stored, is taken in. One query."""
    _take(AT_DOORS, texts)


def keep_doors_out(texts: Iterable[str]) -> None:
    """While somebody with one of these addresses and numbers, as they are stored, is erased."""
    _take(ERASING, texts)


def _take(statement: str, texts: Iterable[str]) -> None:
    # in one order everywhere, so that two that want the same wait instead of blocking each other
    turns = sorted({crc32(text.encode()) % TURNS for text in texts if text})
    if turns and connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(statement, [CLASS, turns])
