"""Caps: the most leads somebody may get an hour, a day or a week, or have open or unanswered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

CAP_KINDS = ("hour", "day", "week", "open", "unanswered")


@dataclass(frozen=True, slots=True)
class Cap:
    """`every_kind`: leads that did not come by turn or rule (returning, account owner, …) count and are blocked too."""

    kind: str
    limit: int
    every_kind: bool = False


def check_caps(value: object) -> list[str]:
    """What is wrong with caps such as {"hour": 5, "open": {"limit": 40, "all": true}}; nothing if they are right."""
    if not isinstance(value, Mapping):
        return ['Caps are written as {"hour": 5, "day": 20}.']
    return [error for kind, cap in value.items() for error in _check_cap(kind, cap)]


def _check_cap(kind: object, cap: object) -> list[str]:
    if kind not in CAP_KINDS:
        return [f"“{kind}” is not a cap. Use {', '.join(CAP_KINDS)}."]
    if not isinstance(cap, Mapping):
        return _check_limit(kind, cap)
    errors = [f"{kind}: “{key}” is unknown. Use limit and all." for key in cap if key not in ("limit", "all")]
    if not isinstance(cap.get("all", False), bool):
        errors.append(f"{kind}: “all” is true or false.")
    return errors + (_check_limit(kind, cap["limit"]) if "limit" in cap else [f"{kind}: the limit is missing."])


def _check_limit(kind: object, limit: object) -> list[str]:
    if isinstance(limit, bool) or not isinstance(limit, int):
        return [f"{kind}: “{limit}” is not a whole number."]
    return [f"{kind}: a cap cannot be negative."] if limit < 0 else []


def read_caps(value: object) -> list[Cap]:
    """The caps in `value`, in the order of CAP_KINDS; what check_caps complains of is left out."""
    if not isinstance(value, Mapping):
        return []
    sound = {kind: value[kind] for kind in CAP_KINDS if kind in value and not _check_cap(kind, value[kind])}
    return [
        Cap(kind, cap["limit"], cap.get("all", False)) if isinstance(cap, Mapping) else Cap(kind, cap)
        for kind, cap in sound.items()
    ]
