"""The form of a rule's conditions: rows of field, operator and value; AND inside a group, OR between groups.

It works without JavaScript: there are always some empty rows in every group, and an empty group more.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from routing.admin.conditions.choices import Choices
from routing.admin.conditions.fields import CHOSEN_AS, OFFERED, OTHER, field_groups, kinds_for_script
from routing.admin.conditions.reading import NO_VALUE, as_text, read_row
from routing.engine.types import Operator
from routing.models import Territory
from routing.rulebook.conditions import fault_of
from routing.rulebook.words import OPERATOR_WORDS

PART = re.compile(r"-(\d{1,3})-(\d{1,3})-(field|other|op|value)$")
EMPTY_ROW = {"field": "", "op": "", "value": ""}
EMPTY_ROWS = 2
"""How many follow the rows of a group; an empty group has one more."""
FIELD = "conditions"
"""The name of the field in the form of a rule."""
COUNT = "_count"
"""The button that counts what the conditions match, and saves nothing."""
WITHOUT_NEED = NO_VALUE | {Operator.HAS_SIGNAL}
"""Comparisons that need no value."""
Place = tuple[int, int]
"""Of a row: the number of its group, and its own there."""


class ConditionsWidget(forms.Widget):
    """`choices`, `names`, the addresses and `counted` are the page's, for the one request that it answers."""

    template_name = "admin/widgets/conditions.html"

    class Media:
        js = [
            "leadrouting/condition_values.js",
            "leadrouting/conditions.js",
            "leadrouting/condition_count.js",
        ]

    def __init__(self, attrs: Any = None) -> None:
        super().__init__(attrs)
        self.row_errors: dict[Place, str] = {}
        self.choices: Mapping[str, Choices] = {}
        self.names: Sequence[str] = ()
        self.help_url = ""
        self.count_url = ""
        self.counted: Mapping[str, Any] | None = None

    def value_from_datadict(self, data: Any, files: Any, name: str) -> list[list[dict[str, str]]]:
        """Every row in which anything stands, also one whose field was forgotten."""
        rows: defaultdict[Place, dict[str, str]] = defaultdict(dict)
        for key in data:
            if key.startswith(f"{name}-") and (match := PART.search(key)):
                group, row, part = match.groups()
                rows[int(group), int(row)][part] = data.get(key, "").replace("\0", "").strip()
        groups: defaultdict[int, list[dict[str, str]]] = defaultdict(list)
        for (group, _), parts in sorted(rows.items()):
            field = parts.get("field", "")
            if field == OTHER or (not field and parts.get("other")):
                field = parts.get("other") or OTHER
            if field or parts.get("value"):
                groups[group].append({"field": field, "op": parts.get("op", ""), "value": parts.get("value", "")})
        return list(groups.values())

    def value_omitted_from_data(self, data: Any, files: Any, name: str) -> bool:
        return not any(key.startswith(f"{name}-") for key in data)

    def get_context(self, name: str, value: Any, attrs: Any) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        groups = [group for group in value if isinstance(group, list)] if isinstance(value, list) else []
        context["widget"] |= {
            "groups": [self._group(name, at, group) for at, group in enumerate([*(groups or [[]]), []])],
            "operators": OPERATOR_WORDS,
            "fields": field_groups(),
            "kinds": kinds_for_script(),
            "choices": self.choices,
            "names": self.names,
            "help_url": self.help_url,
            "count": COUNT,
            "count_url": self.count_url,
            "counted": self.counted,
        }
        return context

    def _group(self, name: str, at: int, rows: list[Any]) -> list[dict[str, Any]]:
        empty = [EMPTY_ROW] * (EMPTY_ROWS if rows else EMPTY_ROWS + 1)
        return [self._row(name, at, place, row) for place, row in enumerate([*rows, *empty])]

    def _row(self, name: str, group: int, place: int, row: Any) -> dict[str, Any]:
        row = row if isinstance(row, dict) else EMPTY_ROW
        field = str(row.get("field", ""))
        offered, typed = field in OFFERED or not field, "" if field == OTHER else field
        chosen = CHOSEN_AS.get(field, field)
        return {
            "prefix": f"{name}-{group}-{place}",
            "field": field if offered else OTHER,
            "other": "" if offered else typed,
            "op": str(row.get("op", "")),
            "value": as_text(row.get("value"), str(row.get("op", ""))),
            "list": chosen if chosen in self.choices else "",
            "error": self.row_errors.get((group, place), ""),
        }


class ConditionsField(forms.Field):
    """Conditions as the rulebook stores them. Every broken row is reported beside it."""

    widget = ConditionsWidget

    def clean(self, value: Any) -> list[list[dict[str, Any]]]:
        groups = [[read_row(row) for row in group] for group in value or []]
        if errors := problems_of_rows(groups):
            self.widget.row_errors = errors
            raise ValidationError("Mend the conditions marked in red.")
        return groups

    def has_changed(self, initial: Any, data: Any) -> bool:
        return [[read_row(row) for row in group] for group in data or []] != (initial or [])


def problems_of_rows(groups: list[list[dict[str, Any]]]) -> dict[Place, str]:
    """What is wrong with rows that were read, by place. One query."""
    territories = list(Territory.objects.current().values_list("name", flat=True))
    return {
        (at, place): problem
        for at, group in enumerate(groups)
        for place, row in enumerate(group)
        if (problem := _missing(row) or _fault(row, territories))
    }


def _missing(row: dict[str, Any]) -> str:
    """What was not given yet."""
    field, operator, value = row["field"], row["op"], row.get("value")
    if field == OTHER:
        return "Name the field, such as attributes.size."
    if not field:
        return "Choose a field."
    values = value if isinstance(value, list) else [value]
    given = [one for one in values if one is not None]
    if operator == Operator.BETWEEN and (not given or len(values) != 2):
        return "Give a range such as 10 to 500; one end may be missing."
    return "" if given or operator in WITHOUT_NEED else "Give a value."


def _fault(row: dict[str, Any], territories: Sequence[str]) -> str:
    """What is wrong with what was given, as a sentence beside its line."""
    fault = fault_of(row["field"], row["op"], row.get("value"), territories)
    if not fault:
        return ""
    said = fault.removeprefix(f"{row['field']}: ").rstrip(".")
    return f"{said[0].upper()}{said[1:]}."
