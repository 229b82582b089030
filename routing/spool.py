"""Where submissions wait on disk while the database is away: each a file of its own, on disk before it is acknowledged.

A file is written beside, synced, renamed, and its folder synced: what was acknowledged survives a power cut. Its name
begins with when it came, and ends with how often it was tried: MICROSECONDS-UUID.TRIES.json.
"""

from __future__ import annotations

import errno
import json
import os
import time
import uuid
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings

MEGABYTE = 1024 * 1024
MICROSECONDS = 1_000_000
LOOKED_FOR = 1.0
"""So many seconds a look at the size of the folder is good for."""
PART, WHOLE = ".part", ".json"
ASIDE = "aside"
ABANDONED_SECONDS = 3_600
"""A file that is only half written for so long belongs to a process that died."""


class Full(Exception):
    """Nothing more can be kept: the folder has all that it may hold, or the disk takes nothing."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """One file. `tries`: how often somebody began on it."""

    path: Path
    tries: int

    @property
    def since(self) -> float:
        """When it came, in seconds since 1970."""
        return int(self.path.name.partition("-")[0]) / MICROSECONDS


class Size:
    """How much the folder holds, looked up now and then, with what this process has added since."""

    looked_at = float("-inf")
    used = 0

    def of(self, folder: Path) -> int:
        if time.monotonic() > self.looked_at + LOOKED_FOR:
            self.used, self.looked_at = _used(folder), time.monotonic()
        return self.used


_size = Size()


def put(entry: Mapping[str, Any], *, now: datetime) -> None:
    """Keep one submission; on return it is on disk. Raises Full, and then has kept nothing."""
    content = json.dumps(entry).encode("utf-8")
    folder = settings.SPOOL_DIR
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if _size.of(folder) + len(content) > settings.SPOOL_MEGABYTES * MEGABYTE:
            raise Full("The spool has all that SPOOL_MEGABYTES lets it hold.")
        _write(folder, f"{int(now.timestamp() * MICROSECONDS):017d}-{uuid.uuid4().hex}", content)
    except OSError as error:
        raise Full(f"The spool cannot be written: {os.strerror(error.errno or errno.EIO)}.") from error
    _size.used += len(content)


def waiting() -> list[Waiting]:
    """What waits, oldest first."""
    return sorted(_files(settings.SPOOL_DIR), key=lambda file: file.path.name)


def oldest() -> tuple[int, float]:
    """How many wait, and since when the oldest has (seconds since 1970; 0 if none does)."""
    files = list(_files(settings.SPOOL_DIR))
    return len(files), min((file.since for file in files), default=0.0)


def aside() -> int:
    """How many were set aside, for people to look at."""
    with suppress(FileNotFoundError):
        return sum(1 for entry in os.scandir(settings.SPOOL_DIR / ASIDE) if entry.name.endswith(WHOLE))
    return 0


def begin(file: Waiting) -> Waiting | None:
    """Count a try, before anything is done with it; None if it is gone, or somebody else has just begun on it."""
    return _renamed(file, file.tries + 1)


def put_back(file: Waiting) -> None:
    """The try did not count."""
    _renamed(file, file.tries - 1)


def read(file: Waiting) -> dict[str, Any]:
    """What was kept. Raises ValueError for what nobody of us wrote."""
    entry = json.loads(file.path.read_text(encoding="utf-8"))
    if not isinstance(entry, dict):
        raise ValueError("not an object")
    return entry


def done(file: Waiting) -> None:
    """It is in the database: committed before this is called."""
    file.path.unlink(missing_ok=True)


def set_aside(file: Waiting) -> None:
    """It holds up nobody any more."""
    folder = settings.SPOOL_DIR / ASIDE
    folder.mkdir(mode=0o700, exist_ok=True)
    with suppress(FileNotFoundError):
        file.path.rename(folder / file.path.name)


def clear_abandoned(*, now: datetime) -> None:
    """Remove what was never written to its end, and so never acknowledged."""
    with suppress(FileNotFoundError):
        for entry in os.scandir(settings.SPOOL_DIR):
            if entry.name.endswith(PART) and now.timestamp() - entry.stat().st_mtime > ABANDONED_SECONDS:
                Path(entry.path).unlink(missing_ok=True)


def _write(folder: Path, name: str, content: bytes) -> None:
    part = folder / f"{name}{PART}"
    try:
        with open(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        part.rename(folder / f"{name}.0{WHOLE}")
    except OSError:
        part.unlink(missing_ok=True)
        raise
    held = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(held)
    finally:
        os.close(held)


def _used(folder: Path) -> int:
    used = 0
    for entry in os.scandir(folder):
        with suppress(FileNotFoundError):
            used += entry.stat(follow_symlinks=False).st_size
    return used


def _files(folder: Path) -> Iterator[Waiting]:
    try:
        names = os.listdir(folder)
    except FileNotFoundError:
        return
    for name in names:
        stem, tries = os.path.splitext(name.removesuffix(WHOLE))
        if name.endswith(WHOLE) and tries[1:].isdigit() and stem.partition("-")[0].isdigit():
            yield Waiting(folder / name, int(tries[1:]))


def _renamed(file: Waiting, tries: int) -> Waiting | None:
    stem = file.path.name.removesuffix(WHOLE).rpartition(".")[0]
    path = file.path.with_name(f"{stem}.{max(0, tries)}{WHOLE}")
    try:
        file.path.rename(path)
    except FileNotFoundError:
        return None
    return Waiting(path, max(0, tries))
