"""Facts of a lead from any body, with what was found on the way. Total: whatever the body is, nothing is raised."""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Mapping as AnyMapping
from dataclasses import dataclass, field
from typing import Any

from routing.intake.clean import LONGEST_ENTRY, LONGEST_KEY, MOST_ENTRIES
from routing.intake.mapping.check import Entry, Mapping, Step, Way
from routing.intake.mapping.numbers import Unfit, read_yes_no
from routing.intake.mapping.paths import follow

FLAGS = ("consent", "test")
NUMBERS = ("employees", "annual_revenue", "expected_amount")
MOST_ITEMS = 1_000
LONGEST_SHOWN = 80
MOST_NAMES_SHOWN = 8


@dataclass(frozen=True, slots=True)
class Look:
    """How one field came about, for people: the path that led to something, each transform's result, the value."""

    field: str
    path: str
    found: Any
    steps: tuple[tuple[str, Any], ...]
    value: Any
    error: str = ""


@dataclass(frozen=True, slots=True)
class Mapped:
    """`facts` are for intake; `errors`: field → what could not be made of what was found."""

    facts: dict[str, Any]
    looks: tuple[Look, ...]
    errors: dict[str, list[str]] = field(default_factory=dict)

    def origin(self, name: str) -> str:
        """Where the value of a field was found: “quoted” at its path; empty if nowhere."""
        look = next((each for each in self.looks if each.field == name and each.found is not None), None)
        return f"{shown(look.found)} at {look.path}" if look and look.path else ""


def apply_mapping(mapping: Mapping, body: Any) -> Mapped:
    """What is mapped; a field of which nothing is found has none."""
    facts: dict[str, Any] = {}
    looks = tuple(_look(entry, body) for entry in mapping.entries)
    errors = {look.field: [look.error] for look in looks if look.error}
    for entry, look in zip(mapping.entries, looks, strict=True):
        if look.error or look.value is None:
            continue
        group, dot, name = look.field.partition(".")
        if not dot:
            facts[group] = look.value
        elif entry.many:
            facts[group] = look.value | facts.get(group, {})
        else:
            facts.setdefault(group, {})[name] = look.value
    for group in ("utm", "attributes"):
        if group in facts:
            facts[group] = dict(list(facts[group].items())[:MOST_ENTRIES])
    return Mapped(facts, looks, errors)


def _look(entry: Entry, body: Any) -> Look:
    """By the first way that gives something; else what was wrong with the first that gave nothing but an error."""
    failed: Look | None = None
    for way in entry.ways:
        look = _by(entry, way, body)
        if look.value is not None:
            return look
        failed = failed or (look if look.error else None)
    return failed or look


def _by(entry: Entry, way: Way, body: Any) -> Look:
    path = way.path.text if way.path else ""
    found = follow(way.path, body) if way.path else way.value
    value, steps = found, []
    try:
        for step in way.steps:
            value = _transform(step, value)
            steps.append((step.name, value))
        return Look(entry.field, path, found, tuple(steps), _fit(entry, value))
    except Unfit as unfit:
        at = f"{shown(value)}{f' at {path}' if path else ''}"
        tried = f", transform {way.steps[len(steps)].name}" if len(steps) < len(way.steps) else ""
        return Look(entry.field, path, found, tuple(steps), None, f"{at}{tried}: {unfit}.")


def _nothing(value: Any) -> bool:
    return value is None or value in ([], {}) or (isinstance(value, str) and not value.strip())


def _transform(step: Step, value: Any) -> Any:
    if step.name == "default":
        return step.argument if _nothing(value) else value
    if _nothing(value):
        return None
    if isinstance(value, list) and not step.transform.whole:
        return [step.transform.apply(item, step.argument) for item in value[:MOST_ITEMS] if not _nothing(item)]
    return step.transform.apply(value, step.argument)


# --- the value as its field takes it ------------------------------------------------------------------------------


def _fit(entry: Entry, value: Any) -> Any:
    if _nothing(value):
        return None
    if entry.many:
        return _entries(value, texts=entry.field.startswith("utm."))
    if entry.field.startswith("attributes."):
        return _attribute(value)
    if isinstance(value, AnyMapping):
        raise Unfit(f"an object is there, choose one of its fields: {_names(value)}")
    if isinstance(value, list):
        value = _joined(value)
    if entry.field in FLAGS:
        return read_yes_no(value)
    return value if entry.field in NUMBERS and not isinstance(value, bool) else _text(value)


def _joined(items: list[Any]) -> str:
    parts = [_text(item) for item in items[:MOST_ITEMS] if isinstance(item, str | int | float)]
    if not parts:
        raise Unfit("a list of objects or lists is there, lead the path to one value, such as [0].name")
    return ", ".join(parts)


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        return str(int(value))
    return str(value)


def _attribute(value: Any) -> Any:
    if isinstance(value, AnyMapping):
        raise Unfit(f"an object is there, choose one of its fields, or map it to attributes.*: {_names(value)}")
    if isinstance(value, list):
        items = [item[:LONGEST_ENTRY] if isinstance(item, str) else item for item in value[:MOST_ENTRIES]]
        return [item for item in items if isinstance(item, str | int | float)] or None
    return value[:LONGEST_ENTRY] if isinstance(value, str) else value


def _entries(value: Any, *, texts: bool) -> dict[str, Any]:
    """All that lies under it, flat: an object's entries by their names, those of objects in it as outer.inner."""
    if not isinstance(value, AnyMapping | list):
        raise Unfit("neither an object nor a list is there, so there are no names for its entries")
    entries: dict[str, Any] = {}
    for name, part in _leaves(value):
        if len(entries) >= MOST_ENTRIES:
            break
        if name and not _nothing(part):
            entries.setdefault(name, _text(part)[:LONGEST_ENTRY] if texts else _attribute(part))
    return entries


def _leaves(value: Any) -> Iterator[tuple[str, Any]]:
    """Names and values, without recursion: lists of plain values are values themselves."""
    waiting: list[tuple[str, Any]] = [("", value)]
    seen = 0
    while waiting and seen < MOST_ITEMS:
        seen += 1
        name, part = waiting.pop(0)
        if isinstance(part, AnyMapping):
            waiting += [(_name(name, key), inner) for key, inner in list(part.items())[:MOST_ITEMS]]
        elif isinstance(part, list) and any(isinstance(item, AnyMapping | list) for item in part):
            waiting += [(_name(name, number), inner) for number, inner in enumerate(part[:MOST_ITEMS], start=1)]
        else:
            yield name, part


def _name(outer: str, inner: Any) -> str:
    return f"{outer}.{inner}".strip(".")[:LONGEST_KEY].strip()


def _names(value: AnyMapping[Any, Any]) -> str:
    names = [str(name)[:40] for name in list(value)[: MOST_NAMES_SHOWN + 1]]
    return ", ".join(names[:MOST_NAMES_SHOWN]) + (", …" if len(names) > MOST_NAMES_SHOWN else "")


def shown(value: Any) -> str:
    """A value as a message quotes it, cut short."""
    if isinstance(value, AnyMapping):
        return f"{{{_names(value)}}}"
    if isinstance(value, list):
        return f"a list of {len(value)}"
    text = " ".join(_text(value)[: LONGEST_SHOWN * 2].split())
    return f"“{text[:LONGEST_SHOWN]}…”" if len(text) > LONGEST_SHOWN else f"“{text}”"
