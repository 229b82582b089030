"""What differs between two rulebooks, as sentences for the draft bar, the API and the import."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, TypeAlias

from routing.rulebook.words import (
    ALERT_WORDS,
    CRITERIA,
    GONE,
    KINDS,
    Json,
    Names,
    active_in_words,
    conditions_in_words,
    destination_in_words,
    load_names,
    owner_in_words,
    pool_in_words,
    rule_in_words,
    territory_in_words,
    value_in_words,
    when_nobody_in_words,
)

__all__ = ["Names", "differences", "load_names", "pool_in_words", "rule_in_words", "territory_in_words"]

Render: TypeAlias = Callable[[Any, Names], str]


def _plain(value: Any, _: Names) -> str:
    return value_in_words(value)


def _rep(value: Any, names: Names) -> str:
    return names.reps.get(value, GONE) if value else "nobody"


SETTING_WORDS = {
    "timezone": "time zone",
    "sla": "SLA policy",
    "hold_deadline_hours": "hours until the last resort",
    "taper_days": "days without new leads before a leave",
}
RENDER: Mapping[str, Mapping[str, tuple[str, Render]]] = {
    "pools": {"name": ("name", _plain), "strategy": ("method", _plain)},
    "territories": {
        "name": ("name", _plain),
        "parent": ("lies in", lambda value, names: names.territories.get(value, GONE) if value else "nothing"),
        "priority": ("priority", _plain),
        "from": ("from", _plain),
        "to": ("to", _plain),
        **{key: (word, _plain) for key, word in CRITERIA.items()},
        "owner": ("owner", owner_in_words),
    },
    "sla_policies": {
        "name": ("name", _plain),
        "first_response_minutes": ("minutes to the first response", _plain),
        "clock": ("clock", _plain),
    },
    "rules": {
        "name": ("name", _plain),
        "enabled": ("enabled", _plain),
        "catch_all": ("catch-all", _plain),
        "when": ("if", lambda value, _: conditions_in_words(value)),
        "to": ("then", destination_in_words),
        "when_nobody": ("else", when_nobody_in_words),
        "sla": ("SLA policy", _plain),
        "alert": ("alert", lambda value, _: ALERT_WORDS.get(value, str(value))),
        "answer_now": ("answer now", _plain),
        "same_company": ("same company joins", _plain),
        "notify": ("also tell", _plain),
        "active": ("active", lambda value, _: active_in_words(value)),
        "note": ("note", _plain),
        "owner": ("kept by", _rep),
        "review_date": ("review date", _plain),
    },
}


def differences(old: Json | None, new: Json, names: Names) -> list[str]:
    """What `new` changes against `old`, one sentence each; against an empty rulebook where there is none yet."""
    empty: Json = {"settings": {}, "sla_policies": [], "pools": [], "territories": [], "rules": []}
    old = old or empty
    return [
        *_setting_changes(old["settings"], new["settings"]),
        *(sentence for section in KINDS for sentence in _row_changes(section, old[section], new[section], names)),
        *_moves(old["rules"], new["rules"]),
    ]


def _setting_changes(old: Json, new: Json) -> Iterator[str]:
    for key, value in new.items():
        if old and old.get(key) != value:
            word = SETTING_WORDS.get(key, key.replace("_", " "))
            yield f"Settings: {word}: {value_in_words(old.get(key))} → {value_in_words(value)}."


def _row_changes(section: str, old: Sequence[Json], new: Sequence[Json], names: Names) -> Iterator[str]:
    kind = KINDS[section]
    before, after = ({row["id"]: row for row in rows} for rows in (old, new))
    for key, row in before.items():
        if key not in after:
            yield f"{kind} “{row['name']}” is removed."
    for key, row in after.items():
        if key not in before:
            yield f"{kind} “{row['name']}” is new{_summary(section, row, names)}."
            continue
        for field, (word, render) in RENDER[section].items():
            if before[key][field] != row[field]:
                was, becomes = render(before[key][field], names), render(row[field], names)
                yield f"{kind} “{row['name']}”: {word}: {was} → {becomes}."


def _summary(section: str, row: Json, names: Names) -> str:
    match section:
        case "rules":
            return f": {rule_in_words(row, names)}"
        case "territories":
            return f": {territory_in_words(row, names)}"
        case "pools":
            return f": {pool_in_words(row)}"
        case _:
            return f": first response within {value_in_words(row['first_response_minutes'])} minutes"


def _moves(old: Sequence[Json], new: Sequence[Json]) -> Iterator[str]:
    """The fewest rules that must have been moved: those outside the longest run that kept its order."""
    places = {row["id"]: place for place, row in enumerate(old)}
    common = [row for row in new if row["id"] in places]
    kept = _longest_rising([places[row["id"]] for row in common])
    for index, row in enumerate(common):
        if index not in kept:
            where = f"after “{common[index - 1]['name']}”" if index else "first"
            yield f"Rule “{row['name']}” is now looked at {where}."


def _longest_rising(numbers: Sequence[int]) -> set[int]:
    """The indexes of a longest rising subsequence."""
    tails: list[int] = []
    ends: list[int] = []
    previous: list[int | None] = []
    for index, number in enumerate(numbers):
        place = bisect_left(tails, number)
        tails[place : place + 1] = [number]
        ends[place : place + 1] = [index]
        previous.append(ends[place - 1] if place else None)
    chain: set[int] = set()
    at: int | None = ends[-1] if ends else None
    while at is not None:
        chain.add(at)
        at = previous[at]
    return chain
