"""The flow of leads as a picture, from source to rule to pool to rep, each of them a way into the list of leads."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
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
    """Where leads pass in one of the four columns; `query` finds them in the list, if one query does.

    `end`: they went no further. `gathered`: it stands for several that are too small to stand alone.
    """

    column: int
    label: str
    query: tuple[str, str] | None = None
    end: bool = False
    gathered: bool = False

    @property
    def key(self) -> str:
        return f"{self.column} {'='.join(self.query) if self.query else self.label}"


Path = tuple[Place, ...]
Paths = Sequence[tuple[Path, int]]
"""Ways through the places, the most frequent first, each with how many leads went it."""


def flow_of(ways: Sequence[Way]) -> dict[str, Any]:
    """For the template: the picture as data, and the ways as a table."""
    return flow_of_paths([(_path(way), way.count) for way in ways])


def flow_of_paths(paths: Paths, *, beside: Paths = ()) -> dict[str, Any]:
    """The same. What it is to be compared with, `beside`, has the same height, order and places of its own."""
    both = _sizes([*paths, *beside])
    gathered = _gathered(both)
    nodes, flows = _picture(paths, gathered)
    shown = {gathered.get(place, place) for place in both}
    most = max(Counter(place.column for place in shown).values(), default=0)
    total = sum(count for _, count in paths)
    ranks = _ranks(_in_sum(both, gathered))
    return {
        "total": total,
        "chart": json.dumps({"total": total, "nodes": _nodes(nodes, ranks), "flows": _flows(flows)}),
        "pixels": max(LEAST_PIXELS, most * ROW_PIXELS),
        "rows": [
            {
                "stops": [place.label for place in path[:-1]],
                "end": path[-1],
                "count": count,
                "percent": f"{100 * count / total:.1f}",
                "url": _url(path),
            }
            for path, count in paths[:ROWS]
        ],
        "more_ways": max(0, len(paths) - ROWS),
        "more_leads": sum(count for _, count in paths[ROWS:]),
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


def _sizes(paths: Paths) -> Counter[Place]:
    """How many leads passed each place."""
    sizes: Counter[Place] = Counter()
    for path, count in paths:
        for place in path:
            sizes[place] += count
    return sizes


def _in_sum(sizes: Counter[Place], gathered: Mapping[Place, Place]) -> Counter[Place]:
    found: Counter[Place] = Counter()
    for place, count in sizes.items():
        found[gathered.get(place, place)] += count
    return found


def _picture(paths: Paths, gathered: Mapping[Place, Place]) -> tuple[Counter[Place], Counter[tuple[Place, Place]]]:
    """How many leads passed each place, and went from each to the next; the small places are gathered."""
    flows: Counter[tuple[Place, Place]] = Counter()
    for path, count in paths:
        for pair in pairwise(gathered.get(place, place) for place in path):
            flows[pair] += count
    return _in_sum(_sizes(paths), gathered), flows


def _gathered(sizes: Counter[Place]) -> dict[Place, Place]:
    """The places that are too many to stand alone in their column, each with what stands for them."""
    found: dict[Place, Place] = {}
    for column, kept in enumerate(SHOWN):
        rest = [place for place, _ in sizes.most_common() if place.column == column and not place.end][kept:]
        if len(rest) > 1:
            found |= dict.fromkeys(rest, Place(column, f"{len(rest)} others", gathered=True))
    return found


def _ranks(sizes: Counter[Place]) -> dict[Place, int]:
    """The largest first, then what was gathered, then where leads ended without an owner."""
    rank = sorted(sizes, key=lambda place: (place.end, place.gathered, -sizes[place], place.label))
    return {place: number for number, place in enumerate(rank, 1)}


def _nodes(nodes: Counter[Place], ranks: Mapping[Place, int]) -> list[dict[str, Any]]:
    return [
        {
            "key": place.key,
            "label": place.label,
            "column": place.column,
            "rank": ranks[place],
            "count": nodes[place],
            "url": _url([place]),
            "end": place.end,
        }
        for place in sorted(nodes, key=lambda place: ranks[place])
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
