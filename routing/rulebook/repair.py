"""A JSON value that a check refuses, as near to what was written as the check allows."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from typing import Any

from routing.rulebook.requirements import Finding
from routing.rulebook.values import ANY_NAMES, Check, Number

LOST: Any = object()
"""What is left of a value of which nothing can be kept."""
_PLACE = re.compile(r"\[(\d+)\]|\.?([^.\[]+)")


def repaired(value: Any, check: Check) -> tuple[Any, list[Finding]]:
    """The value as `check` lets it pass, and what it found. Names are taken to exist.

    A number moves to the nearest bound, a list or a mapping loses the entries that are refused; else it is LOST.
    """
    found = list(check(value, ANY_NAMES))
    if not found:
        return value, []
    nearer = _nearer(value, check, [path for path, _ in found])
    return (LOST if nearer is LOST or any(check(nearer, ANY_NAMES)) else nearer), found


def _nearer(value: Any, check: Check, paths: Collection[str]) -> Any:
    if isinstance(check, Number):
        return _within(value, check)
    return without(value, paths)


def _within(value: Any, bounds: Number) -> Any:
    if isinstance(value, bool) or not isinstance(value, int | float) or value != value:
        return LOST
    return min(max(value, bounds.low), bounds.high)


def without(value: Any, paths: Iterable[str]) -> Any:
    """A list or mapping without the entries at these paths; LOST if one of them is no entry of it."""
    inside: defaultdict[str, list[str]] = defaultdict(list)
    for path in paths:
        place = _PLACE.match(path)
        if place is None:
            return LOST
        inside[place[1] or place[2]].append(path[place.end() :])
    if isinstance(value, list):
        return [entry for index, entry in enumerate(value) if str(index) not in inside]
    if not isinstance(value, Mapping) or not inside.keys() <= value.keys():
        return LOST
    kept = {key: _entry(entry, inside[key]) if key in inside else entry for key, entry in value.items()}
    return {key: entry for key, entry in kept.items() if entry is not LOST}


def _entry(value: Any, paths: Collection[str]) -> Any:
    """An entry of a mapping: a list may lose some of its own, anything else goes as a whole."""
    return without(value, paths) if isinstance(value, list) and all(paths) else LOST
