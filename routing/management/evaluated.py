"""The report of an evaluation as tables and sentences on a terminal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from routing.management.tables import columns

WORLDS = {
    "expertise": "Worlds in which reps differ by what they know of a lead's topic, and in nothing else",
    "alike": "Worlds in which reps do not differ at all",
}
NOTHING = "–"


def told_of_past(report: Mapping[str, Any]) -> str:
    """On past deals."""
    rows = [
        (
            one["name"],
            _percent(one["uplift"]),
            _between(one),
            _yes(one["claims_uplift"]),
            _percent(one["rate"], sign=False),
            _between(one["by_propensity"]),
            f"{one['effective_leads']:,.0f}",
            _percent(one["never_had_such_leads"], sign=False),
            _number(one["largest_balance"]),
            _number(one["brier"], 4),
            _number(one["ece"], 4),
        )
        for one in report["policies"]
    ]
    head = (
        "Policy", "Uplift", "90 % interval", "Claimed", "Won", "By propensity", "Effective leads", "Never had such",
        "Largest balance", "Brier", "ECE",
    )  # fmt: skip
    first = (
        f"{report['deals']:,} deals of {report['reps']} reps, {report['kinds']} kinds of lead; the last "
        f"{report['judged']:,} are judged, each by what was known before."
    )
    return "\n\n".join([first, _differ(report), columns(head, rows), *_warned(report)])


def told_of_simulation(report: Mapping[str, Any]) -> str:
    """On simulated worlds: those in which reps differ first, then the others."""
    parts = [_about(report), _differ(report), _standings(report)]
    for name, beside in report["worlds"].items():
        parts += [f"{WORLDS[name]} ({_size(beside)})", _differ(beside), _standings(beside)]
    return "\n\n".join([*parts, *_warned(report)])


def _about(report: Mapping[str, Any]) -> str:
    return f"Worlds in which reps differ by kind of lead ({_size(report)})"


def _size(report: Mapping[str, Any]) -> str:
    seeds = report["seeds"]
    return (
        f"seeds {seeds[0]} to {seeds[-1]}, each {report['reps']} reps, {report['kinds']} kinds, "
        f"{report['leads']:,} leads, band {report['band']:g}"
    )


def _standings(report: Mapping[str, Any]) -> str:
    rows = [
        (
            one["name"], _percent(one["uplift"]), _between(one), _yes(one["claims_uplift"]),
            _percent(one["claimed_in"], sign=False), _percent(one["of_oracle"], sign=False), _percent(one["regret"]),
            _percent(one["coverage"], sign=False),
            f"{_percent(one['least_share'], sign=False)}–{_percent(one['most_share'], sign=False)}",
            _number(one["largest_balance"]), _number(one["brier"], 4), _number(one["ece"], 4),
        )
        for one in report["policies"]
    ]  # fmt: skip
    head = (
        "Policy", "Uplift", "90 % interval", "Claimed", "In worlds", "Of oracle", "Regret", "Coverage", "Shares",
        "Largest balance", "Brier", "ECE",
    )  # fmt: skip
    return columns(head, rows)


def _differ(report: Mapping[str, Any]) -> str:
    test = report["reps_differ"]
    p = "" if test["p_value"] is None else f" (p = {test['p_value']:.2g})"
    worlds = f"; in {_percent(test['worlds'], sign=False)} of the worlds taken alone" if "worlds" in test else ""
    return f"Do reps differ beyond chance? {test['verdict'].capitalize()}{p}{worlds}."


def _warned(report: Mapping[str, Any]) -> Sequence[str]:
    return ["\n".join(f"Warning: {text}" for text in report["warnings"])] if report["warnings"] else []


def _between(one: Mapping[str, Any]) -> str:
    return f"{_percent(one['low'])} to {_percent(one['high'])}"


def _percent(number: float | None, *, sign: bool = True) -> str:
    if number is None:
        return NOTHING
    return f"{number:+.1%}" if sign else f"{number:.1%}"


def _number(number: float | None, digits: int = 2) -> str:
    return NOTHING if number is None else f"{number:.{digits}f}"


def _yes(claimed: bool) -> str:
    return "yes" if claimed else "no"
