"""Facts of a lead from any body, with what was found on the way. Total: whatever the body is, nothing is raised.

Every value of the body has an end. First the fields take theirs, then what is named as unwanted goes, then come the
rows that take all they find; and what is left goes to the attributes, as long as there is room.
"""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Mapping as AnyMapping
from dataclasses import dataclass, field, replace
from typing import Any

from routing.intake.clean import LONGEST_KEY, MOST_ENTRIES
from routing.intake.mapping.check import UNWANTED, Entry, Mapping
from routing.intake.mapping.choose import EMAIL, NAMES, PHONE, agreed, first, one_person, reachable
from routing.intake.mapping.ends import End, Ledger
from routing.intake.mapping.fit import (
    MOST_NAMES_SHOWN,
    Fitted,
    attribute,
    entry_name,
    listed,
    parts_of,
    shown,
    tag,
)
from routing.intake.mapping.paths import follow
from routing.intake.mapping.values import MOST_VALUES, Leaf, leaves_of, nothing, plant, without
from routing.intake.mapping.ways import Look, Tried, failed, follow_way, try_each, try_spellings, try_ways

BODY, ATTRIBUTES, CONSENT = "body", "attributes", "consent"
LONGEST_NAME = 1_000
TOO_MANY = f"More than {MOST_VALUES:,} values: what no row names of the others stays with the submission alone."


@dataclass(frozen=True, slots=True)
class Mapped:
    """`facts` are for intake; `errors`: field → what could not be made of what was found; `ends` of every value."""

    facts: dict[str, Any]
    looks: tuple[Look, ...]
    errors: dict[str, list[str]] = field(default_factory=dict)
    ends: tuple[End, ...] = ()

    def origin(self, name: str) -> str:
        """Where the value of a field was found: “quoted” at its path; the names of several; empty if nowhere."""
        look = next((each for each in self.looks if each.field == name and each.found is not None), None)
        if look:
            found = look.taken[0] if len(look.taken) == 1 else list(look.taken) or look.found
            return f"{shown(found)} at {look.path}" if look.path else ""
        end = next((each for each in self.ends if name in each.names), None)
        if end:
            return f"{shown(end.source.value)} at {end.source.path}"
        return listed(list(self.facts[name])) if isinstance(self.facts.get(name), AnyMapping) else ""


def apply_mapping(mapping: Mapping, body: Any) -> Mapped:
    """What is mapped; a field of which nothing is found has none."""
    taking = _Taking(*plant(body))
    taking.name(mapping.entries)
    singles = sorted((entry for entry in mapping.entries if entry.single), key=lambda entry: entry.field == PHONE)
    looks = {id(entry): taking.single(entry) for entry in singles}  # a number is read by the country
    for entry in mapping.entries:
        if entry.field == UNWANTED:
            taking.drop(entry)
    looks |= {id(entry): taking.many(entry) for entry in mapping.entries if entry.many}
    taking.rest()
    shown_looks = (look for entry in mapping.entries for look in looks.get(id(entry), ()))
    return Mapped(taking.facts, tuple(shown_looks), taking.errors, taking.ledger.in_order())


class _Taking:
    """What was taken so far."""

    def __init__(self, tree: Any, leaves: list[Leaf]) -> None:
        self.tree, self.ledger = tree, Ledger(leaves)
        self.facts: dict[str, Any] = {}
        self.errors: dict[str, list[str]] = {}
        self._dropped: list[Leaf] = []
        self._names: dict[str, Tried] = {}
        if len(leaves) > MOST_VALUES:
            self.errors[BODY] = [TOO_MANY]

    def single(self, entry: Entry) -> tuple[Look, ...]:
        """By the way that counts; else what was wrong with the first that gave nothing but an error."""
        tried = self._choose(entry)
        if tried.fitted:
            self._fill(entry.field, tried.fitted)
            self._dropped += tried.dropped
            return (tried.look(entry.field, tried.fitted.value),)
        if tried.error:
            self._fail(entry.field, tried)
        return (tried.look(entry.field, None),)

    def name(self, entries: Iterable[Entry]) -> None:
        """Both parts of a name are chosen together."""
        parts = {entry.field: entry for entry in entries if entry.field in NAMES}
        if len(parts) == len(NAMES):
            first_name, last_name = (parts[name] for name in NAMES)
            self._names = dict(zip(NAMES, one_person(first_name, last_name, self.tree), strict=True))

    def _choose(self, entry: Entry) -> Tried:
        if entry.field in self._names:
            return self._names[entry.field]
        if entry.field in (EMAIL, PHONE):
            return reachable(entry.field, try_each(entry.field, entry.ways, self.tree), self.facts)
        if entry.field == CONSENT:
            return agreed(list(try_spellings(entry.field, entry.ways, self.tree)))
        return first(try_ways(entry.field, entry.ways, self.tree))

    def drop(self, entry: Entry) -> None:
        for way in entry.ways:
            if way.path:
                self.ledger.drop(leaves_of(follow(way.path, self.tree)), way.path.text)

    def many(self, entry: Entry) -> tuple[Look, ...]:
        """By all its ways."""
        group = entry.field.partition(".")[0]
        looks = []
        for way in entry.ways:
            tried = follow_way(way, self.tree)
            if not (tried.error or nothing(tried.value) or isinstance(tried.value, AnyMapping | list)):
                why = "neither an object nor a list is there, so there are no names for its entries"
                tried = failed(tried, why)
            if tried.error:
                self._fail(entry.field, tried)
                looks.append(tried.look(entry.field, None))
                continue
            self._name_the_taken(tried.value)
            looks.append(tried.look(entry.field, self._add_all(group, tried.value) or None))
            self._dropped += tried.dropped
        return tuple(looks)

    def rest(self) -> None:
        """What nobody named becomes attributes."""
        self.ledger.drop(self._dropped, "left away by a transform")
        self._add_all(ATTRIBUTES, self.tree, own=True)
        if more := self.ledger.open():
            names = listed([source.path[:LONGEST_KEY] for source in more[: MOST_NAMES_SHOWN + 1]])
            text = f"{MOST_ENTRIES} are the most. {len(more):,} more stay with the submission alone: {names}."
            self.errors.setdefault(ATTRIBUTES, []).append(text)
            self.ledger.leave_out(ATTRIBUTES, (Leaf(None, (source,)) for source in more), text)

    def _fail(self, name: str, tried: Tried) -> None:
        """Values that cannot be read are left out, and quoted; where there are others too they go with what is left."""
        self.errors.setdefault(name, []).append(tried.error)
        items = tried.value if isinstance(tried.value, list) else [tried.value]
        leaves = [item for item in items if isinstance(item, Leaf)]
        if len(leaves) == len(items):
            self.ledger.leave_out(name, leaves, tried.error)

    def _fill(self, name: str, fitted: Fitted) -> None:
        group, dot, own = name.partition(".")
        if dot:
            own = _free_name(entry_name(own), fitted.value, self.facts.get(group, {}))
            self.facts.setdefault(group, {})[own] = fitted.value
            name = f"{group}.{own}"
        else:
            self.facts[name] = fitted.value
        if fitted.note:
            self.errors[name] = [fitted.note]
        self.ledger.fill(name, fitted.leaves)

    def _add_all(self, group: str, tree: Any, *, own: bool = False) -> dict[str, Any]:
        """What of it has no end yet, each by a name that is free. `own`: only what stood in the body itself."""
        added: dict[str, Any] = {}
        taken: dict[str, Any] = self.facts.get(group, {})
        for name, part in parts_of(without(tree, self.ledger.ends)):
            fitted = tag(part) if group == "utm" else attribute(part)
            if fitted is None or (own and not fitted.leaves):
                continue
            free = _free_name(name, fitted.value, taken)
            if free not in taken and len(taken) >= MOST_ENTRIES:
                break
            taken = self.facts.setdefault(group, taken)
            self._fill(f"{group}.{free}", fitted if len(name) <= LONGEST_KEY else _with_its_name(fitted, name))
            added[free] = fitted.value
        return added

    def _name_the_taken(self, tree: Any) -> None:
        """The name of a value goes where the value went; that of none is of no use."""
        for leaf in leaves_of(tree):
            names = [Leaf(None, (), leaf.names)]
            end = next((self.ledger.ends[source] for source in leaf.sources if source in self.ledger.ends), None)
            if not leaf.sources:
                self.ledger.drop(names, "a name without a value")
            elif end and end.kept:
                for name in end.names:
                    self.ledger.fill(name, names)
            elif end:
                self.ledger.drop(names, end.reason)


def _with_its_name(fitted: Fitted, name: str) -> Fitted:
    return replace(fitted, note=f"{fitted.note} Its name is cut, it was: {name[:LONGEST_NAME]}".strip())


def _free_name(name: str, value: Any, taken: AnyMapping[str, Any]) -> str:
    """The name itself, unless something else has it: then with a number behind it."""
    free, number = name[:LONGEST_KEY].strip(), 1
    while free in taken and (type(taken[free]), taken[free]) != (type(value), value):
        number += 1
        free = f"{name[: LONGEST_KEY - 6]} ({number})"
    return free
