"""The draft, rows of several tables, as the JSON that a version freezes. A constant number of queries."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from routing.models import Pool, RoutingSettings, Rule, SlaPolicy, Territory

FORMAT = 1


def draft_content() -> dict[str, Any]:
    """Everything that is versioned, archived rows left out; rules in the order in which they are looked at."""
    return {
        "format": FORMAT,
        "settings": settings_content(current_settings()),
        "pools": [pool_content(pool) for pool in Pool.objects.current().order_by("name", "pk")],
        "territories": [territory_content(row) for row in Territory.objects.current().order_by("name", "pk")],
        "sla_policies": [sla_content(policy) for policy in SlaPolicy.objects.current().order_by("name", "pk")],
        "rules": [
            rule_content(rule) | {"position": position}
            for position, rule in enumerate(Rule.objects.current().in_order().select_related("sla"), start=1)
        ],
    }


def current_settings() -> RoutingSettings:
    """The one row of settings; the defaults where it was never saved."""
    return RoutingSettings.objects.select_related("sla").filter(pk=1).first() or RoutingSettings(pk=1)


def settings_content(row: RoutingSettings) -> dict[str, Any]:
    return {
        "timezone": row.timezone,
        "working_hours": row.working_hours,
        "duplicate_minutes": row.duplicate_minutes,
        "returning_days": row.returning_days,
        "company_days": row.company_days,
        "same_company": row.same_company,
        "hold_deadline_hours": row.hold_deadline_hours,
        "taper_days": row.taper_days,
        "match_threshold": row.match_threshold,
        "account_hierarchy": row.account_hierarchy,
        "sla": row.sla.name if row.sla else None,
    }


def pool_content(pool: Pool) -> dict[str, Any]:
    return {
        "id": pool.pk,
        "uuid": str(pool.uuid),
        "name": pool.name,
        "ledger": pool.ledger_id,
        "strategy": pool.strategy,
    }


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
    return {
        "id": policy.pk,
        "name": policy.name,
        "first_response_minutes": policy.first_response_minutes,
        "clock": policy.clock,
    }


def rule_content(rule: Rule) -> dict[str, Any]:
    return {
        "id": rule.pk,
        "uuid": str(rule.uuid),
        "position": rule.position,
        "name": rule.name,
        "enabled": rule.enabled,
        "catch_all": rule.catch_all,
        "when": rule.conditions,
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
            "weekdays": sorted(rule.weekdays) or None,
        },
        "note": rule.note,
        "owner": rule.owner_id,
        "review_date": _iso(rule.review_date),
    }


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
    return value.isoformat() if value else None
