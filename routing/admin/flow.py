"""The flow of leads as a picture, from source to rule to pool to rep, each of them a way into the list of leads."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse

from routing.admin.lead_filters import NONE
from routing.insights.flow import Stop, Way
from routing.models import Lead

SHOWN = (7, 8, 7, 12)
"""How many sources, rules, pools and reps stand for themselves; the smaller ones are gathered."""
ROWS = 50
"""How many ways the table names."""
ARRIVED = ("arrived", "7d")
ROW_PIXELS, LEAST_PIXELS = 42, 260


@dataclass(frozen=True, slots=True)
class Place:
    """Where leads pass in one of the four columns; `query` finds them in the list, if one query does."""

    column: int
    label: str
    query: tuple[str, str] | None
    end: bool = False

    @property
    def key(self) -> str:
        return f"{self.column} {'='.join(self.query) if self.query else 'others'}"


Path = tuple[Place, ...]


def flow_of(ways: Sequence[Way]) -> dict[str, Any]:
    """For the template: the picture as data, and the ways as a table."""
    paths = {way: _path(way) for way in ways}
    total = sum(way.count for way in ways)
    nodes, flows = _picture(paths)
    most = max(Counter(place.column for place in nodes).values(), default=0)
    return {
        "total": total,
        "chart": json.dumps({"total": total, "nodes": _nodes(nodes), "flows": _flows(flows)}),
        "pixels": max(LEAST_PIXELS, most * ROW_PIXELS),
        "rows": [
            {"stops": [place.label for place in path[:-1]], "end": path[-1], "count": way.count, "url": _url(path)}
            for way, path in list(paths.items())[:ROWS]
        ],
        "more_ways": max(0, len(ways) - ROWS),
        "more_leads": sum(way.count for way in ways[ROWS:]),
    }


def _path(way: Way) -> Path:
    """Leads without an owner end where they are now."""
    source = Place(0, way.source or "No source", ("source", way.source or NONE))
    if way.rep is None:
        return source, Place(1, Lead.Status(way.status).label, ("status__in", way.status), end=True)
    rep = Place(3, way.rep.name, ("owner__id__exact", str(way.rep.key)))
    return source, _stop(1, "rule", way.rule), _stop(2, "pool", way.pool), rep


def _stop(column: int, kind: str, stop: Stop | None) -> Place:
    return Place(column, stop.name if stop else f"No {kind}", (kind, str(stop.key) if stop else NONE))


def _picture(paths: dict[Way, Path]) -> tuple[Counter[Place], Counter[tuple[Place, Place]]]:
    """How many leads passed each place, and went from each to the next; the small places are gathered."""
    sizes: Counter[Place] = Counter()
    for way, path in paths.items():
        for place in path:
            sizes[place] += way.count
    gathered = _gathered(sizes)
    nodes: Counter[Place] = Counter()
    flows: Counter[tuple[Place, Place]] = Counter()
    for way, path in paths.items():
        shown = [gathered.get(place, place) for place in path]
        for place in shown:
            nodes[place] += way.count
        for pair in pairwise(shown):
            flows[pair] += way.count
    return nodes, flows


def _gathered(sizes: Counter[Place]) -> dict[Place, Place]:
    """The places that are too many to stand alone in their column, each with what stands for them."""
    found: dict[Place, Place] = {}
    for column, kept in enumerate(SHOWN):
        rest = [place for place, _ in sizes.most_common() if place.column == column and not place.end][kept:]
        if len(rest) > 1:
            found |= dict.fromkeys(rest, Place(column, f"{len(rest)} others", None))
    return found


def _nodes(nodes: Counter[Place]) -> list[dict[str, Any]]:
    """The largest first, then what was gathered, then where leads ended without an owner."""
    rank = sorted(nodes, key=lambda place: (place.end, place.query is None, -nodes[place], place.label))
    return [
        {
            "key": place.key,
            "label": place.label,
            "column": place.column,
            "rank": number,
            "count": nodes[place],
            "url": _url([place]),
            "end": place.end,
        }
        for number, place in enumerate(rank, 1)
    ]


def _flows(flows: Counter[tuple[Place, Place]]) -> list[dict[str, Any]]:
    return [
        {"from": start.key, "to": end.key, "count": count, "url": _url([start, end]), "end": end.end}
        for (start, end), count in flows.most_common()
    ]


def _url(places: Iterable[Place]) -> str:
    """The list of the leads that passed all of them; nothing where one query does not find them."""
    queries = [place.query for place in places]
    if None in queries:
        return ""
    return f"{reverse('admin:routing_lead_changelist')}?{urlencode([ARRIVED, *filter(None, queries)])}"
