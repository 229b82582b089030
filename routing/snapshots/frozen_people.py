"""The people of a batch ↔ what is stored of them: what changes seldom, and what changes with every lead.

What changes seldom (who is a member, what they know, their caps and hours) is the same for many batches and stored
once, found by its digest. Defaults are left out, and what is alike for many stands in columns, which pack well.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from routing.engine.types import (
    CapKind,
    CapUse,
    CatchUp,
    LedgerAccount,
    LedgerKey,
    Member,
    People,
    PoolId,
    Refusal,
    RepId,
    RepState,
)
from routing.snapshots.columns import filled, instant, micros, steps, trimmed, walk

WEIGHT = Member(0).weight


def freeze_people(people: People, *, ledgers: Iterable[LedgerKey]) -> tuple[dict[str, Any], dict[str, Any]]:
    """What changes seldom, and what changes with every lead; of the accounts those in `ledgers`."""
    states = [people.reps[rep] for rep in sorted(people.reps)]
    return _without_empty(_lasting(people, states)), _without_empty(_passing(people, states, ledgers))


def _lasting(people: People, states: Sequence[RepState]) -> dict[str, Any]:
    return {
        "reps": steps(state.id for state in states),
        "names": [state.name for state in states],
        "states": _sparse(states, _write_state),
        "members": [[pool, *_write_members(members)] for pool, members in sorted(people.members.items())],
        "last_resort": list(people.last_resort),
        "paused": people.paused,
        "paused_pools": sorted(people.paused_pools),
        "joined": [[*key, micros(when)] for key, when in sorted(people.joined.items())],
        "performance": _days((pool, table.day) for pool, table in people.performance.items()),
        "expertise": _days((pool, table.day) for pool, table in people.expertise.items()),
    }


def _passing(people: People, states: Sequence[RepState], ledgers: Iterable[LedgerKey]) -> dict[str, Any]:
    return {
        "accounts": [[*key, *_write_accounts(people.ledgers.get(key, {}))] for key in sorted(ledgers)],
        "used": [cap.used for state in states for cap in state.caps],
        "frees": [micros(cap.frees_at) for state in states for cap in state.caps if cap.kind is CapKind.HOUR],
        "open": _sparse(states, lambda state: state.open_units),
        "released": _sparse(states, lambda state: state.released),
        "totals": [[*key, sorted(won.items())] for key, won in sorted(people.totals.items())],
        "offered": [[*key, leads] for key, leads in sorted(people.offered.items())],
    }


def thaw_people(lasting: Mapping[str, Any], passing: Mapping[str, Any]) -> People:
    """The inverse of freeze_people, without performance and what was learned: these stand in rows of their own."""
    return People(
        reps={state.id: state for state in _states(lasting, passing)},
        members={pool: _read_members(*columns) for pool, *columns in lasting.get("members", ())},
        ledgers=thaw_accounts(passing),
        last_resort=tuple(lasting.get("last_resort", ())),
        paused=lasting.get("paused", False),
        paused_pools=frozenset(lasting.get("paused_pools", ())),
        totals={LedgerKey(*row[:3]): dict(row[3]) for row in passing.get("totals", ())},
        joined={(pool, rep): _instant(when) for pool, rep, when in lasting.get("joined", ())},
        offered={(pool, rep): leads for pool, rep, leads in passing.get("offered", ())},
    )


def thaw_accounts(passing: Mapping[str, Any]) -> dict[LedgerKey, dict[RepId, LedgerAccount]]:
    """The accounts of the ledgers in which the batch chose, as they were before it."""
    return {LedgerKey(*row[:3]): _read_accounts(*row[3:]) for row in passing.get("accounts", ())}


def days_of_tables(lasting: Mapping[str, Any], name: str = "performance") -> dict[PoolId, date]:
    """Of which day the performance numbers of each pool were, or what was learned of expertise."""
    return {pool: date.fromisoformat(day) for pool, day in lasting.get(name, ())}


def _days(days: Iterable[tuple[PoolId, date]]) -> list[list[Any]]:
    return [[pool, day.isoformat()] for pool, day in sorted(days)]


def _without_empty(value: dict[str, Any]) -> dict[str, Any]:
    return {key: part for key, part in value.items() if part not in ([], {}, None, False)}


def _sparse(states: Sequence[RepState], write: Any) -> list[list[Any]]:
    """[place, value] of those that have one."""
    return [[place, value] for place, state in enumerate(states) if (value := write(state))]


# --- states ------------------------------------------------------------------------------------------------------


def _write_state(state: RepState) -> list[Any]:
    return trimmed(
        [
            [state.standing.value, state.standing_detail, micros(state.available_at)] if state.standing else None,
            state.backup,
            [_write_cap(cap) for cap in state.caps] or None,
            sorted(state.languages) or None,
            sorted(state.skills) or None,
            sorted(state.expertise.items()) or None,
            [state.catch_up.share, state.catch_up.cap, state.catch_up.max_rate] if state.catch_up else None,
        ]
    )


def _write_cap(cap: CapUse) -> list[Any]:
    """A cap without what is used of it; an hour's frees at an instant of its own, which is stored with the use."""
    frees_at = None if cap.kind is CapKind.HOUR else micros(cap.frees_at)
    return trimmed([cap.kind.value, cap.limit, cap.pool, cap.every_kind or None, frees_at])


def _states(lasting: Mapping[str, Any], passing: Mapping[str, Any]) -> Iterator[RepState]:
    written = dict(lasting.get("states", ()))
    open_units, released = dict(passing.get("open", ())), dict(passing.get("released", ()))
    used, frees = iter(passing.get("used", ())), iter(passing.get("frees", ()))
    for place, (rep, name) in enumerate(zip(walk(lasting["reps"]), lasting["names"], strict=True)):
        state = _read_state(rep, name, written.get(place, ()), used, frees)
        yield replace(state, open_units=open_units.get(place, 0), released=released.get(place, 0))


def _read_state(
    rep: RepId, name: str, row: Sequence[Any], used: Iterator[int], frees: Iterator[int | None]
) -> RepState:
    standing, backup, caps, languages, skills, expertise, catch_up = filled(row, 7)
    refusal, detail, available_at = standing or (None, "", None)
    return RepState(
        id=rep,
        name=name,
        standing=Refusal(refusal) if refusal else None,
        standing_detail=detail,
        available_at=instant(available_at),
        backup=backup,
        caps=tuple([_read_cap(cap, used, frees) for cap in caps or ()]),
        languages=frozenset(languages or ()),
        skills=frozenset(skills or ()),
        expertise=dict(expertise or ()),
        catch_up=CatchUp(*catch_up) if catch_up else None,
    )


def _read_cap(row: Sequence[Any], used: Iterator[int], frees: Iterator[int | None]) -> CapUse:
    kind, limit, pool, every_kind, frees_at = filled(row, 5)
    frees_at = next(frees) if kind == CapKind.HOUR else frees_at
    return CapUse(CapKind(kind), limit, next(used), pool, bool(every_kind), instant(frees_at))


# --- pools and ledgers -------------------------------------------------------------------------------------------


def _write_members(members: Sequence[Member]) -> list[Any]:
    weights = [member.weight for member in members]
    return [steps(member.rep for member in members), [] if set(weights) <= {WEIGHT} else weights]


def _read_members(reps: Sequence[int], weights: Sequence[int]) -> tuple[Member, ...]:
    return tuple(map(Member, walk(reps), weights or [WEIGHT] * len(reps)))


def _write_accounts(accounts: Mapping[RepId, LedgerAccount]) -> list[Any]:
    """Columns: reps, balances, when each last won a lead, and savings if there are any."""
    rows = sorted(accounts.items())
    saved = [account.saved for _, account in rows]
    return [
        steps(rep for rep, _ in rows),
        [account.balance for _, account in rows],
        [micros(account.last_at) for _, account in rows],
        saved if any(saved) else [],
    ]


def _read_accounts(
    reps: Sequence[int], balances: Sequence[int], last_at: Sequence[int | None], saved: Sequence[int]
) -> dict[RepId, LedgerAccount]:
    columns = zip(walk(reps), balances, last_at, saved or [0] * len(reps), strict=True)
    return {rep: LedgerAccount(balance, instant(last), savings) for rep, balance, last, savings in columns}


def _instant(number: int) -> datetime:
    found = instant(number)
    assert found is not None
    return found
