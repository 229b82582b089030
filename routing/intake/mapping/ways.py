"""What each way of an entry leads to in a body: found at its path, transformed, and as its field takes it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from routing.intake.mapping.check import NAME_PARTS, Step, Way
from routing.intake.mapping.fit import MOST_ITEMS, Fitted, fit, shown
from routing.intake.mapping.nobody import names_nobody
from routing.intake.mapping.numbers import Unfit
from routing.intake.mapping.paths import follow, follow_each
from routing.intake.mapping.values import Leaf, Source, bare, leaves_of, made_of, nothing

ID, DEFAULT = "external_id", "default"


@dataclass(frozen=True, slots=True)
class Look:
    """How one field came about, for people: the path that led to something, each transform's result, the value.

    `taken`: what of the body is in it.
    """

    field: str
    path: str
    found: Any
    steps: tuple[tuple[str, Any], ...]
    value: Any
    error: str = ""
    taken: tuple[Any, ...] = ()


@dataclass(frozen=True, slots=True)
class Tried:
    """What one way led to. `dropped`: what its transforms left away. `fitted`: none if it gave nothing, or an error."""

    path: str
    found: Any
    value: Any
    steps: tuple[tuple[str, Any], ...] = ()
    dropped: tuple[Leaf, ...] = ()
    error: str = ""
    fitted: Fitted | None = None

    @property
    def is_part(self) -> bool:
        """Whether it is of a whole name."""
        return any(name in NAME_PARTS for name, _ in self.steps)

    @property
    def sources(self) -> tuple[Source, ...]:
        """What of the body is in the field."""
        return tuple(source for leaf in self.fitted.leaves for source in leaf.sources) if self.fitted else ()

    def look(self, name: str, value: Any) -> Look:
        taken = tuple(source.value for source in self.sources)
        return Look(name, self.path, self.found, self.steps, value, self.error, taken)


def try_ways(field: str, ways: tuple[Way, ...], tree: Any) -> Iterator[Tried]:
    """Each as the field takes it, in their order."""
    return (fitted(field, follow_way(way, tree)) for way in ways)


def try_spellings(field: str, ways: tuple[Way, ...], tree: Any) -> Iterator[Tried]:
    """The same, of a name each of its spellings by itself. A default counts only where nothing is said."""
    for way in ways:
        spelt = follow_each(way.path, tree) if way.path and not way.path.many else []
        said = replace(way, steps=tuple(step for step in way.steps if step.name != DEFAULT))
        yield from (fitted(field, _transformed(way if nothing(value) else said, value)) for value in spelt)
        if not spelt:
            yield fitted(field, follow_way(way, tree))


def try_each(field: str, ways: tuple[Way, ...], tree: Any) -> Iterator[Tried]:
    """The same, and of a list each item by itself."""
    for way in ways:
        for value in _apart(way, follow_each(way.path, tree) if way.path else [way.value]):
            tried = _transformed(way, value)
            if tried.error or not tried.value or not isinstance(tried.value, list):
                yield fitted(field, tried)
            else:
                yield from (fitted(field, replace(tried, value=item)) for item in tried.value[:MOST_ITEMS])


def _apart(way: Way, found: list[Any]) -> list[Any]:
    """Each item of what was found, unless a transform is about the list."""
    if any(step.transform.whole for step in way.steps):
        return [found] if way.path and way.path.many and found else found or [None]
    items = [item for value in found for item in (value if isinstance(value, list) else [value])]
    return items[:MOST_ITEMS] or [None]


def beside(ways: tuple[Way, ...], part: str) -> tuple[Way, ...]:
    """The same, where this is the other part of the name."""
    return tuple(replace(way, steps=tuple(_beside(step, part) for step in way.steps)) for way in ways)


def _beside(step: Step, part: str) -> Step:
    return replace(step, argument=part) if step.name in NAME_PARTS else step


def follow_way(way: Way, tree: Any) -> Tried:
    return _transformed(way, follow(way.path, tree) if way.path else way.value)


def _transformed(way: Way, found: Any) -> Tried:
    path, value = way.path.text if way.path else "", found
    steps: list[tuple[str, Any]] = []
    dropped: list[Leaf] = []
    for step in way.steps:
        try:
            after = _transform(step, value)
        except Unfit as unfit:
            return failed(Tried(path, found, value, tuple(steps)), str(unfit), step.name)
        if step.transform.drops:
            kept = {source for leaf in leaves_of(after) for source in leaf.sources}
            dropped += [leaf for leaf in leaves_of(value) if kept.isdisjoint(leaf.sources)]
        value = after
        steps.append((step.name, value))
    return Tried(path, found, value, tuple(steps), tuple(dropped))


def fitted(field: str, tried: Tried) -> Tried:
    if tried.error:
        return tried
    if field == ID and any(map(names_nobody, (tried.found, *(made for _, made in tried.steps)))):
        return failed(replace(tried, value=tried.found), "many may have this, so it is no id")
    try:
        return replace(tried, fitted=fit(field, tried.value))
    except Unfit as unfit:
        return failed(tried, str(unfit))


def failed(tried: Tried, why: str, transform: str = "") -> Tried:
    at = f"{shown(tried.value)}{f' at {tried.path}' if tried.path else ''}"
    return replace(tried, error=f"{at}{f', transform {transform}' if transform else ''}: {why}.")


def _transform(step: Step, value: Any) -> Any:
    if step.name == DEFAULT:
        return step.argument if nothing(value) else value
    if nothing(value):
        return None
    if isinstance(value, list) and not step.transform.whole:
        return [_one(step, item) for item in value[:MOST_ITEMS] if not nothing(item)]
    return step.transform.apply(value, step.argument) if step.transform.whole else _one(step, value)


def _one(step: Step, value: Any) -> Any:
    """What is made of a leaf came from where the leaf came from."""
    made = step.transform.apply(bare(value), step.argument)
    return made_of(made, [value]) if isinstance(value, Leaf) and made is not None else made
