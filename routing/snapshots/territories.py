"""The territories of a version's JSON → the engine's territories."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from routing.engine.folding import fold
from routing.engine.postal import parse_postal
from routing.engine.types import Band, PostalRange, Territory

NOWHERE = PostalRange("!", "!")
"""No postal code begins so: what an unreadable one becomes, rather than nothing, which would mean everywhere."""


def compile_territory(row: Mapping[str, Any]) -> Territory:
    owner = row["owner"] or {}
    return Territory(
        id=row["id"],
        name=row["name"],
        parent=row["parent"],
        priority=row["priority"],
        start=date.fromisoformat(row["from"]) if row["from"] else None,
        end=date.fromisoformat(row["to"]) if row["to"] else None,
        countries=frozenset(code.upper() for code in row["countries"]),
        regions=frozenset(code.upper() for code in row["regions"]),
        cities=_folded(row["cities"]),
        postal_codes=(NOWHERE,) if row.get("nowhere") else tuple(_postal(text) for text in row["postal_codes"]),
        industries=_folded(row["industries"]),
        employees=_band(row["employees"]),
        annual_revenue=_band(row["annual_revenue"]),
        sources=_folded(row["sources"]),
        languages=_folded(row["languages"]),
        owner_rep=owner.get("rep"),
        owner_pool=owner.get("pool"),
    )


def _postal(text: str) -> PostalRange:
    try:
        return parse_postal(text)
    except ValueError:
        return NOWHERE


def _folded(texts: list[str]) -> frozenset[str]:
    return frozenset(fold(text) for text in texts)


def _band(row: Mapping[str, Any]) -> Band | None:
    return Band(low=row.get("min"), high=row.get("max")) if row else None
