"""What blocks publishing: every finding says where it is and what to do.

The same checks refuse values where they are entered: in a file, on a page, over the API (services/manage).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from reps.models import Rep, Skill
from routing.engine.conditions import kind_of
from routing.engine.folding import fold
from routing.intake.facts import InvalidLead, prepare
from routing.rulebook.codes import country_problem, pattern_problem, region_problem, role_problem
from routing.rulebook.conditions import condition_problems, row_problem
from routing.rulebook.criteria import LISTS, criteria_problems
from routing.rulebook.keys import POOL, SETTINGS, SLA, STAGES, joined, value_problems
from routing.rulebook.loops import looping, overflow_loops
from routing.rulebook.mend import Problem, mend
from routing.rulebook.requirements import Finding, check_requirements
from routing.rulebook.values import Named
from routing.rulebook.words import Json

__all__ = [
    "LISTS",
    "Finding",
    "Known",
    "Problem",
    "condition_problems",
    "country_problem",
    "criteria_problems",
    "lead_problems",
    "looping",
    "pattern_problem",
    "problems",
    "problems_of",
    "region_problem",
    "row_problem",
]


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


def problems(content: Any) -> list[Problem]:
    """Everything that blocks publishing `content`, whatever JSON it is. Two queries."""
    mended = mend(content)
    found, known = list(mended.problems), known_to(mended.content)
    return found + [problem for problem in _problems_in(mended.content, known) if not _is_said(problem, found)]


def _is_said(problem: Problem, found: Sequence[Problem]) -> bool:
    """Whether it lies in something that cannot be read at all."""
    row = problem.section, problem.name
    return any((other.section, other.name) == row and _lies_in(problem.path, other.path) for other in found)


def _lies_in(path: str, other: str) -> bool:
    return not other or path == other or path.startswith((f"{other}.", f"{other}["))


def _problems_in(content: Json, known: Known) -> Iterator[Problem]:
    """Of a content that can be read."""
    yield from _setting_problems(content["settings"], known)
    yield from (Problem("rules", "", "", message) for message in _catch_all_problems(content["rules"]))
    for section, check in _checks(content, known).items():
        for row in content[section]:
            yield from (Problem(section, row["name"], *finding) for finding in check(row))
    yield from _problems_between_rows(content, known)


def problems_of(content: Json, section: str, name: str) -> list[Problem]:
    """What of that is about one row, which may be new, or about the settings. Two queries."""
    mended = mend(content, new=True)
    found = [one for one in mended.problems if one.name == name and section in (one.section, _WITH.get(one.section))]
    known = known_to(mended.content)
    further = _problems_in_row(mended.content, section, name, known)
    return found + [problem for problem in further if not _is_said(problem, found)]


_WITH = {"stages": "settings"}
"""Sections that are looked at together with another one."""


def _problems_in_row(content: Json, section: str, name: str, known: Known) -> Iterator[Problem]:
    if section == "settings":
        yield from _setting_problems(content["settings"], known)
        return
    if check := _checks(content, known).get(section):  # topics and sources can be wrong only between rows
        for row in content[section]:
            if row["name"] == name:
                yield from (Problem(section, name, *finding) for finding in check(row))
    between = _problems_between_rows(content, known)
    yield from (problem for problem in between if (problem.section, problem.name) == (section, name))


def _setting_problems(settings: Json, known: Known) -> Iterator[Problem]:
    for section, all_keys in (("settings", SETTINGS), ("stages", STAGES)):
        yield from (Problem(section, "", *finding) for finding in value_problems(settings, all_keys, known.named))


def _checks(content: Json, known: Known) -> Mapping[str, Callable[[Json], Iterable[Finding]]]:
    """What looks at one row of each section."""
    loops = looping({row["id"]: row["parent"] for row in content["territories"]})
    return {
        "tables": lambda row: _table_problems(row, known),
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
    requires = check_requirements(rule["requires"], skills=known.named.skills, topics=known.named.topics)
    yield from ((joined("requires", path), message) for path, message in requires)
    yield from _destination_problems(rule["to"], known)
    if isinstance(rule["when_nobody"], Mapping) and "overflow" in rule["when_nobody"]:
        yield from _pool_there("when_nobody.overflow", rule["when_nobody"]["overflow"], known)
    window = rule["active"]
    if window["from"] and window["to"] and not _is_before(window["from"], window["to"]):
        yield "active.to", "its active window ends before it begins. Change one of the two."


def _is_before(start: str, end: str) -> bool:
    return datetime.fromisoformat(start) < datetime.fromisoformat(end)


def _destination_problems(to: Json, known: Known) -> Iterator[Finding]:
    for key, problems_of_kind in _DESTINATIONS.items():
        if key in to:
            yield from problems_of_kind(to, known)


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
