"""A word that somebody leaves everywhere, and where it is looked for afterwards."""

from __future__ import annotations

import gzip
import io
import re
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.apps import apps
from django.db import connection
from redis import Redis

WORD = "zq7xkanarie"
EMAIL = f"{WORD}.wolf@{WORD}.example"
PHONE = "+4930901820"
SET_APART = rb"(?:\W|%[0-9A-F]{2}){0,3}"
NUMBER = re.compile(SET_APART.join((b"30", b"90", b"18", b"20")))
NAMED = ("first_name", "last_name", "company", "job_title", "industry", "city", "message", "product_interest")
FACTS: dict[str, Any] = {
    **{name: f"{WORD} {name}" for name in NAMED},
    "email": EMAIL,
    "phone": PHONE,
    "website": f"https://www.{WORD}.example/",
    "campaign": f"{WORD} campaign",
    "postal_code": WORD,
    "country": "DE",
    "consent": True,
    "utm": {"term": f"{WORD} term", WORD: "name"},
    "attributes": {"note": f"{WORD} note", WORD: [WORD]},
}
NAME = f"{FACTS['first_name']} {FACTS['last_name']}"
ABOUT_THEM = f"Ask {NAME}, {EMAIL}, 030 / 90 18 20"
"""A note about somebody else that names them."""


def in_rows() -> dict[str, int]:
    """Rows of every table that have the word, packed or not, by table."""
    found: dict[str, int] = {}
    for model in apps.get_models(include_auto_created=True):
        if not model._meta.managed:
            continue
        rows = model._base_manager.values_list(*[field.attname for field in model._meta.concrete_fields])
        if count := sum(1 for row in rows.iterator() if any(map(has_it, row))):
            found[model._meta.label] = count
    return found


def has_it(value: Any) -> bool:
    if isinstance(value, bytes | memoryview):
        content = bytes(value)
        return has_it_in(content) or (content[:1] == b"\x78" and has_it_in(unpacked(content)))
    return has_it_in(str(value).encode())


def has_it_in(content: bytes) -> bool:
    return WORD.encode() in content.lower() or NUMBER.search(content) is not None


def unpacked(content: bytes) -> bytes:
    try:
        return zlib.decompress(content)
    except zlib.error:
        return b""


def in_files(folder: Path) -> list[str]:
    """Those of a database server's own are looked at through the server."""
    files = sorted(path for path in folder.rglob("*") if path.is_file() and "postgres" not in path.parts)
    return [path.name for path in files if in_file(path.read_bytes())]


def in_file(content: bytes) -> bool:
    """A backup is unpacked, and so is a workbook."""
    return any(map(has_it_in, _parts(content)))


def _parts(content: bytes) -> Iterator[bytes]:
    yield content
    if content[:2] == b"\x1f\x8b":
        yield gzip.decompress(content)
    if content[:2] == b"PK":
        with zipfile.ZipFile(io.BytesIO(content)) as book:
            yield from map(book.read, book.namelist())


def in_redis(redis: Redis) -> list[bytes]:
    keys = list(redis.scan_iter(count=1_000))
    return [key for key in keys if has_it_in(key) or has_it_in(redis.dump(key) or b"")]


def in_raw_database() -> list[str]:
    """The files of SQLite themselves; a server's rows were looked at."""
    if connection.vendor != "sqlite":
        return []
    file = Path(str(connection.settings_dict["NAME"]))
    return [path.name for path in file.parent.glob(f"{file.name}*") if has_it_in(path.read_bytes())]
