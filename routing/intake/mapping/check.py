"""A mapping as it is kept (JSON) → its entries, or everything that is wrong with it, by field."""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Mapping as AnyMapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from routing.intake.clean import LONGEST_KEY
from routing.intake.facts import READERS
from routing.intake.mapping.paths import InvalidPath, Path, read_path
from routing.intake.mapping.transforms import TRANSFORMS, Transform
from routing.intake.mapping.values import fold_name

MOST_ENTRIES = 100
MOST_WAYS = 20
MOST_UNWANTED = 100
MOST_TRANSFORMS = 20
LONGEST_VALUE = 2_000
OPEN = ("utm", "attributes")
"""Fields of which each entry is mapped by itself (attributes.plan), or many at once (attributes.*)."""
FIELDS = tuple(name for name in READERS if name not in OPEN)
NAME_PARTS = ("first_word", "last_words")
"""Transforms that take a part of a whole name."""
UNWANTED = "unwanted"
"""Not a field: what stands at its paths goes nowhere, unless a field of its own takes it."""
ENTRY_KEYS = ("path", "value", "transforms")


class InvalidMapping(ValueError):
    """`errors`: field of the lead → what is wrong with its entry."""

    def __init__(self, errors: dict[str, list[str]]) -> None:
        super().__init__("; ".join(f"{field}: {' '.join(texts)}" for field, texts in errors.items()))
        self.errors = errors


@dataclass(frozen=True, slots=True)
class Step:
    """One transform with its argument, as it was written and as it is applied."""

    name: str
    written: Any
    argument: Any

    @property
    def transform(self) -> Transform:
        return TRANSFORMS[self.name]


@dataclass(frozen=True, slots=True)
class Way:
    """One way to a value: what stands at a path, or a constant; and what is made of it."""

    path: Path | None
    value: Any = None
    steps: tuple[Step, ...] = ()

    @property
    def takes_part(self) -> bool:
        """Whether it gives a part of a whole name."""
        return any(step.name in NAME_PARTS for step in self.steps)


@dataclass(frozen=True, slots=True)
class Entry:
    """Where a field of the lead comes from: the first of its ways that leads to something."""

    field: str
    ways: tuple[Way, ...]

    @property
    def many(self) -> bool:
        """Whether it fills utm or attributes with all that is found."""
        return self.field.endswith(".*")

    @property
    def single(self) -> bool:
        return not self.many and self.field != UNWANTED


@dataclass(frozen=True, slots=True)
class Mapping:
    entries: tuple[Entry, ...] = ()


def read_mapping(raw: Any) -> Mapping:
    """Raises InvalidMapping with every error."""
    if not isinstance(raw, AnyMapping):
        raise InvalidMapping({"mapping": ["Write an object: field of the lead → where it stands."]})
    if len(raw) > MOST_ENTRIES:
        raise InvalidMapping({"mapping": [f"{len(raw)} fields are mapped, {MOST_ENTRIES} are the most."]})
    errors: dict[str, list[str]] = {}
    entries: list[Entry] = []
    for field, written in raw.items():
        try:
            entries.append(_entry(str(field), written))
        except _Wrong as wrong:
            errors[str(field)] = wrong.texts
    if errors:
        raise InvalidMapping(errors)
    return Mapping(tuple(entries))


def check_mapping(raw: Any) -> Mapping:
    """What somebody saves. Raises InvalidMapping, also where two rows have one name."""
    mapping = read_mapping(raw)
    fields: dict[str, str] = {}
    errors: dict[str, list[str]] = {}
    for entry in mapping.entries:
        field = fields.setdefault(_one_name(entry.field), entry.field)
        if field != entry.field:
            errors[entry.field] = [f"This is “{field}” again, written otherwise. Make one row of both."]
    if errors:
        raise InvalidMapping(errors)
    return mapping


def _one_name(field: str) -> str:
    """The same however it is written."""
    group, dot, own = field.partition(".")
    return f"{group}{dot}{fold_name(own) or own.strip()}"


class _Wrong(Exception):
    def __init__(self, *texts: str) -> None:
        self.texts = list(texts)


def _entry(field: str, written: Any) -> Entry:
    wrong = list(_wrong_field(field))
    alternatives = written if isinstance(written, list) else [written]
    ways = tuple(way for each in alternatives[: MOST_UNWANTED + 1] for way in _ways(each, wrong))
    most = MOST_UNWANTED if field == UNWANTED else MOST_WAYS
    if len(ways) > most:
        wrong.append(f"More than {most} ways to one field.")
    if field == UNWANTED and any(way.path is None or way.steps for way in ways):
        wrong.append("What is unwanted is named by paths alone, without values and transforms.")
    if not ways and not wrong:
        wrong.append("A path or a value is missing.")
    if wrong:
        raise _Wrong(*wrong)
    return Entry(field, ways)


def _ways(written: Any, wrong: list[str]) -> Iterator[Way]:
    """Of a path, or of an object with path (or several), value and transforms."""
    if isinstance(written, str):
        written = {"path": written}
    if not isinstance(written, AnyMapping):
        wrong.append("Write a path, or an object with path, value and transforms, or a list of these.")
        return
    if unknown := [str(key)[:40] for key in written if key not in ENTRY_KEYS]:
        wrong.append(f"Unknown: {', '.join(unknown)}. There are {', '.join(ENTRY_KEYS)}.")
    paths, value = _paths(written.get("path"), wrong), written.get("value")
    if not isinstance(value, str | int | float | bool | None) or (
        isinstance(value, str) and len(value) > LONGEST_VALUE
    ):
        wrong.append("The value must be a short text, a number, true or false.")
        return
    steps = tuple(_steps(written.get("transforms"), wrong))
    yield from (Way(path, None, steps) for path in paths)
    if value is not None:
        yield Way(None, value, steps)


def _wrong_field(field: str) -> Iterator[str]:
    name, dot, key = field.partition(".")
    if name in OPEN:
        if not key.strip():
            yield f"Name what of it is filled: {name}.NAME, or {name}.* for all that is found."
        elif len(key) > LONGEST_KEY:
            yield f"The name is longer than {LONGEST_KEY} characters."
    elif field not in (*FIELDS, UNWANTED):
        close = get_close_matches(field, FIELDS, n=1)
        hint = f"Did you mean {close[0]}?" if close else "Facts of your own go to attributes.NAME."
        yield f"A lead has no such field. {hint}"


def _paths(written: Any, wrong: list[str]) -> tuple[Path, ...]:
    given = written if isinstance(written, list) else [] if written in (None, "") else [written]
    paths: list[Path] = []
    for text in given[: MOST_UNWANTED + 1]:
        if not isinstance(text, str):
            wrong.append("A path is a text, such as contact.email.")
            continue
        try:
            paths.append(read_path(text))
        except InvalidPath as error:
            wrong.append(f"Path “{text[:80]}”: {error}")
    return tuple(paths)


def _steps(written: Any, wrong: list[str]) -> Iterator[Step]:
    given = written if isinstance(written, list) else [] if written is None else [written]
    if len(given) > MOST_TRANSFORMS:
        wrong.append(f"{len(given)} transforms, {MOST_TRANSFORMS} are the most.")
        return
    for each in given:
        pair = _named(each)
        if pair is None:
            wrong.append("A transform is its name, or an object of its name and its argument.")
        elif pair[0] not in TRANSFORMS:
            close = get_close_matches(pair[0], TRANSFORMS, n=1)
            hint = f"Did you mean {close[0]}?" if close else f"There are {', '.join(TRANSFORMS)}."
            wrong.append(f"There is no transform “{pair[0][:40]}”. {hint}")
        else:
            yield from _step(*pair, wrong)


def _named(written: Any) -> tuple[str, Any] | None:
    if isinstance(written, str):
        return written.strip(), None
    if isinstance(written, AnyMapping) and len(written) == 1:
        name, argument = next(iter(written.items()))
        return str(name).strip(), argument
    return None


def _step(name: str, argument: Any, wrong: list[str]) -> Iterator[Step]:
    transform = TRANSFORMS[name]
    if argument is None:
        if transform.read is None or transform.optional:
            yield Step(name, None, None)
        else:
            wrong.append(f"Transform {name}: something is missing after it, such as “{transform.example}”.")
    elif transform.read is None:
        wrong.append(f"Transform {name} takes nothing after it.")
    else:
        try:
            yield Step(name, argument, transform.read(argument))
        except ValueError as error:
            wrong.append(f"Transform {name}: {error}.")
