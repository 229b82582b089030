"""Each row of the configuration as the file would write it, every key given: as the API shows it.

The export drops what is the default. What is versioned is written from its content: draft and versions read alike.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from django.db.models import Model

from reps.models import Rep, Team, TimeOff
from reps.schedules import DAYS, Block, InvalidHours, format_hours, parse_hours
from routing.models import Account, LastResort, LookupTable, Pool, RoutingSettings, SlaPolicy, Territory
from routing.rulebook.config.people import ALWAYS
from routing.rulebook.config.ways import quiet_hours_document
from routing.rulebook.keys import POOL, SETTINGS, SLA, STAGES, Keys, at, default, put
from routing.rulebook.mend import WITHOUT_VITALS

HIDDEN = frozenset({"id", "uuid", *WITHOUT_VITALS["territories"]})
"""Of a territory: its keys, and what stands in for damage."""
HALF_A_DAY = timedelta(hours=12)
Json = Mapping[str, Any]


class Names(NamedTuple):
    """What the file calls people, pools, tables and territories: names by key."""

    emails: Mapping[int, str]
    pools: Mapping[int, str]
    tables: Mapping[int, str]
    territories: Mapping[int, str]


def load_names() -> Names:
    """Four queries."""
    models: tuple[Any, ...] = (Pool, LookupTable, Territory)
    return Names(
        dict(Rep.objects.values_list("pk", "email")), *(dict(m.objects.values_list("pk", "name")) for m in models)
    )


# --- what is versioned: from its content -------------------------------------------------------------------------


def settings_document(content: Json, last_resort: Iterable[str]) -> dict[str, Any]:
    """`last_resort` is live."""
    return {
        "timezone": content["timezone"],
        "working_hours": _company_hours(content["working_hours"]),
        "sla": content["sla"],
        "last_resort": list(last_resort),
    } | in_order_of_grades(_plain(content, SETTINGS, RoutingSettings))


def _company_hours(hours: Any) -> Any:
    """In their one form; what cannot be read stays as it is."""
    try:
        return format_hours(parse_hours(hours)) if hours else None
    except InvalidHours:
        return hours


def last_resort_addresses() -> list[str]:
    """Who owns what nobody took, in their order."""
    return list(LastResort.objects.values_list("rep__email", flat=True))


def stages_of(content: Json) -> dict[str, str]:
    stages: dict[str, str] = _plain(content, STAGES, RoutingSettings)["stages"]
    return stages


def source_document(content: Json, names: Names) -> dict[str, Any]:
    return {key: content[key] for key in ("name", "wait_for", "wait_seconds")}


def topic_document(content: Json, names: Names) -> dict[str, Any]:
    return {key: content[key] for key in ("name", "keywords")} | {"about": content.get("about", "")}


def table_document(content: Json, names: Names) -> dict[str, Any]:
    rows = {row["key"]: place({kind: row[kind] for kind in ("rep", "pool")}, names) for row in content["rows"]}
    return {"name": content["name"], "rows": rows}


def example_document(content: Json, names: Names) -> dict[str, Any]:
    shown = {"name": content["name"], "at": _zulu(content["at"]), "lead": content["lead"]}
    return shown | {"expect": place(content["expect"], names)}


def sla_document(content: Json, names: Names) -> dict[str, Any]:
    return {"name": content["name"]} | _plain(content, SLA, SlaPolicy)


def pool_document(content: Json, names: Names) -> dict[str, Any]:
    """Without what is live: the members, and whether it is paused."""
    shown = {"name": content["name"], "fairness_group": content.get("fairness_group")}
    return shown | _plain(content, POOL, Pool)


def territory_document(content: Json, names: Names) -> dict[str, Any]:
    return {key: value for key, value in content.items() if key not in HIDDEN} | {
        "parent": names.territories.get(content["parent"] or 0),
        "owner": place(content["owner"], names),
    }


def rule_document(content: Json, names: Names) -> dict[str, Any]:
    active = content["active"]
    return {
        "name": content["name"],
        "when": content["when"],
        "enabled": content["enabled"],
        "to": _to(content["to"], names),
        "when_nobody": _when_nobody(content["when_nobody"], names),
        "requires": content.get("requires") or {},
        "units": content.get("units", 1),
        "sla": content["sla"],
        "alert": content["alert"],
        "answer_now": content["answer_now"],
        "same_company": content["same_company"],
        "note": content["note"],
        "owner": names.emails.get(content.get("owner") or 0),
        "review_date": content.get("review_date"),
        "notify": content["notify"],
        "active": {"from": active["from"], "to": active["to"], "weekdays": _weekdays(active["weekdays"])},
    }


def _weekdays(days: Any) -> Any:
    """Days by name; what cannot be read stays as it is."""
    if not isinstance(days, list) or not all(isinstance(day, int) and 0 <= day < len(DAYS) for day in days):
        return days
    return [DAYS[day] for day in days] or None


def place(value: Json | None, names: Names) -> dict[str, str] | None:
    """{rep: key} or {pool: key} in names; None if it leads nowhere."""
    given = value or {}
    if address := names.emails.get(given.get("rep") or 0):
        return {"rep": address}
    pool = names.pools.get(given.get("pool") or 0)
    return {"pool": pool} if pool else None


def _to(to: Json, names: Names) -> dict[str, Any]:
    called = {"pool": names.pools, "rep": names.emails, "table": names.tables}
    return {key: called[key].get(value, "") if key in called else value for key, value in to.items()}


def _when_nobody(value: Any, names: Names) -> Any:
    if isinstance(value, Mapping) and "overflow" in value:
        return {"overflow": names.pools.get(value["overflow"], "")}
    return {key: number(minutes) for key, minutes in value.items()} if isinstance(value, Mapping) else value


def _plain(content: Json, keys: Keys, model: type[Model]) -> dict[str, Any]:
    """The plain keys; what an older version lacks has the default of today."""
    values: dict[str, Any] = {}
    for key in keys:
        put(values, key.path, number(at(content, key.place, default(model, key))))
    return values


def in_order_of_grades(values: dict[str, Any]) -> dict[str, Any]:
    """Grades from the best down: not every database keeps their order."""
    if isinstance(values.get("grades"), dict):
        values["grades"] = dict(sorted(values["grades"].items(), key=lambda item: -item[1]))
    return values


# --- what is live: from its rows ---------------------------------------------------------------------------------


def team_document(team: Team, emails: Mapping[int, str]) -> dict[str, Any]:
    return {
        "name": team.name,
        "manager": emails.get(team.manager_id or 0),
        "timezone": team.timezone or None,
        "working_hours": _blocks(team.working_hours.all()) or None,
        "digest": team.digest or None,
    }


def rep_document(rep: Rep, emails: Mapping[int, str]) -> dict[str, Any]:
    """The addresses of channels are secrets: they are written, and never read."""
    hours = {Rep.Hours.ALWAYS: ALWAYS, Rep.Hours.OWN: _blocks(rep.working_hours.all())}.get(rep.hours)  # type: ignore[call-overload]
    paused = {"until": zulu(rep.paused_until), "reason": rep.paused_reason or None} if rep.paused else None
    return {
        "email": rep.email,
        "name": rep.name,
        "team": rep.team.name if rep.team else None,
        "timezone": rep.timezone or None,
        "working_hours": hours,
        "holidays": rep.holidays or None,
        "languages": rep.languages,
        "skills": sorted(skill.name for skill in rep.skills.all()),
        "expertise": {row.topic: row.level for row in rep.expertise.all()},
        "about": rep.about,
        "caps": rep.caps,
        "catch_up": rep.catch_up,
        "paused": paused,
        "active": rep.active,
        "backup": emails.get(rep.backup_id or 0),
        "kind": rep.kind,
        "webhook": rep.webhook or None,
        "ack_seconds": rep.ack_seconds,
        "channels": [{"kind": way.kind, "active": way.active} for way in rep.channels.all()],
        "quiet_hours": quiet_hours_document(rep.quiet_from, rep.quiet_until),
        "calendar": rep.calendar_url or None,
        "booking_url": rep.booking_url or None,
    }


def time_off_document(leave: TimeOff, settings: RoutingSettings) -> dict[str, Any]:
    start, end = zulu(leave.starts_at), zulu(leave.ends_at)
    if leave.whole_days:
        start, end = leave_days(leave, zone_of(leave.rep, settings))
    return {
        "rep": leave.rep.email,
        "from": start,
        "to": end,
        "reason": leave.reason,
        "hand_over": leave.hand_over or None,
        "hand_over_leads": leave.hand_over_leads,
    }


def account_document(row: Account, emails: Mapping[int, str]) -> dict[str, Any]:
    domains: dict[bool, list[str]] = defaultdict(list)
    for domain in row.domains.all():
        domains[domain.excluded].append(domain.domain)
    return {
        "name": row.name,
        "domains": sorted(domains[False]),
        "aliases": sorted(alias.name for alias in row.aliases.all()),
        "parent": row.parent.name if row.parent else None,
        "owner": emails.get(row.owner_id or 0),
        "people": {person.role: emails[person.rep_id] for person in row.people.all()},
        "stage": row.stage,
        "target": row.target,
        "country": row.country or None,
        "region": row.region or None,
        "postal_code": row.postal_code or None,
        "phone": row.phone or None,
        "industry": row.industry or None,
        "employees": row.employees,
        "excluded_domains": sorted(domains[True]),
    }


def member_document(member: Any, emails: Mapping[int, str]) -> dict[str, Any]:
    ramp = {"weeks": member.ramp_weeks, "from": zulu(member.ramp_from)} if member.ramp_weeks else None
    return {"rep": emails[member.rep_id], "weight": number(float(member.weight)), "caps": member.caps, "ramp": ramp}


def leave_days(leave: TimeOff, zone: ZoneInfo) -> tuple[str, str]:
    """First and last day of a leave of whole days; also where it was noted in another zone."""
    first = (leave.starts_at + HALF_A_DAY).astimezone(zone).date()
    last = (leave.ends_at - HALF_A_DAY).astimezone(zone).date()
    return first.isoformat(), max(first, last).isoformat()


def zone_of(rep: Rep, settings: RoutingSettings) -> ZoneInfo:
    """The rep's time zone, else the team's, else the company's."""
    return ZoneInfo(rep.timezone or (rep.team.timezone if rep.team else "") or settings.timezone)


def number(value: Any) -> Any:
    """Whole numbers without a decimal point."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def zulu(when: datetime | None) -> str | None:
    return when.astimezone(UTC).isoformat().replace("+00:00", "Z") if when else None


def _zulu(text: str | None) -> str | None:
    return text.replace("+00:00", "Z") if text else None


def _blocks(rows: Iterable[Any]) -> dict[str, list[str]]:
    return format_hours([Block(row.weekday, row.start, row.end) for row in rows])
