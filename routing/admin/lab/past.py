"""Would it be worth it? What other ways of sharing would have made of past deals, as it was last worked out."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from reps.admin_display import day, moment
from routing.admin.lab.words import MINUS, listed, share
from routing.engine.counting import counted
from routing.evaluation.policies import (
    FIRST,
    FIRST_ADVANTAGE,
    GREEDY,
    SECOND,
    SECOND_ADVANTAGE,
    TURN,
)
from routing.models import Pool, Work

LATEST = 5
"""Runs that are looked at for the newest result."""
LEFT, MIDDLE, RIGHT = 6.0, 160.0, 314.0
"""Where the edges of a strip lie, and going by turn between them."""
EDGES = (0.1, 0.2, 0.3, 0.5, 1.0, 2.0, 5.0, 10.0)
POLICIES: Mapping[str, tuple[str, str]] = {
    TURN: ("By turn", "everything else is measured against it"),
    GREEDY: ("Bare share won", "who won most of such leads, as counted"),
    FIRST: ("Results, first generation", "shrunk to everybody's by a fixed number of leads"),
    FIRST_ADVANTAGE: ("First generation, by advantage", "who is furthest above their own mean"),
    SECOND: ("Results, second generation", "skill, shrunk as far as reps are alike; else by turn"),
    SECOND_ADVANTAGE: ("Second generation, by advantage", "who is furthest above their own mean"),
}
POLICY_KEY = re.compile(r"\b[a-z]+(?:_[a-z]+)+\b")
ANSWERS = {
    "yes": "Reps differ, but no way of sharing is shown to win more than by turn",
    "no": "Nothing to gain: the deals do not show that reps differ beyond chance",
    "not enough data": "Not enough data to say whether reps differ at all",
}


def past_deals(pool: Pool, *, now: datetime, may: bool) -> dict[str, Any]:
    """The newest result, and whether one is being worked out. One query. `may`: whoever looks may ask for it."""
    runs = list(Work.objects.filter(kind=Work.Kind.EVALUATE, params__pool=pool.pk).order_by("-pk")[:LATEST])
    newest = runs[0] if runs else None
    result = next((run for run in runs if run.status == Work.Status.DONE and run.report), None)
    found = evaluation(result.report) if result and result.report else None
    return {
        "may": may,
        "under_way": newest if newest and newest.finished_at is None else None,
        "failed": newest if newest and newest.status == Work.Status.FAILED else None,
        "at": moment(result.finished_at, now) if result else "",
        "found": found,
    }


def evaluation(report: Mapping[str, Any]) -> dict[str, Any]:
    """A stored report in words and places of a picture."""
    about = {"pool": report["pool"], "name": report["name"], "missing": report["missing"]}
    if report["refused"]:
        return about | {"refused": report["refused"], "answer": _refused(report), "clear": None}
    policies = report["policies"]
    claimed = [one for one in policies if one["claims_uplift"]]
    edge = _edge(policies)
    return about | {
        "refused": "",
        "answer": _answer(report, claimed),
        "clear": bool(claimed),
        "words": _claimed(claimed, len(policies) - 1),
        "since": day(date.fromisoformat(report["from"])),
        "until": day(date.fromisoformat(report["to"])),
        "deals": f"{report['deals']:,}",
        "judged": f"{report['judged']:,}",
        "open": counted(report["open"], "lead"),
        "reps": report["reps"],
        "by": listed(report["kinds_by"]),
        "band": f"{report['band']:g} lead{'' if report['band'] == 1 else 's'}",
        "ticks": [f"{MINUS}{edge:.0%}", "by turn", f"+{edge:.0%}"],
        "rows": [_row(one, edge) for one in policies],
        "warnings": [_in_words(text) for text in report["warnings"]],
    }


def _refused(report: Mapping[str, Any]) -> str:
    if report["missing"]:
        return f"Too few past deals: {counted(report['missing'], 'more lead')} with an outcome {_is(report)} needed"
    return "These deals cannot be judged"


def _is(report: Mapping[str, Any]) -> str:
    return "is" if report["missing"] == 1 else "are"


def _answer(report: Mapping[str, Any], claimed: Sequence[Mapping[str, Any]]) -> str:
    if claimed:
        return "It would have been worth it"
    return ANSWERS[report["reps_differ"]["verdict"]]


def _claimed(claimed: Sequence[Mapping[str, Any]], ways: int) -> str:
    """What may be claimed, in a sentence; nothing where nothing may."""
    if not claimed:
        return ""
    ranked = sorted(claimed, key=lambda one: one["uplift"])
    least, most = ranked[0], ranked[-1]
    low = f"{_percent(least['uplift'])} leads won ({_named(least)[0]})"
    high = f" to {_percent(most['uplift'])} ({_named(most)[0]})" if most is not least else ""
    return (
        f"{len(claimed)} of {ways} ways of sharing by results would have won more of the same leads than going by "
        f"turn: {'from ' if high else ''}{low}{high}. Whichever is the best of several has had some luck: look at the "
        "intervals."
    )


def _named(one: Mapping[str, Any]) -> tuple[str, str]:
    """A policy's name and what it goes by; one of a later version as the report calls it."""
    return POLICIES.get(one["name"], (one["name"], ""))


def _in_words(warning: str) -> str:
    """A warning with the names of the ways of sharing as the picture has them: programs read it with the keys."""
    return POLICY_KEY.sub(lambda key: f"“{POLICIES[key[0]][0]}”" if key[0] in POLICIES else key[0], warning)


def _row(one: Mapping[str, Any], edge: float) -> dict[str, Any]:
    name, hint = _named(one)
    base = one["name"] == TURN
    uplift = "–" if base else _percent(one["uplift"])
    within = "–" if base else _within(one)
    said = "everything is measured against it" if base else f"{uplift} leads won, 9 of 10 times between {within}"
    return {
        "name": name,
        "hint": hint,
        "base": base,
        "claimed": one["claims_uplift"],
        "uplift": uplift,
        "within": within,
        "won": share(one["rate"]),
        "by_propensity": "–" if base else _within(one["by_propensity"]),
        "effective": f"{one['effective_leads']:,.0f}",
        "unheard": share(one["never_had_such_leads"]),
        "brier": "–" if one["brier"] is None else f"{one['brier']:.4f}",
        "ece": "–" if one["ece"] is None else f"{one['ece']:.4f}",
        "text": f"{name}: {said}; {'claimed' if one['claims_uplift'] else 'not claimed'}" if not base else said,
        "low": _place(one["low"], edge),
        "width": f"{max(_at(one['high'], edge) - _at(one['low'], edge), 1):.1f}",
        "at": _place(one["uplift"], edge),
    }


def _edge(policies: Sequence[Mapping[str, Any]]) -> float:
    """The uplift at the right end of all strips, and its opposite at the left."""
    most = max((abs(one[end] or 0.0) for one in policies for end in ("low", "high")), default=0.0)
    return next((edge for edge in EDGES if edge >= most), EDGES[-1])


def _place(uplift: float | None, edge: float) -> str:
    return f"{_at(uplift, edge):.1f}"


def _at(uplift: float | None, edge: float) -> float:
    return min(max(MIDDLE + (RIGHT - MIDDLE) * (uplift or 0.0) / edge, LEFT), RIGHT)


def _within(one: Mapping[str, Any]) -> str:
    return f"{_percent(one['low'])} and {_percent(one['high'])}"


def _percent(uplift: float | None) -> str:
    return "–" if uplift is None else f"{uplift:+.1%}".replace("+0.0%", "0.0%").replace("-", MINUS)
