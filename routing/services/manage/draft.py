"""Change what is draft until published: pools, rules, territories, SLA policies, topics, tables, sources, examples."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from django.core.exceptions import ValidationError
from django.db import transaction

from reps.models import Rep
from routing.models import (
    Example,
    Ledger,
    LookupRow,
    LookupTable,
    Pool,
    Rule,
    SlaPolicy,
    Source,
    Territory,
    Topic,
)
from routing.services.manage.archive import StillUsed
from routing.services.manage.errors import check, row_errors

Row = TypeVar("Row", Rule, Territory, SlaPolicy, Topic, Source, Example)


def create_pool(*, name: str, **fields: Any) -> Pool:
    """A new pool with its ledger. `fields` are further fields of Pool."""
    return save_pool(pool=Pool(name=name, **fields))


@transaction.atomic
def save_pool(*, pool: Pool) -> Pool:
    """Save a new or changed pool. A new one gets its ledger, for ever."""
    check(pool)
    if pool.ledger_id is None:
        pool.ledger = Ledger.objects.create(name=ledger_name(pool))
    pool.save()
    return pool


def ledger_name(pool: Pool) -> str:
    """Unique even when a pool of the same name was archived."""
    return f"{pool.name} ({pool.uuid.hex[:8]})"


@transaction.atomic
def create_fairness_group(*, name: str) -> Ledger:
    """A ledger that several pools share."""
    return _save_group(Ledger(name=name.strip(), shared=True))


@transaction.atomic
def rename_fairness_group(*, group: Ledger, name: str) -> Ledger:
    """Call a fairness group something else."""
    group.name = name.strip()
    return _save_group(group)


@transaction.atomic
def remove_fairness_group(*, group: Ledger) -> None:
    """Remove a fairness group in which nobody has a turn or a balance. Raises StillUsed."""
    uses = [f"Pool “{pool}” is in it." for pool in group.group_pools.order_by("name")]
    if group.postings.exists() or group.accounts.exists():
        uses.append("It has balances.")
    if uses:
        raise StillUsed(uses)
    group.delete()


def _save_group(group: Ledger) -> Ledger:
    check(group)
    group.save()
    return group


@transaction.atomic
def save_draft(*, row: Row) -> Row:
    """Save a new or changed rule, territory, SLA policy, topic, source or example. Raises ValidationError."""
    check(row)
    row.save()
    return row


@transaction.atomic
def save_table(*, table: LookupTable, rows: Mapping[str, Rep | Pool] | None = None) -> LookupTable:
    """Save a table. `rows` (key → rep or pool) replace the earlier ones."""
    check(table)
    table.save()
    if rows is not None:
        set_table_rows(table=table, rows=[_row(table, key, place) for key, place in rows.items()])
    return table


@transaction.atomic
def set_table_rows(*, table: LookupTable, rows: Sequence[LookupRow]) -> None:
    """Make the rows of a table exactly these. Raises ValidationError."""
    if errors := row_errors(rows):
        raise ValidationError(errors)  # type: ignore[arg-type]  # the stubs want lists of anything
    LookupRow.objects.filter(table=table).delete()
    for row in rows:
        check(row)
    LookupRow.objects.bulk_create(rows)


def _row(table: LookupTable, key: str, place: Rep | Pool) -> LookupRow:
    rep, pool = (place, None) if isinstance(place, Rep) else (None, place)
    return LookupRow(table=table, key=key.strip(), rep=rep, pool=pool)


@transaction.atomic
def move_rule(*, rule: Rule, index: int) -> None:
    """Put a rule at `index` (0 is first) among the rules before the catch-all, and number them anew."""
    others = [r for r in Rule.objects.current().filter(catch_all=False).in_order() if r.pk != rule.pk]
    others.insert(max(0, index), rule)
    order_rules(rules=others)


@transaction.atomic
def order_rules(*, rules: Sequence[Rule]) -> None:
    """Number rules 1, 2, 3 … in the order given."""
    for position, rule in enumerate(rules, start=1):
        if rule.position != position:
            rule.position = position
            rule.save(update_fields=["position"])


@transaction.atomic
def ensure_catch_all(*, pool: Pool) -> Rule:
    """The catch-all; a new one to `pool` where there is none yet."""
    existing = Rule.objects.current().filter(catch_all=True).first()
    return existing or Rule.objects.create(name="Catch-all", catch_all=True, pool=pool, demo=pool.demo)
