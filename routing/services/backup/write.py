"""Write everything into a file: compressed lines of JSON, one a row, with a checksum at the end."""

from __future__ import annotations

import gzip
import hashlib
import json
import os
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from django.db import connection

from routing.services.backup.content import (
    FORMAT,
    PRODUCT,
    Content,
    Model,
    columns,
    encoded,
    migrations,
    one_snapshot,
    tables,
)

ROWS_AT_ONCE = 2_000
COMPRESSION = 5


def backup(*, path: Path, now: datetime) -> Content:
    """Write the database as it is at one moment. The file appears once it is whole; only its owner can read it.

    Raises FileExistsError rather than overwrite one, or any other OSError.
    """
    if path.exists():
        raise FileExistsError(f"{path} exists already. Choose another name; a backup is never overwritten.")
    part = path.with_name(f"{path.name}.part")
    part.unlink(missing_ok=True)
    try:
        with open(os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as file:
            with gzip.GzipFile(fileobj=file, mode="wb", compresslevel=COMPRESSION, mtime=0, filename="") as packed:
                rows = _write(packed, now)
            file.flush()
            os.fsync(file.fileno())
        part.rename(path)
    finally:
        part.unlink(missing_ok=True)
    return Content(now, connection.vendor, rows)


def _write(packed: gzip.GzipFile, now: datetime) -> dict[str, int]:
    checksum, rows = hashlib.sha256(), {}

    def write(line: Any) -> None:
        text = json.dumps(line, ensure_ascii=False, separators=(",", ":")).encode("utf-8") + b"\n"
        checksum.update(text)
        packed.write(text)

    with one_snapshot():
        head = {"product": PRODUCT, "format": FORMAT, "taken_at": now.isoformat(), "database": connection.vendor}
        write(head | {"migrations": migrations()})
        for name, model in tables().items():
            write({"table": name, "columns": [field.column for field in columns(model)]})
            count = 0
            for row in _rows(model):
                write([encoded(value) for value in row])
                count += 1
            rows[name] = count
    write({"rows": rows})
    packed.write(json.dumps({"sha256": checksum.hexdigest()}).encode("ascii") + b"\n")
    return rows


def _rows(model: Model) -> Iterator[tuple[Any, ...]]:
    names = [field.attname for field in columns(model)]
    found = model._base_manager.order_by("pk").values_list(*names)
    return found.iterator(chunk_size=ROWS_AT_ONCE)
