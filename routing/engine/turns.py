"""Giving a lead to a pool: whoever may take it, then whose turn it is."""

from __future__ import annotations

from routing.engine.batch import Contest, Way
from routing.engine.case import Case, OutOfReach
from routing.engine.gates import CAP_EXEMPT
from routing.engine.ledger import Turn, next_in_turn, pay
from routing.engine.owners import Nobody, Taken
from routing.engine.types import ONE_LEAD, Method, Pool, PoolId, RuleResult, Selection

NAMED = 5
"""A trace names so many of those whom a pool could not send the lead to; the counts tell of the others."""


def take_turn(case: Case, pool_id: PoolId, method: Method, *, anyway: bool = False, prefix: str = "") -> Taken | Nobody:
    """The member whose turn it is takes the lead. `anyway`: being off shift does not count. `prefix`: how it came."""
    pool = case.rulebook.pools.get(pool_id)
    if pool is None:
        return Nobody(RuleResult.UNKNOWN_DESTINATION, "the pool does not exist (any more)")
    if pool_id not in case.batch.people.members:
        raise OutOfReach(pool=pool_id)
    way = Way(exempt=method in CAP_EXEMPT, anyway=anyway)
    contest = case.batch.contest(pool, way, case.lead.owned_before)
    balances = case.batch.balances(pool.ledger)
    turn = next_in_turn(contest.entitlement, balances, case.batch.last_at(pool.ledger))
    members = tuple(contest.members.values())
    seen = tuple([balances.get(rep, 0) for rep in contest.members])
    if turn is None:
        case.selection = Selection(pool.id, pool.ledger, members, contest.refusals, seen, "nobody")
        return _nobody(case, pool, contest)
    posting = pay(contest.entitlement, pool.ledger, turn.winner)
    case.selection = Selection(pool.id, pool.ledger, members, contest.refusals, seen, turn.deciding, posting)
    reason = _reason(pool, contest, turn, prefix + ("nobody is on shift, so " if anyway else ""))
    taken = None if case.lead.test else posting  # a test lead takes no turn
    return Taken(turn.winner, method, reason, pool.id, taken)


def _nobody(case: Case, pool: Pool, contest: Contest) -> Nobody:
    if not contest.members:
        return Nobody(RuleResult.EMPTY_POOL, f"{pool.name} has no members", pool.id)
    detail = f"none of the {len(contest.members)} in {pool.name} can take it"
    if len(contest.members) == 1:
        detail = f"the only one in {pool.name} cannot take it"
    detail += f" ({_refused(case, contest)})"
    due = contest.due()
    return Nobody(RuleResult.NOBODY_AVAILABLE, detail, pool.id, due.at, due.any_moment)


def _refused(case: Case, contest: Contest) -> str:
    """Who was refused and why, the first few by name."""
    named = [f"{case.name(rep)}: {refusal.detail}" for rep, refusal in list(contest.refusals.items())[:NAMED]]
    more = len(contest.refusals) - len(named)
    return "; ".join(named) + (f"; and {more} more" if more else "")


def _reason(pool: Pool, contest: Contest, turn: Turn, prefix: str) -> str:
    able, leads = len(contest.entitlement.reps), f"{turn.standing / ONE_LEAD:+.3f} leads with this one's share"
    if able == 1:
        sentence = f"the only one of {len(contest.members)} in {pool.name} who could take it"
    elif turn.level == 1:
        sentence = f"highest balance in {pool.name} ({leads}) of {able} who could take it"
    else:
        level = f"of {turn.level} with the highest balance in {pool.name} ({leads})"
        sentence = f"{turn.deciding} {level}; {able} could take it"
    sentence = prefix + sentence
    return sentence[0].upper() + sentence[1:]
