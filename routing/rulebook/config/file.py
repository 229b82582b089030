"""A whole configuration file: text → typed values, or every error with its path."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from routing.rulebook.check import overflow_message, turns_by_differs
from routing.rulebook.config.accounts import AccountSpec, read_account
from routing.rulebook.config.errors import Errors, InvalidConfig, shown
from routing.rulebook.config.forms import FormSpec, read_form
from routing.rulebook.config.inbound import InboundSpec, read_inbound
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
from routing.rulebook.config.samples import (
    ExampleSpec,
    SourceSpec,
    TableSpec,
    TopicSpec,
    read_example,
    read_source,
    read_table,
    read_topic,
)
from routing.rulebook.config.settings import SettingsSpec, SlaSpec, read_settings, read_sla, read_stages
from routing.rulebook.config.source import load
from routing.rulebook.config.territories import TerritorySpec, read_territory
from routing.rulebook.config.webhooks import WebhookSpec, read_webhook
from routing.rulebook.loops import looping, overflow_loops

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
    sources: list[SourceSpec] | None = None
    stages: dict[str, str] | None = None
    topics: list[TopicSpec] | None = None
    tables: list[TableSpec] | None = None
    examples: list[ExampleSpec] | None = None
    webhooks: list[WebhookSpec] | None = None
    forms: list[FormSpec] | None = None
    inbound: list[InboundSpec] | None = None


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
        sources=_rows(file, "sources", known, read_source),
        stages=read_stages(file, known) if file.has("stages") else None,
        topics=_rows(file, "topics", known, read_topic),
        tables=_rows(file, "tables", known, read_table),
        examples=_rows(file, "examples", known, read_example),
        webhooks=_rows(file, "webhooks", known, read_webhook),
        forms=_rows(file, "forms", known, read_form),
        inbound=_rows(file, "inbound", known, read_inbound),
    )
    file.raw("skills"), file.raw("stages")
    file.close()
    _check_as_a_whole(config, file, known)
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


def _check_as_a_whole(config: Config, file: Reader, known: Known) -> None:
    _check_catch_all(config.rules, file)
    _check_loops(file, "territories", {row.name: row.parent for row in config.territories or ()}, {})
    _check_loops(file, "accounts", {row.name: row.parent for row in config.accounts or ()}, known.accounts)
    _check_fairness_groups(config.pools, file)
    _check_overflow(config, file)


def _check_loops(
    file: Reader, section: str, parents: Mapping[str, str | None], others: Mapping[str, str | None]
) -> None:
    """`others` are the parents as they are: of rows that the file does not name they stay."""
    loops = looping({**others, **parents})
    for index, name in enumerate(parents):
        if name in loops:
            file.error(f"{section}[{index}].parent", f"{shown(name)} lies in itself, by way of its parents.")


def _check_fairness_groups(pools: list[PoolSpec], file: Reader) -> None:
    """Pools that share a ledger count turns alike."""
    first: dict[str, PoolSpec] = {}
    for index, pool in enumerate(pools):
        other = first.setdefault(pool.fairness_group, pool)
        if pool.fairness_group and other.columns["turns_by"] != pool.columns["turns_by"]:
            file.error(f"pools[{index}].turns_by", turns_by_differs(other.name, pool.fairness_group))


def _check_overflow(config: Config, file: Reader) -> None:
    """No pool overflows to itself, be it by way of others."""
    tables = {table.name: [place.pool for place in table.rows.values() if place.pool] for table in config.tables or ()}
    ways = overflow_loops(
        (index, [rule.to.pool] if rule.to.pool else tables.get(rule.to.table or "", []), rule.when_nobody.pool)
        for index, rule in enumerate(config.rules)
        if rule.enabled
    )
    for index, way in ways.items():
        file.error(f"rules[{index}].when_nobody.overflow", overflow_message(way))


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
    for key, message in always_there(last):
        file.error(f"{path}.{key}", message)
    for index, rule in enumerate(rules[:-1]):
        if takes_every_lead(rule) and rule.to == last.to:
            file.error(
                f"rules[{index}].when",
                f"{shown(rule.name)} is a second catch-all: it takes every lead, and to "
                "the same place as the last rule. Give it conditions, or remove it.",
            )


def always_there(catch_all: RuleSpec) -> Iterator[tuple[str, str]]:
    """Key and message of what would keep the catch-all from taking leads at some time."""
    if not catch_all.enabled:
        yield "enabled", "the catch-all cannot be disabled."
    if _has_window(catch_all):
        yield "active", "the catch-all is always active. Remove its window."


def takes_every_lead(rule: RuleSpec) -> bool:
    """Whether no lead gets past this rule at any time."""
    return rule.enabled and not _has_window(rule) and not any(rule.when)


def _has_window(rule: RuleSpec) -> bool:
    return bool(rule.active_from or rule.active_to or rule.weekdays)
