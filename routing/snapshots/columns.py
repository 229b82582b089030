"""Lists of numbers and instants as short JSON, and JSON packed into bytes."""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
FASTEST, TIGHT = 1, 6
"""How hard zlib tries: a decision's own part is packed for every lead, what a batch shares once."""
NARROW, WIDE = 12, 15
"""How far back zlib looks, as powers of 2. Making ready to look far takes longer than packing a decision's own part."""
_ENCODER = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False, default=str)


def pack_json(value: Any, level: int = FASTEST) -> bytes:
    """JSON, compressed."""
    return pack_text(json_text(value), level)


def pack_text(text: str, level: int = FASTEST) -> bytes:
    """JSON that is written already, compressed."""
    packer = zlib.compressobj(level, zlib.DEFLATED, NARROW if level == FASTEST else WIDE)
    return packer.compress(text.encode()) + packer.flush()


def json_text(value: Any) -> str:
    return _ENCODER.encode(value)


def json_bytes(value: Any) -> bytes:
    return json_text(value).encode()


def unpack_json(packed: bytes | memoryview) -> Any:
    """The inverse of pack_json; nothing packed is an empty object."""
    return json.loads(zlib.decompress(packed)) if packed else {}


def micros(instant: datetime | None) -> int | None:
    """An instant as microseconds since 1970, so that it is read back to the last one."""
    return None if instant is None else (instant - EPOCH) // MICROSECOND


def instant(number: int | None) -> datetime | None:
    """The inverse of micros."""
    return None if number is None else EPOCH + number * MICROSECOND


def steps(numbers: Iterable[int]) -> list[int]:
    """Each number as the step from the one before: rising keys become small ones."""
    before, found = 0, []
    for number in numbers:
        found.append(number - before)
        before = number
    return found


def walk(steps_between: Iterable[int]) -> list[int]:
    """The inverse of steps."""
    place, found = 0, []
    for step in steps_between:
        place += step
        found.append(place)
    return found


def trimmed(row: Sequence[Any]) -> list[Any]:
    """A row without its empty ends."""
    kept = list(row)
    while kept and not kept[-1] and kept[-1] != 0:
        kept.pop()
    return kept


def filled(row: Sequence[Any], length: int) -> list[Any]:
    """The inverse of trimmed: missing ends are None."""
    return [*row, *[None] * (length - len(row))]
