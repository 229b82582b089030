"""Files that were imported: which of them name somebody, and how they go."""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from collections.abc import Iterator

from django.db.models import Exists, OuterRef, Q

from routing.models import Import, ImportChunk, ImportRow
from routing.services.imports.files import pieces_of
from routing.services.privacy.people import Person
from routing.services.privacy.place import Rows

READ_AT_ONCE = 1 << 20
LONGEST_WORD = 1_024
"""So much of one piece is looked at together with the next one."""
UNDER_WAY = (Import.Status.RUNNING, Import.Status.UNDOING)
TO_COME = (Import.Status.MAPPING, Import.Status.CHECKING, Import.Status.READY)
WHY = "Somebody in this file asked to be erased. Upload it again without them."


def files_naming(person: Person) -> Q:
    """The pieces of files with a row about one of the leads, or that name the person."""
    told = ImportRow.objects.filter(imported=OuterRef("pk"), lead__in=person.keys)
    with_file = Import.objects.filter(Exists(ImportChunk.objects.filter(imported=OuterRef("pk"))))
    linked = set(with_file.filter(Exists(told)).values_list("pk", flat=True))
    others = with_file.exclude(pk__in=linked) if person.texts else Import.objects.none()
    return Q(imported__in=linked | {row.pk for row in others if _names(row, person)})


def remove_files(rows: Rows, person: Person) -> int:
    """The pieces, of files that nothing is to be done with any more. One still to be imported is to come again.

    A file that is being imported at this moment stays until that is over.
    """
    free = rows.exclude(imported__status__in=UNDER_WAY)
    imports = list(free.values_list("imported", flat=True).distinct().order_by())
    count = ImportChunk.objects.filter(imported__in=imports).delete()[0]
    waiting = Import.objects.filter(pk__in=imports, status__in=TO_COME)
    waiting.update(status=Import.Status.FAILED, error=WHY)
    return int(count)


def _names(imported: Import, person: Person) -> bool:
    words = [re.escape(text) for text in person.texts]
    pattern = re.compile("|".join([*words, *person.numbers]).encode(), re.IGNORECASE)
    before = b""
    for piece in _pieces(imported):
        if pattern.search(before + piece):
            return True
        before = piece[-LONGEST_WORD:]
    return False


def _pieces(imported: Import) -> Iterator[bytes]:
    pieces = pieces_of(imported)
    if imported.format != Import.Format.XLSX:
        yield from pieces
        return
    try:
        with zipfile.ZipFile(io.BytesIO(b"".join(pieces))) as book:
            for member in book.infolist():
                with book.open(member) as part:
                    while piece := part.read(READ_AT_ONCE):
                        yield piece
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError):
        return  # it is no workbook, and cannot be read by anybody
