"""Import what is draft until published: settings, SLA policies, pools, territories and rules.

A section of the file is the whole of its kind: what it does not name is taken out of the draft.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from reps.models import Rep
from reps.schedules import format_hours, parse_hours
from routing.models import Ledger, Pool, PoolMember, RoutingSettings, Rule, SlaPolicy, Territory
from routing.rulebook.config.file import Config
from routing.rulebook.config.pools import PoolSpec
from routing.rulebook.config.rules import RuleSpec
from routing.rulebook.config.settings import SettingsSpec, SlaSpec
from routing.rulebook.config.territories import TerritorySpec
from routing.services.importing.people import import_last_resort
from routing.services.importing.rows import Import, sync
from routing.services.manage import Versioned, ledger_name, retire


def import_draft(run: Import, config: Config, reps: Mapping[str, Rep]) -> None:
    """What the draft's rows change is told by the difference of the two drafts, not row by row."""
    policies = _import_policies(run, config.sla_policies)
    pools = _import_pools(run, config.pools, reps)
    territories = _import_territories(run, config.territories, reps, pools)
    if config.settings:
        _import_settings(run, config.settings, policies)
        import_last_resort(run, config.settings.last_resort, reps)
    _import_rules(run, config.rules, reps, pools, policies)
    for rows, specs in ((territories, config.territories), (pools, config.pools), (policies, config.sla_policies)):
        _retire_unnamed(run, rows, specs)


def _retire_unnamed(run: Import, rows: Mapping[str, Versioned], specs: Sequence[Any] | None) -> None:
    if specs is not None:
        named = {spec.name for spec in specs}
        retire(rows=[row for name, row in rows.items() if name not in named], now=run.now)


def _import_policies(run: Import, specs: Sequence[SlaSpec] | None) -> dict[str, SlaPolicy]:
    policies = {policy.name: policy for policy in SlaPolicy.objects.current()}
    wanted = {
        spec.name: {
            "name": spec.name,
            "first_response_minutes": spec.first_response_minutes,
            "clock": spec.clock,
        }
        for spec in specs or ()
    }
    return policies | sync(run, "SLA policy", policies, wanted, SlaPolicy, quiet=True)


def _import_pools(run: Import, specs: Sequence[PoolSpec], reps: Mapping[str, Rep]) -> dict[str, Pool]:
    pools = {pool.name: pool for pool in Pool.objects.current()}
    new = {spec.name: Pool(name=spec.name) for spec in specs if spec.name not in pools}
    ledgers = Ledger.objects.bulk_create(Ledger(name=ledger_name(pool)) for pool in new.values())
    wanted: dict[str, dict[str, Any]] = {spec.name: {"name": spec.name, "strategy": spec.strategy} for spec in specs}
    for (name, pool), ledger in zip(new.items(), ledgers, strict=True):
        wanted[name] |= {"uuid": pool.uuid, "ledger": ledger}
    pools |= sync(run, "Pool", pools, wanted, Pool, quiet=True)
    _import_members(run, specs, pools, reps)
    return pools


def _import_members(run: Import, specs: Sequence[PoolSpec], pools: Mapping[str, Pool], reps: Mapping[str, Rep]) -> None:
    """The members of a pool that the file names are exactly those in the file. They are live at once."""
    rows = PoolMember.objects.filter(pool__in=[pools[spec.name] for spec in specs]).select_related("pool", "rep")
    existing = {f"{row.pool.name}\n{row.rep.email}": row for row in rows}
    wanted = {
        f"{spec.name}\n{member.rep}": {
            "pool": pools[spec.name],
            "rep": reps[member.rep],
            "weight": member.weight,
            "caps": member.caps,
        }
        for spec in specs
        for member in spec.members
    }
    sync(run, "Member", existing, wanted, PoolMember)
    leaving = [row for key, row in existing.items() if key not in wanted]
    for row in leaving:
        run.say(f"Member “{row}” leaves the pool.")
    PoolMember.objects.filter(pk__in=[row.pk for row in leaving]).delete()


def _import_territories(
    run: Import, specs: Sequence[TerritorySpec] | None, reps: Mapping[str, Rep], pools: Mapping[str, Pool]
) -> dict[str, Territory]:
    territories = {row.name: row for row in Territory.objects.current()}
    wanted = {spec.name: _territory_fields(spec, reps, pools) for spec in specs or ()}
    territories |= sync(run, "Territory", territories, wanted, Territory, quiet=True)
    parents = {spec.name: {"parent_id": territories[spec.parent].pk if spec.parent else None} for spec in specs or ()}
    sync(run, "Territory", territories, parents, Territory, quiet=True)
    return territories


def _territory_fields(spec: TerritorySpec, reps: Mapping[str, Rep], pools: Mapping[str, Pool]) -> dict[str, Any]:
    return {
        "name": spec.name,
        "priority": spec.priority,
        "start": spec.start,
        "end": spec.end,
        **spec.lists,
        "employees": spec.employees,
        "annual_revenue": spec.annual_revenue,
        "owner_rep_id": reps[spec.owner_rep].pk if spec.owner_rep else None,
        "owner_pool_id": pools[spec.owner_pool].pk if spec.owner_pool else None,
    }


def _import_settings(run: Import, spec: SettingsSpec, policies: Mapping[str, SlaPolicy]) -> None:
    row = RoutingSettings.objects.get(pk=1)
    hours = format_hours(spec.blocks) if spec.blocks else {}
    if row.working_hours and spec.blocks == parse_hours(row.working_hours):
        hours = row.working_hours  # the same hours, written in another way
    values = {
        "timezone": spec.timezone,
        "working_hours": hours,
        "duplicate_minutes": spec.duplicate_minutes,
        "returning_days": spec.returning_days,
        "company_days": spec.company_days,
        "same_company": spec.same_company,
        "hold_deadline_hours": spec.hold_deadline_hours,
        "taper_days": spec.taper_days,
        "match_threshold": spec.match_threshold,
        "account_hierarchy": spec.account_hierarchy,
        "sla_id": policies[spec.sla].pk if spec.sla else None,
    }
    sync(run, "Settings", {"": row}, {"": values}, RoutingSettings, quiet=True)


def _import_rules(
    run: Import,
    specs: Sequence[RuleSpec],
    reps: Mapping[str, Rep],
    pools: Mapping[str, Pool],
    policies: Mapping[str, SlaPolicy],
) -> None:
    """In the order of the file; the last one is the catch-all, and there is never a second one."""
    catch_all = specs[-1].name
    Rule.objects.current().filter(catch_all=True).exclude(name=catch_all).update(catch_all=False)
    rules = {rule.name: rule for rule in Rule.objects.current()}
    _retire_unnamed(run, rules, specs)
    wanted = {
        spec.name: _rule_fields(spec, reps, pools, policies)
        | {"position": position, "catch_all": spec.name == catch_all}
        for position, spec in enumerate(specs, start=1)
    }
    sync(run, "Rule", rules, wanted, Rule, quiet=True)


def _rule_fields(
    spec: RuleSpec, reps: Mapping[str, Rep], pools: Mapping[str, Pool], policies: Mapping[str, SlaPolicy]
) -> dict[str, Any]:
    to, nobody = spec.to, spec.when_nobody
    return {
        "name": spec.name,
        "enabled": spec.enabled,
        "conditions": spec.when,
        "destination": str(to.kind),
        "pool_id": pools[to.pool].pk if to.pool else None,
        "rep_id": reps[to.rep].pk if to.rep else None,
        "account_role": to.role,
        "away": to.away,
        "park_reason": to.park_reason,
        "review_days": to.review_days,
        "when_nobody": str(nobody.kind),
        "wait_minutes": nobody.minutes,
        "overflow_pool_id": pools[nobody.pool].pk if nobody.pool else None,
        "sla_id": policies[spec.sla].pk if spec.sla else None,
        "alert": spec.alert,
        "answer_now": spec.answer_now,
        "same_company": spec.same_company,
        "note": spec.note,
        "owner_id": reps[spec.owner].pk if spec.owner else None,
        "review_date": spec.review_date,
        "notify": spec.notify,
        "active_from": spec.active_from,
        "active_to": spec.active_to,
        "weekdays": spec.weekdays,
    }
