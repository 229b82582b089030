"""Rows of figures, and how they are printed and written."""

from __future__ import annotations

import os
import platform
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import version
from typing import Any

PACKAGES = ("Django", "djangorestframework", "psycopg", "rq", "redis", "gunicorn")


@dataclass(frozen=True, slots=True)
class Row:
    """One figure. `ratio` is value ÷ the value of the row named `ratio_to`; p50 and p99 are in milliseconds."""

    part: str
    database: str
    value: float
    unit: str
    ratio_to: str = ""
    ratio: float | None = None
    p50: float | None = None
    p99: float | None = None


def percentile(values: Sequence[float], share: float) -> float:
    """The value below which `share` of the values lie (nearest rank). Raises ValueError of no values."""
    if not values:
        raise ValueError("A percentile needs at least one value.")
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def document(rows: Sequence[Row]) -> dict[str, Any]:
    """The JSON document that other programs read."""
    return {
        "machine": {
            "system": platform.platform(),
            "processor": platform.processor() or platform.machine(),
            "cores": os.cpu_count(),
        },
        "versions": {"python": platform.python_version()} | {name: version(name) for name in PACKAGES},
        "rows": [asdict(row) for row in rows],
    }


def table(rows: Sequence[Row]) -> str:
    """The rows as a Markdown table."""
    lines = ["| part | database | value | p50 ms | p99 ms | ratio |", "|---|---|---|---|---|---|"]
    for row in rows:
        ratio = f"{row.ratio:.2f} × {row.ratio_to}" if row.ratio is not None else ""
        lines.append(
            f"| {row.part} | {row.database} | {_number(row.value)} {row.unit} | {_optional(row.p50)} "
            f"| {_optional(row.p99)} | {ratio} |"
        )
    return "\n".join(lines)


def _number(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def _optional(value: float | None) -> str:
    return "" if value is None else _number(value)
