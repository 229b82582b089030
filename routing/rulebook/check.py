"""What blocks publishing: every finding says where it is and what to do.

The same checks refuse values where they are entered: in a file, on a page, over the API (services/manage).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import available_timezones

from reps.models import Rep, Skill
from routing.engine.conditions import kind_of
from routing.engine.folding import fold
from routing.engine.types import Alert, Away
from routing.intake.facts import InvalidLead, prepare
from routing.models.bounds import FIRST_YEAR, LAST_YEAR, LONGEST_MINUTES, LONGEST_NURTURE, MOST_UNITS, is_far_away
from routing.rulebook.codes import country_problem, pattern_problem, region_problem, role_problem
from routing.rulebook.conditions import condition_problems, row_problem
from routing.rulebook.criteria import LISTS, criteria_problems
from routing.rulebook.keys import POOL, SETTINGS, SLA, STAGES, value_problems
from routing.rulebook.loops import looping, overflow_loops
from routing.rulebook.requirements import Finding, check_requirements
from routing.rulebook.values import Choice, Named, Number, awaited, hours
from routing.rulebook.words import KINDS, Json

__all__ = [
    "LISTS",
    "Finding",
    "Known",
    "Problem",
    "condition_problems",
    "country_problem",
    "criteria_problems",
    "keyword_problems",
    "lead_problems",
    "looping",
    "pattern_problem",
    "problems",
    "problems_of",
    "region_problem",
    "row_problem",
    "source_problems",
    "units",
]

LONGEST_WAIT = 3_600
LONGEST_KEYWORD = 200
units = Number(1, MOST_UNITS, whole=True)
wait_seconds = Number(0, LONGEST_WAIT)
wait_minutes = Number(0, LONGEST_MINUTES, above=True)
review_days = Number(1, LONGEST_NURTURE, whole=True)
alert = Choice(tuple(Alert))
away = Choice(tuple(Away))


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that blocks publishing. `path` leads to it inside the row, in the words of the configuration file."""

    section: str
    name: str
    path: str
    message: str

    def __str__(self) -> str:
        if self.section in ("settings", "stages"):
            return f"Settings: {self.path.replace('_', ' ').replace('.', ' ')}: {self.message}"
        return f"{KINDS.get(self.section, self.section)} “{self.name}”: {self.message}" if self.name else self.message


@dataclass(frozen=True, slots=True)
class Known:
    """What a rulebook may refer to: its own rows by key, people, and names."""

    pools: Mapping[int, str]
    territories: Mapping[int, str]
    tables: Mapping[int, Json]
    reps: Mapping[int, tuple[str, bool]]
    named: Named


def known_to(content: Json) -> Known:
    """Two queries: people and skills are live."""
    return Known(
        pools={pool["id"]: pool["name"] for pool in content["pools"]},
        territories={territory["id"]: territory["name"] for territory in content["territories"]},
        tables={table["id"]: table for table in content.get("tables", ())},
        reps={key: (name, active) for key, name, active in Rep.objects.values_list("pk", "name", "active")},
        named=Named(
            skills=list(Skill.objects.values_list("name", flat=True)),
            topics=[topic["name"] for topic in content.get("topics", ())],
            territories=[territory["name"] for territory in content["territories"]],
        ),
    )


def problems(content: Json) -> list[Problem]:
    """Everything that blocks publishing `content`. Two queries."""
    known = known_to(content)
    found = _setting_problems(content["settings"], known)
    found += [Problem("rules", "", "", message) for message in _catch_all_problems(content["rules"])]
    for section, check in _checks(content, known).items():
        rows = content.get(section, ())
        found += [Problem(section, row["name"], *finding) for row in rows for finding in check(row)]
    return found + list(_problems_between_rows(content, known))


def problems_of(content: Json, section: str, name: str) -> list[Problem]:
    """What of that is about one row, or about the settings. Two queries."""
    known = known_to(content)
    if section == "settings":
        return _setting_problems(content["settings"], known)
    check = _checks(content, known)[section]
    row = next(row for row in content[section] if row["name"] == name)
    between = _problems_between_rows(content, known)
    return [
        *(Problem(section, name, *finding) for finding in check(row)),
        *(problem for problem in between if (problem.section, problem.name) == (section, name)),
    ]


def _setting_problems(settings: Json, known: Known) -> list[Problem]:
    return [
        *(Problem("settings", "", *finding) for finding in _company_time_problems(settings, known)),
        *(Problem("settings", "", *finding) for finding in value_problems(settings, SETTINGS, known.named)),
        *(Problem("stages", "", *finding) for finding in value_problems(settings, STAGES, known.named)),
    ]


def _company_time_problems(settings: Json, known: Known) -> Iterator[Finding]:
    if settings["timezone"] not in available_timezones():
        yield "timezone", f"“{settings['timezone']}” is not a time zone. Use one such as Europe/Berlin."
    yield from (("working_hours", message) for _, message in hours(settings["working_hours"] or None, known.named))


def _checks(content: Json, known: Known) -> Mapping[str, Callable[[Json], Iterable[Finding]]]:
    """What looks at one row of each section."""
    loops = looping({row["id"]: row["parent"] for row in content["territories"]})
    return {
        "topics": lambda row: keyword_problems(row["keywords"]),
        "tables": lambda row: _table_problems(row, known),
        "sources": source_problems,
        "pools": lambda row: value_problems(row, POOL, known.named),
        "sla_policies": lambda row: value_problems(row, SLA, known.named),
        "rules": lambda row: _rule_problems(row, known),
        "territories": lambda row: _territory_problems(row, known, loops),
        "examples": lambda row: _example_problems(row, known),
    }


def _problems_between_rows(content: Json, known: Known) -> Iterator[Problem]:
    for section in ("topics", "sources"):
        yield from _alike(section, content.get(section, ()))
    yield from _group_problems(content["pools"])
    yield from _overflow_problems(content["rules"], known)


def _alike(section: str, rows: Sequence[Json]) -> Iterator[Problem]:
    """Names that are the same to routing, which looks at neither case nor accents."""
    times = Counter(fold(row["name"]) for row in rows)
    for row in rows:
        if times[fold(row["name"])] > 1:
            yield Problem(section, row["name"], "name", "another one has the same name but for case or accents.")


# --- topics, tables, sources and examples ------------------------------------------------------------------------


def keyword_problems(keywords: Any) -> Iterator[Finding]:
    """What is wrong with the keywords of a topic."""
    if not isinstance(keywords, list):
        yield "keywords", "keywords are a list. Write [k8s, kubernetes, helm]."
        return
    for index, keyword in enumerate(keywords):
        if not isinstance(keyword, str) or not any(letter.isalnum() for letter in keyword):
            yield f"keywords[{index}]", "a keyword is a word or a phrase."
        elif len(keyword) > LONGEST_KEYWORD:
            yield f"keywords[{index}]", f"a keyword has at most {LONGEST_KEYWORD} characters."


def keys_alike(keys: Sequence[str]) -> list[str]:
    """Those keys of a table that another one equals, as leads' values are compared."""
    times = Counter(map(fold, keys))
    return [key for key in keys if times[fold(key)] > 1]


def _table_problems(row: Json, known: Known) -> Iterator[Finding]:
    for key in keys_alike([place["key"] for place in row["rows"]]):
        yield f"rows.{key}", f"another row has the key “{key}” but for case or accents. Keep one of them."
    for place in row["rows"]:
        if place["pool"] is not None:
            yield from _pool_there(f"rows.{place['key']}.pool", place["pool"], known)
        elif place["rep"] is not None:
            yield from _person_there(f"rows.{place['key']}.rep", place["rep"], known)
        else:
            yield f"rows.{place['key']}", "it leads to nobody. Name a rep or a pool."


def source_problems(row: Json) -> Iterator[Finding]:
    """What is wrong with a source."""
    yield from ((f"wait_for{path}", message) for path, message in awaited(row["wait_for"], Named()))
    yield from (("wait_seconds", message) for _, message in wait_seconds(row["wait_seconds"], Named()))


def lead_problems(lead: Any) -> Iterator[Finding]:
    """What is wrong with the lead of an example, which is written as a form would send it."""
    if not isinstance(lead, Mapping):
        yield "lead", "a lead is written {email: x@globex.de, country: DE}."
        return
    try:
        prepare(lead)
    except InvalidLead as error:
        yield from ((f"lead.{field}", " ".join(texts)) for field, texts in error.errors.items())


def _example_problems(row: Json, known: Known) -> Iterator[Finding]:
    at = datetime.fromisoformat(row["at"]) if row["at"] is not None else None
    if at and at.tzinfo is None:
        yield "at", "it has no time zone. Write 2026-12-01T09:00:00+01:00, or Z for UTC."
    elif at and is_far_away(at):
        yield "at", f"it is too far away. Use a year from {FIRST_YEAR} to {LAST_YEAR}."
    yield from lead_problems(row["lead"])
    expect = row["expect"]
    if expect.get("rep") is not None:
        if expect["rep"] not in known.reps:
            yield "expect.rep", "the person it expects is gone. Name somebody else."
    else:
        yield from _pool_there("expect.pool", expect.get("pool"), known)


# --- pools -------------------------------------------------------------------------------------------------------


def _group_problems(pools: Sequence[Json]) -> Iterator[Problem]:
    """Pools of one fairness group count turns alike."""
    first: dict[str, Json] = {}
    for pool in pools:
        if not (group := pool.get("fairness_group")):
            continue
        other = first.setdefault(group, pool)
        if other["turns_by"] != pool["turns_by"]:
            yield Problem("pools", pool["name"], "turns_by", turns_by_differs(other["name"], group))


def turns_by_differs(other: str, group: str) -> str:
    return f"the pool {other} of the same fairness group {group} counts turns by something else. Use the same for both."


# --- rules -------------------------------------------------------------------------------------------------------


def _catch_all_problems(rules: Sequence[Json]) -> Iterator[str]:
    last = rules[-1] if rules else None
    if last is None or not last["catch_all"]:
        yield "There is no catch-all. Add a last rule without conditions, so that every lead finds somebody."
        return
    if any(rule["catch_all"] for rule in rules[:-1]):
        yield "There are two catch-alls. Give all but the last one conditions, or remove them."
    if any(group for group in last["when"]):
        yield f"The catch-all “{last['name']}” has conditions. Remove them, so that it takes every lead."
    if not last["enabled"]:
        yield f"The catch-all “{last['name']}” is disabled. Enable it."
    if any(last["active"].values()):
        yield f"The catch-all “{last['name']}” is active only at times. Remove its active window."


def _rule_problems(rule: Json, known: Known) -> Iterator[Finding]:
    yield from condition_problems(rule["when"], known.named.territories)
    requires = check_requirements(rule.get("requires", {}), skills=known.named.skills, topics=known.named.topics)
    yield from ((f"requires.{path}" if path else "requires", message) for path, message in requires)
    for key, check, value in (("units", units, rule.get("units", 1)), ("alert", alert, rule["alert"])):
        yield from ((key, message) for _, message in check(value, known.named))
    yield from _destination_problems(rule["to"], known)
    if isinstance(rule["when_nobody"], Mapping):
        yield from _when_nobody_problems(rule["when_nobody"], known)
    window = rule["active"]
    if not all(isinstance(day, int) and 0 <= day <= 6 for day in window["weekdays"] or ()):
        yield "active.weekdays", "a day is a number from 0 (Monday) to 6 (Sunday)."
    if window["from"] and window["to"] and window["to"] <= window["from"]:
        yield "active.to", "its active window ends before it begins. Change one of the two."


def _destination_problems(to: Json, known: Known) -> Iterator[Finding]:
    for key, problems_of_kind in _DESTINATIONS.items():
        if key in to:
            yield from problems_of_kind(to, known)
    if "away" in to:
        yield from (("to.away", message) for _, message in away(to["away"], known.named))


def _role_there(to: Json, known: Known) -> Iterator[Finding]:
    if message := role_problem(str(to["account_owner"])):
        yield "to.account_owner", message


def _table_there(to: Json, known: Known) -> Iterator[Finding]:
    if to["table"] not in known.tables:
        yield "to.table", "the table it names is archived. Choose another one."
    if message := field_problem(to["by"]):
        yield "to.by", message


def _park_problems(to: Json, known: Known) -> Iterator[Finding]:
    if not to["park"]:
        yield "to.park", "say why leads go to nurture."
    if to["review_days"] < 1:
        yield "to.review_days", "leads would come back from nurture on the day they go. Write 1 day or more."


_DESTINATIONS: Mapping[str, Callable[[Json, Known], Iterator[Finding]]] = {
    "pool": lambda to, known: _pool_there("to.pool", to["pool"], known),
    "rep": lambda to, known: _person_there("to.rep", to["rep"], known),
    "account_owner": _role_there,
    "table": _table_there,
    "park": _park_problems,
}


def field_problem(field: Any) -> str | None:
    """Why a table cannot be looked up by this field."""
    if isinstance(field, str) and kind_of(field) is not None:
        return None
    return f"there is no field “{field}”. Use one such as source or attributes.partner."


def _when_nobody_problems(value: Json, known: Known) -> Iterator[Finding]:
    if "overflow" in value:
        yield from _pool_there("when_nobody.overflow", value["overflow"], known)
    elif "wait_minutes" in value:
        yield from (("when_nobody.wait_minutes", text) for _, text in wait_minutes(value["wait_minutes"], known.named))


def _overflow_problems(rules: Sequence[Json], known: Known) -> Iterator[Problem]:
    ways = overflow_loops((rule["name"], _pools_of(rule["to"], known), _overflow_of(rule)) for rule in rules)
    for name, way in ways.items():
        yield Problem("rules", name, "when_nobody.overflow", overflow_message([known.pools.get(p, "?") for p in way]))


def overflow_message(way: Sequence[str]) -> str:
    """`way`: the pools from the overflow to the one that it comes back to."""
    if len(way) == 1:
        return "it overflows to the pool that it comes from. Choose another pool."
    return f"its overflow comes back to where it began, by way of {', '.join(way)}. Choose another pool."


def _pools_of(to: Json, known: Known) -> list[int]:
    if "table" in to:
        return [row["pool"] for row in known.tables.get(to["table"], {}).get("rows", ()) if row["pool"]]
    return [to["pool"]] if "pool" in to else []


def _overflow_of(rule: Json) -> int | None:
    value = rule["when_nobody"]
    return value.get("overflow") if isinstance(value, Mapping) and rule["enabled"] else None


# --- territories -------------------------------------------------------------------------------------------------


def _territory_problems(row: Json, known: Known, loops: Collection[int]) -> Iterator[Finding]:
    yield from criteria_problems(row)
    if row["id"] in loops:
        yield "parent", "it lies in itself, by way of its parents. Change one of the parents."
    elif row["parent"] is not None and row["parent"] not in known.territories:
        yield "parent", "the territory it lies in is archived. Choose another parent, or none."
    owner = row["owner"] or {}
    if "pool" in owner:
        yield from _pool_there("owner.pool", owner["pool"], known)
    elif "rep" in owner:
        yield from _person_there("owner.rep", owner["rep"], known)
    if row["from"] and row["to"] and row["to"] < row["from"]:
        yield "to", "it ends before it begins. Change one of the two dates."


def _pool_there(path: str, key: Any, known: Known) -> Iterator[Finding]:
    if key not in known.pools:
        yield path, "the pool it names is archived. Choose another pool."


def _person_there(path: str, key: Any, known: Known) -> Iterator[Finding]:
    name, active = known.reps.get(key, ("the person", False))
    if not active:
        yield path, f"{name} is not active. Choose somebody else, or make them active."
