"""A row of the file with its defaults and options → the facts of a lead."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from routing.services.imports.leads.facts import ATTRIBUTES, read_facts
from routing.services.imports.mapping import TO_ATTRIBUTES
from routing.services.imports.postal import filled, remark
from routing.services.imports.section import Errors, Task

POSTAL = "postal_code"


def facts_of(task: Task, values: Mapping[str, Any], known: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """The facts that a row's cells say, defaults and options included; `known`: what they say by field, if known."""
    said = task.facts_of(values) if known is None else dict(known)
    if task.options.get("unmapped") == TO_ATTRIBUTES:
        mapping = task.imported.mapping
        said |= {ATTRIBUTES + column: value for column, value in values.items() if not mapping.get(column)}
    facts = read_facts(said)
    if POSTAL in facts:
        facts[POSTAL] = filled(facts[POSTAL], facts.get("country"))
    return facts | {"test": True} if task.options.get("test") else facts


def remarks(task: Task, known: Mapping[str, Any]) -> Errors:
    """What should be known of how a row was read, by field; counted in the report."""
    text, sentence = remark(known.get(POSTAL), known.get("country"))
    if sentence:
        task.note(sentence)
    return {POSTAL: [text]} if text else {}
