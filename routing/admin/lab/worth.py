"""What going by results is worth: the leads that went by results beside the control group."""

from __future__ import annotations

from typing import Any

from reps.admin_display import day
from routing.admin.lab.pictures import edge_of, strip, ticks
from routing.admin.lab.words import points, share
from routing.engine.counting import counted
from routing.engine.performance import wilson
from routing.insights.uplift import Arm, Uplift


def worth(found: Uplift) -> dict[str, Any]:
    """`clear` is None where nothing can be said yet."""
    arms = [("By results", found.routed), ("Control group, by turn", found.control)]
    edge = edge_of(value for _, arm in arms for value in wilson(arm.rate or 0.0, arm.leads) if arm.leads)
    value = found.value
    return {
        "any": found.routed.leads + found.control.leads > 0,
        "since": day(found.since.date()) if found.since else "",
        "clear": found.clear if value else None,
        "answer": _answer(found),
        "uplift": points(value.value) if value else "",
        "within": f"{points(value.low)} to {points(value.high)}" if value else "",
        "needed": _needed(found),
        "arms": [_arm(name, arm, edge) for name, arm in arms],
        "ticks": ticks(edge),
    }


def _answer(found: Uplift) -> str:
    if found.value is None:
        return "Not enough data"
    if not found.clear:
        return "Not enough data to tell it from chance"
    return "More leads are won by results" if found.value.value > 0 else "Fewer leads are won by results"


def _needed(found: Uplift) -> str:
    if found.needed is None:
        return "How many leads it takes can be said once some were won and others were not."
    has = counted(found.control.leads, "lead")
    return (
        f"To see a rise by a fifth in 8 of 10 cases it takes about {found.needed:,} leads in the control group, "
        f"which has {has}."
    )


def _arm(name: str, arm: Arm, edge: float) -> dict[str, Any]:
    low, high = wilson(arm.rate or 0.0, arm.leads)
    return {
        "name": name,
        "leads": f"{arm.leads:,}",
        "wins": f"{arm.wins:,}",
        "open": f"{arm.open:,}",
        "rate": share(arm.rate),
        "within": f"{low:.1%} – {high:.1%}" if arm.leads else "–",
        "text": f"{name}: {arm.wins:,} of {arm.leads:,} leads won so far, {arm.open:,} still open",
        "strip": strip(low=low, high=high, used=arm.rate or 0.0, bare=None, everybody=None, edge=edge)
        if arm.leads
        else None,
    }
