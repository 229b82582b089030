"""Giving a lead to a named person (owner of an account, territory or earlier lead): they, their backup, or nobody."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from routing.engine.case import Case
from routing.engine.gates import CAP_EXEMPT, OFF, Refused, due_again, refused
from routing.engine.types import Away, Method, PoolId, Posting, Refusal, RepId, RepState, RuleResult

NEVER_BACK = frozenset({Refusal.INACTIVE, Refusal.OWNED_BEFORE})
"""It makes no sense to wait for somebody refused for one of these."""


@dataclass(frozen=True, slots=True)
class Taken:
    """Who takes a lead, how they came to it, and why."""

    rep: RepId
    method: Method
    reason: str
    pool: PoolId | None = None
    posting: Posting | None = None


@dataclass(frozen=True, slots=True)
class Nobody:
    """Nobody can take it now. `due_at` and `any_moment` say when that can change; `wait`: the rule is to wait."""

    result: RuleResult
    detail: str = ""
    pool: PoolId | None = None
    due_at: datetime | None = None
    any_moment: bool = False
    wait: bool = False


@dataclass(frozen=True, slots=True)
class Claim:
    """The claim of a person to a lead. `because` finishes the sentence "Ana Diaz …"."""

    rep: RepId
    method: Method
    because: str
    away: Away = Away.BACKUP
    answer_now: bool = False
    anyway: bool = False


def honour(case: Case, claim: Claim) -> Taken | Nobody:
    """The person takes the lead; while away their backup does, if the rule allows; else nobody."""
    owner = case.rep(claim.rep)
    refusal = _refusal(case, owner, claim)
    if refusal is None:
        return Taken(owner.id, claim.method, f"{owner.name} {claim.because}")
    if claim.away is Away.BACKUP and owner.backup is not None and owner.backup != owner.id:
        backup = case.rep(owner.backup)
        if _refusal(case, backup, claim) is None:
            reason = f"{backup.name} stands in for {owner.name} ({refusal.detail}), who {claim.because}"
            return Taken(backup.id, claim.method, reason)
    due = due_again(
        owner, refusal.refusal, given=case.batch.given, pool=None, exempt=claim.method in CAP_EXEMPT, now=case.now
    )
    return Nobody(
        RuleResult.OWNER_AWAY,
        f"{owner.name}: {refusal.detail}",
        due_at=due.at,
        any_moment=due.any_moment,
        wait=claim.away is Away.WAIT and refusal.refusal not in NEVER_BACK,
    )


def _refusal(case: Case, state: RepState, claim: Claim) -> Refused | None:
    """Somebody off shift keeps the lead, unless the rule wants it answered now."""
    return refused(
        state,
        given=case.batch.given,
        owned_before=case.lead.owned_before,
        exempt=claim.method in CAP_EXEMPT,
        forgiven=frozenset() if claim.answer_now and not claim.anyway else OFF,
    )
