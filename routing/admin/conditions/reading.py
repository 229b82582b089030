"""Conditions as people type them, and as they are stored."""

from __future__ import annotations

import csv
import re
from typing import Any

from routing.admin.conditions.choices import value_of
from routing.engine.fields import FieldKind, kind_of
from routing.engine.types import Operator
from routing.rulebook.conditions import EXACT
from routing.rulebook.words import value_in_words

NO_VALUE = {Operator.EMPTY, Operator.NOT_EMPTY}
LISTS = {Operator.ANY_OF, Operator.NONE_OF, Operator.IN_POSTAL, Operator.IN_TERRITORY}
NUMERIC = {Operator.LT, Operator.LTE, Operator.GT, Operator.GTE, Operator.IN_LAST_DAYS, Operator.HAS_SIGNAL}
FROM_TO = re.compile(r"\sto\s")
BETWEEN_NUMBERS = re.compile(r"[–,;]|(?<=\d)\s{0,3}-\s{0,3}(?=\d)")


def as_text(value: Any, operator: str) -> str:
    """A stored value as people type it: several with commas, in quotes where one has a comma itself; 10 to 500."""
    if value is None or value == "":
        return ""
    if isinstance(value, dict):
        value = [value.get("min", value.get("from")), value.get("max", value.get("to"))]
    if not isinstance(value, list):
        return value_in_words(value)
    if operator == Operator.BETWEEN:
        return " to ".join("" if end is None else value_in_words(end) for end in value)
    return ", ".join(_item(value_in_words(one)) for one in value)


def _item(text: str) -> str:
    return '"' + text.replace('"', '""') + '"' if re.search(r'[,\n]|^\s*"', text) else text


def read_row(row: dict[str, str]) -> dict[str, Any]:
    """A typed row as it is stored: numbers, lists, ranges and codes instead of texts."""
    field, operator, text = row["field"], row["op"], row["value"]
    kind = kind_of(field)
    if operator in NO_VALUE:
        return {"field": field, "op": operator}
    value: Any
    if operator == Operator.BETWEEN:
        value = [_scalar(part, kind, operator) for part in _ends(text, kind)]
    elif operator in LISTS:
        value = [_coded(field, _scalar(part, kind, operator), operator) for part in _items(text)]
    else:
        value = _coded(field, _scalar(text, kind, operator), operator)
    return {"field": field, "op": operator, "value": value}


def _ends(text: str, kind: FieldKind | None) -> list[str]:
    """What stands before and after “to”, either may be missing; between numbers also a dash, a comma or the like."""
    if FROM_TO.search(f" {text} "):
        return FROM_TO.split(f" {text} ")
    return BETWEEN_NUMBERS.split(text) if kind is FieldKind.NUMBER else text.split(",")


def _items(text: str) -> list[str]:
    """Several values, separated by commas or lines."""
    try:
        items = [part for line in csv.reader(text.splitlines(), skipinitialspace=True) for part in line]
    except csv.Error:  # one of them is longer than any value
        items = [text]
    return [item for item in items if item.strip()]


def _coded(field: str, value: Any, operator: str) -> Any:
    """DE for Germany, where a field is compared as a whole."""
    return value_of(field, value) if isinstance(value, str) and operator in EXACT else value


def _scalar(text: str, kind: FieldKind | None, operator: str) -> Any:
    """Numbers and yes/no where there are such; anything else stays the text that was typed."""
    text = text.strip()
    if kind is FieldKind.YES_NO:
        return {"yes": True, "true": True, "no": False, "false": False}.get(text.lower(), text)
    if kind is FieldKind.NUMBER or operator in NUMERIC:
        plain = text.replace(" ", "").replace("_", "")
        if re.fullmatch(r"-?\d{1,3}(,\d{3})+", plain):
            plain = plain.replace(",", "")
        if re.fullmatch(r"-?\d{1,15}", plain):
            return int(plain)
        if re.fullmatch(r"-?\d{1,15}\.\d{1,6}", plain):
            return float(plain)
    return text or None
