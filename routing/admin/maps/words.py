"""What a map shows, in words: one place closely, conflicts, gaps, and every territory, drawn or not."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from routing.admin.maps.chart import Chart
from routing.admin.maps.looks import owner_key, owner_url
from routing.admin.maps.pictures import whose
from routing.admin.maps.shapes import place_names
from routing.engine.types import Territory, TerritoryId
from routing.insights.territories import Claim, Conflict, Standing
from routing.rulebook.words import criteria_in_words

MOST_GAPS = 8
"""Of the places without a territory that most leads come from."""
MOST_PLACES = 6
"""Of the places of one territory or conflict no more are named."""
STANDINGS = {
    Standing.DRAWN: "",
    Standing.ANYWHERE: "Not on the map: it names no place",
    Standing.FUTURE: "Not on the map: not yet in effect",
    Standing.OVER: "Not on the map: over",
    Standing.EMPTY: "Not on the map: no lead can lie in it",
}
NOT_DRAWN = "Not on the map: its places are not drawn"


def place_in_words(chart: Chart, code: str) -> dict[str, Any]:
    """A place with its territories in the order in which they win, its conflicts and its leads."""
    place = chart.drawn.places[code]
    country, dash, _ = code.partition("-")
    return {
        "code": code,
        "name": place_names()[code],
        "gap": not place.claims,
        "whole": place.whole,
        "claims": [_claim(chart, claim, first=claim is place.claims[0]) for claim in place.claims],
        "conflicts": [_sentence(conflict) for conflict in place.conflicts],
        "leads": chart.leads_text(code),
        "leads_url": chart.leads_url(place=code),
        "none": sum(
            origin.leads
            for origin in chart.origins
            if origin.territory is None and (origin.region == code if dash else origin.country == country)
        ),
        "states": code == "US",
        "anywhere": [
            chart.territories[key].name for key, how in chart.drawn.standing.items() if how == Standing.ANYWHERE
        ],
    }


def _claim(chart: Chart, claim: Claim, *, first: bool) -> dict[str, Any]:
    return _territory(chart, claim.territory) | {"whole": claim.whole, "first": first}


def _territory(chart: Chart, territory: Territory) -> dict[str, Any]:
    row = chart.rows[territory.id]
    around = chart.territories.get(territory.parent or 0)
    return {
        "name": territory.name,
        "around": around.name if around else "",
        "owner": chart.owner(territory),
        "owner_url": owner_url(owner_key(chart.territories, territory)),
        "criteria": criteria_in_words(row.get),
        "edit": chart.edit_url(territory.id),
        "leads": chart.leads_of[territory.id],
        "leads_url": chart.leads_url(territory__id__exact=territory.id),
    }


def _sentence(conflict: Conflict) -> str:
    return f"{conflict.winner.name} wins against {conflict.loser.name}: {conflict.because}."


def conflicts_in_words(chart: Chart) -> list[dict[str, Any]]:
    """Each pair once, with the places where they meet."""
    met: defaultdict[tuple[TerritoryId, TerritoryId], list[str]] = defaultdict(list)
    found: dict[tuple[TerritoryId, TerritoryId], Conflict] = {}
    for code, place in chart.drawn.places.items():
        for conflict in place.conflicts:
            key = conflict.winner.id, conflict.loser.id
            found[key] = conflict
            met[key].append(code)
    return [
        {
            "winner": _territory(chart, conflict.winner),
            "loser": _territory(chart, conflict.loser),
            "because": conflict.because,
            "by_name": conflict.by_name,
            "places": _links(chart, met[key][:MOST_PLACES]),
            "more": max(len(met[key]) - MOST_PLACES, 0),
        }
        for key, conflict in found.items()
    ]


def gaps_in_words(chart: Chart) -> dict[str, Any]:
    """Countries that leads came from and no territory holds, most leads first; and leads of no country."""
    missed = [
        code for code, place in chart.drawn.places.items() if "-" not in code and not place.claims and chart.leads[code]
    ]
    missed.sort(key=lambda code: (-chart.leads[code], code))
    return {
        "places": [link | {"leads": chart.leads[link["code"]]} for link in _links(chart, missed[:MOST_GAPS])],
        "more": max(len(missed) - MOST_GAPS, 0),
        "leads": sum(chart.leads[code] for code in missed),
        "nowhere": sum(origin.leads for origin in chart.origins if not origin.country and not origin.region),
    }


def _links(chart: Chart, codes: list[str]) -> list[dict[str, Any]]:
    return [{"code": code, "name": place_names()[code], "url": chart.place_url(code)} for code in codes]


def territories_in_words(chart: Chart) -> list[dict[str, Any]]:
    """Every territory, with where it is on the maps or why it is not there."""
    held: defaultdict[TerritoryId, list[str]] = defaultdict(list)
    for code, place in chart.drawn.places.items():
        for claim in place.claims:
            held[claim.territory.id].append(code)
    return [_listed(chart, territory, held[key]) for key, territory in chart.territories.items()]


def _listed(chart: Chart, territory: Territory, codes: list[str]) -> dict[str, Any]:
    standing = STANDINGS[chart.drawn.standing[territory.id]]
    everywhere = len(codes) == len(place_names())
    return _territory(chart, territory) | {
        "standing": standing or ("" if codes else NOT_DRAWN),
        "everywhere": everywhere,
        "places": [] if everywhere else _links(chart, codes[:MOST_PLACES]),
        "more": 0 if everywhere else max(len(codes) - MOST_PLACES, 0),
    }


def places_in_words(chart: Chart) -> dict[str, Any]:
    """The maps as a table: every place that somebody holds or that leads came from, and how many others there are."""
    shown = [code for code, place in chart.drawn.places.items() if place.claims or chart.leads[code]]
    everywhere = len(chart.owned) == len(chart.drawn.places)
    if everywhere:
        shown = [code for code in shown if chart.leads[code] or len(chart.drawn.places[code].claims) > 1]
    rows = [
        link | {"whose": whose(chart, chart.drawn.places[link["code"]]), "leads": chart.leads[link["code"]]}
        for link in _links(chart, shown)
    ]
    return {
        "rows": sorted(rows, key=lambda row: row["name"]),
        "others": len(chart.drawn.places) - len(shown),
        "everywhere": everywhere,
    }
