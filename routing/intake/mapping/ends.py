"""Where each value of a body ended: in a field, in an attribute, left out, or unwanted. None has no end."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from enum import StrEnum

from routing.intake.mapping.values import Leaf, Source


class Kind(StrEnum):
    FIELD = "field"
    ATTRIBUTE = "attribute"
    LEFT_OUT = "left out"
    UNWANTED = "unwanted"


@dataclass(frozen=True, slots=True)
class End:
    """`names`: the fields (company, utm.source) or attributes (attributes.plan) that have it, or should have had it.

    `label`: it is what another value is called, or was found by, and is where that is.
    """

    source: Source
    kind: Kind
    names: tuple[str, ...] = ()
    reason: str = ""
    label: bool = False

    @property
    def kept(self) -> bool:
        """Whether the lead has it."""
        return self.kind in (Kind.FIELD, Kind.ATTRIBUTE)


class Ledger:
    """The first end counts, but several fields may have the same value."""

    def __init__(self, leaves: Iterable[Leaf]) -> None:
        self._sources = tuple(source for leaf in leaves for source in leaf.sources)
        self.ends: dict[Source, End] = {}

    def fill(self, name: str, leaves: Iterable[Leaf]) -> None:
        """They are in this field, or in this attribute."""
        kind = Kind.ATTRIBUTE if name.startswith("attributes.") else Kind.FIELD
        for source, label in _each(leaves):
            end = self.ends.get(source)
            if end is None or not end.kept:
                self.ends[source] = End(source, kind, (name,), label=label)
            elif name not in end.names:
                self.ends[source] = replace(end, names=(*end.names, name))

    def leave_out(self, name: str, leaves: Iterable[Leaf], reason: str) -> None:
        for source, label in _each(leaves):
            self.ends.setdefault(source, End(source, Kind.LEFT_OUT, (name,), reason, label))

    def drop(self, leaves: Iterable[Leaf], reason: str) -> None:
        for source, label in _each(leaves):
            self.ends.setdefault(source, End(source, Kind.UNWANTED, (), reason, label))

    def open(self) -> list[Source]:
        """Those that have no end yet."""
        return [source for source in self._sources if source not in self.ends]

    def in_order(self) -> tuple[End, ...]:
        return tuple(self.ends[source] for source in self._sources if source in self.ends)


def _each(leaves: Iterable[Leaf]) -> Iterator[tuple[Source, bool]]:
    """What they came from, and then what they are called and were found by."""
    for leaf in leaves:
        yield from ((source, False) for source in leaf.sources)
        yield from ((name, True) for name in leaf.names)
