"""Catalogues of translations: routing/locale/*/LC_MESSAGES/*.po → *.mo, without any tool that is not Python's own."""

from __future__ import annotations

import ast
import struct
from collections.abc import Iterator
from pathlib import Path

MAGIC, VERSION = 0x950412DE, 0
HEADER_BYTES = 7 * 4
ENTRY_BYTES = 2 * 4


class BadCatalogue(ValueError):
    """A line that is none of a catalogue."""


def read_catalogue(path: Path) -> dict[str, str]:
    """Text → translation; the head stands under the empty text."""
    texts: dict[str, str] = {}
    for msgid, msgstr in _entries(path):
        texts[msgid] = msgstr
    return texts


def compiled(texts: dict[str, str]) -> bytes:
    """As gettext reads it: two sorted tables of lengths and places, then the texts."""
    rows = [(key.encode(), value.encode()) for key, value in sorted(texts.items()) if value]
    keys = b"".join(key + b"\0" for key, _ in rows)
    keys_at = HEADER_BYTES + 2 * ENTRY_BYTES * len(rows)
    head = (MAGIC, VERSION, len(rows), HEADER_BYTES, HEADER_BYTES + ENTRY_BYTES * len(rows), 0, keys_at)
    tables = [*_places([key for key, _ in rows], keys_at), *_places([value for _, value in rows], keys_at + len(keys))]
    values = b"".join(value + b"\0" for _, value in rows)
    return struct.pack("<7I", *head) + struct.pack(f"<{len(tables)}I", *tables) + keys + values


def catalogues(folder: Path) -> list[Path]:
    """All that there are, in order."""
    return sorted(folder.glob("*/LC_MESSAGES/*.po"))


def _places(texts: list[bytes], at: int) -> Iterator[int]:
    for text in texts:
        yield len(text)
        yield at
        at += len(text) + 1


def _entries(path: Path) -> Iterator[tuple[str, str]]:
    """Pairs of msgid and msgstr; each may go on in further lines."""
    entry: dict[str, str] = {}
    current = ""
    for number, line in enumerate([*path.read_text(encoding="utf-8").splitlines(), 'msgid ""'], start=1):
        word, _, rest = line.strip().partition(" ")
        if word in ("msgid", "msgstr"):
            if word == "msgid" and "msgstr" in entry:
                yield entry["msgid"], entry["msgstr"]
                entry = {}
            current = word
            entry[current] = _text(rest, path, number)
        elif line.startswith('"') and current:
            entry[current] += _text(line, path, number)
        elif line.strip() and not line.startswith("#"):
            raise BadCatalogue(f"{path}:{number}: not understood: {line}")


def _text(literal: str, path: Path, number: int) -> str:
    try:
        return str(ast.literal_eval(literal))
    except (SyntaxError, ValueError) as error:
        raise BadCatalogue(f"{path}:{number}: not a text: {literal}") from error
