"""What a lead said before a file changed it, in the form in which it can be said again."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from routing.models import Lead
from routing.services.change_lead import ALSO_READ, MERGED


def former_facts(lead: Lead, facts: Mapping[str, Any]) -> dict[str, Any]:
    """The values of the fields that `facts` names; None for what was not said, or was derived from something else."""
    said: dict[str, Any] = {}
    for name, given in facts.items():
        if name in MERGED and isinstance(given, Mapping):
            said[name] = {key: getattr(lead, name).get(key) for key in given}
        else:
            derived = name in lead.derived and name not in ALSO_READ
            said[name] = None if derived else _plain(getattr(lead, name))
    return said


def to_restore(
    was: Mapping[str, Any], became: Mapping[str, Any], now: Mapping[str, Any]
) -> tuple[dict[str, Any], list[str]]:
    """Facts that bring back what was, and the names of fields that somebody has changed since."""
    back: dict[str, Any] = {}
    changed: list[str] = []
    for name, before in was.items():
        if name in MERGED and isinstance(before, dict):
            inner, others = to_restore(before, became[name], now[name])
            back |= {name: inner} if inner else {}
            changed += [f"{name}.{other}" for other in others]
        elif became[name] != before:
            if now[name] == became[name]:
                back[name] = before
            else:
                changed.append(name)
    return back, changed


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return str(value)
    return None if value == "" else value
