"""A body as a tree that remembers where every value of it stood, so that nothing of it is lost unseen.

Each value that says something is a Leaf. What is made of it has its sources; by what it was found or is called are
names of it. Trees are of objects, lists, leaves and plain values: what a mapping says itself came from nowhere.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

from routing.intake.clean import UNSTORABLE

MOST_VALUES = 20_000
"""So many of a body are followed one by one."""
_IGNORED = re.compile(r"[\s_-]+")
Place: TypeAlias = tuple[str | int, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Source:
    """One value of the body, and where it stands there."""

    place: Place
    value: str | int | float | bool

    @property
    def path(self) -> str:
        """As a mapping would write it."""
        return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in self.place).removeprefix(".")


@dataclass(frozen=True, slots=True, eq=False)
class Leaf:
    value: Any
    sources: tuple[Source, ...] = ()
    names: tuple[Source, ...] = ()


class Fields(dict[str, Any]):
    """An object of a body, whose names are found however they are written."""

    _alike: dict[str, list[str]] | None = None

    def alike(self, folded: str) -> list[str]:
        if self._alike is None:
            self._alike = {}
            for name in self:
                self._alike.setdefault(fold_name(name), []).append(name)
        return self._alike.get(folded, [])


class Items(list[Any]):
    """A list of a body. `indexes`: what its items were looked for by, so that each is judged once."""

    indexes: dict[Any, dict[str, list[Any]]] | None = None


def fold_name(name: str) -> str:
    """“First Name”, “first_name”, “first-name” and “firstName” are the same name. Empty for a name of marks alone."""
    return _IGNORED.sub("", unicodedata.normalize("NFC", name).casefold())


def names_like(fields: Mapping[str, Any], name: str) -> Iterator[str]:
    """The names of an object that are this one: first the one that is written so, then those that are alike."""
    if name in fields:
        yield name
    folded = fold_name(name)
    if not folded:
        return
    alike = fields.alike(folded) if isinstance(fields, Fields) else (key for key in fields if fold_name(key) == folded)
    yield from (key for key in alike if key != name)


def nothing(value: Any) -> bool:
    """Also a text of characters that cannot be kept."""
    value = bare(value)
    return value is None or value in ([], {}) or (isinstance(value, str) and _is_blank(value.strip()))


def _is_blank(text: str) -> bool:
    return not text or (UNSTORABLE.match(text) is not None and not UNSTORABLE.sub("", text).strip())


def bare(value: Any) -> Any:
    """What a leaf holds; an object or a list stays a tree."""
    return value.value if isinstance(value, Leaf) else value


def plant(body: Any) -> tuple[Any, list[Leaf]]:
    """The tree of a body, and its leaves in their order. Beyond the most, values are plain."""
    leaves: list[Leaf] = []
    return _plant(body, (), leaves), leaves


def _plant(value: Any, place: Place, leaves: list[Leaf]) -> Any:
    if len(leaves) > MOST_VALUES:
        return value
    if isinstance(value, Mapping):
        return Fields((str(name), _plant(inner, (*place, str(name)), leaves)) for name, inner in value.items())
    if isinstance(value, list):
        return Items(_plant(item, (*place, number), leaves) for number, item in enumerate(value))
    if nothing(value):
        return value
    leaf = Leaf(value, (Source(place, value),))
    leaves.append(leaf)
    return leaf


def leaves_of(tree: Any) -> Iterator[Leaf]:
    if isinstance(tree, Leaf):
        yield tree
    elif isinstance(tree, Mapping | list):
        for inner in tree.values() if isinstance(tree, Mapping) else tree:
            yield from leaves_of(inner)


def made_of(value: Any, leaves: Iterable[Leaf]) -> Any:
    """A new value, which came of these."""
    first, *more = leaves
    if isinstance(value, Mapping):
        return {name: made_of(inner, (first, *more)) for name, inner in value.items()}
    if isinstance(value, list):
        return [made_of(item, (first, *more)) for item in value]
    names = (*first.names, *(name for leaf in more for name in leaf.names))
    return Leaf(value, (*first.sources, *(source for leaf in more for source in leaf.sources)), names)


def called(tree: Any, names: tuple[Source, ...]) -> Any:
    """The same, found or called by these."""
    if not names:
        return tree
    if isinstance(tree, Leaf):
        return replace(tree, names=(*tree.names, *names))
    if isinstance(tree, Mapping):
        return Fields((name, called(inner, names)) for name, inner in tree.items())
    return [called(item, names) for item in tree] if isinstance(tree, list) else tree


def without(tree: Any, gone: Mapping[Source, Any]) -> Any:
    """The tree without what is gone, and without what is empty then; None if nothing is left."""
    if isinstance(tree, Leaf):
        return None if tree.sources and all(source in gone for source in tree.sources) else tree
    if isinstance(tree, Mapping):
        kept = ((name, without(inner, gone)) for name, inner in tree.items())
        return Fields((name, inner) for name, inner in kept if inner is not None) or None
    if isinstance(tree, list):
        return [inner for inner in (without(item, gone) for item in tree) if inner is not None] or None
    return tree
