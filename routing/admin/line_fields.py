"""Form fields for small lists that people write one a line: facts of a lead, requirements, steps, grades."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from reps.admin_fields import LinesWidget
from routing.rulebook.requirements import KINDS

NUMBERS = frozenset({"employees", "annual_revenue", "expected_amount"})
"""Facts that are sent as numbers."""
NESTED = frozenset({"utm", "attributes"})
NEED = re.compile(
    r"(?P<noun>language|skill|topic)\s*:\s*(?P<name>[^,]+?)"
    r"(?:\s*,\s*level\s+(?P<level>\d))?(?:\s*,\s*(?P<patience>\d+(?:\.\d+)?)\s*min\w*)?",
    re.IGNORECASE,
)
STEP = re.compile(r"(?P<after>\d+(?:\.\d+)?)\s*(?:min\w*)?\s*:\s*(?P<do>\w+)(?:\s+unless\s+(?P<unless>\w+))?", re.I)
GRADE = re.compile(r"(?P<grade>[^:]+?)\s*:\s*(?P<least>-?\d+(?:\.\d+)?)")
PLAIN = re.compile(r"-?\d{1,15}(?:\.\d{1,6})?")


class LinesField(forms.CharField):
    """One thing a line. A subclass reads and writes the whole."""

    def __init__(self, **options: Any) -> None:
        options.setdefault("widget", LinesWidget())
        options.setdefault("required", False)
        super().__init__(**options)

    def prepare_value(self, value: Any) -> Any:
        try:
            return value if isinstance(value, str) else "\n".join(self.lines(value))
        except (TypeError, ValueError, AttributeError):  # written by hand: shown as it is, and refused
            return json.dumps(value)

    def to_python(self, value: Any) -> Any:
        return self.read([line.strip() for line in (value or "").splitlines() if line.strip()])

    def has_changed(self, initial: Any, data: Any) -> bool:
        return bool(self.prepare_value(initial).strip() != (data or "").replace("\r\n", "\n").strip())

    def lines(self, value: Any) -> Iterator[str]:
        raise NotImplementedError

    def read(self, lines: list[str]) -> Any:
        raise NotImplementedError


class FactsField(LinesField):
    """The facts of a lead as a form would send them, kept as JSON: country: DE."""

    def lines(self, value: Any) -> Iterator[str]:
        for name, fact in (value or {}).items():
            if name in NESTED and isinstance(fact, Mapping):
                yield from (f"{name}.{key}: {_text(part)}" for key, part in fact.items())
            else:
                yield f"{name}: {_text(fact)}"

    def read(self, lines: list[str]) -> dict[str, Any]:
        facts: dict[str, Any] = {}
        for line in lines:
            name, colon, text = (part.strip() for part in line.partition(":"))
            if not colon or not name:
                raise ValidationError(f"“{line}” is not a fact. Write the field, a colon and the value: country: DE.")
            outer, dot, inner = name.partition(".")
            if dot and outer in NESTED:
                facts.setdefault(outer, {})[inner] = _value(inner, text)
            else:
                facts[name] = _value(name, text)
        return facts


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _value(name: str, text: str) -> Any:
    if text in ("true", "false"):
        return text == "true"
    if name in NUMBERS and PLAIN.fullmatch(text):
        return float(text) if "." in text else int(text)
    if text.startswith(("[", "{")):
        try:
            return json.loads(text)
        except ValueError:
            return text
    return text


class RequirementsField(LinesField):
    """What a rep needs: language: lead, 5 minutes."""

    def lines(self, value: Any) -> Iterator[str]:
        for key, (noun, _) in KINDS.items():
            entries = (value or {}).get(key) or []
            for entry in [entries] if isinstance(entries, str) else entries:
                terms = entry if isinstance(entry, Mapping) else {noun: entry}
                level = f", level {terms['level']}" if terms.get("level") else ""
                patience = terms.get("patience_minutes")
                yield f"{noun}: {terms.get(noun)}{level}" + (f", {patience:g} minutes" if patience else "")

    def read(self, lines: list[str]) -> dict[str, Any]:
        needs: dict[str, Any] = {}
        keys = {noun: key for key, (noun, _) in KINDS.items()}
        for line in lines:
            found = NEED.fullmatch(line)
            if found is None:
                raise ValidationError(
                    f"“{line}” cannot be read. Write it as one of: language: lead · language: de, 10 minutes · "
                    "skill: security · topic: kubernetes, level 2, 10 minutes."
                )
            noun = found["noun"].lower()
            terms: dict[str, Any] = {noun: found["name"].strip()}
            if found["level"]:
                terms["level"] = int(found["level"])
            if found["patience"]:
                terms["patience_minutes"] = _number(found["patience"])
            needs.setdefault(keys[noun], []).append(terms if len(terms) > 1 else terms[noun])
        return needs


class StepsField(LinesField):
    """What happens without an answer: 3 minutes: remind unless accepted."""

    def lines(self, value: Any) -> Iterator[str]:
        for step in value or []:
            unless = f" unless {step['unless']}" if step.get("unless") else ""
            yield f"{step.get('after_minutes', 0):g} minutes: {step.get('do', '')}{unless}"

    def read(self, lines: list[str]) -> list[dict[str, Any]]:
        steps = []
        for line in lines:
            found = STEP.fullmatch(line)
            if found is None:
                raise ValidationError(f"“{line}” cannot be read. Write it as: 3 minutes: remind unless accepted.")
            unless = {"unless": found["unless"].lower()} if found["unless"] else {}
            steps.append({"after_minutes": _number(found["after"]), "do": found["do"].lower()} | unless)
        return steps


class GradesField(LinesField):
    """The least score of each grade: A: 75."""

    def lines(self, value: Any) -> Iterator[str]:
        yield from (f"{grade}: {least:g}" for grade, least in (value or {}).items())

    def read(self, lines: list[str]) -> dict[str, float]:
        grades: dict[str, float] = {}
        for line in lines:
            found = GRADE.fullmatch(line)
            if found is None:
                raise ValidationError(f"“{line}” cannot be read. Write a grade, a colon and its least score: A: 75.")
            grades[found["grade"]] = _number(found["least"])
        return grades


def _number(text: str) -> float:
    return float(text) if "." in text else int(text)
