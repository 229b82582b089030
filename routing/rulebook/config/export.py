"""The configuration as a file that import_config reads: defaults left out, always in the same order."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import yaml

from reps.models import Rep, Skill, Team, TimeOff
from reps.schedules import DAYS, Block, format_hours, parse_hours
from routing.engine.types import Strategy
from routing.models import Account, LastResort, Pool, RoutingSettings, Rule, SlaClock, SlaPolicy, Territory
from routing.rulebook.config.file import VERSION
from routing.rulebook.config.people import ALWAYS
from routing.rulebook.config.source import PLAIN
from routing.rulebook.content import current_settings, rule_content, settings_content, territory_content

HALF_A_DAY = timedelta(hours=12)


def export_text(*, as_json: bool = False) -> str:
    """The file as text."""
    data = export_data()
    if as_json:
        return json.dumps(data, ensure_ascii=False, indent=2) + "\n"
    return yaml.dump(data, Dumper=_Dumper, sort_keys=False, allow_unicode=True, default_flow_style=None, width=120)


def export_data() -> dict[str, Any]:
    """The file as plain values. A constant number of queries."""
    settings = current_settings()
    emails = dict(Rep.objects.values_list("pk", "email"))
    pools = dict(Pool.objects.values_list("pk", "name"))
    teams = Team.objects.order_by("name").prefetch_related("working_hours")
    sections = {
        "settings": _settings(settings, emails),
        "skills": list(Skill.objects.order_by("name").values_list("name", flat=True)),
        "teams": [_team(team, emails) for team in teams],
        "reps": _reps(emails),
        "time_off": _time_off(settings),
        "territories": _territories(emails, pools),
        "accounts": _accounts(emails),
        "pools": _pools(emails),
        "sla_policies": [_sla(policy) for policy in SlaPolicy.objects.current().order_by("name")],
        "rules": [_rule(rule, emails, pools) for rule in Rule.objects.current().in_order().select_related("sla")],
    }
    required = ("reps", "pools", "rules")
    return {"version": VERSION} | {key: value for key, value in sections.items() if value or key in required}


def leave_days(leave: TimeOff, zone: ZoneInfo) -> tuple[str, str]:
    """First and last day of a leave of whole days; also where it was noted in another zone."""
    first = (leave.starts_at + HALF_A_DAY).astimezone(zone).date()
    last = (leave.ends_at - HALF_A_DAY).astimezone(zone).date()
    return first.isoformat(), max(first, last).isoformat()


def zone_of(rep: Rep, settings: RoutingSettings) -> ZoneInfo:
    """The rep's time zone, else the team's, else the company's."""
    return ZoneInfo(rep.timezone or (rep.team.timezone if rep.team else "") or settings.timezone)


def _short(values: Mapping[str, Any], **defaults: Any) -> dict[str, Any]:
    """Without what is empty or the default."""
    return {
        key: _number(value)
        for key, value in values.items()
        if value not in (None, "", [], {}) and (key not in defaults or value != defaults[key])
    }


def _number(value: Any) -> Any:
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _settings(row: RoutingSettings, emails: Mapping[int, str]) -> dict[str, Any]:
    values = settings_content(row)
    values["working_hours"] = format_hours(parse_hours(row.working_hours)) if row.working_hours else None
    values["last_resort"] = [emails[key] for key in LastResort.objects.values_list("rep_id", flat=True)]
    return _short(values, **settings_content(RoutingSettings()))


def _blocks(rows: Iterable[Any]) -> dict[str, list[str]]:
    return format_hours([Block(row.weekday, row.start, row.end) for row in rows])


def _team(team: Team, emails: Mapping[int, str]) -> dict[str, Any]:
    return _short(
        {
            "name": team.name,
            "manager": emails.get(team.manager_id or 0),
            "timezone": team.timezone,
            "working_hours": _blocks(team.working_hours.all()),
        }
    )


def _reps(emails: Mapping[int, str]) -> list[dict[str, Any]]:
    reps = Rep.objects.order_by("email").select_related("team")
    return [_rep(rep, emails) for rep in reps.prefetch_related("working_hours", "skills", "expertise")]


def _rep(rep: Rep, emails: Mapping[int, str]) -> dict[str, Any]:
    hours = {Rep.Hours.ALWAYS: ALWAYS, Rep.Hours.OWN: _blocks(rep.working_hours.all())}.get(rep.hours)  # type: ignore[call-overload]
    row = _short(
        {
            "email": rep.email,
            "name": rep.name,
            "team": rep.team.name if rep.team else None,
            "timezone": rep.timezone,
            "working_hours": hours,
            "holidays": rep.holidays,
            "languages": rep.languages,
            "skills": sorted(skill.name for skill in rep.skills.all()),
            "expertise": {row.topic: row.level for row in rep.expertise.all()},
            "about": rep.about,
            "caps": rep.caps,
            "paused": None,
            "active": rep.active,
            "backup": emails.get(rep.backup_id or 0),
        },
        active=True,
    )
    if rep.paused:
        row["paused"] = _short({"until": _instant(rep.paused_until), "reason": rep.paused_reason})
    if hours == {}:
        row["working_hours"] = hours  # hours of their own, and none of them
    return row


def _time_off(settings: RoutingSettings) -> list[dict[str, Any]]:
    leaves = TimeOff.objects.select_related("rep__team").order_by("rep__email", "starts_at", "ends_at", "pk")
    return [_leave(leave, settings) for leave in leaves]


def _leave(leave: TimeOff, settings: RoutingSettings) -> dict[str, Any]:
    start, end = _instant(leave.starts_at), _instant(leave.ends_at)
    if leave.whole_days:
        start, end = leave_days(leave, zone_of(leave.rep, settings))
    return _short({"rep": leave.rep.email, "from": start, "to": end, "reason": leave.reason})


def _territories(emails: Mapping[int, str], pools: Mapping[int, str]) -> list[dict[str, Any]]:
    rows = Territory.objects.current().order_by("name").select_related("parent")
    return [
        _short(
            {key: value for key, value in territory_content(row).items() if key not in ("id", "uuid")}
            | {
                "parent": row.parent.name if row.parent else None,
                "owner": _place(territory_content(row), emails, pools),
            },
            priority=0,
        )
        for row in rows
    ]


def _place(territory: Mapping[str, Any], emails: Mapping[int, str], pools: Mapping[int, str]) -> dict[str, str] | None:
    owner = territory["owner"] or {}
    if "rep" in owner:
        return {"rep": emails[owner["rep"]]}
    return {"pool": pools[owner["pool"]]} if owner else None


def _accounts(emails: Mapping[int, str]) -> list[dict[str, Any]]:
    rows = Account.objects.order_by("name").select_related("parent")
    return [_account(row, emails) for row in rows.prefetch_related("domains", "aliases", "people")]


def _account(row: Account, emails: Mapping[int, str]) -> dict[str, Any]:
    domains: dict[bool, list[str]] = defaultdict(list)
    for domain in row.domains.all():
        domains[domain.excluded].append(domain.domain)
    return _short(
        {
            "name": row.name,
            "domains": sorted(domains[False]),
            "aliases": sorted(alias.name for alias in row.aliases.all()),
            "parent": row.parent.name if row.parent else None,
            "owner": emails.get(row.owner_id or 0),
            "people": {person.role: emails[person.rep_id] for person in row.people.all()},
            "stage": row.stage,
            "target": row.target,
            "country": row.country,
            "region": row.region,
            "postal_code": row.postal_code,
            "phone": row.phone,
            "industry": row.industry,
            "employees": row.employees,
            "excluded_domains": sorted(domains[True]),
        },
        stage=Account.Stage.PROSPECT,
        target=False,
    )


def _pools(emails: Mapping[int, str]) -> list[dict[str, Any]]:
    return [
        _short(
            {
                "name": pool.name,
                "strategy": pool.strategy,
                "members": sorted((_member(m, emails) for m in pool.members.all()), key=lambda row: row["rep"]),
            },
            strategy=Strategy.ROUND_ROBIN,
        )
        for pool in Pool.objects.current().order_by("name").prefetch_related("members")
    ]


def _member(member: Any, emails: Mapping[int, str]) -> dict[str, Any]:
    weight = _number(float(member.weight))
    return _short({"rep": emails[member.rep_id], "weight": weight, "caps": member.caps}, weight=1)


def _sla(policy: SlaPolicy) -> dict[str, Any]:
    values = {"name": policy.name, "first_response_minutes": policy.first_response_minutes, "clock": policy.clock}
    return _short(values, first_response_minutes=5, clock=SlaClock.REP_HOURS)


def _rule(rule: Rule, emails: Mapping[int, str], pools: Mapping[int, str]) -> dict[str, Any]:
    content = rule_content(rule)
    active = content["active"] | {"weekdays": [DAYS[day] for day in content["active"]["weekdays"] or ()]}
    row = _short(
        {key: content[key] for key in ("name", "enabled")}
        | {"to": _to(content["to"], emails, pools), "when_nobody": _when_nobody(content["when_nobody"], pools)}
        | {key: content[key] for key in ("sla", "alert", "answer_now", "same_company", "note")}
        | {"owner": emails.get(rule.owner_id or 0), "review_date": content["review_date"]}
        | {"notify": content["notify"], "active": _short(active)},
        enabled=True,
        when_nobody="next",
        alert="now",
        answer_now=False,
        same_company=True,
    )
    return {"name": row.pop("name"), "when": content["when"]} | row


def _to(to: Mapping[str, Any], emails: Mapping[int, str], pools: Mapping[int, str]) -> dict[str, Any]:
    if "pool" in to:
        return {"pool": pools[to["pool"]]}
    if "park" in to:
        return {"park": to["park"]} | _short({"review_days": to["review_days"]}, review_days=30)
    if "rep" in to:
        to = {**to, "rep": emails[to["rep"]]}
    return _short(to, away="backup")


def _when_nobody(value: Any, pools: Mapping[int, str]) -> Any:
    if isinstance(value, dict) and "overflow" in value:
        return {"overflow": pools[value["overflow"]]}
    return {key: _number(minutes) for key, minutes in value.items()} if isinstance(value, dict) else value


def _instant(when: datetime | None) -> str | None:
    return when.astimezone(UTC).isoformat().replace("+00:00", "Z") if when else None


class _Dumper(getattr(yaml, "CSafeDumper", yaml.SafeDumper)):  # type: ignore[misc]  # the same in C, where it is built
    """Quotes what any reader of YAML 1.1 or 1.2 would take for something else than a text; writes no anchors."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


for _tag, _pattern, _first in PLAIN:
    _Dumper.add_implicit_resolver(_tag, _pattern, _first)
