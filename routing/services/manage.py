"""Change the configuration: the writes of several rows that the admin, the API and the import share.

People, members, leave and accounts are live at once; pools, rules, territories and SLA policies are draft until
published. Whoever writes what a gate reads locks that rep first, after the leads (look_at_waiting_leads_again).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, TypeAlias

from django.db import transaction

from reps.models import Rep, Team, TimeOff
from routing.intake.company_names import name_key
from routing.models import (
    Account,
    AccountAlias,
    LastResort,
    Ledger,
    Pool,
    PoolMember,
    RoutingSettings,
    Rule,
    RulebookVersion,
    SlaPolicy,
    Territory,
)
from routing.services.pause_routing import switch_pause
from routing.services.waiting import look_at_waiting_leads_again

Versioned: TypeAlias = Pool | Rule | Territory | SlaPolicy
SECTIONS: Mapping[type[Versioned], str] = {
    Pool: "pools",
    Rule: "rules",
    Territory: "territories",
    SlaPolicy: "sla_policies",
}


class StillUsed(Exception):
    """It cannot be removed: `uses` says what refers to it, one text each."""

    def __init__(self, uses: list[str]) -> None:
        super().__init__("; ".join(uses))
        self.uses = uses


# --- in the draft until published --------------------------------------------------------------------------------


def create_pool(*, name: str, **fields: Any) -> Pool:
    """A new pool with its ledger. `fields` are further fields of Pool."""
    return save_pool(pool=Pool(name=name, **fields))


@transaction.atomic
def save_pool(*, pool: Pool) -> Pool:
    """Save a new or changed pool. A new one gets its ledger, for ever."""
    if pool.ledger_id is None:
        pool.ledger = Ledger.objects.create(name=ledger_name(pool))
    pool.save()
    return pool


def ledger_name(pool: Pool) -> str:
    """Unique even when a pool of the same name was archived."""
    return f"{pool.name} ({pool.uuid.hex[:8]})"


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


def pool_uses(pool: Pool) -> list[str]:
    """What of the draft sends leads to a pool, in words."""
    return [
        *(f"Rule “{rule}” sends leads to it." for rule in pool.rules.filter(archived_at=None)),
        *(f"Rule “{rule}” overflows to it." for rule in pool.overflow_rules.filter(archived_at=None)),
        *(f"Territory “{territory}” belongs to it." for territory in pool.territories.filter(archived_at=None)),
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
    """Those of the keys that some version names."""
    section, wanted, found = SECTIONS[kind], set(keys), set[int]()
    for content in RulebookVersion.objects.order_by("-number").values_list("content", flat=True).iterator():
        found |= wanted & {row["id"] for row in content[section]}
        if found == wanted:
            break
    return found


def _retire(row: Versioned, uses: list[str], now: datetime) -> None:
    if uses:
        raise StillUsed(uses)
    retire(rows=[row], now=now)


def _has_history(row: Versioned) -> bool:
    """Rows that an archived row still points to must stay too."""
    if isinstance(row, Pool):
        return any(row_set.exists() for row_set in (row.rules, row.overflow_rules, row.territories))
    if isinstance(row, Territory):
        return row.children.exists()
    return isinstance(row, SlaPolicy) and row.rules.exists()


def _delete(row: Versioned) -> None:
    row.delete()
    if isinstance(row, Pool) and not row.ledger.postings.exists():
        row.ledger.delete()


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


# --- live at once ------------------------------------------------------------------------------------------------


@transaction.atomic
def save_rep(*, rep: Rep, now: datetime) -> Rep:
    """Save a new or changed rep. Leads that wait are looked at again: the change may free them."""
    _lock_reps([rep.pk], now)
    rep.email = rep.email.strip().lower()
    rep.save()
    return rep


@transaction.atomic
def save_team(*, team: Team, now: datetime) -> Team:
    """Save a new or changed team. Its reps may work at other hours now."""
    _lock_reps(team.reps.values_list("pk", flat=True) if team.pk else [], now)
    team.save()
    return team


@transaction.atomic
def remove_teams(*, teams: Collection[Team], now: datetime) -> None:
    """Remove teams. Their reps stay, and have no hours and no zone but their own."""
    _lock_reps(Rep.objects.filter(team__in=teams).values_list("pk", flat=True), now)
    for team in teams:
        team.delete()


@transaction.atomic
def remove_rep(*, rep: Rep, now: datetime) -> None:
    """Remove somebody who never owned a lead. Those whose backup they are lose it."""
    _lock_reps([rep.pk, *Rep.objects.filter(backup=rep).values_list("pk", flat=True)], now)
    rep.delete()


@transaction.atomic
def save_time_off(*, time_off: TimeOff, now: datetime) -> TimeOff:
    """Save a leave, which may have been another person's before."""
    _lock_reps([time_off.rep_id, *TimeOff.objects.filter(pk=time_off.pk).values_list("rep_id", flat=True)], now)
    time_off.save()
    return time_off


@transaction.atomic
def remove_time_off(*, leaves: Collection[TimeOff], now: datetime) -> None:
    """Remove leaves: these people are back."""
    _lock_reps([leave.rep_id for leave in leaves], now)
    for leave in leaves:
        leave.delete()


@transaction.atomic
def save_member(
    *, pool: Pool, rep: Rep, now: datetime, weight: Decimal | float = 1, caps: Mapping[str, Any] | None = None
) -> PoolMember:
    """Put a rep in a pool, or change their weight and caps there."""
    _lock_reps([rep.pk], now)
    member = PoolMember.objects.filter(pool=pool, rep=rep).first() or PoolMember(pool=pool, rep=rep)
    member.weight, member.caps = Decimal(str(weight)), dict(caps or {})
    member.save()
    return member


@transaction.atomic
def change_members(*, saved: Collection[PoolMember], removed: Collection[PoolMember], now: datetime) -> None:
    """Save some members and remove others, all locked together."""
    _lock_reps([member.rep_id for member in (*saved, *removed)], now)
    for member in removed:
        member.delete()
    for member in saved:
        member.save()


@transaction.atomic
def remove_member(*, member: PoolMember, now: datetime) -> None:
    """Take a rep out of a pool. Their account in its ledger stays, and goes on if they return."""
    _lock_reps([member.rep_id], now)
    member.delete()


@transaction.atomic
def save_settings(*, settings: RoutingSettings, now: datetime) -> RoutingSettings:
    """Save the settings. They are draft, except the pause: leads that wait are looked at again."""
    settings.paused_since = switch_pause(paused=settings.paused, now=now)
    settings.save()
    return settings


@transaction.atomic
def set_last_resort(*, reps: Sequence[Rep], now: datetime) -> None:
    """Who owns what nobody took until the deadline, in this order. Nobody: the managers, then the active reps."""
    lock_last_resort(*reps, now=now)
    LastResort.objects.all().delete()
    LastResort.objects.bulk_create(LastResort(position=position, rep=rep) for position, rep in enumerate(reps, 1))


@transaction.atomic
def save_last_resort(*, entry: LastResort, now: datetime) -> LastResort:
    """Save one row of the last resort."""
    lock_last_resort(entry.rep, now=now)
    entry.save()
    return entry


@transaction.atomic
def remove_last_resort(*, entries: Collection[LastResort], now: datetime) -> None:
    """Take people off the last resort."""
    lock_last_resort(now=now)
    for entry in entries:
        entry.delete()


def lock_last_resort(*reps: Rep, now: datetime) -> None:
    """Lock everybody of the last resort and those who join it, before its rows are written."""
    _lock_reps([*LastResort.objects.values_list("rep_id", flat=True), *(rep.pk for rep in reps)], now)


@transaction.atomic
def save_account(*, account: Account, aliases: Iterable[str] | None = None) -> Account:
    """Save a new or changed account with the key that its name is found by. `aliases` replace the earlier ones."""
    account.name_key = name_key(account.name)
    account.save()
    if aliases is not None:
        account.aliases.all().delete()
        AccountAlias.objects.bulk_create(new_alias(account, name) for name in aliases)
    return account


def new_alias(account: Account, name: str) -> AccountAlias:
    """Another name of an account, not saved yet."""
    return AccountAlias(account=account, name=name, name_key=name_key(name))


def save_alias(*, alias: AccountAlias) -> AccountAlias:
    """Save one other name of an account."""
    alias.name_key = name_key(alias.name)
    alias.save()
    return alias


def _lock_reps(keys: Iterable[int | None], now: datetime) -> None:
    """Leads first, then people, as everywhere; a batch that reads these people has ended when this returns."""
    look_at_waiting_leads_again(now=now)
    chosen = sorted(key for key in keys if key is not None)
    list(Rep.objects.filter(pk__in=chosen).order_by("pk").select_for_update(no_key=True).values_list("pk"))
