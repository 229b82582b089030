"""What going by results is worth: the leads that went by results beside the control group."""

from __future__ import annotations

from math import inf
from typing import Any

from reps.admin_display import day
from routing.admin.lab.pictures import edge_of, strip, ticks
from routing.admin.lab.words import MINUS, points, share
from routing.engine.control import points_of
from routing.engine.counting import counted
from routing.engine.performance import wilson
from routing.insights.control_groups import COUNTS_AFTER
from routing.insights.uplift import Arm, Uplift

DAYS = COUNTS_AFTER.days
BEYOND = 100
"""Times as many leads won are no number that anybody could use."""
SMALLER = 0.8
"""A larger control group is worth naming where it takes so much less."""


def worth(found: Uplift) -> dict[str, Any]:
    """`clear` is False where nothing can be said yet."""
    arms = [("By results", found.routed), ("Control group, by turn", found.control)]
    edge = edge_of(value for _, arm in arms for value in wilson(arm.rate or 0.0, arm.leads) if arm.leads)
    counting, young = (found.routed.leads + found.control.leads), (found.routed.young + found.control.young)
    lasted, clear = found.lasted, found.ratio.clear
    return {
        "any": counting + young > 0,
        "share": f"{lasted.share:.0%}",
        "since": day(lasted.since.date()) if lasted.since else "",
        "ended": day(lasted.ended.date()) if lasted.ended else "",
        "final": _final(found, young) if lasted.ended else "",
        "ends": lasted.going_on,
        "days": DAYS,
        "clear": clear,
        "good": found.ratio.low > 1,
        "answer": _answer(found),
        "likely": _percent(found.ratio.likely) if clear else "",
        "within": _within(found) if found.arms.wins else "",
        "needed": "" if clear else _needed(found),
        "by_turn": _by_turn(found.routed),
        "changed": len(set(lasted.shares.values())) > 1,
        "arms": [_arm(name, arm, edge) for name, arm in arms],
        "ticks": ticks(edge) if counting else [],
    }


def _answer(found: Uplift) -> str:
    if not found.ratio.clear:
        return "Not enough data"
    return "More leads are won by results" if found.ratio.low > 1 else "Fewer leads are won by results"


def _within(found: Uplift) -> str:
    """As a part of what is won by turn, and as points of all leads."""
    ratio = found.ratio
    least, most = (points(points_of(one, found.arms)) for one in (ratio.low, ratio.high))
    return f"{_percent(ratio.low)} to {_percent(ratio.high)}, or {least.removesuffix(' points')} to {most} of all leads"


def _percent(ratio: float) -> str:
    """How much more is won where so many times as many are."""
    return "any number" if ratio == inf or ratio > BEYOND else f"{100 * (ratio - 1):+.0f}%".replace("-", MINUS)


def _needed(found: Uplift) -> str:
    counting = found.routed.leads + found.control.leads
    if found.lasted.ended:
        return "It ended before it could be told from chance."
    if not counting and found.lasted.since:
        first = day((found.lasted.since + COUNTS_AFTER).date())
        return f"The first leads count {DAYS} days after they were shared out, from {first} on."
    if found.needed is None:
        return "How many leads it takes can be said once some of those that count were won."
    told = (
        f"To see a rise by a fifth in 8 of 10 cases it takes about {rounded(found.needed)} leads that count, both "
        f"groups together; now there are {counted(counting, 'lead')}. A larger difference shows sooner."
    )
    if found.needed_with_half and found.needed_with_half < found.needed * SMALLER:
        told += f" With half of the leads in the control group it would take about {rounded(found.needed_with_half)}."
    return told


def _final(found: Uplift, young: int) -> str:
    """Whether the result of a control group that ended can still change."""
    if not young or found.lasted.final is None:
        return "All its leads count, so this is its result."
    last = day(found.lasted.final.date())
    are = "is" if young == 1 else "are"
    return f"{young:,} of its leads {are} still too young to count: the result is final on {last}."


def _by_turn(routed: Arm) -> str:
    """Leads that were to go by results, and could not."""
    if not routed.by_turn:
        return ""
    part = "All" if routed.by_turn == routed.leads else f"At least {routed.by_turn:,} of the"
    return (
        f"{part} {counted(routed.leads, 'lead')} by results went by turn all the same: "
        "there were no results to go by, or nothing showed that the reps differ. They count too, so this is what the "
        "method is worth as it is; they make the difference smaller than it is where results decide."
    )


def rounded(number: int) -> str:
    """To two digits: it is reckoned from few wins."""
    digits = 10 ** max(len(str(number)) - 2, 0)
    return f"{round(number / digits) * digits:,}"


def _arm(name: str, arm: Arm, edge: float) -> dict[str, Any]:
    low, high = wilson(arm.rate or 0.0, arm.leads)
    return {
        "name": name,
        "leads": f"{arm.leads:,}",
        "wins": f"{arm.wins:,}",
        "young": f"{arm.young:,}",
        "rate": share(arm.rate),
        "text": f"{name}: {arm.wins:,} of {arm.leads:,} leads won within {DAYS} days, {arm.young:,} too young to count",
        "strip": strip(low=low, high=high, used=arm.rate or 0.0, bare=None, everybody=None, edge=edge)
        if arm.leads
        else None,
    }
