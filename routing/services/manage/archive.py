"""Take rows out of the draft: what a version names or history refers to is archived, the rest is deleted."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any, TypeAlias

from django.db import transaction

from reps.models import Expertise
from routing.engine.folding import fold
from routing.engine.types import NeedKind
from routing.models import (
    Example,
    LookupTable,
    Pool,
    RoutingSettings,
    Rule,
    RulebookVersion,
    ScheduledVersion,
    SlaPolicy,
    Source,
    Territory,
    Topic,
)
from routing.models.reading import values_in_batches
from routing.rulebook.requirements import read_needs

Versioned: TypeAlias = Pool | Rule | Territory | SlaPolicy | Topic | LookupTable | Source | Example
SECTIONS: Mapping[type[Versioned], str] = {
    Topic: "topics",
    LookupTable: "tables",
    Source: "sources",
    Pool: "pools",
    Rule: "rules",
    Territory: "territories",
    SlaPolicy: "sla_policies",
    Example: "examples",
}
VERSIONS_AT_ONCE = 10


class StillUsed(Exception):
    """It cannot be removed: `uses` says what refers to it, one text each."""

    def __init__(self, uses: list[str]) -> None:
        super().__init__("; ".join(uses))
        self.uses = uses


def archive_pool(*, pool: Pool, now: datetime) -> None:
    """Take a pool out of the draft. Its members stop at once only when a version without it is published."""
    _retire(pool, pool_uses(pool), now)


def archive_rule(*, rule: Rule, now: datetime) -> None:
    """Take a rule out of the draft."""
    _retire(rule, ["The catch-all cannot be removed."] if rule.catch_all else [], now)


def archive_territory(*, territory: Territory, now: datetime) -> None:
    """Take a territory out of the draft."""
    uses = [f"Territory “{child}” lies in it." for child in territory.children.filter(archived_at=None)]
    _retire(territory, uses, now)


def archive_sla(*, policy: SlaPolicy, now: datetime) -> None:
    """Take an SLA policy out of the draft."""
    uses = [f"Rule “{rule}” uses it." for rule in policy.rules.filter(archived_at=None)]
    if RoutingSettings.objects.filter(sla=policy).exists():
        uses.append("It is the company's SLA policy (settings).")
    _retire(policy, uses, now)


def archive_topic(*, topic: Topic, now: datetime) -> None:
    """Take a topic out of the draft."""
    _retire(topic, topic_uses(topic), now)


def archive_table(*, table: LookupTable, now: datetime) -> None:
    """Take a table out of the draft."""
    _retire(table, [f"Rule “{rule}” looks up in it." for rule in table.rules.filter(archived_at=None)], now)


def archive_source(*, source: Source, now: datetime) -> None:
    """Take a source out of the draft: its leads wait for nothing any more."""
    _retire(source, [], now)


def archive_example(*, example: Example, now: datetime) -> None:
    """Take an example out of the draft."""
    _retire(example, [], now)


def pool_uses(pool: Pool) -> list[str]:
    """What of the draft names a pool, in words."""
    return [
        *(f"Rule “{rule}” sends leads to it." for rule in pool.rules.filter(archived_at=None)),
        *(f"Rule “{rule}” overflows to it." for rule in pool.overflow_rules.filter(archived_at=None)),
        *(f"Territory “{territory}” belongs to it." for territory in pool.territories.filter(archived_at=None)),
        *(
            f"Table “{row.table}” names it for {row.key}."
            for row in pool.table_rows.filter(table__archived_at=None).select_related("table")
        ),
        *(f"Example “{example}” expects it." for example in pool.examples.filter(archived_at=None)),
    ]


def topic_uses(topic: Topic) -> list[str]:
    """What requires a topic, and who knows of it."""
    name = fold(topic.name)
    rows = [*Rule.objects.current(), *Pool.objects.current()]
    requiring = [row for row in rows if (NeedKind.TOPIC, name) in {(n.kind, n.name) for n in read_needs(row.requires)}]
    known = Expertise.objects.select_related("rep").order_by("rep__name")
    return [
        *(f"{'Rule' if isinstance(row, Rule) else 'Pool'} “{row}” requires it." for row in requiring),
        *(f"{row.rep} knows it (expertise)." for row in known if fold(row.topic) == name),
    ]


@transaction.atomic
def retire(*, rows: Iterable[Versioned], now: datetime) -> None:
    """Archive what a version names or history refers to, delete the rest. The rows are of one kind."""
    by_key = {row.pk: row for row in rows}
    if not by_key:
        return
    named = named_in_versions(type(next(iter(by_key.values()))), by_key)
    for key, row in by_key.items():
        if key in named or _has_history(row):
            row.archived_at = now
            row.save(update_fields=["archived_at"])
        else:
            _delete(row)


def named_in_versions(kind: type[Versioned], keys: Iterable[int]) -> set[int]:
    """Those of the keys that some version names, be it one that is to be published later."""
    section, wanted, found = SECTIONS[kind], set(keys), set[int]()
    versions: tuple[Any, ...] = (
        (ScheduledVersion.objects.filter(ended_at=None), "pk"),
        (RulebookVersion.objects.all(), "-number"),
    )
    for rows, order in versions:
        for content in values_in_batches(rows, "content", VERSIONS_AT_ONCE, by=order):
            found |= wanted & {row["id"] for row in content.get(section, ())}
            if found == wanted:
                return found
    return found


def _retire(row: Versioned, uses: list[str], now: datetime) -> None:
    if uses:
        raise StillUsed(uses)
    retire(rows=[row], now=now)


REFERRERS: Mapping[type[Versioned], Callable[[Any], tuple[Any, ...]]] = {
    Pool: lambda pool: (pool.rules, pool.overflow_rules, pool.territories, pool.table_rows, pool.examples),
    Territory: lambda territory: (territory.children,),
    SlaPolicy: lambda policy: (policy.rules,),
    LookupTable: lambda table: (table.rules,),
}
"""Rows that protect a row of each kind."""


def _has_history(row: Versioned) -> bool:
    """Rows that an archived row still points to must stay too."""
    referrers = REFERRERS.get(type(row))
    return referrers is not None and any(rows.exists() for rows in referrers(row))


def _delete(row: Versioned) -> None:
    row.delete()
    if isinstance(row, Pool) and not row.ledger.postings.exists():
        row.ledger.delete()
