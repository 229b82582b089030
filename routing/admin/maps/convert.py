"""Where the shapes beside it come from: the npm packages world-atlas 2.0.2 and us-atlas 3.0.1.

Unpack both, then: python routing/admin/maps/convert.py PATH/world-atlas/package PATH/us-atlas/package
Countries that are too small for the coarse shapes become dots, at the middle of their largest finer shape.
"""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, TypeAlias

import pycountry
import us

HERE = Path(__file__).parent
Point: TypeAlias = tuple[float, float]
Ring: TypeAlias = list[Point]
Project: TypeAlias = Callable[[Point], Point]
Outlined: TypeAlias = tuple[dict[str, Any], list[Ring]]

CUT = -169.0
"""The meridian at which the world is cut open: through the Bering Strait, so that no country is."""
WIDTH = 960.0
COARSEST, COARSEST_IN_EUROPE = 0.6, 1.0
"""Points that lie nearer to the line between their neighbours are left out, in units of the picture."""
SMALLEST = 2.0
"""Islands of a smaller area are left out where their country has a larger part."""
LEAST_LABELLED = 260.0
"""Shapes of a smaller area carry no letters."""
EUROPE, EUROPE_BOX = (11.0, 53.6), (0, 0, 760, 616)
"""Longitude and latitude of the middle of that picture, and its left, top, width and height."""
BEYOND = 300.0
"""So far beyond the picture of Europe its shapes go on."""
LEAST_DRAWN = 12.0
"""Countries of Europe whose largest part has a smaller area are dots."""
LEFT_OUT = {"AQ"}
NAMED = {"Kosovo": "XK", "N. Cyprus": "CY", "Somaliland": "SO"}
"""Shapes without a number of ISO 3166-1, and the code that leads from there have."""
NOWHERE_DRAWN = {
    "BQ": (-68.3, 12.2), "BV": (3.4, -54.4), "CC": (96.8, -12.2), "CX": (105.6, -10.5), "GF": (-53.1, 3.9),
    "GP": (-61.5, 16.2), "MQ": (-61.0, 14.6), "RE": (55.5, -21.1), "SJ": (18.0, 78.5), "TK": (-171.8, -9.2),
    "YT": (45.2, -12.8),
}  # fmt: skip
"""Longitude and latitude of codes that no shape has: parts of other countries there."""


def natural_earth(point: Point) -> Point:
    """Degrees to units of the picture, by the Natural Earth projection (Patterson, Šavrič)."""
    middle = CUT + 180
    x, y = math.radians(point[0] - middle), math.radians(point[1])
    p2 = y * y
    p4 = p2 * p2
    across = x * (0.8707 - 0.131979 * p2 + p4 * (-0.013791 + p4 * (0.003971 * p2 - 0.001529 * p4)))
    up = y * (1.007226 + p2 * (0.015085 + p4 * (-0.044475 + 0.028874 * p2 - 0.005916 * p4)))
    scale = WIDTH / (2 * math.pi * 0.8707)
    return WIDTH / 2 + across * scale, 258 - up * scale


def around_europe(point: Point) -> Point:
    """Degrees to units of the picture, by the azimuthal equal-area projection (Lambert) around Europe's middle."""
    x, y = math.radians(point[0] - EUROPE[0]), math.radians(point[1])
    middle = math.radians(EUROPE[1])
    towards = math.sin(middle) * math.sin(y) + math.cos(middle) * math.cos(y) * math.cos(x)
    grown = 900 * math.sqrt(2 / (1 + max(towards, -0.9)))
    up = math.cos(middle) * math.sin(y) - math.sin(middle) * math.cos(y) * math.cos(x)
    across = EUROPE_BOX[2] / 2 + grown * math.cos(y) * math.sin(x)
    return _within(across, EUROPE_BOX[2]), _within(EUROPE_BOX[3] / 2 - grown * up, EUROPE_BOX[3])


def _within(place: float, edge: float) -> float:
    """What lies far beyond the picture is drawn close beyond it."""
    return min(max(place, -BEYOND), edge + BEYOND)


def as_it_is(point: Point) -> Point:
    """us-atlas is projected already: the Albers projection of d3, with Alaska and Hawaii below the others."""
    return point


def arcs_of(topology: dict[str, Any]) -> list[Ring]:
    """Each line of the topology, made absolute."""
    (kx, ky), (dx, dy) = topology["transform"]["scale"], topology["transform"]["translate"]
    arcs = []
    for steps in topology["arcs"]:
        x = y = 0
        arc: Ring = []
        for step in steps:
            x, y = x + step[0], y + step[1]
            arc.append((x * kx + dx, y * ky + dy))
        arcs.append(arc)
    return arcs


def rings_of(shape: dict[str, Any], arcs: Sequence[Ring]) -> Iterator[Ring]:
    """The outlines of one shape; a line is shared by the two shapes beside it, and runs backwards in one of them."""
    polygons = [shape["arcs"]] if shape["type"] == "Polygon" else shape["arcs"]
    for polygon in polygons:
        for numbers in polygon:
            ring: Ring = []
            for number in numbers:
                arc = arcs[number] if number >= 0 else arcs[~number][::-1]
                ring += arc[1:] if ring else arc
            yield ring


def thinned(arc: Ring, coarsest: float) -> Ring:
    """Without points that nobody would miss (Douglas, Peucker). Shared lines stay shared."""
    if len(arc) < 3:
        return arc
    first, last = arc[0], arc[-1]
    farthest, distance = max(
        ((number, _distance(point, first, last)) for number, point in enumerate(arc[1:-1], start=1)),
        key=lambda found: found[1],
    )
    if distance < coarsest:
        return [first, last]
    return thinned(arc[: farthest + 1], coarsest)[:-1] + thinned(arc[farthest:], coarsest)


def _distance(point: Point, first: Point, last: Point) -> float:
    length = math.dist(first, last)
    if not length:
        return math.dist(point, first)
    cross = (last[0] - first[0]) * (first[1] - point[1]) - (first[0] - point[0]) * (last[1] - first[1])
    return abs(cross) / length


def unbroken(arc: Ring) -> Ring:
    """Longitudes that do not jump from one side of the world to the other, in the turn that begins at the cut."""
    moved: Ring = []
    for longitude, latitude in arc:
        near = moved[-1][0] if moved else CUT + 180
        moved.append((longitude - 360 * round((longitude - near) / 360), latitude))
    return moved


def area_of(ring: Ring) -> float:
    pairs = zip(ring, ring[1:] + ring[:1], strict=True)
    return abs(sum(a[0] * b[1] - b[0] * a[1] for a, b in pairs)) / 2


def middle_of(ring: Ring) -> Point:
    """Of its area."""
    twice, x, y = 0.0, 0.0, 0.0
    for a, b in zip(ring, ring[1:] + ring[:1], strict=True):
        cross = a[0] * b[1] - b[0] * a[1]
        twice, x, y = twice + cross, x + (a[0] + b[0]) * cross, y + (a[1] + b[1]) * cross
    if not twice:
        return ring[0]
    return x / (3 * twice), y / (3 * twice)


def path_of(rings: Iterable[Ring]) -> str:
    """An SVG path of relative steps, in tenths of a unit."""
    return "".join(map(_closed, rings))


def _closed(ring: Ring) -> str:
    tenths = [(round(x * 10), round(y * 10)) for x, y in ring]
    places = [tenths[0], *(b for a, b in zip(tenths, tenths[1:], strict=False) if a != b)]
    (x, y), rest = places[0], places[1:]
    steps = [(b[0] - a[0], b[1] - a[1]) for a, b in zip(places, rest, strict=False)]
    return f"M{_unit(x)} {_unit(y)}l" + "".join(_step(step, bool(number)) for number, step in enumerate(steps)) + "z"


def _step(step: tuple[int, int], between: bool) -> str:
    x, y = _unit(step[0]), _unit(step[1])
    return (" " if between and not x.startswith("-") else "") + x + ("" if y.startswith("-") else " ") + y


def _unit(tenths: int) -> str:
    text = f"{tenths / 10:g}"
    return text.replace("0.", ".", 1) if text.startswith(("0.", "-0.")) else text


def drawn(rings: Sequence[Ring]) -> dict[str, Any]:
    """The path of a shape, the middle of its largest part, and whether letters have room there."""
    largest = max(rings, key=area_of)
    kept = [ring for ring in rings if len(ring) > 3 and (ring is largest or area_of(ring) >= SMALLEST)]
    x, y = middle_of(largest)
    row: dict[str, Any] = {"path": path_of(kept or [largest]), "at": [round(x), round(y)]}
    return row | ({"roomy": True} if area_of(largest) >= LEAST_LABELLED else {})


def shapes(topology: dict[str, Any], name: str, project: Project, coarsest: float = COARSEST) -> Iterator[Outlined]:
    """Each shape with its outlines as the picture has them."""
    arcs = [arc if project is as_it_is else unbroken(arc) for arc in arcs_of(topology)]
    flat = [thinned([project(point) for point in arc], coarsest) for arc in arcs]
    for shape in topology["objects"][name]["geometries"]:
        if shape.get("arcs"):
            yield shape, list(rings_of(shape, flat))


def country_names() -> dict[str, str]:
    """Code → what the country is called; “Iran, Islamic Republic of” is the Islamic Republic of Iran."""
    names = {}
    for country in pycountry.countries:
        name = getattr(country, "common_name", country.name)
        main, comma, rest = name.partition(", ")
        names[country.alpha_2] = f"{rest} {main}" if comma and rest.endswith((" of", " of the")) else name
    return names | {"XK": "Kosovo"}


def world(package: Path) -> dict[str, Any]:
    coarse, fine = (json.loads((package / f"countries-{scale}.json").read_text()) for scale in ("110m", "10m"))
    codes = {country.numeric: country.alpha_2 for country in pycountry.countries}
    found: dict[str, list[Ring]] = {}
    for shape, rings in shapes(coarse, "countries", natural_earth):
        code = codes.get(shape.get("id", "")) or NAMED[shape["properties"]["name"]]
        if code not in LEFT_OUT:
            found.setdefault(code, []).extend(rings)
    dots = {code: natural_earth(_turned(place)) for code, place in NOWHERE_DRAWN.items()}
    arcs = [unbroken(arc) for arc in arcs_of(fine)]
    for shape in fine["objects"]["countries"]["geometries"]:
        code = codes.get(shape.get("id", ""), "")
        if code and code not in found and code not in LEFT_OUT and shape.get("arcs"):
            dots[code] = natural_earth(middle_of(max(rings_of(shape, arcs), key=area_of)))
    names = country_names()
    places = [{"code": code, "name": names[code], **drawn(rings)} for code, rings in found.items()]
    small = [{"code": code, "name": names[code], "at": [round(x, 1), round(y, 1)]} for code, (x, y) in dots.items()]
    return {"box": [0, 14, 960, 420], "places": sorted(places, key=_code) + sorted(small, key=_code)}


def europe(package: Path) -> dict[str, Any]:
    """A part of the world in which countries are small and territories many, from finer shapes."""
    codes = {country.numeric: country.alpha_2 for country in pycountry.countries}
    found: dict[str, list[Ring]] = {}
    topology = json.loads((package / "countries-50m.json").read_text())
    for shape, rings in shapes(topology, "countries", around_europe, COARSEST_IN_EUROPE):
        code = codes.get(shape.get("id", "")) or NAMED.get(shape["properties"]["name"], "")
        inside = [ring for ring in rings if any(map(_in_europe, ring))]
        if code and inside and code not in LEFT_OUT:
            found.setdefault(code, []).extend(inside)
    names = country_names()
    places = [{"code": code, "name": names[code], **_of_europe(rings)} for code, rings in found.items()]
    return {"box": list(EUROPE_BOX), "places": sorted(places, key=lambda place: ("path" not in place, _code(place)))}


def _in_europe(point: Point) -> bool:
    return 0 < point[0] < EUROPE_BOX[2] and 0 < point[1] < EUROPE_BOX[3]


def _of_europe(rings: Sequence[Ring]) -> dict[str, Any]:
    """Of what lies beyond the picture, such as Siberia, the letters stay inside."""
    largest = max(rings, key=area_of)
    x, y = middle_of(largest)
    if not _in_europe((x, y)):
        x, y = middle_of([point for point in largest if _in_europe(point)])
    at = {"at": [round(x), round(y)]}
    return at if area_of(largest) < LEAST_DRAWN else drawn(rings) | at


def _turned(place: Point) -> Point:
    return unbroken([place])[0]


def united_states(package: Path) -> dict[str, Any]:
    topology = json.loads((package / "states-albers-10m.json").read_text())
    places = []
    for shape, rings in shapes(topology, "states", as_it_is):
        state = us.states.lookup(shape["id"])
        assert state is not None
        places.append({"code": f"US-{state.abbr}", "name": state.name, **drawn(rings)})
    return {"box": [-58, 12, 1016, 596], "places": sorted(places, key=_code)}


def _code(place: dict[str, Any]) -> str:
    return str(place["code"])


def write(name: str, made: dict[str, Any]) -> None:
    lines = ",\n".join(json.dumps(place, ensure_ascii=False, separators=(",", ":")) for place in made["places"])
    text = f'{{"box": {json.dumps(made["box"])}, "places": [\n{lines}\n]}}\n'
    (HERE / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    write("world.json", world(Path(sys.argv[1])))
    write("europe.json", europe(Path(sys.argv[1])))
    write("united_states.json", united_states(Path(sys.argv[2])))
