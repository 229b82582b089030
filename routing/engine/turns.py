"""Giving a lead to a pool: who may take it, in which ledger it counts, and whom the pool's strategy chooses."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from hashlib import sha256
from itertools import repeat

from routing.engine.batch import Contest
from routing.engine.case import Case, OutOfReach
from routing.engine.deadlines import after
from routing.engine.folding import fold
from routing.engine.gates import CAP_EXEMPT, FOR_EVER, Way
from routing.engine.ledger import pay
from routing.engine.needs import Asked, asked_now
from routing.engine.owners import Nobody, Taken
from routing.engine.round import Choice, Round
from routing.engine.seen import text_of
from routing.engine.strategies import STRATEGIES, round_robin
from routing.engine.types import (
    LedgerKey,
    Method,
    Offer,
    OfferMode,
    Pool,
    PoolId,
    Posting,
    RepId,
    Rule,
    RuleResult,
    Selection,
    Strategy,
)

NAMED = 5
"""A trace names so many of those whom a pool could not send the lead to; the counts tell of the others."""
LONGEST_TURNS_BY = 100
IN_CONTROL = "The lead is in the control group: by turn, in a ledger of its own"


def ledger_key(pool: Pool, fact: Callable[[str], object], *, control: bool = False) -> LedgerKey:
    """The ledger that a lead counts in: that of the pool or its group, of its kind, grade or source, control or not."""
    if pool.turns_by is None:
        return LedgerKey(pool.ledger, "", control)
    value = fact(str(pool.turns_by))
    counted = "" if value is None else fold(text_of(value))
    return LedgerKey(pool.ledger, counted[:LONGEST_TURNS_BY], control)


def in_control(pool: Pool, lead_key: str) -> bool:
    """Whether a lead goes by turn to show what results are worth: the same for one lead always, at random for all."""
    if pool.strategy is not Strategy.PERFORMANCE:
        return False
    digest = sha256(lead_key.encode("utf-8", "surrogatepass")).digest()
    return int.from_bytes(digest[:8], "big") / 2**64 < pool.control_share


def take_turn(
    case: Case, rule: Rule, pool_id: PoolId, way_in: Method | None = None, *, anyway: bool = False, prefix: str = ""
) -> Taken | Nobody:
    """The member whom the pool's strategy chooses takes the lead, or it is offered.

    `way_in` is how the lead came where that was not straight by the rule; `anyway`: being off shift does not count;
    `prefix`: how it came, in words.
    """
    pool = case.rulebook.pools.get(pool_id)
    if pool is None:
        return Nobody(RuleResult.UNKNOWN_DESTINATION, "the pool does not exist (any more)")
    if pool_id not in case.batch.people.members:
        raise OutOfReach(pool=pool_id)
    case.asked = pool_id
    if pool_id in case.batch.people.paused_pools:
        case.hope = True
        return Nobody(RuleResult.POOL_PAUSED, f"the pool {pool.name} is paused", pool.id)
    asked = _asked(case, rule, pool)
    contest = case.batch.contest(pool, _way(case, rule, way_in, asked, anyway), case.had_before)
    control = in_control(pool, case.lead.key)
    ledger = ledger_key(pool, case.fact, control=control)
    round = Round(pool, case.lead, case.fact, case.batch, contest, ledger)
    choice = _choose(round, control) if contest.entitlement.reps else None
    if choice is None:
        case.selection = _selection(round, None, None)
        return _nobody(case, pool, contest, asked.next_dropped)
    posting = pay(choice.order.entitlement, ledger, choice.turn.winner)
    case.selection = _selection(round, choice, posting)
    method = way_in or (Method.ROUND_ROBIN if choice.by_turn else Method(pool.strategy.value))
    reason = _capitalised(prefix + ("nobody is on shift, so " if anyway else "") + choice.why)
    if case.lead.test:  # takes no turn, and nobody is bothered with an offer
        return Taken(choice.turn.winner, method, reason, pool.id, units=rule.units)
    offers = () if anyway else _offers(pool, choice, case.now)
    return Taken(choice.turn.winner, method, reason, pool.id, posting, rule.units, offers)


def _asked(case: Case, rule: Rule, pool: Pool) -> Asked:
    """What the rule and the pool ask of a rep by now. The lead's patience begins when it first reaches the rule."""
    needs = rule.needs + pool.needs
    if not needs:
        return Asked()
    patient = any(need.patience_minutes is not None for need in needs)
    first = case.first_reached.setdefault(rule.id, case.now) if patient else case.now
    languages = case.facts.see("language").folded
    return asked_now(needs, language=languages[0] if languages else "", first=first, now=case.now)


def _way(case: Case, rule: Rule, way_in: Method | None, asked: Asked, anyway: bool) -> Way:
    burst = case.rulebook.settings.release_burst if case.lead.released else None
    return Way(way_in in CAP_EXEMPT, anyway, asked.needs, rule.units, burst)


def _choose(round: Round, control: bool) -> Choice | None:
    if control:
        return round_robin(round, (IN_CONTROL,))
    return STRATEGIES.get(round.pool.strategy, round_robin)(round)


def _selection(round: Round, choice: Choice | None, posting: Posting | None) -> Selection:
    contest, pool = round.contest, round.pool
    balances = round.balances()
    members = tuple(contest.members.values())
    seen = tuple(map(balances.get, contest.members, repeat(0)))
    if choice is None:
        return Selection(pool.id, round.ledger, members, contest.refusals, seen, "nobody")
    earning = choice.order.entitlement.reps
    weights = {rep: contest.members[rep].weight for rep in earning} if len(earning) < round.able else {}
    return Selection(
        pool.id,
        round.ledger,
        members,
        contest.refusals,
        seen,
        choice.deciding,
        posting,
        choice.scores,
        choice.notes,
        weights,
    )


def _offers(pool: Pool, choice: Choice, now: datetime) -> tuple[Offer, ...]:
    """An exclusive offer goes to whom the strategy chose, a lead to be claimed to all who earn from it."""
    if pool.offer is OfferMode.ASSIGN:
        return ()
    until = after(now, minutes=pool.offer_minutes) or now
    exclusive = pool.offer is OfferMode.EXCLUSIVE
    reps: tuple[RepId, ...] = (choice.turn.winner,) if exclusive else choice.order.entitlement.reps
    return tuple(Offer(rep, pool.offer, until) for rep in reps)


def _nobody(case: Case, pool: Pool, contest: Contest, patience_until: datetime | None) -> Nobody:
    if not contest.members:
        return Nobody(RuleResult.EMPTY_POOL, f"{pool.name} has no members", pool.id)
    detail = f"none of the {len(contest.members)} in {pool.name} can take it"
    if len(contest.members) == 1:
        detail = f"the only one in {pool.name} cannot take it"
    detail += f" ({_refused(case, contest)})"
    due = contest.due()
    case.hope = case.hope or any(refused.refusal not in FOR_EVER for refused in contest.refusals.values())
    return Nobody(RuleResult.NOBODY_AVAILABLE, detail, pool.id, due.at, due.any_moment, patience_until=patience_until)


def _refused(case: Case, contest: Contest) -> str:
    """Who was refused and why, the first few by name: in the members' order, whoever's cap was reached first."""
    refused = [rep for rep in contest.members if rep in contest.refusals]
    named = [f"{case.name(rep)}: {contest.refusals[rep].detail}" for rep in refused[:NAMED]]
    more = len(contest.refusals) - len(named)
    return "; ".join(named) + (f"; and {more} more" if more else "")


def _capitalised(sentence: str) -> str:
    return sentence[0].upper() + sentence[1:]
