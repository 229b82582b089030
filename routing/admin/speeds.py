"""How soon leads are answered, as a picture with its marks, and whose time it was."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from typing import Any

from reps.admin_display import span
from reps.models import Rep
from routing.insights.delays import Delay, delays
from routing.insights.histogram import UNITS, Bucket
from routing.insights.periods import Period
from routing.insights.speed import Part, Speed, speed_to_owner, speed_to_response

AGENTS = "AI agents"
PARTS = {
    Part.SYSTEM: ("The system", "deciding, and sending the alert"),
    Part.NOBODY: ("Nobody available", "waiting for somebody who may take the lead"),
    Part.OUTSIDE: ("Outside the hours", "while no clock ran: nights, weekends, holidays"),
    Part.REP: ("The reps", "from the alert to the answer"),
}


def percent(share: float | None) -> str:
    if share is None:
        return "–"
    return f"{share:.1%}" if 0.99 <= share < 1 else f"{share:.0%}"


def speed_to_lead(week: Period, *, agents: bool) -> dict[str, Any]:
    """The time from the request to the first answer; where agents work too, of people and of agents apart."""
    speeds = _speeds(week, agents=agents)
    answered = {name: speed for name, speed in speeds.items() if speed.count}
    if not answered:
        return {"count": 0}
    first = next(iter(answered.values()))
    places = _places(list(speeds.values()))
    shown = [place for _, place in places]
    return {
        "count": sum(speed.count for speed in speeds.values()),
        "target": span(first.target),
        "figures": [figures(name if agents else "", speed) for name, speed in answered.items()],
        "names": list(speeds),
        "rows": [(place.label, [speed.histogram[n].count for speed in speeds.values()]) for n, place in places],
        "chart": json.dumps(
            {
                "labels": [_short(place) for place in shown],
                "titles": [place.label for place in shown],
                "series": [_series(name, speed, places) for name, speed in answered.items()],
                "marks": _marks(first, shown),
            }
        ),
    }


def _speeds(week: Period, *, agents: bool) -> dict[str, Speed]:
    """By whose they are."""
    if not agents:
        return {"Leads": speed_to_response(week)}
    by_people, by_agents = (speed_to_response(week, by=kind) for kind in (Rep.Kind.HUMAN, Rep.Kind.AGENT))
    return {"People": by_people, AGENTS: by_agents}


def _series(name: str, speed: Speed, places: Sequence[tuple[int, Bucket]]) -> dict[str, Any]:
    return {
        "name": name,
        "values": [speed.histogram[n].count for n, _ in places],
        "look": "second" if name == AGENTS else "main",
        "late": [place.low >= speed.target for _, place in places],
    }


def to_an_owner(week: Period) -> dict[str, Any]:
    return figures("To an owner", speed_to_owner(week))


def figures(name: str, speed: Speed) -> dict[str, Any]:
    return {
        "name": name,
        "count": speed.count,
        "p50": span(speed.p50) if speed.p50 is not None else "–",
        "p90": span(speed.p90) if speed.p90 is not None else "–",
        "within": percent(speed.within),
        "later": percent(None if speed.within is None else 1 - speed.within),
        "target": span(speed.target),
        "buckets": [(bucket.label, bucket.count) for bucket in speed.histogram],
    }


def _places(speeds: list[Speed]) -> list[tuple[int, Bucket]]:
    """The buckets from the first to the last that has leads, and those around the target."""
    target = speeds[0].target
    used = [
        number
        for number, alike in enumerate(zip(*(speed.histogram for speed in speeds), strict=True))
        if any(bucket.count for bucket in alike) or target in (alike[0].low, alike[0].high)
    ]
    return list(enumerate(speeds[0].histogram))[used[0] : used[-1] + 1]


def _short(bucket: Bucket) -> list[str]:
    """In two lines: 1–5 / min."""
    size, unit = next((size, unit) for size, unit in UNITS if (bucket.low or bucket.high or 0) >= size or size == 1)
    if bucket.high is None:
        return [f"> {bucket.low / size:g}", unit]
    return [f"{bucket.low / size:g}–{bucket.high / size:g}" if bucket.low else f"< {bucket.high / size:g}", unit]


def _marks(speed: Speed, buckets: list[Bucket]) -> list[dict[str, Any]]:
    """Where half and nine of ten lie, in bars from the left edge."""
    marks = [("half", speed.p50), ("9 of 10", speed.p90)]
    return [
        {"at": _at(seconds, buckets), "text": f"{name} within {span(seconds)}"}
        for name, seconds in marks
        if seconds is not None
    ]


def _at(seconds: float, buckets: list[Bucket]) -> float:
    """The bars' widths grow tenfold, so within one of them it is the logarithm that counts."""
    number, bucket = next((n, b) for n, b in enumerate(buckets) if b.high is None or seconds < b.high)
    if bucket.high is None:
        return number + 0.5
    if bucket.low == 0:
        return number + seconds / bucket.high
    return number + math.log(seconds / bucket.low) / math.log(bucket.high / bucket.low)


def whose_time(week: Period) -> dict[str, Any]:
    """The four parts of it: their means add up to the whole, so these are the picture."""
    found = delays(week)
    whole = sum(delay.mean for delay in found)
    if not whole:
        return {"parts": []}
    most = max(found, key=lambda delay: delay.mean)
    return {
        "whole": span(whole),
        "most": PARTS[most.part][0],
        "most_share": percent(most.mean / whole),
        "parts": [_part(delay, delay.mean / whole) for delay in found],
    }


def _part(delay: Delay, share: float) -> dict[str, Any]:
    name, meaning = PARTS[delay.part]
    return {
        "look": delay.part.value.removesuffix("_seconds"),
        "name": name,
        "meaning": meaning,
        "share": percent(share),
        "width": f"{100 * share:.2f}",
        "mean": span(delay.mean),
        "p50": span(delay.p50),
        "p90": span(delay.p90),
    }
