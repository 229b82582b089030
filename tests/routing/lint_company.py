"""A small rulebook with its people, as values, for the tests of the linter: Ana and Bob share the pool SMB."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from itertools import count
from typing import Any
from zoneinfo import ZoneInfo

from reps.schedules import Schedule, parse_hours
from routing.models import Pool, RoutingSettings, Rule, Territory
from routing.rulebook.content import pool_content, rule_content, settings_content, territory_content
from routing.rulebook.lint import Finding, inspect
from routing.rulebook.lint.subject import Live, Membership, Person, Subject
from routing.snapshots.rulebook import compile_rulebook

BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 3, 3, 16, 0, tzinfo=UTC)
ANA, BOB = 1, 2
SMB, ENTERPRISE = 1, 2
OFFICE = {"mon-fri": ["09:00-18:00"]}

_number = count(1)


def person(key: int, name: str, **fields: Any) -> Person:
    """Somebody at work in the company's hours."""
    hours = fields.pop("hours", OFFICE)
    zone = fields.pop("zone", BERLIN)
    schedule = Schedule(zone, None if hours is None else parse_hours(hours))
    return Person(**{"id": key, "name": name, "active": True, "schedule": schedule} | fields)


def company(*people: Person, **fields: Any) -> Live:
    """Ana and Bob, and these; everybody is in SMB unless `members` says otherwise."""
    reps = {one.id: one for one in (person(ANA, "Ana Diaz"), person(BOB, "Bob Ray"), *people)}
    members = fields.pop("members", {SMB: tuple(Membership(key) for key in reps)})
    return Live(**{"reps": reps, "members": members} | fields)


def rule(name: str = "", when: Any = (), to: Mapping[str, Any] | None = None, **fields: Any) -> dict[str, Any]:
    n = next(_number)
    groups = [[{"field": f, "op": op, "value": value} for f, op, value in group] for group in when]
    row = rule_content(Rule(pk=n, name=name or f"Rule {n}", pool_id=SMB, conditions=groups))
    return row | ({"to": to} if to else {}) | fields


def pool(key: int, name: str, **fields: Any) -> dict[str, Any]:
    return pool_content(Pool(pk=key, name=name, ledger_id=key)) | fields


def territory(name: str, **fields: Any) -> dict[str, Any]:
    """A territory of Ana's."""
    n = next(_number)
    return territory_content(Territory(pk=n, name=name)) | {"owner": {"rep": ANA}} | fields


def subject(*rules: dict[str, Any], live: Live | None = None, **sections: Any) -> Subject:
    """Rules, and a catch-all to SMB after them."""
    settings = settings_content(RoutingSettings(timezone="Europe/Berlin"))
    rows = [*rules, rule("Catch-all", catch_all=True)]
    content = {
        "settings": settings,
        "rules": [row | {"position": position} for position, row in enumerate(rows, start=1)],
        "pools": [pool(SMB, "SMB")],
        "territories": [],
        "sla_policies": [],
    } | sections
    published = compile_rulebook(0, content)
    people = company() if live is None else live
    return Subject(content, published.rulebook, people, NOW, BERLIN, published.company_blocks)


def codes(*rules: dict[str, Any], live: Live | None = None, **sections: Any) -> set[str]:
    """The codes of everything that the linter finds."""
    return {finding.code for finding in inspect(subject(*rules, live=live, **sections))}


def found(code: str, *rules: dict[str, Any], live: Live | None = None, **sections: Any) -> list[Finding]:
    """What it finds under one code."""
    return [finding for finding in inspect(subject(*rules, live=live, **sections)) if finding.code == code]
