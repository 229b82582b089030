"""What differs between two rulebooks, as sentences for the draft bar, the API and the import."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from typing import Any, TypeAlias

from routing.models import Pool, RoutingSettings, Rule, SlaPolicy
from routing.rulebook.content import pool_content, rule_content, settings_content, sla_content
from routing.rulebook.keys import at
from routing.rulebook.mend import mend
from routing.rulebook.sentences import SENTENCES
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
    place_in_words,
    places_in_words,
    pool_in_words,
    rule_in_words,
    score_in_words,
    steps_in_words,
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


def _steps(value: Any, _: Names) -> str:
    return steps_in_words(value)


SETTING_WORDS: Mapping[str, tuple[str, Render]] = {
    "timezone": ("time zone", _plain),
    "sla": ("SLA policy", _plain),
    "hold_deadline_hours": ("hours until the last resort", _plain),
    "taper_days": ("days without new leads before a leave", _plain),
    "release_burst": ("leads that waited, at once", _plain),
    "score_from": ("score comes from", _plain),
    "score": ("points", lambda value, _: score_in_words(value)),
    "extractor": ("topics are found by", _plain),
    "signal_half_life_days": ("days after which a signal counts half", _plain),
}
RENDER: Mapping[str, Mapping[str, tuple[str, Render]]] = {
    "topics": {"name": ("name", _plain), "keywords": ("keywords", _plain), "about": ("what it is", _plain)},
    "tables": {"name": ("name", _plain)},
    "sources": {
        "name": ("name", _plain),
        "wait_for": ("waits for", _plain),
        "wait_seconds": ("seconds to wait at most", _plain),
    },
    "pools": {
        "name": ("name", _plain),
        "strategy": ("method", _plain),
        "fairness": ("fairness", _plain),
        "fairness_group": ("fairness group", _plain),
        "turns_by": ("counts turns by", _plain),
        "totals_days": ("days whose totals count", _plain),
        "band": ("turn tolerance in leads", lambda value, _: "the usual" if value is None else value_in_words(value)),
        "minimum_fit": ("least fit", _plain),
        "expertise": ("what counts as expertise", _plain),
        "control_share": ("share of the control group", _plain),
        "performance.mode": ("what results change", _plain),
        "performance.segments": ("what makes leads alike", _plain),
        "performance.k": ("leads before results count fully", _plain),
        "performance.half_life_days": ("days after which a result counts half", _plain),
        "creditable_reasons": ("reasons that give the turn back", _plain),
        "offer": ("offer", _plain),
        "offer_minutes": ("minutes an offer stands", _plain),
        "hide_details": ("name and company of an offered lead are hidden", _plain),
        "working_hours": ("working hours", _plain),
        "requires": ("requires", _plain),
    },
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
        "accept_minutes": ("minutes that accepting adds", _plain),
        "accept_counts": ("accepting counts as a response", _plain),
        "take_away": ("leads of owners may be taken away", _plain),
        "max_attempts": ("owners before a manager", _plain),
        "steps": ("without an answer", _steps),
    },
    "rules": {
        "name": ("name", _plain),
        "enabled": ("enabled", _plain),
        "catch_all": ("catch-all", _plain),
        "when": ("if", lambda value, _: conditions_in_words(value)),
        "requires": ("requires", _plain),
        "to": ("then", destination_in_words),
        "when_nobody": ("else", when_nobody_in_words),
        "units": ("units of a cap", _plain),
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
    "examples": {
        "name": ("name", _plain),
        "at": ("at", _plain),
        "lead": ("lead", _plain),
        "expect": ("expects", place_in_words),
    },
}


def differences(old: Json | None, new: Json, names: Names) -> list[str]:
    """What `new` changes against `old`, one sentence each; against an empty rulebook where there is none yet."""
    mended, new = mend(old or {}), mend(new).content
    old = mended.content if old else {"settings": {}}
    return [
        *(f"{problem} This is mended." for problem in mended.problems if old["settings"]),
        *_setting_changes(old["settings"], new["settings"]),
        *(
            sentence
            for section in KINDS
            for sentence in _row_changes(section, old.get(section, ()), new.get(section, ()), names)
        ),
        *_moves(old.get("rules", ()), new["rules"]),
    ]


def _setting_changes(old: Json, new: Json) -> Iterator[str]:
    if not old:
        return
    usual = settings_content(RoutingSettings())
    for key, value in new.items():
        before = old.get(key, usual.get(key))
        if before != value:
            word, render = SETTING_WORDS.get(key, (key.replace("_", " "), _plain))
            yield f"Settings: {word}: {render(before, Names())} → {render(value, Names())}."


@cache
def _usual() -> Mapping[str, Json]:
    """What the rows of an older version that lack a key mean by that."""
    return {
        "pools": pool_content(Pool()),
        "sla_policies": sla_content(SlaPolicy()),
        "rules": rule_content(Rule()),
    }


def _row_changes(section: str, old: Sequence[Json], new: Sequence[Json], names: Names) -> Iterator[str]:
    kind = KINDS[section]
    before, after = ({row["id"]: row for row in rows} for rows in (old, new))
    for key, row in before.items():
        if key not in after:
            yield f"{kind} “{row['name']}” is removed."
    for key, row in after.items():
        if key in before:
            yield from _changes_of(section, before[key], row, names)
        else:
            yield f"{kind} “{row['name']}” is new{_summary(section, row, names)}."


def _changes_of(section: str, old: Json, new: Json, names: Names) -> Iterator[str]:
    """What of one row changed: in a sentence of its own, or as label: old → new."""
    usual, subject = _usual().get(section, {}), f"{KINDS[section]} “{new['name']}”"
    for path, (word, render) in RENDER[section].items():
        was, becomes = (at(row, path, at(usual, path)) for row in (old, new))
        if was == becomes:
            continue
        if say := SENTENCES.get((section, path)):
            yield f"{subject} {say(was, becomes)}."
        else:
            yield f"{subject}: {word}: {render(was, names)} → {render(becomes, names)}."
    if section == "tables":
        yield from _place_changes(subject, old["rows"], new["rows"], names)


def _place_changes(subject: str, old: Sequence[Json], new: Sequence[Json], names: Names) -> Iterator[str]:
    """The rows of a table, each on its own."""
    was, becomes = ({row["key"]: row for row in rows} for rows in (old, new))
    for key in sorted(was.keys() | becomes.keys()):
        if was.get(key) != becomes.get(key):
            texts = [place_in_words(rows[key], names) if key in rows else "nobody" for rows in (was, becomes)]
            yield f"{subject}: {key}: {texts[0]} → {texts[1]}."


def _summary(section: str, row: Json, names: Names) -> str:
    match section:
        case "rules":
            return f": {rule_in_words(row, names)}"
        case "territories":
            return f": {territory_in_words(row, names)}"
        case "pools":
            return f": {pool_in_words(row)}"
        case "tables":
            return f": {places_in_words(row['rows'], names)}"
        case "examples":
            return f": {value_in_words(row['lead'])} → {place_in_words(row['expect'], names)}"
        case "topics":
            return f": {value_in_words(row['keywords'])}" if row["keywords"] else ""
        case "sla_policies":
            return f": first response within {value_in_words(row['first_response_minutes'])} minutes"
        case _:
            return ""


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
