"""The time until a lead was answered, or until now, as one bar of four parts: whose time it was."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from reps.admin_display import MINUTE, exact_span
from routing.admin.speeds import PARTS
from routing.engine.delays import Delays
from routing.insights.speed import Part
from routing.models import Lead
from routing.services.sla.first_response import delays_until

Status = Lead.Status
STILL_WAITING = (Status.PENDING, Status.HELD, Status.ASSIGNED)
"""Where somebody is still to answer. What is parked, in review, joined or closed waits for no answer."""
LEAST_WIDTH = 0.8
"""Percent of the bar that a part takes at least, so that a second in a day is seen."""


@dataclass(frozen=True, slots=True)
class Waited:
    """The time from the lead's arrival to its first answer, or to now if none came: its four parts, in seconds."""

    parts: Mapping[Part, float]
    answered: bool


def waited(lead: Lead, now: datetime) -> Waited | None:
    """None where no answer came and nobody waits for one."""
    if lead.first_response_at is not None:
        stored = {part: getattr(lead, part) for part in Part}
        if None not in stored.values():
            return Waited(stored, answered=True)
        return Waited(_by_part(delays_until(lead, lead.first_response_at)), answered=True)
    if lead.status not in STILL_WAITING:
        return None
    return Waited(_by_part(delays_until(lead, max(now, lead.submitted_at))), answered=False)


def _by_part(found: Delays) -> dict[Part, float]:
    return {
        Part.SYSTEM: found.system,
        Part.NOBODY: found.nobody,
        Part.OUTSIDE: found.outside,
        Part.REP: found.rep,
    }


def bar_of(found: Waited | None) -> dict[str, Any]:
    """The bar with its legend; nothing where nobody waits. What it says of the parts adds up to the whole it says."""
    if found is None:
        return {}
    seconds = list(found.parts.values())
    unit = 0.1 if sum(seconds) < MINUTE else 1.0
    units, widths = rounded(seconds, unit), widths_of(seconds)
    shares = rounded(seconds, sum(seconds) / 100) if any(seconds) else units
    return {
        "whole": exact_span(sum(units) * unit),
        "answered": found.answered,
        "parts": [
            {
                "look": part.value.removesuffix("_seconds"),
                "name": PARTS[part][0],
                "meaning": PARTS[part][1],
                "none": not found.parts[part],
                "length": exact_span(units[n] * unit) if units[n] or not seconds[n] else f"under\u00a0{unit:g}\u00a0s",
                "share": f"{shares[n]}%" if shares[n] or not seconds[n] else "<\u00a01%",
                "x": f"{sum(widths[:n]):.3f}",
                "width": f"{widths[n]:.3f}",
            }
            for n, part in enumerate(found.parts)
        ],
    }


def rounded(seconds: Sequence[float], unit: float) -> list[int]:
    """Each in whole units, adding up to the rounded sum: of what is cut off, the largest pieces are made whole."""
    counts = [int(length // unit) for length in seconds]
    by_piece = sorted(range(len(counts)), key=lambda n: counts[n] - seconds[n] / unit)
    for n in by_piece[: round(sum(seconds) / unit) - sum(counts)]:
        counts[n] += 1
    return counts


def widths_of(seconds: Sequence[float]) -> list[float]:
    """In percent of the bar, together 100: a part that is there is seen, at the cost of the longer ones."""
    whole = sum(seconds)
    if not whole:
        return [0.0 for _ in seconds]
    shares = [100 * length / whole for length in seconds]
    small = [0 < share < LEAST_WIDTH for share in shares]
    room = 100 - LEAST_WIDTH * sum(small)
    rest = sum(share for share, is_small in zip(shares, small, strict=True) if not is_small)
    return [LEAST_WIDTH if is_small else share * room / rest for share, is_small in zip(shares, small, strict=True)]
