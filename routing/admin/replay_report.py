"""What a replay found, before and after: two flows of one scale, who gains and loses, waits, the leads."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.safestring import SafeString

from reps.admin_display import NOTHING, person, span, two_lines
from routing.admin.flow import Path, Paths, Place, flow_of_paths
from routing.admin.labels import METHODS, OUTCOMES, label_of
from routing.admin.ledger_pictures import balance_bar, furthest
from routing.admin.reports import lead_link, leads_of, names_of
from routing.engine.types import ONE_LEAD

LISTED = 25
"""So many leads that change hands are listed openly, more of them below, no further than to MOST."""
MOST = 300
ROWS: tuple[tuple[str, str], ...] = (
    ("assigned", "Assigned"),
    ("unserved", "Waiting in the end"),
    ("parked", "Nurture"),
    ("duplicates", "Duplicates"),
    ("review", "Review"),
    ("breaches", "Answered late"),
)
COLUMNS = ("history", "published", "draft")


def replay_report(report: Mapping[str, Any]) -> dict[str, Any]:
    """For the template. Reports of former releases have no flow."""
    columns, names = report["columns"], names_of(report)
    flow = report.get("flow")
    return {
        "count": report["changes"]["count"],
        "leads": report["leads"],
        "before": "Published",
        "after": _called(report["versions"]["draft"]),
        "flows": _flows(flow, names) if flow else [],
        "rows": _rows(columns),
        "rules": _side_by_side(columns, "by_rule"),
        "methods": [(label_of(METHODS, name), counts) for name, counts in _side_by_side(columns, "by_method")],
        **_gains(report["reps"]),
        **_moved(report["changes"], names),
        "fairness": report["fairness"],
        "notes": report.get("notes", ()),
    }


def _called(version: int | None) -> str:
    return f"Version {version}" if version else "Draft"


def _rows(columns: Mapping[str, Any]) -> list[tuple[str, list[Any], Any]]:
    """Each figure in the three columns, and how it changes from what is published."""
    counted = [(label, [columns[name].get(key, 0) for name in COLUMNS]) for key, label in ROWS]
    waits = [columns[name]["waits"] for name in COLUMNS]
    counted.append(("Waited for somebody", [one["leads"] for one in waits]))
    rows = [(label, [f"{value:,}" for value in counts], signed(counts[2] - counts[1])) for label, counts in counted]
    for key, label in (("p50_minutes", "Half waited at most"), ("p90_minutes", "9 of 10 waited at most")):
        rows.append((label, [_time(one[key]) for one in waits], ""))
    return rows


def _time(minutes: float | None) -> str:
    """May be broken into lines, as columns are narrow on a phone."""
    return NOTHING if minutes is None else span(60 * minutes).replace("\u00a0", " ")


def signed(number: int) -> str:
    """+3, −3, and nothing for no change."""
    return f"{number:+,d}".replace("-", "−") if number else "0"


def _side_by_side(columns: Mapping[str, Any], key: str) -> list[tuple[str, list[int]]]:
    names = dict.fromkeys(name for column in COLUMNS for name in columns[column][key])
    return [(name, [columns[column][key].get(name, 0) for column in COLUMNS]) for name in names]


# --- the two flows ------------------------------------------------------------------------------------------------


def _flows(flow: Mapping[str, Any], names: Mapping[str, str]) -> list[dict[str, Any]]:
    before, after = (_paths(flow[column], names) for column in ("published", "draft"))
    return [flow_of_paths(before, beside=after), flow_of_paths(after, beside=before)]


def _paths(ways: list[dict[str, Any]], names: Mapping[str, str]) -> Paths:
    return [(_path(way, names), way["leads"]) for way in ways]


def _path(way: Mapping[str, Any], names: Mapping[str, str]) -> Path:
    source = Place(0, way["source"] or "No source")
    if not way["rep"]:
        return source, Place(1, label_of(OUTCOMES, way["outcome"]), end=True)
    rule, pool = Place(1, way["rule"] or "No rule"), Place(2, way["pool"] or "No pool")
    return source, rule, pool, Place(3, names.get(way["rep"], way["rep"]))


# --- who gains, who loses -----------------------------------------------------------------------------------------


def _gains(reps: list[dict[str, Any]]) -> dict[str, Any]:
    """Bars around zero, one scale for all."""
    edge = furthest(line["change"] * ONE_LEAD for line in reps)
    return {
        "edge": edge,
        "gaining": sum(line["change"] > 0 for line in reps),
        "losing": sum(line["change"] < 0 for line in reps),
        "reps": [
            {
                **line,
                "label": line["name"] or line["rep"] or "Somebody who is gone",
                "person": person(line["name"] or line["rep"] or "Somebody who is gone"),
                "signed": signed(line["change"]),
                "bar": balance_bar(line["change"] * ONE_LEAD, edge) if line["change"] else None,
            }
            for line in reps
        ],
    }


# --- the leads that change hands ----------------------------------------------------------------------------------


def _moved(changes: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    shown = changes["listed"][:MOST]
    leads = leads_of(change["lead"] for change in shown)
    rows = [
        {
            "lead": lead_link(change["lead"], leads),
            "really": names.get(change["history"] or "", "") or NOTHING,
            "before": _end(change["published"], names),
            "after": _end(change["draft"], names),
        }
        for change in shown
    ]
    return {"changes": rows[:LISTED], "further": rows[LISTED:], "more": max(0, changes["count"] - len(shown))}


def _end(end: Mapping[str, Any], names: Mapping[str, str]) -> SafeString:
    """Who has it, or where it is; and by which rule."""
    return two_lines(names.get(end["rep"], end["rep"]) or label_of(OUTCOMES, end["outcome"]), end["rule"] or "")
