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
from routing.intake.mapping.check import UNWANTED, Entry, Mapping, Step, Way
from routing.intake.mapping.ends import End, Ledger
from routing.intake.mapping.fit import (
    MOST_ITEMS,
    MOST_NAMES_SHOWN,
    Fitted,
    attribute,
    entry_name,
    fit,
    listed,
    parts_of,
    shown,
    tag,
)
from routing.intake.mapping.nobody import names_nobody
from routing.intake.mapping.numbers import Unfit
from routing.intake.mapping.paths import follow
from routing.intake.mapping.values import MOST_VALUES, Leaf, bare, leaves_of, made_of, nothing, plant, without

BODY, ATTRIBUTES, CONSENT, ID = "body", "attributes", "consent", "external_id"
LONGEST_NAME = 1_000
TOO_MANY = f"More than {MOST_VALUES:,} values: what no row names of the others stays with the submission alone."


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
class Mapped:
    """`facts` are for intake; `errors`: field → what could not be made of what was found; `ends` of every value."""

    facts: dict[str, Any]
    looks: tuple[Look, ...]
    errors: dict[str, list[str]] = field(default_factory=dict)
    ends: tuple[End, ...] = ()

    def origin(self, name: str) -> str:
        """Where the value of a field was found: “quoted” at its path; empty if nowhere."""
        look = next((each for each in self.looks if each.field == name and each.found is not None), None)
        if look:
            found = look.taken[0] if len(look.taken) == 1 else list(look.taken) or look.found
            return f"{shown(found)} at {look.path}" if look.path else ""
        end = next((each for each in self.ends if name in each.names), None)
        return f"{shown(end.source.value)} at {end.source.path}" if end else ""


def apply_mapping(mapping: Mapping, body: Any) -> Mapped:
    """What is mapped; a field of which nothing is found has none."""
    taking = _Taking(*plant(body))
    looks = {id(entry): taking.single(entry) for entry in mapping.entries if entry.single}
    for entry in mapping.entries:
        if entry.field == UNWANTED:
            taking.drop(entry)
    looks |= {id(entry): taking.many(entry) for entry in mapping.entries if entry.many}
    taking.rest()
    shown_looks = (look for entry in mapping.entries for look in looks.get(id(entry), ()))
    return Mapped(taking.facts, tuple(shown_looks), taking.errors, taking.ledger.in_order())


@dataclass(frozen=True, slots=True)
class _Tried:
    """What one way led to. `dropped`: what its transforms left away."""

    path: str
    found: Any
    value: Any
    steps: tuple[tuple[str, Any], ...] = ()
    dropped: tuple[Leaf, ...] = ()
    error: str = ""
    fitted: Fitted | None = None

    def look(self, name: str, value: Any) -> Look:
        leaves = self.fitted.leaves if self.fitted else ()
        taken = tuple(source.value for leaf in leaves for source in leaf.sources)
        return Look(name, self.path, self.found, self.steps, value, self.error, taken)


class _Taking:
    """What was taken so far."""

    def __init__(self, tree: Any, leaves: list[Leaf]) -> None:
        self.tree, self.ledger = tree, Ledger(leaves)
        self.facts: dict[str, Any] = {}
        self.errors: dict[str, list[str]] = {}
        self._dropped: list[Leaf] = []
        if len(leaves) > MOST_VALUES:
            self.errors[BODY] = [TOO_MANY]

    def single(self, entry: Entry) -> tuple[Look, ...]:
        """By the first way that gives something; else what was wrong with the first that gave nothing but an error."""
        ways = (self._fitted(entry.field, self._follow(way)) for way in entry.ways)
        tried = agreed(list(ways)) if entry.field == CONSENT else first(ways)
        if tried.fitted:
            self._fill(entry.field, tried.fitted)
            self._dropped += tried.dropped
            return (tried.look(entry.field, tried.fitted.value),)
        if tried.error:
            self._fail(entry.field, tried)
        return (tried.look(entry.field, None),)

    def drop(self, entry: Entry) -> None:
        for way in entry.ways:
            if way.path:
                self.ledger.drop(leaves_of(follow(way.path, self.tree)), way.path.text)

    def many(self, entry: Entry) -> tuple[Look, ...]:
        """By all its ways."""
        group = entry.field.partition(".")[0]
        looks = []
        for way in entry.ways:
            tried = self._follow(way)
            if not (tried.error or nothing(tried.value) or isinstance(tried.value, AnyMapping | list)):
                why = "neither an object nor a list is there, so there are no names for its entries"
                tried = _failed(tried, why)
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

    def _follow(self, way: Way) -> _Tried:
        path = way.path.text if way.path else ""
        value = found = follow(way.path, self.tree) if way.path else way.value
        steps: list[tuple[str, Any]] = []
        dropped: list[Leaf] = []
        for step in way.steps:
            try:
                after = _transform(step, value)
            except Unfit as unfit:
                return _failed(_Tried(path, found, value, tuple(steps)), str(unfit), step.name)
            if step.transform.drops:
                kept = {source for leaf in leaves_of(after) for source in leaf.sources}
                dropped += [leaf for leaf in leaves_of(value) if kept.isdisjoint(leaf.sources)]
            value = after
            steps.append((step.name, value))
        return _Tried(path, found, value, tuple(steps), tuple(dropped))

    def _fitted(self, name: str, tried: _Tried) -> _Tried:
        if tried.error:
            return tried
        if name == ID and any(map(names_nobody, (tried.found, *(made for _, made in tried.steps)))):
            return _failed(replace(tried, value=tried.found), "many may have this, so it is no id")
        try:
            return replace(tried, fitted=fit(name, tried.value))
        except Unfit as unfit:
            return _failed(tried, str(unfit))

    def _fail(self, name: str, tried: _Tried) -> None:
        """Values that cannot be read are left out, and quoted; where there are others too they go with what is left."""
        self.errors.setdefault(name, []).append(tried.error)
        items = tried.value if isinstance(tried.value, list) else [tried.value]
        leaves = [item for item in items if isinstance(item, Leaf)]
        if len(leaves) == len(items):
            self.ledger.leave_out(name, leaves, tried.error)

    def _fill(self, name: str, fitted: Fitted) -> None:
        group, dot, own = name.partition(".")
        if dot:
            own = entry_name(own)[:LONGEST_KEY].strip()
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


def first(ways: Iterable[_Tried]) -> _Tried:
    """The first that gives something; else the first that is wrong, else the last."""
    failed: _Tried | None = None
    for tried in ways:
        if tried.fitted:
            return tried
        failed = failed or (tried if tried.error else None)
    return failed or tried


def agreed(ways: list[_Tried]) -> _Tried:
    """Consent is what all that somebody said comes to: one no is a no, and what nobody can read is no yes.

    What one way cannot read another may. What a mapping says itself counts where they said nothing.
    """
    said = [tried for tried in ways if not nothing(tried.found) and tried.path]
    refused = (tried for tried in said if tried.fitted and tried.fitted.value is False)
    read = {id(tried.found) for tried in said if tried.fitted}
    unread = (tried for tried in said if tried.error and id(tried.found) not in read)
    return next(refused, None) or next(unread, None) or first([*said, *ways])


def _failed(tried: _Tried, why: str, transform: str = "") -> _Tried:
    at = f"{shown(tried.value)}{f' at {tried.path}' if tried.path else ''}"
    return replace(tried, error=f"{at}{f', transform {transform}' if transform else ''}: {why}.")


def _transform(step: Step, value: Any) -> Any:
    if step.name == "default":
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


def _with_its_name(fitted: Fitted, name: str) -> Fitted:
    return replace(fitted, note=f"{fitted.note} Its name is cut, it was: {name[:LONGEST_NAME]}".strip())


def _free_name(name: str, value: Any, taken: AnyMapping[str, Any]) -> str:
    """The name itself, unless something else has it: then with a number behind it."""
    free, number = name[:LONGEST_KEY].strip(), 1
    while free in taken and (type(taken[free]), taken[free]) != (type(value), value):
        number += 1
        free = f"{name[: LONGEST_KEY - 6]} ({number})"
    return free
