"""The form of a mapping: rows of our field, where it stands, and transforms one a line. Works without JavaScript."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from routing.intake.mapping import (
    TRANSFORMS,
    InvalidMapping,
    check_mapping,
    mapping_document,
    transform_lines,
    transforms_of_lines,
)
from routing.intake.mapping.check import FIELDS, UNWANTED

PART = re.compile(r"-(\d{1,3})-(field|path|transforms)$")
PARTS = ("field", "path", "transforms")
CONSTANT = "="
EMPTY_ROWS = 3
SUGGESTED = (*FIELDS, "utm.source", "utm.medium", "utm.campaign", "attributes.", "attributes.*", "utm.*", UNWANTED)
"""What a row can fill; others begin with utm. or attributes."""


class MappingWidget(forms.Widget):
    template_name = "admin/widgets/mapping.html"

    def __init__(self, attrs: Any = None) -> None:
        super().__init__(attrs)
        self.row_errors: Mapping[str, list[str]] = {}

    def value_from_datadict(self, data: Any, files: Any, name: str) -> list[dict[str, str]]:
        rows: dict[int, dict[str, str]] = {}
        for key in data:
            if key.startswith(f"{name}-") and (match := PART.search(key)):
                rows.setdefault(int(match[1]), {})[match[2]] = data.get(key, "")
        ordered = ({part: row.get(part, "").strip() for part in PARTS} for _, row in sorted(rows.items()))
        return [row for row in ordered if any(row.values())]

    def value_omitted_from_data(self, data: Any, files: Any, name: str) -> bool:
        return not any(key.startswith(f"{name}-") for key in data)

    def get_context(self, name: str, value: Any, attrs: Any) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        rows = value if isinstance(value, list) else []
        shown = [*rows, *([dict.fromkeys(PARTS, "")] * EMPTY_ROWS)]
        told: set[str] = set()
        context["widget"] |= {
            "rows": [self._row(name, at, row, told) for at, row in enumerate(shown)],
            "fields": SUGGESTED,
            "transforms": [(each.example or key, each.says) for key, each in TRANSFORMS.items()],
        }
        return context

    def _row(self, name: str, at: int, row: Mapping[str, str], told: set[str]) -> dict[str, Any]:
        """The errors of a field stand at the first of its rows."""
        field = row.get("field", "")
        errors = [] if field in told else self.row_errors.get(field, [])
        told.add(field)
        lines = max(1, row.get("transforms", "").count("\n") + 1)
        return {
            "prefix": f"{name}-{at}",
            "errors": errors,
            "lines": lines,
            **{part: row.get(part, "") for part in PARTS},
        }


class MappingField(forms.Field):
    """A mapping as an inbound address keeps it. Every broken row is reported beside it."""

    widget = MappingWidget

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"required": False} | options)

    def prepare_value(self, value: Any) -> Any:
        return list(rows_of(value)) if isinstance(value, Mapping) else value

    def clean(self, value: Any) -> dict[str, Any]:
        rows = value or []
        self.widget.row_errors = {}
        if unnamed := [row["path"] or row["transforms"] for row in rows if not row["field"]]:
            self.widget.row_errors = {"": ["Choose the field of the lead that this fills."]}
            raise ValidationError(f"A row has no field: {unnamed[0][:80]}.")
        try:
            return mapping_document(check_mapping(document_of(rows)))
        except InvalidMapping as error:
            self.widget.row_errors = error.errors
            names = ", ".join(list(error.errors)[:5])
            raise ValidationError(error.errors.get("mapping") or f"Look at: {names}.") from error

    def has_changed(self, initial: Any, data: Any) -> bool:
        return bool(self.prepare_value(initial or {}) != data)


def document_of(rows: list[dict[str, str]]) -> dict[str, Any]:
    """Several rows of one field are ways of which the first that gives something counts."""
    ways: dict[str, list[Any]] = {}
    for row in rows:
        path = row["path"]
        constant = path.startswith(CONSTANT)
        way: dict[str, Any] = {"value": path[1:].strip()} if constant else {"path": path}
        ways.setdefault(row["field"], []).append(way | {"transforms": transforms_of_lines(row["transforms"])})
    return {field: found if len(found) > 1 else found[0] for field, found in ways.items()}


def rows_of(document: Mapping[str, Any]) -> Iterator[dict[str, str]]:
    """A mapping as rows, one for each way."""
    for field, written in document.items():
        for way in written if isinstance(written, list) else [written]:
            parts = {"path": way} if isinstance(way, str) else dict(way)
            lines = transform_lines(parts.get("transforms") or [])
            paths = parts.get("path") or []
            for path in [paths] if isinstance(paths, str) else paths:
                yield {"field": field, "path": path, "transforms": lines}
            if parts.get("value") is not None:
                yield {"field": field, "path": f"{CONSTANT} {_text(parts['value'])}", "transforms": lines}


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)
