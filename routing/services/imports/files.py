"""The file of an import: kept in the database in pieces, since whoever reads it may run on another host."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from typing import IO

from django.conf import settings

from routing.models import Import, ImportChunk
from routing.models.reading import values_in_batches
from routing.services.work_progress import CannotRun
from routing.spreadsheets.table import MEBI, Limits

PIECE = 512 * 1024


class FileTooLarge(CannotRun):
    """More than the setting allows."""


@dataclass(frozen=True, slots=True)
class Taken:
    """What was seen of a file while it was copied. `lines`: how many there are, at least."""

    size: int
    digest: str
    lines: int


def limits() -> Limits:
    """What a file may come to, by the settings."""
    return Limits(
        size=settings.IMPORT_MAX_BYTES,
        rows=settings.IMPORT_MAX_ROWS,
        columns=settings.IMPORT_MAX_COLUMNS,
        cell=settings.IMPORT_MAX_CELL_CHARACTERS,
        unzipped=settings.IMPORT_MAX_UNZIPPED_BYTES,
    )


def take(stream: IO[bytes], file: IO[bytes]) -> Taken:
    """Copy what is sent, never more than the limit. Raises FileTooLarge."""
    digest, size, lines, last = sha256(), 0, 0, b"\n"
    most = settings.IMPORT_MAX_BYTES
    while piece := stream.read(PIECE):
        size += len(piece)
        if size > most:
            raise FileTooLarge(
                {"file": [f"The file is larger than {most / MEBI:,.0f} MB. Split it into several files."]}
            )
        digest.update(piece)
        lines += piece.count(b"\n")
        last = piece[-1:]
        file.write(piece)
    file.seek(0)
    return Taken(size, digest.hexdigest(), lines + (last != b"\n"))


def keep(imported: Import, file: IO[bytes]) -> None:
    """Store the pieces, in the caller's transaction."""
    file.seek(0)
    number = 0
    while piece := file.read(PIECE):
        ImportChunk.objects.create(imported=imported, number=number, data=piece)
        number += 1


@contextmanager
def opened(imported: Import) -> Iterator[IO[bytes]]:
    """The file, to be read and sought in. Raises CannotRun if it is no longer kept."""
    with tempfile.TemporaryFile(prefix="leadrouting-") as file:
        for piece in pieces_of(imported):
            file.write(piece)
        if imported.size and not file.tell():
            raise CannotRun({"file": ["The file is no longer kept. Send it again."]})
        file.seek(0)
        yield file


def pieces_of(imported: Import) -> Iterator[bytes]:
    """The file in order, as long as it is kept."""
    return map(bytes, values_in_batches(imported.chunks.all(), "data", 1, by="number"))


def forget(imported: Import) -> None:
    """The rows hold all that is still needed."""
    ImportChunk.objects.filter(imported=imported).delete()
