"""Import what is draft until published, settings and rules above all.

A section of the file is the whole of its kind: what it does not name is taken out of the draft.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from reps.models import Rep
from reps.schedules import format_hours, parse_hours
from routing.models import LookupTable, Pool, RoutingSettings, Rule, SlaPolicy, Territory
from routing.rulebook.config.file import Config
from routing.rulebook.config.rules import RuleSpec
from routing.rulebook.config.settings import SettingsSpec, SlaSpec
from routing.rulebook.config.territories import TerritorySpec
from routing.services.importing.people import import_last_resort
from routing.services.importing.pools import import_pools
from routing.services.importing.rows import Import, sync
from routing.services.importing.samples import import_examples, import_sources, import_tables, import_topics
from routing.services.manage import Versioned, retire


def import_draft(run: Import, config: Config, reps: Mapping[str, Rep]) -> None:
    """What the draft's rows change is told by the difference of the two drafts, not row by row."""
    topics = import_topics(run, config.topics)
    sources = import_sources(run, config.sources)
    policies = import_policies(run, config.sla_policies)
    pools = import_pools(run, config.pools, reps)
    tables = import_tables(run, config.tables, reps, pools)
    territories = import_territories(run, config.territories, reps, pools)
    import_settings(run, config.settings, config.stages, policies)
    if config.settings:
        import_last_resort(run, config.settings.last_resort, reps)
    _import_rules(run, config.rules, Places(reps, pools, tables, policies))
    examples = import_examples(run, config.examples, reps, pools)
    kept: Sequence[tuple[Mapping[str, Versioned], Sequence[Any] | None]] = (
        (examples, config.examples),
        (territories, config.territories),
        (tables, config.tables),
        (pools, config.pools),
        (policies, config.sla_policies),
        (sources, config.sources),
        (topics, config.topics),
    )
    for rows, specs in kept:
        _retire_unnamed(run, rows, specs)


def _retire_unnamed(run: Import, rows: Mapping[str, Versioned], specs: Sequence[Any] | None) -> None:
    if specs is not None:
        named = {spec.name for spec in specs}
        retire(rows=[row for name, row in rows.items() if name not in named], now=run.now)


def import_policies(run: Import, specs: Sequence[SlaSpec] | None) -> dict[str, SlaPolicy]:
    policies = {policy.name: policy for policy in SlaPolicy.objects.current()}
    wanted = {spec.name: {"name": spec.name, **spec.columns} for spec in specs or ()}
    return policies | sync(run, "SLA policy", policies, wanted, SlaPolicy, quiet=True)


def import_territories(
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
        "owner_rep_id": reps[spec.owner.rep].pk if spec.owner.rep else None,
        "owner_pool_id": pools[spec.owner.pool].pk if spec.owner.pool else None,
    }


def import_settings(
    run: Import, spec: SettingsSpec | None, stages: Mapping[str, str] | None, policies: Mapping[str, SlaPolicy]
) -> None:
    """Settings and stages are sections of their own: one that is not in the file stays as it is."""
    row = RoutingSettings.objects.get(pk=1)
    values: dict[str, Any] = {} if stages is None else {"stages": stages}
    if spec:
        hours = format_hours(spec.blocks) if spec.blocks else {}
        if row.working_hours and spec.blocks == parse_hours(row.working_hours):
            hours = row.working_hours  # the same hours, written in another way
        sla = policies[spec.sla].pk if spec.sla else None
        values |= {"timezone": spec.timezone, "working_hours": hours, "sla_id": sla, **spec.columns}
    sync(run, "Settings", {"": row}, {"": values}, RoutingSettings, quiet=True)


@dataclass(frozen=True, slots=True)
class Places:
    """What rules name, by the names in the file."""

    reps: Mapping[str, Rep]
    pools: Mapping[str, Pool]
    tables: Mapping[str, LookupTable]
    policies: Mapping[str, SlaPolicy]

    def rep(self, email: str | None) -> int | None:
        return self.reps[email].pk if email else None

    def pool(self, name: str | None) -> int | None:
        return self.pools[name].pk if name else None


def _import_rules(run: Import, specs: Sequence[RuleSpec], places: Places) -> None:
    """In the order of the file; the last one is the catch-all, and there is never a second one."""
    catch_all = specs[-1].name
    Rule.objects.current().filter(catch_all=True).exclude(name=catch_all).update(catch_all=False)
    rules = {rule.name: rule for rule in Rule.objects.current()}
    _retire_unnamed(run, rules, specs)
    wanted = {
        spec.name: rule_fields(spec, places) | {"position": position, "catch_all": spec.name == catch_all}
        for position, spec in enumerate(specs, start=1)
    }
    sync(run, "Rule", rules, wanted, Rule, quiet=True)


def rule_fields(spec: RuleSpec, places: Places) -> dict[str, Any]:
    to, nobody = spec.to, spec.when_nobody
    return {
        "name": spec.name,
        "enabled": spec.enabled,
        "conditions": spec.when,
        "requires": spec.requires,
        "units": spec.units,
        "destination": str(to.kind),
        "pool_id": places.pool(to.pool),
        "rep_id": places.rep(to.rep),
        "table_id": places.tables[to.table].pk if to.table else None,
        "table_field": to.by,
        "account_role": to.role,
        "away": to.away,
        "park_reason": to.park_reason,
        "review_days": to.review_days,
        "when_nobody": str(nobody.kind),
        "wait_minutes": nobody.minutes,
        "overflow_pool_id": places.pool(nobody.pool),
        "sla_id": places.policies[spec.sla].pk if spec.sla else None,
        "alert": spec.alert,
        "answer_now": spec.answer_now,
        "same_company": spec.same_company,
        "note": spec.note,
        "owner_id": places.rep(spec.owner),
        "review_date": spec.review_date,
        "notify": spec.notify,
        "active_from": spec.active_from,
        "active_to": spec.active_to,
        "weekdays": spec.weekdays,
    }
