"""Everything that somebody has: what is live, and what the draft or the published rulebook says of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Model, QuerySet

from reps.models import Rep, Team
from routing.models import Account, AccountPerson, LastResort, Lead, LookupRow, Offer, Pool, PoolMember
from routing.models.leads import LeadQuerySet
from routing.rulebook.content import draft_content
from routing.rulebook.mend import mend
from routing.services.people.plans import Kind
from routing.services.publish import published

MOST_SHOWN = 200
"""So many of a kind are listed; all of them are counted and handed over."""
Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Thing:
    """One of them: `key` is the one that plans name it by, `detail` what else is worth knowing."""

    key: int
    id: str
    name: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Holding:
    """What somebody has of one kind; `things` are the first of so many."""

    count: int
    things: tuple[Thing, ...] = ()


def belongings(rep: Rep) -> dict[Kind, Holding]:
    """Of every kind, nothing included. A constant number of queries."""
    live = {kind: _held(rows(rep)) for kind, rows in LIVE.items()}
    versioned = _versioned(rep)
    return {kind: live[kind] if kind in live else versioned[kind] for kind in Kind}


def counts(rep: Rep) -> dict[Kind, int]:
    """How much of each kind."""
    return {kind: holding.count for kind, holding in belongings(rep).items()}


def open_leads(rep: Rep) -> LeadQuerySet:
    """What they own and has no outcome yet."""
    return Lead.objects.open().filter(owner=rep)


def standing_offers(rep: Rep) -> QuerySet[Offer]:
    """What is offered to them now. Offers end with them: the lead goes on to the next."""
    return Offer.objects.standing().filter(rep=rep)


def _held(rows: QuerySet[Any]) -> Holding:
    count = rows.count()
    return Holding(count, tuple(_thing(row) for row in rows[:MOST_SHOWN])) if count else Holding(0)


def _thing(row: Model) -> Thing:
    """As it is listed."""
    match row:
        case Lead():
            return Thing(row.pk, str(row.uuid), row.label, row.company)
        case AccountPerson():
            return Thing(row.account_id, str(row.account.uuid), row.account.name, row.role)
        case PoolMember():
            return Thing(row.pool_id, str(row.pool.uuid), row.pool.name, f"weight {row.weight.normalize():f}")
        case LastResort():
            return Thing(row.rep_id, str(row.rep.uuid), row.rep.name, f"number {row.position}")
        case Account() | Team() | Rep():
            return Thing(row.pk, str(row.uuid), row.name)
    raise TypeError(f"{type(row).__name__} is nothing that somebody has.")


LIVE: Mapping[Kind, Any] = {
    Kind.LEADS: lambda rep: open_leads(rep).order_by("-submitted_at", "-pk"),
    Kind.ACCOUNTS: lambda rep: Account.objects.filter(owner=rep).order_by("name", "pk"),
    Kind.ACCOUNT_ROLES: lambda rep: (
        AccountPerson.objects.filter(rep=rep).select_related("account").order_by("account__name", "role")
    ),
    Kind.POOLS: lambda rep: (
        PoolMember.objects.filter(rep=rep, pool__in=Pool.objects.current())
        .select_related("pool")
        .order_by("pool__name")
    ),
    Kind.BACKUP_OF: lambda rep: Rep.objects.filter(backup=rep).order_by("name", "pk"),
    Kind.MANAGER_OF: lambda rep: Team.objects.filter(manager=rep).order_by("name"),
    Kind.LAST_RESORT: lambda rep: LastResort.objects.filter(rep=rep).select_related("rep"),
}


def _versioned(rep: Rep) -> dict[Kind, Holding]:
    """What the draft says, and what the published version says besides."""
    newest = published()
    contents = [mend(content).content for content in (draft_content(), *([newest.content] if newest else []))]
    found: dict[Kind, dict[int, Thing]] = {kind: {} for kind in IN_CONTENT}
    for content in contents:
        for kind, (section, names) in IN_CONTENT.items():
            for row in content.get(section, ()):
                if row["id"] not in found[kind] and (detail := names(row, rep)) is not None:
                    found[kind][row["id"]] = Thing(row["id"], str(row.get("uuid", "")), str(row["name"]), detail)
    return {kind: Holding(len(things), tuple(list(things.values())[:MOST_SHOWN])) for kind, things in found.items()}


def _owned_territory(row: Json, rep: Rep) -> str | None:
    return "" if (row.get("owner") or {}).get("rep") == rep.pk else None


def _rule_to(row: Json, rep: Rep) -> str | None:
    return "" if row["to"].get("rep") == rep.pk else None


def _rule_kept(row: Json, rep: Rep) -> str | None:
    return "" if row.get("owner") == rep.pk else None


def _rule_told(row: Json, rep: Rep) -> str | None:
    return "" if rep.email in _addresses(row) else None


def _named_in_table(row: Json, rep: Rep) -> str | None:
    return ", ".join(_table_keys(row, rep)) or None


def _expected(row: Json, rep: Rep) -> str | None:
    return "" if row["expect"].get("rep") == rep.pk else None


def _addresses(row: Json) -> Iterable[str]:
    return [str(address).strip().lower() for address in row.get("notify") or ()]


def _table_keys(row: Json, rep: Rep) -> Iterator[str]:
    return (str(line["key"]) for line in row["rows"] if line.get("rep") == rep.pk)


IN_CONTENT: Mapping[Kind, tuple[str, Any]] = {
    Kind.TERRITORIES: ("territories", _owned_territory),
    Kind.RULES: ("rules", _rule_to),
    Kind.RULES_KEPT: ("rules", _rule_kept),
    Kind.RULES_TOLD: ("rules", _rule_told),
    Kind.TABLES: ("tables", _named_in_table),
    Kind.EXAMPLES: ("examples", _expected),
}
"""Section of a version's content, and what its rows say of somebody: None for nothing."""


def table_rows(rep: Rep) -> QuerySet[LookupRow]:
    """The rows of the draft's tables that lead to them."""
    return LookupRow.objects.filter(rep=rep, table__archived_at=None)
