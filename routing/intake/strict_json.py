"""JSON in UTF-8, read strictly: bytes in, values out, or a sentence that says what is wrong with them."""

from __future__ import annotations

import json
import math
from typing import Any, NoReturn

DEEPEST = 32
LARGEST_INTEGER = 2**63 - 1
LONGEST_NAME_SHOWN = 80
TOO_DEEP = f"The body is nested too deep: {DEEPEST} levels are the most."


class Unreadable(ValueError):
    """The text says what is wrong and where."""


def parse_json(body: bytes) -> Any:
    """The value that `body` holds. Raises Unreadable, and nothing else."""
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Unreadable(f"The body is not UTF-8: byte {error.start + 1} does not belong there.") from error
    return parse_text(text)


def parse_text(text: str) -> Any:
    """The same of a text."""
    try:
        value = json.loads(
            text, object_pairs_hook=_object, parse_int=_integer, parse_float=_number, parse_constant=_constant
        )
    except RecursionError as error:
        raise Unreadable(TOO_DEEP) from error
    except json.JSONDecodeError as error:
        raise Unreadable(f"The body is not JSON: {error.msg}, line {error.lineno} column {error.colno}.") from error
    _refuse_deep(value)
    return value


def _refuse_deep(value: Any) -> None:
    """Raise Unreadable if objects and lists are nested deeper than any body needs. Does not recurse itself."""
    level = [value]
    for _ in range(DEEPEST):
        level = [child for each in level for child in _inside(each) if isinstance(child, dict | list)]
        if not level:
            return
    raise Unreadable(TOO_DEEP)


def _inside(value: Any) -> Any:
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list) else ()


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) < len(pairs):
        seen: set[str] = set()
        twice = next(name for name, _ in pairs if name in seen or seen.add(name))  # type: ignore[func-returns-value]
        raise Unreadable(f"“{twice[:LONGEST_NAME_SHOWN]}” stands twice in the same object.")
    return result


def _integer(digits: str) -> int:
    if len(digits) > len(str(LARGEST_INTEGER)) + 1 or abs(int(digits)) > LARGEST_INTEGER:
        raise Unreadable("A whole number is too large: 64 bits are the most.")
    return int(digits)


def _number(digits: str) -> float:
    number = float(digits)
    if not math.isfinite(number):
        raise Unreadable("A number is too large.")
    return number


def _constant(word: str) -> NoReturn:
    raise Unreadable(f"{word} is not JSON.")
