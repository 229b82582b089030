"""The gates: who may take a lead. Each refusal is a value with a text for people; a gate never ranks."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import NamedTuple, TypeAlias

from routing.engine.types import CapKind, CapUse, Method, PoolId, Refusal, RepId, RepState

CAP_EXEMPT = frozenset({Method.RETURNING, Method.SAME_COMPANY, Method.ACCOUNT, Method.OVERFLOW, Method.LAST_RESORT})
"""Leads that came this way neither count for caps nor are blocked by them, unless the cap is of every kind."""

OFF = frozenset({Refusal.OFF_SHIFT, Refusal.HOLIDAY})
"""Not working just now, which is not the same as being away."""

SAYS: Mapping[Refusal, str] = {
    Refusal.INACTIVE: "inactive",
    Refusal.NOT_MEMBER: "not a member",
    Refusal.PAUSED: "paused",
    Refusal.ON_LEAVE: "on leave",
    Refusal.HOLIDAY: "public holiday",
    Refusal.OFF_SHIFT: "off shift",
    Refusal.OWNED_BEFORE: "owned this lead before",
    Refusal.CAP: "cap reached",
}
"""What a refusal says of a person when there is no more to say."""

Given: TypeAlias = Mapping[tuple[RepId, PoolId | None, bool], int]
"""Leads given since the batch began, by rep, pool (None: any) and whether those exempt from caps are counted."""


class Refused(NamedTuple):
    refusal: Refusal
    detail: str


def refused(
    state: RepState,
    *,
    given: Given,
    owned_before: frozenset[RepId],
    pool: PoolId | None = None,
    exempt: bool = False,
    forgiven: frozenset[Refusal] = frozenset(),
) -> Refused | None:
    """The first gate that refuses somebody, or None. Standing refusals in `forgiven` do not count."""
    if state.standing is not None and state.standing not in forgiven:
        return Refused(state.standing, state.standing_detail or SAYS[state.standing])
    if state.id in owned_before:
        return Refused(Refusal.OWNED_BEFORE, SAYS[Refusal.OWNED_BEFORE])
    cap = cap_reached(state, given=given, pool=pool, exempt=exempt)
    return Refused(Refusal.CAP, _cap_detail(cap)) if cap else None


def cap_reached(state: RepState, *, given: Given, pool: PoolId | None, exempt: bool) -> CapUse | None:
    """The first cap that leaves no room for another lead of this pool."""
    return next((cap for cap in state.caps if _binds(cap, state.id, given, pool, exempt)), None)


def _binds(cap: CapUse, rep: RepId, given: Given, pool: PoolId | None, exempt: bool) -> bool:
    if cap.pool is not None and cap.pool != pool:
        return False
    if exempt and not cap.every_kind:
        return False
    return cap.used + given.get((rep, cap.pool, cap.every_kind), 0) >= cap.limit


def _cap_detail(cap: CapUse) -> str:
    where = "" if cap.pool is None else " in this pool"
    return f"{cap.kind} cap of {cap.limit}{where} reached"


class Due(NamedTuple):
    """When somebody who was refused can take a lead again: the instant if known, or any moment now."""

    at: datetime | None = None
    any_moment: bool = False


def due_again(
    state: RepState, refusal: Refusal, *, given: Given, pool: PoolId | None, exempt: bool, now: datetime
) -> Due:
    """When a refusal ends. Somebody who owned the lead before never takes it again."""
    if refusal is not Refusal.CAP:
        return Due() if refusal is Refusal.OWNED_BEFORE else Due(state.available_at)
    binding = [cap for cap in state.caps if _binds(cap, state.id, given, pool, exempt)]
    return _last([_cap_ends(cap, now) for cap in binding])


def _last(ends: list[Due]) -> Due:
    """When all of several caps have freed; unknown if it is of one of them."""
    known = [due.at for due in ends if due.at is not None]
    if any(due == Due() for due in ends):
        return Due()
    return Due(max(known)) if known else Due(any_moment=True)


def _cap_ends(cap: CapUse, now: datetime) -> Due:
    """A cap on open leads frees as soon as somebody acts, one on an hour after an hour at most, one of 0 never."""
    if cap.limit <= 0:
        return Due()
    if cap.frees_at is not None:
        return Due(cap.frees_at)
    if cap.kind is CapKind.HOUR:
        return Due(now + timedelta(hours=1))
    return Due(any_moment=cap.kind in (CapKind.OPEN, CapKind.UNANSWERED))
