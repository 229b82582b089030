"""A mapping as people write it: transforms one a line, and the shortest document that says the same."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from routing.intake.mapping.check import Mapping, Step, Way

LOOKUP = "map"


def mapping_document(mapping: Mapping) -> dict[str, Any]:
    """As it is kept: short where it can be."""
    return {entry.field: _short(entry.ways) for entry in mapping.entries}


def _short(ways: tuple[Way, ...]) -> Any:
    if len(ways) > 1 and all(way.path and way.steps == ways[0].steps for way in ways):
        paths = [way.path.text for way in ways if way.path]
        return {"path": paths, "transforms": _all_written(ways[0])} if ways[0].steps else paths
    written = [_way(way) for way in ways]
    return written[0] if len(written) == 1 else written


def _way(way: Way) -> Any:
    if way.path and not way.steps:
        return way.path.text
    written: dict[str, Any] = {"path": way.path.text} if way.path else {"value": way.value}
    return written | ({"transforms": _all_written(way)} if way.steps else {})


def _all_written(way: Way) -> list[Any]:
    return [_written(step) for step in way.steps]


def _written(step: Step) -> Any:
    return step.name if step.written is None else {step.name: step.written}


def transform_lines(written: Iterable[Any]) -> str:
    """The transforms of an entry, one a line: `map: Ja = yes, * = no`."""
    lines = []
    for each in written:
        if isinstance(each, dict):
            name, argument = next(iter(each.items()), ("", ""))
            lines.append(f"{name}: {_argument(argument)}")
        else:
            lines.append(str(each))
    return "\n".join(lines)


def _argument(argument: Any) -> str:
    if isinstance(argument, dict):
        plain = all(
            not set(f"{key}{value}") & set(",=\n{") and isinstance(value, str) for key, value in argument.items()
        )
        if plain and all(text == text.strip() for pair in argument.items() for text in pair):
            return ", ".join(f"{key} = {value}" for key, value in argument.items())
        return json.dumps(argument, ensure_ascii=False)
    if isinstance(argument, list):
        return ", ".join(map(str, argument))
    if isinstance(argument, bool):
        return "true" if argument else "false"
    return str(argument)


def transforms_of_lines(text: str) -> list[Any]:
    """What was written one a line, as it is kept. Whether it makes sense, read_mapping says."""
    return [_of_line(line) for line in text.splitlines() if line.strip()]


def _of_line(line: str) -> Any:
    name, colon, argument = line.partition(":")
    name = name.strip()
    if not colon:
        return name
    plain = argument.removeprefix(" ")
    if name == LOOKUP:
        return {name: _lookup(plain.strip())}
    return {name: plain if name in ("join", "prefix", "suffix") else plain.strip()}


def _lookup(text: str) -> Any:
    if text.startswith("{"):
        try:
            return json.loads(text)
        except (ValueError, RecursionError):
            return text
    pairs = (part.partition("=") for part in text.split(",") if part.strip())
    table = {key.strip(): value.strip() for key, equals, value in pairs if equals}
    return table or text
