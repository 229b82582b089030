"""What programs put where an id is missing. Taken for ids, they would make one lead of strangers."""

from __future__ import annotations

from typing import Any

from routing.intake.mapping.values import bare

EMPTY = frozenset(["n/a", "na", "nan", "nil", "none", "null", "undefined", "unknown", "true", "false"])


def names_nobody(value: Any) -> bool:
    """`false`, “N/A”, “null”, zeros and marks alone; a list with one of them."""
    if isinstance(value, list):
        return any(map(names_nobody, value))
    found = bare(value)
    if not isinstance(found, str | int | float):
        return False
    text = str(found).strip().casefold()
    return text in EMPTY or not any(sign.isalnum() and sign != "0" for sign in text)
