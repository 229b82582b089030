"""Bodies of other programs: JSON or the fields of a form → the value that paths lead into, and the text to keep."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from routing.intake.strict_json import Unreadable, parse_json, parse_text

JSON = "application/json"
FORM = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data"
MOST_FIELDS = 1_000


@dataclass(frozen=True, slots=True)
class Body:
    """`raw` is what is kept; `value` what it says; `problem` why it says nothing that could be read."""

    raw: str
    content_type: str
    value: Any = None
    problem: str = ""


def json_body(body: bytes) -> Body:
    raw = body.decode("utf-8", "replace")
    try:
        value = parse_json(body)
    except Unreadable as error:
        return Body(raw, JSON, problem=str(error))
    if not isinstance(value, dict | list):
        return Body(raw, JSON, problem="The body must be a JSON object, or a list of objects.")
    return Body(raw, JSON, value)


def form_body(body: bytes) -> Body:
    """Of application/x-www-form-urlencoded."""
    try:
        pairs = parse_qsl(body.decode("utf-8"), keep_blank_values=True, errors="strict", max_num_fields=MOST_FIELDS)
    except UnicodeDecodeError:
        return Body(body.decode("utf-8", "replace"), FORM, problem="The fields are not UTF-8.")
    except ValueError:
        return Body(body.decode("utf-8", "replace"), FORM, problem=f"More than {MOST_FIELDS} fields.")
    return pairs_body(pairs, FORM)


def pairs_body(pairs: Iterable[tuple[str, str]], content_type: str) -> Body:
    """Of names and values. What stands there several times is a list."""
    given = list(pairs)
    return Body(json.dumps(given, ensure_ascii=False), content_type, _object(given))


def item_body(item: Any) -> Body:
    """One item of a list, as if it had come alone."""
    problem = "" if isinstance(item, dict) else "This item of the list is no object."
    return Body(json.dumps(item, ensure_ascii=False), JSON, item, problem)


def kept_body(raw: str, content_type: str) -> Body:
    """The same again, from what was kept of it or what somebody pasted."""
    kind = content_type.partition(";")[0].strip().lower()
    if kind in (FORM, MULTIPART):
        try:
            value = parse_text(raw)
        except Unreadable:
            return form_body(raw.encode("utf-8", "replace"))
        return Body(raw, kind, _object(_pairs(value)))
    return json_body(raw.encode("utf-8", "replace"))


def says_the_same(one: Body, other: Body) -> bool:
    """Whatever their blanks and the order of their names."""
    first, second = (json.dumps(body.value, sort_keys=True) for body in (one, other))
    return one.value is not None and first == second


def pasted_body(text: str) -> Body:
    """What somebody pasted: JSON, or the fields of a form as a browser sends them."""
    plain = text.strip()
    return (
        json_body(plain.encode("utf-8", "replace"))
        if plain[:1] in "{["
        else form_body(plain.encode("utf-8", "replace"))
    )


def _pairs(value: Any) -> list[tuple[str, str]]:
    rows = value if isinstance(value, list) else []
    return [(str(row[0]), str(row[1])) for row in rows if isinstance(row, list) and len(row) == 2]


def _object(pairs: list[tuple[str, str]]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for name, value in pairs:
        if name in values:
            before = values[name]
            values[name] = [*before, value] if isinstance(before, list) else [before, value]
        else:
            values[name] = value
    return values
