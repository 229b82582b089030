"""Paths into a body: `form_response.answers[field.ref=email].email`, read once, followed in any JSON value.

Names are separated by dots; one with a dot or bracket in it stands in ["quotes"]. [2] is an item of a list, [-1] the
last one, [*] are all of them, [field.ref=email] those whose field.ref is “email”. `$` is the body. Names and what is
compared are the same however they are written: case, blanks, - and _ do not count.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from routing.intake.mapping.values import Items, Leaf, Source, bare, called, fold_name, names_like, nothing

LONGEST = 300
MOST_STEPS = 20
MOST_FOUND = 1_000
ROOT = "$"
_NAME = re.compile(r"[^.\[\]\"]+")
_INDEX = re.compile(r"-?[0-9]{1,6}")
_QUOTED = re.compile(r'"([^"]*)"')


class InvalidPath(ValueError):
    """The text says what is wrong, and where in the path."""


@dataclass(frozen=True, slots=True)
class Name:
    name: str


@dataclass(frozen=True, slots=True)
class Item:
    index: int


@dataclass(frozen=True, slots=True)
class Every:
    """All items of a list, or all values of an object."""


@dataclass(frozen=True, slots=True)
class Where:
    """The items whose value at `steps` is `value`."""

    steps: tuple[Name | Item, ...]
    value: str


Step: TypeAlias = Name | Item | Every | Where


@dataclass(frozen=True, slots=True)
class Path:
    text: str
    steps: tuple[Step, ...]

    @property
    def many(self) -> bool:
        """Whether it leads to a list of all that is found; else to the first."""
        return any(isinstance(step, Every) for step in self.steps)


def read_path(text: str) -> Path:
    """Raises InvalidPath."""
    plain = text.strip()
    if not plain:
        raise InvalidPath("The path is empty.")
    if len(plain) > LONGEST:
        raise InvalidPath(f"The path is longer than {LONGEST} characters.")
    steps = tuple(_steps(plain))
    if len(steps) > MOST_STEPS:
        raise InvalidPath(f"The path has {len(steps)} steps, {MOST_STEPS} are the most.")
    return Path(plain, steps)


def _steps(text: str) -> Iterator[Step]:
    place = 0
    if text == ROOT or text.startswith((f"{ROOT}.", f"{ROOT}[")):
        place = 1
    first = place == 0
    while place < len(text):
        if text[place] == "[":
            end = _end_of_bracket(text, place)
            yield _bracket(text[place + 1 : end].strip(), place + 1)
            place = end + 1
        elif text[place] == "." or first:
            start = place if first else place + 1
            found = _NAME.match(text, start)
            if not found or not found[0].strip():
                raise InvalidPath(f"A name is missing at character {start + 1}.")
            yield Name(found[0].strip())
            place = found.end()
        else:
            raise InvalidPath(f"“{text[place]}” at character {place + 1} is not expected. Put a dot before a name.")
        first = False


def _end_of_bracket(text: str, start: int) -> int:
    """Where the bracket ends; within quotes none does."""
    quoted = False
    for place in range(start + 1, len(text)):
        if text[place] == '"':
            quoted = not quoted
        elif text[place] == "]" and not quoted:
            return place
    raise InvalidPath(f"The bracket at character {start + 1} is not closed.")


def _bracket(inside: str, place: int) -> Step:
    if inside == "*":
        return Every()
    if _INDEX.fullmatch(inside):
        return Item(int(inside))
    if quoted := _QUOTED.fullmatch(inside):
        return Name(quoted[1])
    name, equals, value = inside.partition("=")
    if not equals:
        raise InvalidPath(f"In the bracket at character {place} write a number, *, a name in quotes, or name=value.")
    found = _QUOTED.fullmatch(value.strip())
    steps = tuple(_steps(name.strip()))
    if not steps or not all(isinstance(step, Name | Item) for step in steps):
        raise InvalidPath(f"Before the = in the bracket at character {place} write a plain name, such as field.ref.")
    return Where(tuple(step for step in steps if isinstance(step, Name | Item)), (found[1] if found else value).strip())


def follow(path: Path, body: Any) -> Any:
    """What is there: all of it, as a list, where the path says [*]; else the first; None where there is nothing.

    In a tree it is called by the leaves that it was chosen by.
    """
    given = follow_each(path, body)
    if path.many:
        return given or None
    return next((value for value in given if not nothing(value)), given[0] if given else None)


def follow_each(path: Path, body: Any) -> list[Any]:
    """All that is there, such as a name in each of its spellings."""
    found: list[Found] = [(body, ())]
    for step in path.steps:
        found = [(value, names + more) for each, names in found for value, more in _next(step, each)][:MOST_FOUND]
    return [called(value, names) for value, names in found if value is not None]


Found: TypeAlias = tuple[Any, tuple[Source, ...]]


def _next(step: Step, value: Any) -> Iterator[Found]:
    if isinstance(step, Name):
        if isinstance(value, Mapping):
            yield from ((value[name], ()) for name in names_like(value, step.name))
    elif isinstance(step, Item):
        if isinstance(value, list) and -len(value) <= step.index < len(value):
            yield value[step.index], ()
    elif isinstance(step, Every):
        yield from ((item, ()) for item in _items(value))
    else:
        yield from _index(step.steps, value).get(_comparable(step.value) or "", ())


def _items(value: Any) -> Sequence[Any]:
    if isinstance(value, Mapping):
        return list(value.values())
    return value if isinstance(value, list) else ()


def _index(steps: tuple[Name | Item, ...], value: Any) -> dict[str, list[Found]]:
    """The items by what stands in them at these steps, with the leaf that it is."""
    known = (value.indexes or {}) if isinstance(value, Items) else {}
    if steps not in known:
        known[steps] = {}
        for item in _items(value):
            by = item
            for step in steps:
                by = next((found for found, _ in _next(step, by)), None)
            if (text := _comparable(bare(by))) is not None:
                known[steps].setdefault(text, []).append((item, by.sources if isinstance(by, Leaf) else ()))
        if isinstance(value, Items):
            value.indexes = known
    return known[steps]


def _comparable(value: Any) -> str | None:
    if isinstance(value, bool):
        return str(value).lower()
    if not isinstance(value, str | int | float):
        return None
    text = str(value).strip()
    return fold_name(text) or text
