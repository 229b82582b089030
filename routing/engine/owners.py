"""Giving a lead to a named person (owner of an account, territory or earlier lead): they, their backup, or nobody."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from routing.engine.case import Case
from routing.engine.gates import CAP_EXEMPT, FOR_EVER, Refused, Way, due_again, refused
from routing.engine.types import Away, Method, Offer, PoolId, Posting, Refusal, RepId, RepState, RuleResult

KEPT_OFF_SHIFT = frozenset({Method.ACCOUNT, Method.RETURNING, Method.SAME_COMPANY})
"""Owners who come to a lead in one of these ways keep it while off shift: it waits for their next one."""

NEVER_BACK = frozenset({Refusal.INACTIVE, Refusal.OWNED_BEFORE})
"""It makes no sense to wait for somebody refused for one of these."""


@dataclass(frozen=True, slots=True)
class Taken:
    """Who takes a lead, how they came to it, and why. With `offers` they are only the first in line for it."""

    rep: RepId
    method: Method
    reason: str
    pool: PoolId | None = None
    posting: Posting | None = None
    units: int = 1
    offers: tuple[Offer, ...] = ()


@dataclass(frozen=True, slots=True)
class Nobody:
    """Nobody can take it now. `due_at` and `any_moment` say when that can change; `wait`: the rule is to wait.

    `patience_until`: it still looks for somebody who meets every need until then, when it looks further.
    """

    result: RuleResult
    detail: str = ""
    pool: PoolId | None = None
    due_at: datetime | None = None
    any_moment: bool = False
    wait: bool = False
    patience_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Claim:
    """The claim of a person to a lead. `because` finishes the sentence "Ana Diaz …"; `units` is what it counts."""

    rep: RepId
    method: Method
    because: str
    away: Away = Away.BACKUP
    answer_now: bool = False
    anyway: bool = False
    units: int = 1

    def way(self) -> Way:
        """Who is off shift keeps the leads of their accounts and people, unless the rule wants them answered now."""
        kept = self.method in KEPT_OFF_SHIFT and not self.answer_now
        return Way(self.method in CAP_EXEMPT, self.anyway or kept, units=self.units)


def honour(case: Case, claim: Claim) -> Taken | Nobody:
    """The person takes the lead; while away their backup does, if the rule allows; else nobody."""
    owner = case.rep(claim.rep)
    refusal = _refusal(case, owner, claim)
    if refusal is None:
        return Taken(owner.id, claim.method, f"{owner.name} {claim.because}", units=claim.units)
    if claim.away is Away.BACKUP and owner.backup is not None and owner.backup != owner.id:
        backup = case.rep(owner.backup)
        if _refusal(case, backup, claim) is None:
            reason = f"{backup.name} stands in for {owner.name} ({refusal.detail}), who {claim.because}"
            return Taken(backup.id, claim.method, reason, units=claim.units)
    case.hope = case.hope or (refusal.refusal not in FOR_EVER and owner.id not in case.had_before)
    due = due_again(owner, refusal.refusal, claim.way(), given=case.batch.given, pool=None, now=case.now)
    return Nobody(
        RuleResult.OWNER_AWAY,
        f"{owner.name}: {refusal.detail}",
        due_at=due.at,
        any_moment=due.any_moment,
        wait=claim.away is Away.WAIT and refusal.refusal not in NEVER_BACK and owner.id not in case.had_before,
    )


def stand_in(case: Case, units: int) -> Taken | None:
    """The backup of whoever just lost the lead takes it, once nobody of the same pool can. They are asked once."""
    moved = case.lead.moved
    if moved is None or case.backup_asked:
        return None
    loser = case.rep(moved.rep)
    if loser.backup is None or loser.backup == loser.id:
        return None
    backup = case.rep(loser.backup)
    case.backup_asked = True
    claim = Claim(backup.id, Method.DIRECT, "", units=units)
    refusal = _refusal(case, backup, claim)
    if refusal is not None:
        case.steps.append(f"{backup.name}, the backup of {loser.name}, cannot take it: {refusal.detail}")
        return None
    reason = f"{backup.name} stands in for {loser.name}, who did not answer it"
    return Taken(backup.id, Method.DIRECT, reason, case.asked, units=units)


def manager_of(case: Case, because: str) -> Taken | None:
    """The first active manager of whoever just lost the lead, or last resort, who has not had it yet."""
    moved = case.lead.moved
    for rep in moved.managers if moved else ():
        state = case.rep(rep)
        if state.standing is not Refusal.INACTIVE and rep not in case.lead.owned_before:
            return Taken(rep, Method.MANAGER, f"{state.name} has it as a manager: {because}")
    return None


def _refusal(case: Case, state: RepState, claim: Claim) -> Refused | None:
    return refused(state, claim.way(), given=case.batch.given, had_before=case.had_before)
