"""The draft, rows of several tables, as the JSON that a version freezes. A constant number of queries."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, date, datetime
from typing import Any

from django.db.models import QuerySet

from routing.models import (
    Example,
    LookupTable,
    Pool,
    RoutingSettings,
    Rule,
    SlaPolicy,
    Source,
    Territory,
    Topic,
)
from routing.rulebook import keys
from routing.rulebook.mend import FORMAT


def draft_content() -> dict[str, Any]:
    """Everything that is versioned, archived rows left out; rules in the order in which they are looked at."""
    return {
        "format": FORMAT,
        "settings": settings_content(current_settings()),
        **{section: list(rows()) for section, rows in SECTION_ROWS.items()},
    }


def draft_section(section: str) -> list[dict[str, Any]]:
    """The rows of one section of the draft."""
    return list(SECTION_ROWS[section]())


def _rules() -> Iterator[dict[str, Any]]:
    rules = Rule.objects.current().in_order().select_related("sla")
    return (rule_content(rule) | {"position": position} for position, rule in enumerate(rules, start=1))


def _by_name(model: Any) -> Any:
    return model.objects.current().order_by("name", "pk")


SECTION_ROWS: Mapping[str, Callable[[], Iterable[dict[str, Any]]]] = {
    "topics": lambda: map(topic_content, _by_name(Topic)),
    "tables": lambda: map(table_content, current_tables()),
    "sources": lambda: map(source_content, _by_name(Source)),
    "pools": lambda: map(pool_content, current_pools()),
    "territories": lambda: map(territory_content, _by_name(Territory)),
    "sla_policies": lambda: map(sla_content, _by_name(SlaPolicy)),
    "rules": _rules,
    "examples": lambda: map(example_content, _by_name(Example)),
}


def current_pools() -> QuerySet[Pool]:
    """The pools of the draft, with their fairness groups."""
    return Pool.objects.current().order_by("name", "pk").select_related("fairness_group")


def current_tables() -> QuerySet[LookupTable]:
    """The tables of the draft, with their rows."""
    tables: QuerySet[LookupTable] = LookupTable.objects.current().order_by("name", "pk").prefetch_related("rows")
    return tables


def current_settings() -> RoutingSettings:
    """The one row of settings; the defaults where it was never saved."""
    return RoutingSettings.objects.select_related("sla").filter(pk=1).first() or RoutingSettings(pk=1)


def settings_content(row: RoutingSettings) -> dict[str, Any]:
    return {
        "timezone": row.timezone,
        "working_hours": row.working_hours,
        "sla": row.sla.name if row.sla else None,
    } | keys.frozen_values(row, keys.SETTINGS + keys.STAGES)


def topic_content(row: Topic) -> dict[str, Any]:
    return {"id": row.pk, "uuid": str(row.uuid), "name": row.name, "keywords": row.keywords, "about": row.about}


def table_content(row: LookupTable) -> dict[str, Any]:
    places = [{"key": place.key, "rep": place.rep_id, "pool": place.pool_id} for place in row.rows.all()]
    return {
        "id": row.pk,
        "uuid": str(row.uuid),
        "name": row.name,
        "rows": sorted(places, key=lambda place: str(place["key"])),
    }


def source_content(row: Source) -> dict[str, Any]:
    return {
        "id": row.pk,
        "uuid": str(row.uuid),
        "name": row.name,
        "wait_for": row.wait_for,
        "wait_seconds": row.wait_seconds,
    }


def example_content(row: Example) -> dict[str, Any]:
    expect = {"rep": row.expected_rep_id} if row.expected_rep_id else {"pool": row.expected_pool_id}
    return {
        "id": row.pk,
        "uuid": str(row.uuid),
        "name": row.name,
        "at": _iso(row.at),
        "lead": row.lead,
        "expect": expect,
    }


def pool_content(pool: Pool) -> dict[str, Any]:
    """`ledger` is the one that turns are counted in: the fairness group's, if the pool is in one."""
    return {
        "id": pool.pk,
        "uuid": str(pool.uuid),
        "name": pool.name,
        "ledger": pool.fairness_group_id or pool.ledger_id,
        "fairness_group": pool.fairness_group.name if pool.fairness_group else None,
    } | keys.frozen_values(pool, keys.POOL)


def territory_content(row: Territory) -> dict[str, Any]:
    return {
        "id": row.pk,
        "uuid": str(row.uuid),
        "name": row.name,
        "parent": row.parent_id,
        "priority": row.priority,
        "from": _iso(row.start),
        "to": _iso(row.end),
        "countries": row.countries,
        "regions": row.regions,
        "cities": row.cities,
        "postal_codes": row.postal_codes,
        "industries": row.industries,
        "employees": row.employees,
        "annual_revenue": row.annual_revenue,
        "sources": row.sources,
        "languages": row.languages,
        "owner": _owner(row),
    }


def sla_content(policy: SlaPolicy) -> dict[str, Any]:
    return {"id": policy.pk, "name": policy.name} | keys.frozen_values(policy, keys.SLA)


def rule_content(rule: Rule) -> dict[str, Any]:
    return {
        "id": rule.pk,
        "uuid": str(rule.uuid),
        "position": rule.position,
        "name": rule.name,
        "enabled": rule.enabled,
        "catch_all": rule.catch_all,
        "when": rule.conditions,
        "requires": rule.requires,
        "units": rule.units,
        "to": _destination(rule),
        "when_nobody": _when_nobody(rule),
        "sla": rule.sla.name if rule.sla else None,
        "alert": rule.alert,
        "answer_now": rule.answer_now,
        "same_company": rule.same_company,
        "notify": rule.notify,
        "active": {
            "from": _iso(rule.active_from),
            "to": _iso(rule.active_to),
            "weekdays": _sorted(rule.weekdays) or None,
        },
        "note": rule.note,
        "owner": rule.owner_id,
        "review_date": _iso(rule.review_date),
    }


def _sorted(value: Any) -> Any:
    """A list in order; what is none stays as it is, for publishing to refuse."""
    return sorted(value, key=str) if isinstance(value, list) else value


def _destination(rule: Rule) -> dict[str, Any]:
    kind = Rule.DestinationKind
    match rule.destination:
        case kind.POOL:
            return {"pool": rule.pool_id}
        case kind.REP:
            return {"rep": rule.rep_id, "away": rule.away}
        case kind.TERRITORY:
            return {"territory": True, "away": rule.away}
        case kind.ACCOUNT_OWNER:
            return {"account_owner": rule.account_role or "owner", "away": rule.away}
        case kind.TABLE:
            return {"table": rule.table_id, "by": rule.table_field, "away": rule.away}
        case _:
            return {"park": rule.park_reason, "review_days": rule.review_days}


def _when_nobody(rule: Rule) -> str | dict[str, Any]:
    kind = Rule.WhenNobodyKind
    match rule.when_nobody:
        case kind.WAIT:
            return {"wait_minutes": rule.wait_minutes}
        case kind.OVERFLOW:
            return {"overflow": rule.overflow_pool_id}
        case other:
            return other


def _owner(row: Territory) -> dict[str, Any] | None:
    if row.owner_rep_id:
        return {"rep": row.owner_rep_id}
    return {"pool": row.owner_pool_id} if row.owner_pool_id else None


def _iso(value: date | datetime | None) -> str | None:
    """Instants in UTC, however they came, so that the same instant is the same text."""
    if isinstance(value, datetime):
        value = value.astimezone(UTC)
    return value.isoformat() if value else None
