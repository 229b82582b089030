"""What the rows of a version look like: each key with its check, and what it means where that cannot be read."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from reps.time_zones import time_zones
from routing.engine.types import Alert, Away
from routing.models import Pool, RoutingSettings, SlaPolicy
from routing.models.bounds import (
    LARGEST_NUMBER,
    LONGEST_ABOUT,
    LONGEST_MINUTES,
    LONGEST_NOTE,
    LONGEST_NURTURE,
    LONGEST_TABLE_KEY,
    MOST_UNITS,
    TOO_FAR,
    is_far_away,
)
from routing.rulebook import keys
from routing.rulebook.codes import LONGEST_ROLE
from routing.rulebook.criteria import BANDS, LISTS, list_problem, shape_problem
from routing.rulebook.requirements import Finding
from routing.rulebook.values import Check, Choice, Named, Number, awaited, flag, hours, requirements
from routing.rulebook.words import Json

LONGEST_NAME = 150
LONGEST_REASON = 200
LONGEST_WAIT = 3_600
LONGEST_KEYWORD = 200
LARGEST_PRIORITY = 2**31 - 1
NO_POOL = 0
"""No row has this key: where a destination leads that cannot be read."""
UNNAMED = "(without a name)"

units = Number(1, MOST_UNITS, whole=True)
wait_seconds = Number(0, LONGEST_WAIT)
wait_minutes = Number(0, LONGEST_MINUTES, above=True)
review_days = Number(1, LONGEST_NURTURE, whole=True)
alert = Choice(tuple(Alert))
away = Choice(tuple(Away))
_id = Number(1, LARGEST_NUMBER, whole=True)


@dataclass(frozen=True, slots=True)
class Part:
    """One key of a row. `path` leads to it, `usual` is what it means where it cannot be read.

    The row as a whole cannot be followed without a `vital` part. Of a `whole` one nothing can be kept alone, as less of
    it would let more leads in. `file_path` is given where a file has another one;
    `filled` adds what the value itself lacks. Versions of a format before `since` do not have it.
    """

    path: str
    check: Check
    usual: Any = None
    vital: bool = False
    whole: bool = False
    file_path: str = ""
    filled: Callable[[Any], Any] = lambda value: value
    since: int = 1

    @property
    def said(self) -> str:
        return self.file_path or self.path


@dataclass(frozen=True, slots=True)
class Text:
    """A text that a database keeps, of at most `limit` characters; "" only if it may be `blank`."""

    limit: int
    blank: bool = False
    optional: bool = False

    def __call__(self, value: Any, named: Named) -> Iterator[Finding]:
        if value is None and self.optional:
            return
        if not isinstance(value, str) or not (self.blank or value.strip()):
            yield "", "it is not a text."
        elif len(value) > self.limit:
            yield "", f"it is longer than {self.limit} characters."
        elif "\x00" in value or any("\ud800" <= letter <= "\udfff" for letter in value):
            yield "", "it holds characters that no database keeps."


def key(value: Any, named: Named) -> Iterator[Finding]:
    """The key of another row."""
    if any(_id(value, named)):
        yield "", "it does not name anything. Choose it again."


def key_or_none(value: Any, named: Named) -> Iterator[Finding]:
    return iter(()) if value is None else key(value, named)


def mapping(value: Any, named: Named) -> Iterator[Finding]:
    if not isinstance(value, Mapping):
        yield "", "it is not a mapping of keys and values."


def texts(limit: int, hint: str) -> Check:
    """A list of texts."""
    text = Text(limit)

    def check(value: Any, named: Named) -> Iterator[Finding]:
        if not isinstance(value, list):
            yield "", f"it is not a list. {hint}"
            return
        for index, entry in enumerate(value):
            yield from ((f"[{index}]", message) for _, message in text(entry, named))

    return check


def keywords(value: Any, named: Named) -> Iterator[Finding]:
    """Words and phrases that show a topic."""
    if not isinstance(value, list):
        yield "", "keywords are a list. Write [k8s, kubernetes, helm]."
        return
    for index, keyword in enumerate(value):
        if not isinstance(keyword, str) or not any(letter.isalnum() for letter in keyword):
            yield f"[{index}]", "a keyword is a word or a phrase."
        elif len(keyword) > LONGEST_KEYWORD:
            yield f"[{index}]", f"a keyword has at most {LONGEST_KEYWORD} characters."


def timezone(value: Any, named: Named) -> Iterator[Finding]:
    if not isinstance(value, str) or value not in time_zones():
        yield "", f"“{str(value)[:60]}” is not a time zone. Use one such as Europe/Berlin."


def company_hours(value: Any, named: Named) -> Iterator[Finding]:
    """Hours of the company; nothing, in whatever way it is written, means the usual ones."""
    yield from hours(None if value in (None, {}) else value, named)


def instant(value: Any, named: Named) -> Iterator[Finding]:
    """An instant with its offset, or none."""
    if value is None:
        return
    try:
        found = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        found = None
    if found is None:
        yield "", "it is not an instant. Write 2026-12-01T09:00:00+01:00."
    elif found.tzinfo is None:
        yield "", "it has no time zone. Write 2026-12-01T09:00:00+01:00, or Z for UTC."
    else:
        yield from _near(found)


def day(value: Any, named: Named) -> Iterator[Finding]:
    """A date, or none."""
    if value is None:
        return
    try:
        found = date.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        found = None
    if found is None:
        yield "", "it is not a date. Write 2026-12-20."
    else:
        yield from _near(found)


def _near(found: date) -> Iterator[Finding]:
    if is_far_away(found):
        yield "", TOO_FAR


# --- rules -------------------------------------------------------------------------------------------------------


def groups(value: Any, named: Named) -> Iterator[Finding]:
    """Conditions as a whole; what is wrong with their rows is another matter: such a row never holds."""
    if not isinstance(value, list):
        yield "", "conditions are a list of groups, each a list of rows. Write them again."
    elif not all(isinstance(group, list) for group in value):
        yield "", "a group of conditions is a list of rows. Write [{field: …, op: …, value: …}]."


def destination(value: Any, named: Named) -> Iterator[Finding]:
    """Where a rule sends leads."""
    kind = next((kind for kind in DESTINATIONS if kind in value), None) if isinstance(value, Mapping) else None
    if kind is None:
        yield "", "it says no destination that is known. Choose one."
        return
    for name, check in {kind: DESTINATIONS[kind], **_BESIDE.get(kind, {})}.items():
        if name in value:
            yield from ((name, message) for _, message in check(value[name], named))


def filled_destination(to: Json) -> Json:
    """With everything that a destination of its kind says."""
    kind = next(kind for kind in DESTINATIONS if kind in to)
    filled = {**_USUAL_BESIDE.get(kind, {}), **to}
    return filled | {"account_owner": to[kind] or "owner"} if kind == "account_owner" else filled


def nothing_wrong(value: Any, named: Named) -> Iterator[Finding]:
    return iter(())


DESTINATIONS: Mapping[str, Check] = {
    "pool": key,
    "rep": key,
    "territory": nothing_wrong,
    "account_owner": Text(LONGEST_ROLE, blank=True, optional=True),
    "table": key,
    "park": Text(LONGEST_REASON, blank=True),
}
_AWAY: Mapping[str, Check] = {"away": away}
_BESIDE: Mapping[str, Mapping[str, Check]] = {
    "rep": _AWAY,
    "territory": _AWAY,
    "account_owner": _AWAY,
    "table": {"by": Text(LONGEST_NAME, blank=True), **_AWAY},
    "park": {"review_days": review_days},
}


_BACKUP: Json = {"away": Away.BACKUP.value}
_USUAL_BESIDE: Mapping[str, Json] = {
    "rep": _BACKUP,
    "territory": _BACKUP,
    "account_owner": _BACKUP,
    "table": {"by": "", **_BACKUP},
    "park": {"review_days": 30},
}


def answer_to_nobody(value: Any, named: Named) -> Iterator[Finding]:
    """What a rule does when nobody can take the lead."""
    if value in ("next", "assign_anyway"):
        return
    if isinstance(value, Mapping) and "wait_minutes" in value:
        yield from (("wait_minutes", message) for _, message in wait_minutes(value["wait_minutes"], named))
    elif isinstance(value, Mapping) and "overflow" in value:
        yield from (("overflow", message) for _, message in key(value["overflow"], named))
    else:
        yield "", "it is unknown. Use next, wait_minutes, overflow or assign_anyway."


def weekdays(value: Any, named: Named) -> Iterator[Finding]:
    """Days of the week, or none."""
    if value is None:
        return
    if not isinstance(value, list):
        yield "", "it is not a list of days. Write [0, 1] for Monday and Tuesday."
        return
    for index, weekday in enumerate(value):
        if not isinstance(weekday, int) or isinstance(weekday, bool) or not 0 <= weekday <= 6:
            yield f"[{index}]", "a day is a number from 0 (Monday) to 6 (Sunday)."


# --- rows of tables, territories and examples --------------------------------------------------------------------


def place(value: Any, named: Named) -> Iterator[Finding]:
    """{rep: key} or {pool: key}."""
    kinds = [kind for kind in ("rep", "pool") if value.get(kind) is not None] if isinstance(value, Mapping) else []
    if not kinds:
        yield "", "it leads to nobody. Name a rep or a pool."
    for kind in kinds:
        yield from ((kind, message) for _, message in key(value[kind], named))


def owner(value: Any, named: Named) -> Iterator[Finding]:
    if value is not None and value != {}:
        yield from place(value, named)


def lines(value: Any, named: Named) -> Iterator[Finding]:
    """The rows of a table."""
    if not isinstance(value, list):
        yield "", "it is not a list of rows. Write them again."
        return
    name = Text(LONGEST_TABLE_KEY)
    for index, line in enumerate(value):
        wrong = [*mapping(line, named)] or [*name(line.get("key"), named), *place(line, named)]
        yield from ((f"[{index}]", message) for _, message in wrong)


def filled_lines(rows: Iterable[Json]) -> list[Json]:
    return [{"rep": None, "pool": None, **row} for row in rows]


def _criterion(find: Callable[[Mapping[str, Any], str], Finding | None], name: str) -> Part:
    def check(value: Any, named: Named) -> Iterator[Finding]:
        if found := find({name: value}, name):
            yield "", found[1]

    return Part(name, check, [] if name in LISTS else {}, vital=True)


def _plain(all_keys: keys.Keys, model: Any) -> tuple[Part, ...]:
    return tuple(
        Part(one.place, one.check, keys.default(model, one), file_path=one.path, since=one.since) for one in all_keys
    )


# --- the sections ------------------------------------------------------------------------------------------------

NAME = Part("name", Text(LONGEST_NAME), UNNAMED)
REFERRED_TO = Part("name", Text(LONGEST_NAME), vital=True)
"""A name by which other rows find the row."""

SETTINGS: tuple[Part, ...] = (
    Part("timezone", timezone, "UTC"),
    Part("working_hours", company_hours, {}),
    Part("sla", Text(LONGEST_NAME, optional=True)),
    *_plain(keys.SETTINGS + keys.STAGES, RoutingSettings),
)
SECTIONS: Mapping[str, tuple[Part, ...]] = {
    "topics": (
        REFERRED_TO,
        Part("keywords", keywords, []),
        Part("about", Text(LONGEST_ABOUT, blank=True), "", since=3),
    ),
    "tables": (NAME, Part("rows", lines, [], filled=filled_lines)),
    "sources": (REFERRED_TO, Part("wait_for", awaited, []), Part("wait_seconds", wait_seconds, 0)),
    "pools": (
        NAME,
        Part("ledger", key, vital=True),
        Part("fairness_group", Text(LONGEST_NAME, optional=True)),
        *_plain(keys.POOL, Pool),
    ),
    "territories": (
        NAME,
        Part("parent", key_or_none, vital=True),
        Part("priority", Number(-LARGEST_PRIORITY - 1, LARGEST_PRIORITY, whole=True), 0),
        Part("from", day, vital=True),
        Part("to", day, vital=True),
        *(_criterion(list_problem, name) for name in LISTS),
        *(_criterion(shape_problem, name) for name in BANDS),
        Part("owner", owner),
    ),
    "sla_policies": (REFERRED_TO, *_plain(keys.SLA, SlaPolicy)),
    "rules": (
        NAME,
        Part("enabled", flag, usual=True, vital=True),
        Part("catch_all", flag, usual=False),
        Part("when", groups, [], vital=True),
        Part("to", destination, {"pool": NO_POOL}, vital=True, filled=filled_destination),
        Part("requires", requirements, {}, vital=True, whole=True),
        Part("units", units, 1),
        Part("when_nobody", answer_to_nobody, "next"),
        Part("sla", Text(LONGEST_NAME, optional=True)),
        Part("alert", alert, Alert.NOW.value),
        Part("answer_now", flag, usual=False),
        Part("same_company", flag, usual=True),
        Part("notify", texts(LONGEST_NAME * 2, "Write [boss@acme.example]."), []),
        Part("active", mapping, {}, vital=True),
        Part("active.from", instant, vital=True),
        Part("active.to", instant, vital=True),
        Part("active.weekdays", weekdays, vital=True, whole=True),
        Part("note", Text(LONGEST_NOTE, blank=True), ""),
        Part("owner", key_or_none),
        Part("review_date", day),
    ),
    "examples": (
        NAME,
        Part("at", instant, vital=True),
        Part("lead", mapping, vital=True),
        Part("expect", place, vital=True),
    ),
}
