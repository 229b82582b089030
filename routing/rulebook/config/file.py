"""A whole configuration file: text → typed values, or every error with its path."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from routing.rulebook.check import looping
from routing.rulebook.config.accounts import AccountSpec, read_account
from routing.rulebook.config.errors import Errors, InvalidConfig, shown
from routing.rulebook.config.known import Known, known_to
from routing.rulebook.config.people import (
    RepSpec,
    TeamSpec,
    TimeOffSpec,
    read_rep,
    read_skills,
    read_team,
    read_time_off,
)
from routing.rulebook.config.pools import PoolSpec, read_pool
from routing.rulebook.config.reader import Reader
from routing.rulebook.config.rules import RuleSpec, read_rule
from routing.rulebook.config.settings import SettingsSpec, SlaSpec, read_settings, read_sla
from routing.rulebook.config.source import load
from routing.rulebook.config.territories import TerritorySpec, read_territory

VERSION = 1
REQUIRED = ("reps", "pools", "rules")
Spec = TypeVar("Spec")


@dataclass(frozen=True, slots=True)
class Config:
    """A file without errors. None: the section is not in the file."""

    reps: list[RepSpec]
    pools: list[PoolSpec]
    rules: list[RuleSpec]
    settings: SettingsSpec | None = None
    skills: list[str] | None = None
    teams: list[TeamSpec] | None = None
    time_off: list[TimeOffSpec] | None = None
    territories: list[TerritorySpec] | None = None
    accounts: list[AccountSpec] | None = None
    sla_policies: list[SlaSpec] | None = None


def read_config(text: str, *, is_json: bool = False) -> Config:
    """The typed values of a file; raises InvalidConfig with every error in it."""
    data = load(text, is_json=is_json)
    errors = Errors()
    file = Reader({} if data is None else data, "", errors)
    known = known_to(data if isinstance(data, dict) else {})
    _read_header(file)
    config = Config(
        settings=_one(file, "settings", known, read_settings),
        skills=read_skills(file.raw("skills"), "skills", errors) if file.has("skills") else None,
        teams=_rows(file, "teams", known, read_team),
        reps=_rows(file, "reps", known, read_rep, key="email") or [],
        time_off=_rows(file, "time_off", known, read_time_off, key=None),
        territories=_rows(file, "territories", known, read_territory),
        accounts=_rows(file, "accounts", known, read_account),
        pools=_rows(file, "pools", known, read_pool) or [],
        sla_policies=_rows(file, "sla_policies", known, read_sla),
        rules=_rows(file, "rules", known, read_rule) or [],
    )
    file.raw("skills")
    file.close()
    _check_as_a_whole(config, file)
    if errors.found:
        raise InvalidConfig(errors.found)
    return config


def _read_header(file: Reader) -> None:
    version = file.raw("version")
    if version is not None and (version != VERSION or isinstance(version, bool)):
        file.error("version", f"{shown(version)} is not a version that can be read. Write {VERSION}.")
    for section in REQUIRED:
        if not file.has(section):
            file.error(section, "this section is missing. A file needs reps, pools and rules.")
    for section in ("sources", "topics", "tables", "examples", "forms", "webhooks"):
        file.later(section, [], {})
    file.later("stages", {}, {"qualified": "none"})


def _one(file: Reader, section: str, known: Known, read: Callable[[Reader, Known], Spec]) -> Spec | None:
    if not file.has(section):
        file.raw(section)
        return None
    row = file.child(section)
    spec = read(row, known)
    row.close()
    return spec


def _rows(
    file: Reader,
    section: str,
    known: Known,
    read: Callable[[Reader, Known], Spec | None],
    key: str | None = "name",
) -> list[Spec] | None:
    """The rows of a section; two with the same key are an error."""
    if not file.has(section):
        file.raw(section)
        return None
    specs: list[Spec] = []
    seen: dict[Hashable, str] = {}
    for row in file.children(section):
        spec = read(row, known)
        row.close()
        if spec is None:
            continue
        specs.append(spec)
        name = getattr(spec, key) if key else ""
        if name and name in seen:
            row.error(str(key), f"{shown(name)} is at {seen[name]} already. Each {key} may be there once.")
        seen.setdefault(name, row.path)
    return specs


def _check_as_a_whole(config: Config, file: Reader) -> None:
    _check_catch_all(config.rules, file)
    _check_loops(file, "territories", {row.name: row.parent for row in config.territories or ()})
    _check_loops(file, "accounts", {row.name: row.parent for row in config.accounts or ()})


def _check_loops(file: Reader, section: str, parents: Mapping[str, str | None]) -> None:
    loops = looping(parents)
    for index, name in enumerate(parents):
        if name in loops:
            file.error(f"{section}[{index}].parent", f"{shown(name)} lies in itself, by way of its parents.")


def _check_catch_all(rules: list[RuleSpec], file: Reader) -> None:
    if not file.has("rules"):
        return
    if not rules:
        file.error(
            "rules", "there is no catch-all. Add {name: Catch-all, when: [], to: {pool: NAME}} as the last rule."
        )
        return
    last, path = rules[-1], f"rules[{len(rules) - 1}]"
    raw: Any = file.raw("rules")[-1]
    given = raw.get("when") if isinstance(raw, dict) else None
    if any(last.when) or (given and not last.when):
        file.error(f"{path}.when", "the last rule must be the catch-all: write when: [], so that it takes every lead.")
    if not last.enabled:
        file.error(f"{path}.enabled", "the catch-all cannot be disabled.")
    if last.active_from or last.active_to or last.weekdays:
        file.error(f"{path}.active", "the catch-all is always active. Remove its window.")
