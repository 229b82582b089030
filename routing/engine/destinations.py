"""Where a rule sends a lead: a table of destination → function, and one of what happens when nobody can take it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from types import MappingProxyType
from typing import Any

from routing.engine.case import Case
from routing.engine.deadlines import after
from routing.engine.folding import quoted
from routing.engine.owners import Claim, Nobody, Taken, honour
from routing.engine.plan import PlannedRule
from routing.engine.tables import row_of
from routing.engine.territories import owner_of
from routing.engine.turns import take_turn
from routing.engine.types import (
    AssignAnyway,
    GoNext,
    Held,
    HeldReason,
    Method,
    OverflowTo,
    Rule,
    RuleResult,
    ToAccountOwner,
    ToPool,
    ToRep,
    ToTable,
    ToTerritory,
    WaitThenNext,
)

POINTLESS = frozenset(
    {
        RuleResult.EMPTY_POOL,
        RuleResult.NO_ACCOUNT,
        RuleResult.NO_OWNER,
        RuleResult.NO_ROW,
        RuleResult.NO_TERRITORY,
        RuleResult.UNKNOWN_DESTINATION,
    }
)
"""Nobody is going to come back for such a lead, so there is nothing to wait for."""


def serve(case: Case, rule: Rule, *, anyway: bool = False) -> Taken | Nobody:
    """Whoever takes the lead at the rule's destination."""
    destination = DESTINATIONS.get(type(rule.destination))
    if destination is None:
        return Nobody(RuleResult.UNKNOWN_DESTINATION, "the destination is none that is known")
    return destination(case, rule, rule.destination, anyway)


def _to_pool(case: Case, rule: Rule, to: ToPool, anyway: bool) -> Taken | Nobody:
    return take_turn(case, rule, to.pool, anyway=anyway)


def _to_rep(case: Case, rule: Rule, to: ToRep, anyway: bool) -> Taken | Nobody:
    because = f"is named by the rule {quoted(rule.name)}"
    return honour(case, Claim(to.rep, Method.DIRECT, because, to.away, rule.answer_now, anyway, rule.units))


def _to_account_owner(case: Case, rule: Rule, to: ToAccountOwner, anyway: bool) -> Taken | Nobody:
    match = case.lead.match
    if match is None:
        return Nobody(RuleResult.NO_ACCOUNT, "the lead belongs to no known account")
    owner = match.held_by(to.role)
    if owner is None:
        return Nobody(RuleResult.NO_OWNER, f"the account {match.name} has no {to.role}")
    because = f"owns the account {match.name}" if to.role == "owner" else f"is {to.role} of the account {match.name}"
    return honour(case, Claim(owner, Method.ACCOUNT, because, to.away, rule.answer_now, anyway, rule.units))


def _to_territory(case: Case, rule: Rule, to: ToTerritory, anyway: bool) -> Taken | Nobody:
    territory = case.territory
    if territory is None:
        return Nobody(RuleResult.NO_TERRITORY, "the lead lies in no territory")
    rep, pool, said_by = owner_of(case.rulebook.territories, territory)
    if said_by is None:
        return Nobody(RuleResult.NO_OWNER, f"the territory {territory.name} has no owner")
    inherited = "" if said_by.id == territory.id else f" (by {said_by.name})"
    if rep is not None:
        because = f"owns the territory {territory.name}{inherited}"
        return honour(case, Claim(rep, Method.TERRITORY, because, to.away, rule.answer_now, anyway, rule.units))
    prefix = f"territory {territory.name}{inherited}: "
    return take_turn(case, rule, pool or 0, Method.TERRITORY, anyway=anyway, prefix=prefix)


def _to_table(case: Case, rule: Rule, to: ToTable, anyway: bool) -> Taken | Nobody:
    table = case.rulebook.tables.get(to.table)
    if table is None:
        return Nobody(RuleResult.UNKNOWN_DESTINATION, "the table does not exist (any more)")
    key, row = row_of(case, to)
    if row is None:
        seen = case.facts.see(to.by).text
        says = f"no row for {quoted(seen)}" if seen else f"no row, as the lead has no {to.by}"
        return Nobody(RuleResult.NO_ROW, f"the table {table.name} has {says}")
    if isinstance(row, ToPool):
        return take_turn(case, rule, row.pool, Method.TABLE, anyway=anyway, prefix=f"table {table.name} ({key}): ")
    because = f"stands beside {quoted(key)} in the table {table.name}"
    return honour(case, Claim(row.rep, Method.TABLE, because, to.away, rule.answer_now, anyway, rule.units))


DESTINATIONS: Mapping[type, Callable[[Case, Rule, Any, bool], Taken | Nobody]] = MappingProxyType(
    {
        ToPool: _to_pool,
        ToRep: _to_rep,
        ToAccountOwner: _to_account_owner,
        ToTerritory: _to_territory,
        ToTable: _to_table,
    }
)
"""ToPark is not among them: it sends a lead to nobody."""


def when_nobody(case: Case, planned: PlannedRule, nobody: Nobody, warnings: tuple[str, ...]) -> Taken | Held | None:
    """What the rule does when nobody at its destination can take the lead; None: the next rule."""
    case.due(nobody.due_at)
    if nobody.patience_until is not None:
        return _look_on(case, planned, nobody, warnings)
    if nobody.wait and not isinstance(planned.rule.when_nobody, WaitThenNext):
        return _hold(case, planned, nobody, warnings, nobody.due_at)
    answer = WHEN_NOBODY.get(type(planned.rule.when_nobody), _next)
    return answer(case, planned, nobody, planned.rule.when_nobody, warnings)


def _next(case: Case, planned: PlannedRule, nobody: Nobody, how: object, warnings: tuple[str, ...]) -> None:
    case.looks.append(planned.look(nobody.result, nobody.detail, warnings))


def _wait(
    case: Case, planned: PlannedRule, nobody: Nobody, how: WaitThenNext, warnings: tuple[str, ...]
) -> Held | None:
    """Wait from when the lead first reached the rule; not at all if nobody is due by then."""
    if nobody.result in POINTLESS:
        _next(case, planned, nobody, how, warnings)
        return None
    first = case.first_reached.get(planned.rule.id, case.now)
    until = after(first, minutes=how.minutes)
    if until is None or case.now >= until:
        detail = f"{nobody.detail}; the wait of {how.minutes:g} minutes is over"
        case.looks.append(planned.look(RuleResult.WAIT_OVER, detail, warnings))
        return None
    if not nobody.any_moment and (nobody.due_at is None or nobody.due_at > until):
        detail = f"{nobody.detail}, nor is anybody due within {how.minutes:g} minutes"
        case.looks.append(planned.look(nobody.result, detail, warnings))
        return None
    return _hold(case, planned, nobody, warnings, min(until, nobody.due_at or until))


def _look_on(case: Case, planned: PlannedRule, nobody: Nobody, warnings: tuple[str, ...]) -> Held:
    """Nobody meets every need: wait for somebody who does until the next need is dropped."""
    instants = [instant for instant in (nobody.patience_until, nobody.due_at) if instant is not None]
    return _hold(case, planned, nobody, warnings, min(instants))


def _hold(case: Case, planned: PlannedRule, nobody: Nobody, warnings: tuple[str, ...], again: datetime | None) -> Held:
    case.looks.append(planned.look(RuleResult.WAITING, nobody.detail, warnings))
    reason = f"Waiting at the rule {quoted(planned.rule.name)}: {nobody.detail}"
    return Held(
        HeldReason.WAITING, reason, case.trace(), planned.rule.id, nobody.pool, again, first_reached=case.first_reached
    )


def _overflow(
    case: Case, planned: PlannedRule, nobody: Nobody, how: OverflowTo, warnings: tuple[str, ...]
) -> Taken | Held | None:
    taken = take_turn(case, planned.rule, how.pool, Method.OVERFLOW, prefix="overflow: ")
    if isinstance(taken, Taken):
        return taken
    case.due(taken.due_at)
    both = replace(taken, result=nobody.result, detail=f"{nobody.detail}; overflow: {taken.detail}")
    if taken.patience_until is not None:
        return _look_on(case, planned, both, warnings)
    _next(case, planned, both, how, warnings)
    return None


def _assign_anyway(
    case: Case, planned: PlannedRule, nobody: Nobody, how: AssignAnyway, warnings: tuple[str, ...]
) -> Taken | None:
    taken = serve(case, planned.rule, anyway=True)
    if isinstance(taken, Taken):
        return taken
    _next(case, planned, nobody, how, warnings)
    return None


WHEN_NOBODY: Mapping[type, Callable[[Case, PlannedRule, Nobody, Any, tuple[str, ...]], Taken | Held | None]] = (
    MappingProxyType({GoNext: _next, WaitThenNext: _wait, OverflowTo: _overflow, AssignAnyway: _assign_anyway})
)
