"""The form of a rule's conditions: rows of field, operator and value; AND inside a group, OR between groups.

It works without JavaScript: there is always an empty row in every group, and an empty group.
"""

from __future__ import annotations

import re
from collections import defaultdict
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from routing.engine.fields import FIELDS, OPERATORS_BY_KIND, OPTIONS, FieldKind, kind_of
from routing.engine.types import Operator
from routing.models import Territory
from routing.rulebook.check import row_problem
from routing.rulebook.words import OPERATOR_WORDS, value_in_words

OTHER = "other"
UTM = ("utm.source", "utm.medium", "utm.campaign", "utm.term", "utm.content")
PART = re.compile(r"-(\d{1,3})-(\d{1,3})-(field|other|op|value)$")
NO_VALUE = {Operator.EMPTY, Operator.NOT_EMPTY}
LISTS = {Operator.ANY_OF, Operator.NONE_OF, Operator.IN_POSTAL, Operator.IN_TERRITORY}
EMPTY_ROW = {"field": "", "op": "", "value": ""}


def field_groups() -> list[tuple[str, list[tuple[str, str]]]]:
    """All fields that a condition can ask about, as a select shows them."""
    own = [(name, _label(name)) for name in FIELDS if not name.startswith("account.")]
    account = [(name, _label(name)) for name in FIELDS if name.startswith("account.")]
    return [
        ("The lead", own),
        ("The account it matched", account),
        ("Where it came from", [(name, _label(name)) for name in UTM]),
        ("Anything else", [(OTHER, "Another field …")]),
    ]


def _label(name: str) -> str:
    words = name.replace("utm.", "UTM ").replace(".", " ").replace("_", " ")
    return words[0].upper() + words[1:]


def operators_of(field: str) -> list[str]:
    kind = kind_of(field) or FieldKind.ANY
    return [operator.value for operator in Operator if operator in OPERATORS_BY_KIND[kind]]


class ConditionsWidget(forms.Widget):
    template_name = "admin/widgets/conditions.html"

    class Media:
        js = ["leadrouting/conditions.js"]

    def __init__(self, attrs: Any = None) -> None:
        super().__init__(attrs)
        self.row_errors: dict[tuple[int, int], str] = {}

    def value_from_datadict(self, data: Any, files: Any, name: str) -> list[list[dict[str, str]]]:
        rows: defaultdict[tuple[int, int], dict[str, str]] = defaultdict(dict)
        for key in data:
            if key.startswith(f"{name}-") and (match := PART.search(key)):
                group, row, part = match.groups()
                rows[int(group), int(row)][part] = data.get(key, "").strip()
        groups: defaultdict[int, list[dict[str, str]]] = defaultdict(list)
        for (group, _), parts in sorted(rows.items()):
            if field := parts.get("other", "") if parts.get("field") == OTHER else parts.get("field", ""):
                groups[group].append({"field": field, "op": parts.get("op", ""), "value": parts.get("value", "")})
        return list(groups.values())

    def value_omitted_from_data(self, data: Any, files: Any, name: str) -> bool:
        return not any(key.startswith(f"{name}-") for key in data)

    def get_context(self, name: str, value: Any, attrs: Any) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        groups = [group for group in value if isinstance(group, list)] if isinstance(value, list) else []
        context["widget"] |= {
            "groups": [self._group(name, at, group) for at, group in enumerate([*groups, []])],
            "operators": OPERATOR_WORDS,
            "fields": field_groups(),
            "field_data": {field: _data_of(field) for _, fields in field_groups() for field, _ in fields},
        }
        return context

    def _group(self, name: str, at: int, rows: list[Any]) -> list[dict[str, Any]]:
        return [self._row(name, at, place, row) for place, row in enumerate([*rows, EMPTY_ROW])]

    def _row(self, name: str, group: int, place: int, row: Any) -> dict[str, Any]:
        row = row if isinstance(row, dict) else EMPTY_ROW
        field, known = str(row.get("field", "")), dict(FIELDS) | dict.fromkeys(UTM)
        return {
            "prefix": f"{name}-{group}-{place}",
            "field": field if field in known or not field else OTHER,
            "other": "" if field in known else field,
            "op": str(row.get("op", "")),
            "value": as_text(row.get("value"), str(row.get("op", ""))),
            "error": self.row_errors.get((group, place), ""),
        }


def _data_of(field: str) -> dict[str, Any]:
    """What the script needs to offer only operators that fit, and to suggest values."""
    return {"operators": operators_of(field), "options": sorted(OPTIONS.get(field, ()))}


def as_text(value: Any, operator: str) -> str:
    """A stored value as people type it."""
    if value is None or value == "":
        return ""
    if isinstance(value, dict):
        value = [value.get("min", value.get("from")), value.get("max", value.get("to"))]
    if operator == Operator.BETWEEN and isinstance(value, list):
        return " to ".join("" if end is None else value_in_words(end) for end in value)
    return value_in_words(value)


class ConditionsField(forms.Field):
    """Conditions as the rulebook stores them. Every broken row is reported beside it."""

    widget = ConditionsWidget

    def clean(self, value: Any) -> list[list[dict[str, Any]]]:
        groups = [[read_row(row) for row in group] for group in value or []]
        territories = list(Territory.objects.current().values_list("name", flat=True))
        errors = {
            (at, place): problem
            for at, group in enumerate(groups)
            for place, row in enumerate(group)
            if (problem := row_problem(row, territories))
        }
        if errors:
            self.widget.row_errors = errors
            raise ValidationError("Mend the rows marked in red.")
        return groups

    def has_changed(self, initial: Any, data: Any) -> bool:
        return [[read_row(row) for row in group] for group in data or []] != (initial or [])


def read_row(row: dict[str, str]) -> dict[str, Any]:
    """A typed row as it is stored: numbers, lists and ranges instead of texts."""
    kind, operator, text = kind_of(row["field"]), row["op"], row["value"]
    if operator in NO_VALUE:
        return {"field": row["field"], "op": operator}
    if operator == Operator.BETWEEN:
        parts = re.split(
            r"\s+to\s+|\s*[–,;]\s*|(?<=\d)\s*-\s*(?=\d)" if kind is FieldKind.NUMBER else r"\s+to\s+|,", text
        )
        value: Any = [_scalar(part, kind) for part in parts]
    elif operator in LISTS:
        value = [_scalar(part, kind) for part in re.split(r"[,\n]", text) if part.strip()]
    else:
        value = _scalar(text, kind, operator)
    return {"field": row["field"], "op": operator, "value": value}


def _scalar(text: str, kind: FieldKind | None, operator: str = "") -> Any:
    """Numbers and yes/no where the field has them; anything else stays the text that was typed."""
    text = text.strip()
    if kind is FieldKind.YES_NO:
        return {"yes": True, "true": True, "no": False, "false": False}.get(text.lower(), text)
    if kind is FieldKind.NUMBER or operator == Operator.IN_LAST_DAYS:
        plain = text.replace(" ", "").replace("_", "")
        if re.fullmatch(r"-?\d{1,3}(,\d{3})+", plain):
            plain = plain.replace(",", "")
        if re.fullmatch(r"-?\d{1,15}", plain):
            return int(plain)
        if re.fullmatch(r"-?\d{1,15}\.\d{1,6}", plain):
            return float(plain)
    return text or None
