"""Import pools: their settings are draft; their members, and whether they are paused, are live at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from reps.models import Rep
from routing.models import Ledger, Pool, PoolMember
from routing.rulebook.config.pools import MemberSpec, PoolSpec, RampSpec
from routing.services.importing.rows import Import, pools_by_name, sync
from routing.services.manage import ledger_name


def import_pools(run: Import, specs: Sequence[PoolSpec], reps: Mapping[str, Rep]) -> dict[str, Pool]:
    pools = pools_by_name()
    new = {spec.name: Pool(name=spec.name) for spec in specs if spec.name not in pools}
    ledgers = Ledger.objects.bulk_create(Ledger(name=ledger_name(pool)) for pool in new.values())
    groups = _fairness_groups(specs)
    wanted: dict[str, dict[str, Any]] = {
        spec.name: {"name": spec.name, "fairness_group_id": groups.get(spec.fairness_group), **spec.columns}
        for spec in specs
    }
    for (name, pool), ledger in zip(new.items(), ledgers, strict=True):
        wanted[name] |= {"uuid": pool.uuid, "ledger": ledger}
    pools |= sync(run, "Pool", pools, wanted, Pool, quiet=True)
    paused = {spec.name: {"paused": spec.paused} for spec in specs}
    sync(run, "Pool", pools, paused, Pool)  # live at once, and not among the differences of the draft
    import_members(run, {spec.name: spec.members for spec in specs}, pools, reps)
    return pools


def import_members(
    run: Import, specs: Mapping[str, Sequence[MemberSpec]], pools: Mapping[str, Pool], reps: Mapping[str, Rep]
) -> None:
    """The members of a pool that the file names are exactly those in the file. They are live at once."""
    rows = PoolMember.objects.filter(pool__in=[pools[name] for name in specs]).select_related("pool", "rep")
    existing = {f"{row.pool.name}\n{row.rep.email}": row for row in rows}
    wanted = {
        f"{name}\n{member.rep}": {
            "pool": pools[name],
            "rep": reps[member.rep],
            "weight": member.weight,
            "caps": member.caps,
            **ramp_columns(member.ramp, existing.get(f"{name}\n{member.rep}"), now=run.now),
        }
        for name, members in specs.items()
        for member in members
    }
    sync(run, "Member", existing, wanted, PoolMember)
    leaving = [row for key, row in existing.items() if key not in wanted]
    for row in leaving:
        run.say(f"Member “{row}” leaves the pool.")
    PoolMember.objects.filter(pk__in=[row.pk for row in leaving]).delete()


def ramp_columns(ramp: RampSpec | None, member: PoolMember | None, *, now: datetime) -> dict[str, Any]:
    """A ramp that does not say since when goes on as it is, or begins now."""
    if ramp is None:
        return {"ramp_weeks": 0, "ramp_from": None}
    since = member.ramp_from if member and member.ramp_weeks == ramp.weeks else None
    return {"ramp_weeks": ramp.weeks, "ramp_from": ramp.since or since or now}


def _fairness_groups(specs: Sequence[PoolSpec]) -> dict[str, int]:
    """Key by name of every group that a pool names; new ones are made."""
    names = {spec.fairness_group for spec in specs} - {""}
    groups = dict(Ledger.objects.filter(shared=True, name__in=names).values_list("name", "pk"))
    new = Ledger.objects.bulk_create(Ledger(name=name, shared=True) for name in sorted(names - groups.keys()))
    return groups | {ledger.name: ledger.pk for ledger in new}
