"""Examples of requests and answers for the OpenAPI document, as recorded: the tests make them anew and compare."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

CSV = "text/csv"
RECORDED = Path(__file__).with_name("examples.json")


@cache
def recorded() -> Mapping[str, Mapping[str, Any]]:
    """Operation → `request` and, by status, `answers`."""
    if not RECORDED.exists():
        return {}
    examples: dict[str, dict[str, Any]] = json.loads(RECORDED.read_text(encoding="utf-8"))
    return examples


def add_examples(operation: dict[str, Any]) -> None:
    """Write what was recorded of an operation into its part of the document."""
    example = recorded().get(operation["operationId"], {})
    for kind, body in operation.get("requestBody", {}).get("content", {}).items():
        if "request" in example and (kind == CSV) == isinstance(example["request"], str):
            body["example"] = example["request"]
    for status, answer in example.get("answers", {}).items():
        for body in operation["responses"].get(status, {}).get("content", {}).values():
            body["example"] = answer
