"""What somebody has that is live at once: accounts, places in pools, backups, teams, the last resort."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from simple_history.utils import bulk_update_with_history

from reps.models import Rep, Team
from routing.models import Account, AccountPerson, LastResort, PoolMember
from routing.services.people.plans import Kind, Place, Plan

BATCH = 500


def hand_over(rep: Rep, plan: Plan, *, now: datetime) -> None:
    """Each kind to where the plan says. Everybody concerned is locked."""
    for kind, act in KINDS.items():
        if kind in plan:
            act(rep, plan[kind].place, now)


def _accounts(rep: Rep, place: Callable[[int], Place], now: datetime) -> None:
    _save(Account, Account.objects.filter(owner=rep), lambda row: {"owner_id": place(row.pk).rep}, rep, now)


def _roles(rep: Rep, place: Callable[[int], Place], now: datetime) -> None:
    rows = list(AccountPerson.objects.filter(rep=rep))
    kept = []
    for row in rows:
        if heir := place(row.account_id).rep:
            row.rep_id = heir
            kept.append(row)
    AccountPerson.objects.bulk_update(kept, ["rep"], batch_size=BATCH)
    AccountPerson.objects.filter(pk__in={row.pk for row in rows} - {row.pk for row in kept}).delete()


def _pools(rep: Rep, place: Callable[[int], Place], now: datetime) -> None:
    """Whoever gets their place has their weight and caps there; who is a member already keeps their own."""
    rows = list(PoolMember.objects.filter(rep=rep))
    there = set(PoolMember.objects.filter(pool__in=[row.pool_id for row in rows]).values_list("pool_id", "rep_id"))
    for row in rows:
        heir = place(row.pool_id).rep
        if heir is not None and (row.pool_id, heir) not in there:
            PoolMember.objects.create(pool_id=row.pool_id, rep_id=heir, weight=row.weight, caps=row.caps)
    for row in rows:
        row.delete()


def _backups(rep: Rep, place: Callable[[int], Place], now: datetime) -> None:
    def backup(row: Rep) -> dict[str, Any]:
        """Nobody is their own backup: an heir is left without one."""
        heir = place(row.pk).rep
        return {"backup_id": heir if heir != row.pk else None}

    _save(Rep, Rep.objects.filter(backup=rep), backup, rep, now)


def _teams(rep: Rep, place: Callable[[int], Place], now: datetime) -> None:
    _save(Team, Team.objects.filter(manager=rep), lambda row: {"manager_id": place(row.pk).rep}, rep, now)


def _last_resort(rep: Rep, place: Callable[[int], Place], now: datetime) -> None:
    """The heir has their number; one who is on the list already keeps the better of the two."""
    row = LastResort.objects.filter(rep=rep).first()
    if row is None:
        return
    heir = place(rep.pk).rep
    row.delete()
    if heir is not None:
        other = LastResort.objects.filter(rep=heir).first()
        position = min(row.position, other.position) if other else row.position
        LastResort.objects.update_or_create(rep_id=heir, defaults={"position": position})


def _save(model: Any, rows: Any, columns: Callable[[Any], Mapping[str, Any]], rep: Rep, now: datetime) -> None:
    """With their history."""
    changed = list(rows)
    names: set[str] = set()
    for row in changed:
        for name, value in columns(row).items():
            setattr(row, name, value)
            names.add(name)
    if changed:
        bulk_update_with_history(
            changed, model, sorted(names), batch_size=BATCH, default_date=now, default_change_reason=f"{rep.name} left"
        )


KINDS: Mapping[Kind, Callable[[Rep, Callable[[int], Place], datetime], None]] = {
    Kind.ACCOUNTS: _accounts,
    Kind.ACCOUNT_ROLES: _roles,
    Kind.POOLS: _pools,
    Kind.BACKUP_OF: _backups,
    Kind.MANAGER_OF: _teams,
    Kind.LAST_RESORT: _last_resort,
}
