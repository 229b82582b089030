"""What came in, made storable: characters stripped and noted, types and sizes checked. Nothing is interpreted yet."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Mapping
from typing import Any, TypeAlias

Errors: TypeAlias = dict[str, list[str]]

UNSTORABLE = re.compile(r"[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\u200b\u202a-\u202e\u2066-\u2069\ufeff]")
"""NUL and control characters, lone surrogates, invisible characters and those that turn the direction of text."""
LINE_BREAKS = re.compile("\r\n|[\r\v\f\x85\u2028\u2029]")
BLANKS = re.compile(r"\s+")
LARGEST_INTEGER = 2**63 - 1
MOST_ENTRIES = 100
LONGEST_KEY = 100
LONGEST_ENTRY = 2_000
FLAT = "Send an object without objects in it, such as {“size”: “large”}."


class Unusable(ValueError):
    """A value that cannot be used; the text says why and what to send."""


# --- characters ------------------------------------------------------------------------------------------------


def strip_unstorable(facts: Mapping[Any, Any]) -> tuple[dict[str, Any], list[str]]:
    """The facts without characters that cannot be kept, and the names of the fields that had some."""
    stripped: list[str] = []
    return _strip_entries(facts, "", stripped), stripped


def _strip_entries(entries: Mapping[Any, Any], prefix: str, stripped: list[str]) -> dict[str, Any]:
    clean: dict[str, Any] = {}
    for key, value in entries.items():
        text = key if isinstance(key, str) else type(key).__name__
        path = prefix + UNSTORABLE.sub("", text)
        name = _strip(text, path, stripped)
        if isinstance(value, str):
            clean[name] = _strip(value, path, stripped)
        elif isinstance(value, list | tuple):
            clean[name] = [_strip(entry, path, stripped) if isinstance(entry, str) else entry for entry in value]
        elif isinstance(value, Mapping) and not prefix:
            clean[name] = _strip_entries(value, f"{path}.", stripped)
        else:
            clean[name] = value  # a number, a boolean, or too deep and refused later on
    return clean


def _strip(text: str, path: str, stripped: list[str]) -> str:
    clean = UNSTORABLE.sub("", text)
    if clean != text and path not in stripped:
        stripped.append(path)
    return clean


def storable_errors(errors: Mapping[str, list[str]]) -> Errors:
    """What is said of values and quotes them, as it can be kept and answered."""
    return {_marked(name): [_marked(text) for text in texts] for name, texts in errors.items()}


def _marked(text: str) -> str:
    return UNSTORABLE.sub("\ufffd", text)


# --- types and sizes -------------------------------------------------------------------------------------------


def text(value: Any, *, limit: int) -> str:
    """One line, blanks collapsed. Whole numbers are taken as they are written."""
    line = BLANKS.sub(" ", _as_text(value)).strip()
    return _within(limit, line)


def lines(value: Any, *, limit: int) -> str:
    """Text that may have several lines."""
    return _within(limit, LINE_BREAKS.sub("\n", _as_text(value)).strip())


def yes_or_no(value: Any) -> bool:
    if not isinstance(value, bool):
        raise Unusable("Send true or false.")
    return value


def entries(value: Any, *, texts_only: bool = False) -> tuple[dict[str, Any], Errors]:
    """A flat object, and what is wrong with it by key ("" for the object itself). Entries without value go."""
    if not isinstance(value, Mapping):
        return {}, {"": [FLAT]}
    if len(value) > MOST_ENTRIES:
        return {}, {"": [f"Too many entries: {len(value)}, at most {MOST_ENTRIES}."]}
    clean: dict[str, Any] = {}
    errors: Errors = {}
    for key, entry in value.items():
        try:
            name = text(key, limit=LONGEST_KEY)
            if not name:
                raise Unusable("Every entry needs a name.")
            if entry is not None:
                clean[name] = text(entry, limit=LONGEST_ENTRY) if texts_only else _entry(entry)
        except Unusable as error:
            errors[str(key)[:LONGEST_KEY]] = [str(error)]
    return clean, errors


def _entry(value: Any) -> Any:
    if not isinstance(value, list):
        return _scalar(value)
    if len(value) > MOST_ENTRIES:
        raise Unusable(f"Too many items: {len(value)}, at most {MOST_ENTRIES}.")
    return [_scalar(item) for item in value]


def _scalar(value: Any) -> str | int | float | bool:
    if isinstance(value, bool):
        return value
    if isinstance(value, str):
        return _within(LONGEST_ENTRY, LINE_BREAKS.sub("\n", _as_text(value)).strip())
    if isinstance(value, int):
        return _whole(value)
    if isinstance(value, float) and math.isfinite(value):
        return value
    raise Unusable("Send text, a number, true or false, or a list of these.")


def _whole(value: int) -> int:
    if abs(value) > LARGEST_INTEGER:
        raise Unusable("This number is too large. Send it as text.")
    return value


def _as_text(value: Any) -> str:
    if isinstance(value, str):
        return unicodedata.normalize("NFC", value)
    if isinstance(value, int) and not isinstance(value, bool):
        return str(_whole(value))
    raise Unusable("Send text.")


def _within(limit: int, value: str) -> str:
    if len(value) > limit:
        raise Unusable(f"Too long: {len(value)} characters, at most {limit}.")
    return value
