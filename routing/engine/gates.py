"""The gates: who may take a lead. Each refusal is a value with a text for people; a gate never ranks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NamedTuple

from routing.engine.needs import lacking
from routing.engine.types import CapKind, CapUse, Method, Need, PoolId, Refusal, RepId, RepState

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
    Refusal.OWNED_BEFORE: "had this lead before",
    Refusal.CAP: "cap reached",
}
"""What a refusal says of a person when there is no more to say."""


@dataclass(frozen=True, slots=True)
class Way:
    """How a lead comes to people: what is asked of them, and what it counts.

    `exempt`: caps that are not of every kind do not block it. `anyway`: off shift or on holiday is forgiven.
    `burst`: whoever has so many released leads to answer gets no other; None where the pace does not matter.
    """

    exempt: bool = False
    anyway: bool = False
    needs: tuple[Need, ...] = ()
    units: int = 1
    burst: int | None = None


@dataclass(frozen=True, slots=True)
class Given:
    """What was given since the batch began.

    `units` by rep, pool (None: any) and whether leads that are exempt from caps are counted too; `released` are leads
    that had waited, those that were only offered included.
    """

    units: Counter[tuple[RepId, PoolId | None, bool]] = field(default_factory=Counter)
    released: Counter[RepId] = field(default_factory=Counter)


class Refused(NamedTuple):
    refusal: Refusal
    detail: str


def refused(
    state: RepState, way: Way, *, given: Given, had_before: frozenset[RepId], pool: PoolId | None = None
) -> Refused | None:
    """The first gate that refuses somebody, or None. `had_before`: who owned the lead or let an offer of it go."""
    return next(refusals(state, way, given=given, had_before=had_before, pool=pool), None)


def refusals(
    state: RepState, way: Way, *, given: Given, had_before: frozenset[RepId], pool: PoolId | None = None
) -> Iterator[Refused]:
    """Every gate that refuses somebody, in the order in which they are asked; of the needs the first that is unmet."""
    if state.standing is not None and not (way.anyway and state.standing in OFF):
        yield Refused(state.standing, state.standing_detail or SAYS[state.standing])
    if way.needs and (unmet := lacking(state, way.needs)):
        yield Refused(*unmet)
    if state.id in had_before:
        yield Refused(Refusal.OWNED_BEFORE, SAYS[Refusal.OWNED_BEFORE])
    for cap in state.caps:
        if _binds(cap, state.id, way, given, pool):
            yield Refused(Refusal.CAP, _cap_detail(cap, way.units))
    waiting = state.released + given.released[state.id]
    if way.burst is not None and waiting >= max(1, way.burst):
        leads = "1 lead" if waiting == 1 else f"{waiting} leads"
        yield Refused(Refusal.PACE, f"has {leads} to answer that had waited, of {way.burst} at a time")


def _binds(cap: CapUse, rep: RepId, way: Way, given: Given, pool: PoolId | None) -> bool:
    """Whether a cap has no room for this lead. Whoever has nothing yet has room for one lead of any size.

    Otherwise a lead of more units than the whole cap would never find anybody.
    """
    if cap.pool is not None and cap.pool != pool:
        return False
    if way.exempt and not cap.every_kind:
        return False
    used = cap.used + given.units[rep, cap.pool, cap.every_kind]
    return used + max(1, way.units) > cap.limit and (used > 0 or cap.limit <= 0)


def _cap_detail(cap: CapUse, units: int) -> str:
    where = "" if cap.pool is None else " in this pool"
    return f"{cap.kind} cap of {cap.limit}{where} " + ("reached" if units <= 1 else f"leaves no room for {units} units")


class Due(NamedTuple):
    """When somebody who was refused can take a lead again: the instant if known, or any moment now."""

    at: datetime | None = None
    any_moment: bool = False


LASTING = frozenset({Refusal.OWNED_BEFORE, Refusal.LANGUAGE, Refusal.SKILL, Refusal.TOPIC, Refusal.NOT_MEMBER})
"""Refusals that waiting does not change."""

FOR_EVER = LASTING | {Refusal.INACTIVE}
"""Refusals that end only if somebody changes the people."""


def due_again(state: RepState, refusal: Refusal, way: Way, *, given: Given, pool: PoolId | None, now: datetime) -> Due:
    """When a refusal ends. A lead does not wait for somebody who lacks what it needs or had it before."""
    if refusal in LASTING:
        return Due()
    if refusal is Refusal.PACE:
        return Due(any_moment=True)
    if refusal is not Refusal.CAP:
        return Due() if lacking(state, way.needs) else Due(state.available_at)
    binding = [cap for cap in state.caps if _binds(cap, state.id, way, given, pool)]
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
