"""The content of a version as the rest can rely on it, whatever became of it: by hand, or by another program.

What cannot be read is replaced by what is safe: a setting by the usual one, a rule never matches, a territory holds no
lead, a row that nothing can be made of is left out; the catch-all takes every lead all the same.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from copy import copy
from dataclasses import dataclass, field
from typing import Any

from routing.rulebook import keys
from routing.rulebook.keys import MISSING
from routing.rulebook.repair import LOST, repaired
from routing.rulebook.requirements import Finding
from routing.rulebook.shapes import SECTIONS, SETTINGS, Part, key
from routing.rulebook.values import ANY_NAMES
from routing.rulebook.words import KINDS, Json, value_in_words

FORMAT = 3
"""Of the versions that this program writes. Older ones lack keys, which then mean what is usual."""
FIRST_WHOLE = 2
"""From this format on every key is written that there was then (Part.since)."""


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that blocks publishing. `path` leads to it inside the row, in the words of the configuration file.

    `until` says what counts in a version that is published all the same.
    """

    section: str
    name: str
    path: str
    message: str
    until: str = field(default="", compare=False)

    def __str__(self) -> str:
        if self.section in ("settings", "stages"):
            return f"Settings: {self.path.replace('_', ' ').replace('.', ' ')}: {self.message}"
        where = f"{self.path}: " if self.until and self.path else ""
        kind = KINDS.get(self.section, self.section)
        return f"{kind} “{self.name}”: {where}{self.message}" if self.name else self.message


@dataclass(frozen=True, slots=True)
class Rows:
    """The rows that there are: a version cannot follow those that were never there."""

    pools: Collection[int]
    ledgers: Collection[int]
    rules: Collection[int]
    territories: Collection[int]

    def lacks(self, section: str, row: Json) -> str:
        """The path of a key of the row that names nothing; "" if all name something."""
        known = {"pools": self.pools, "rules": self.rules, "territories": self.territories}.get(section)
        if known is not None and row["id"] not in known:
            return "id"
        return "ledger" if section == "pools" and row["ledger"] not in self.ledgers else ""


@dataclass(frozen=True, slots=True)
class Mended:
    """`content` is safe to read; `problems` are what it took, `of_rules` those of them that rules have, by key."""

    content: dict[str, Any]
    problems: tuple[Problem, ...]
    of_rules: Mapping[int, tuple[Problem, ...]]


@dataclass(frozen=True, slots=True)
class _Terms:
    """How to read: the format that it was written in (0: an unknown one), whether rows may be new ones, and which rows
    there are."""

    written_by: int
    new: bool
    rows: Rows | None

    @property
    def complete(self) -> bool:
        return self.written_by >= FIRST_WHOLE


def mend(content: Any, *, rows: Rows | None = None, new: bool = False) -> Mended:
    """Read anything as the content of a version. `new`: rows of the draft may have no key yet."""
    given: Mapping[str, Any] = content if isinstance(content, Mapping) else {}
    written_by = given.get("format", 1)
    known = isinstance(written_by, int) and 1 <= written_by <= FORMAT
    terms = _Terms(written_by if known else 0, new, rows)
    found = [] if known else [Problem("settings", "", "format", UNKNOWN_FORMAT, "what is known of it counts")]
    of_rules: dict[int, tuple[Problem, ...]] = {}
    settings, problems = _section(given, "settings", dict, terms)
    settings, lacking, _ = _parts("settings", "", settings, SETTINGS, terms)
    found += problems + lacking
    whole: dict[str, Any] = {"format": FORMAT, "settings": settings}
    for section in SECTIONS:
        rows_there, problems = _section(given, section, list, terms)
        found += problems
        whole[section] = []
        seen: set[int] = set()
        for index, row in enumerate(rows_there):
            mended, problems = _row(section, index, row, terms)
            found += problems
            if mended is None:
                continue
            if mended["id"] in seen:
                found.append(Problem(section, mended["name"], "id", TWICE, LEFT_OUT))
                continue
            whole[section].append(mended)
            seen |= {mended["id"]} - {None}
            if section == "rules" and problems:
                of_rules[mended["id"]] = tuple(problems)
    return Mended(whole, tuple(found), of_rules)


def _section(content: Json, section: str, kind: type[Any], terms: _Terms) -> tuple[Any, list[Problem]]:
    value = content.get(section)
    if isinstance(value, kind):
        return value, []
    if section not in content and not terms.complete:
        return kind(), []
    return kind(), [Problem(section, "", "", f"The section {section} cannot be read.", "it is empty")]


def _row(section: str, index: int, row: Any, terms: _Terms) -> tuple[dict[str, Any] | None, list[Problem]]:
    """One row, None if nothing can be made of it, and what is wrong with it."""
    place = f"no. {index + 1}"
    if not isinstance(row, Mapping):
        return None, [Problem(section, place, "", "it is not a mapping of keys and values.", LEFT_OUT)]
    name = row.get("name")
    called = name if isinstance(name, str) and name.strip() else place
    unsaved = terms.new and row.get("id") is None
    parts = [part for part in SECTIONS[section] if not (unsaved and part.path in GIVEN_ON_SAVING)]
    mended, found, lost = _parts(section, called, row, parts, terms)
    if problem := _stranger(section, called, mended, terms):
        return None, [*found, problem]
    if lost and section not in WITHOUT_VITALS:
        return None, found
    if lost:
        mended |= WITHOUT_VITALS[section]
    if section == "rules":
        mended["position"] = _position(row.get("position"), index)
    return mended, found


def _stranger(section: str, called: str, row: Json, terms: _Terms) -> Problem | None:
    """That the row is none that there is."""
    number = row.get("id")
    if number is None and terms.new:
        return None
    if any(key(number, ANY_NAMES)):
        return Problem(section, called, "id", "it has no key by which it is known.", LEFT_OUT)
    path = terms.rows.lacks(section, row) if terms.rows else ""
    return Problem(section, called, path, "there is no such row.", LEFT_OUT) if path else None


def _position(value: Any, index: int) -> int:
    return value if isinstance(value, int) and 0 <= value <= LAST_POSITION else index + 1


def _parts(
    section: str, called: str, row: Json, parts: Iterable[Part], terms: _Terms
) -> tuple[dict[str, Any], list[Problem], bool]:
    """The parts of a row, what is wrong with them, and whether a vital one is lost."""
    mended, found, any_lost = dict(row), list[Problem](), False
    for part in parts:
        given = keys.at(row, part.path, MISSING)
        value, wrong, lost = _part(part, given, terms)
        any_lost |= lost and part.vital
        until = (BECOMES.get(section, LEFT_OUT) if lost and part.vital else _counts(value)) if wrong else ""
        said = "stages" if part.path == "stages" else section
        found += [Problem(said, called, keys.joined(part.said, sub), message, until) for sub, message in wrong]
        _put(mended, part.path, part.filled(value))
    return mended, found, any_lost


def _part(part: Part, given: Any, terms: _Terms) -> tuple[Any, list[Finding], bool]:
    """The value of a part, what is wrong with what is written, and whether nothing of that could be kept."""
    if given is MISSING:
        lacks = terms.complete and part.since <= terms.written_by
        return copy(part.usual), [("", "it is missing.")] if lacks else [], lacks
    value, wrong = repaired(given, part.check)
    lost = value is LOST or bool(wrong and part.whole)
    return copy(part.usual) if lost else value, wrong, lost


def _put(row: dict[str, Any], path: str, value: Any) -> None:
    """As keys.put, on a copy of what lies above."""
    above, dot, _ = path.partition(".")
    if dot:
        row[above] = dict(row[above]) if isinstance(row.get(above), Mapping) else {}
    keys.put(row, path, value)


def _counts(value: Any) -> str:
    text = value_in_words(value)
    return f"{text[:60]}{'…' * (len(text) > 60)} counts"


UNKNOWN_FORMAT = "another program wrote it, in a format that this one does not know."
TWICE = "another row of this section has the same key: only the first of them counts."
LAST_POSITION = 2**31 - 1
GIVEN_ON_SAVING = frozenset({"ledger"})
LEFT_OUT = "it is left out"
BECOMES: Mapping[str, str] = {
    "rules": "it never matches, unless it is the catch-all",
    "territories": "no lead lies in it",
}
"""What becomes of a row that lacks something vital."""
WITHOUT_VITALS: Mapping[str, Json] = {"rules": {"enabled": False}, "territories": {"nowhere": True}}
"""What makes it so; other rows are left out."""
