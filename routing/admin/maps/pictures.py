"""One map as its template draws it: every place with its look, its words and its link."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from routing.admin.maps.chart import Chart
from routing.admin.maps.looks import Look, main_territory
from routing.admin.maps.shapes import Shape, sheet
from routing.engine.counting import counted
from routing.insights.territories import Place

MISSED = "lr-map-missed"
"""How places without a territory are hatched that leads come from; without leads they are as the whole picture is."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """A place on a map. `look` is of the legend, and `fill` a pattern where the colour alone does not do."""

    shape: Shape
    url: str
    text: str
    look: str
    fill: str
    letters: str
    conflict: bool


def picture(chart: Chart, name: str, title: str, asked: str) -> dict[str, Any]:
    """`asked`: the place that is looked at closely."""
    found = sheet(name)
    places = [_drawn(chart, shape) for shape in found.shapes]
    return {
        "id": name,
        "title": title,
        "box": " ".join(map(str, found.box)),
        "places": places,
        "labels": [one for one in places if one.letters and one.shape.roomy and not one.conflict],
        "conflicts": [one for one in places if one.conflict],
        "here": next((one.shape for one in places if one.shape.code == asked), None),
    }


def _drawn(chart: Chart, shape: Shape) -> Drawn:
    place = chart.drawn.places[shape.code]
    look = chart.looks[chart.owned[shape.code]] if shape.code in chart.owned else None
    gap = MISSED if chart.leads[shape.code] else ""
    return Drawn(
        shape=shape,
        url=chart.place_url(shape.code),
        text=f"{shape.name}: {whose(chart, place)}. {chart.leads_text(shape.code)}",
        look=_classes(look, whole=place.whole),
        fill=look.fill if look else gap,
        letters=f"{look.letters}{'+' if len(place.claims) > 1 else ''}" if look else "",
        conflict=bool(place.conflicts),
    )


def _classes(look: Look | None, *, whole: bool) -> str:
    if look is None:
        return ""
    return f"lr-map__c{look.colour}" if whole else f"lr-map__c{look.colour} lr-map__part"


def whose(chart: Chart, place: Place) -> str:
    """One line: North America, Mid-market, and 2 more."""
    main = main_territory(place)
    if main is None:
        return "no territory"
    more = f" and {len(place.claims) - 1} more" if len(place.claims) > 1 else ""
    part = "" if place.whole else ", only some leads"
    conflict = f"; {counted(len(place.conflicts), 'conflict')}" if place.conflicts else ""
    return f"{main.name} ({chart.owner(main)}){more}{part}{conflict}"
