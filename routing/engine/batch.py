"""The working state of a batch: what its decisions so far have done to balances, caps and earlier leads."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from routing.engine.conditions import Looks
from routing.engine.earlier import as_earlier
from routing.engine.gates import CAP_EXEMPT, Due, Given, Refused, Way, due_again, refused
from routing.engine.ledger import THOUSANDTHS, Entitlement, Saver, entitle, pay_out, post
from routing.engine.needs import lacking
from routing.engine.types import (
    ONE_LEAD,
    Assigned,
    CatchUp,
    Decision,
    Duplicate,
    EarlierLead,
    Held,
    Lead,
    LedgerAccount,
    LedgerKey,
    Member,
    Offer,
    OfferMode,
    People,
    Pool,
    PoolId,
    Posting,
    Quarantined,
    Refusal,
    RepId,
    RepState,
    Segment,
)

_NOBODY: frozenset[RepId] = frozenset()


@dataclass(frozen=True, slots=True, eq=False)
class Contest:
    """The members of a pool, in order of their ids, and who of them may take a lead, as long as no cap changes.

    `savers` are on leave and earn for later.
    """

    members: Mapping[RepId, Member]
    refusals: Mapping[RepId, Refused]
    dues: Mapping[RepId, Due]
    entitlement: Entitlement
    savers: tuple[RepId, ...] = ()

    def due(self) -> Due:
        """When the first of those refused can take a lead again."""
        instants = [due.at for due in self.dues.values() if due.at is not None]
        return Due(min(instants, default=None), any(due.any_moment for due in self.dues.values()))


@dataclass(slots=True)
class Accounts:
    """A ledger at work. `balances` count savings too, `saved` is that part alone; `won` what this batch gave."""

    balances: dict[RepId, int]
    saved: dict[RepId, int]
    last_at: dict[RepId, datetime | None]
    won: Counter[RepId] = field(default_factory=Counter)


class Batch:
    """Everybody a batch can reach, and what changed since it began. `decide` reads it; `record` changes it.

    Contests and rates are worked out when they are first asked for, and kept.
    """

    def __init__(self, people: People, now: datetime) -> None:
        self.people = people
        self.now = now
        self.given = Given()
        self.rates: dict[tuple[PoolId, Segment], dict[RepId, float]] = {}
        self.offered: Counter[tuple[PoolId, RepId]] = Counter(people.offered)
        self.looks: Looks = {}
        self._accounts: dict[LedgerKey, Accounts] = {}
        self._contests: dict[tuple[PoolId, Way], Contest] = {}
        self._earlier: dict[int, EarlierLead] = {}
        self._gone: set[int] = set()
        self._acquainted: defaultdict[tuple[str, object], list[int]] = defaultdict(list)

    def otherwise(self, people: People, now: datetime) -> Batch:
        """A copy that stands where this one stands, but for the people and the instant: to see what would have been."""
        other = Batch(people, now)
        other.given = Given(Counter(self.given.units), Counter(self.given.released))
        other.offered = self.offered.copy()
        other._accounts = {
            ledger: Accounts(dict(one.balances), dict(one.saved), dict(one.last_at), Counter(one.won))
            for ledger, one in self._accounts.items()
        }
        other._earlier, other._gone = dict(self._earlier), set(self._gone)
        other._acquainted = defaultdict(list, {name: list(keys) for name, keys in self._acquainted.items()})
        return other

    def accounts(self, ledger: LedgerKey) -> Accounts:
        """The accounts of a ledger as they stand now."""
        found = self._accounts.get(ledger)
        if found is None:
            rows = self.people.ledgers.get(ledger, {})
            found = self._accounts[ledger] = Accounts(
                {rep: account.balance for rep, account in rows.items()},
                {rep: account.saved for rep, account in rows.items() if account.saved},
                {rep: account.last_at for rep, account in rows.items()},
            )
        return found

    def contest(self, pool: Pool, way: Way, had_before: frozenset[RepId] = _NOBODY) -> Contest:
        """Who of a pool may take a lead that comes this way. Worked out once, until a cap is reached or freed."""
        contest = self._contests.get((pool.id, way))
        if contest is None:
            contest = self._contests[pool.id, way] = self._contest(pool.id, way, _NOBODY)
        if had_before and not had_before.isdisjoint(contest.members):
            return self._contest(pool.id, way, had_before)
        return contest

    def _contest(self, pool: PoolId, way: Way, had_before: frozenset[RepId]) -> Contest:
        found = {member.rep: member for member in self.people.members.get(pool, ())}
        members = {rep: found[rep] for rep in sorted(found)}
        judged = {rep: self._judge(member, pool, way, had_before) for rep, member in members.items()}
        refusals = {rep: refusal for rep, (refusal, _) in judged.items() if refusal is not None}
        savers = tuple(rep for rep, refusal in refusals.items() if self._saves(rep, refusal, way, had_before))
        dues = {rep: judged[rep][1] for rep in refusals}
        return Contest(members, refusals, dues, _able(members, refusals), savers)

    def _judge(
        self, member: Member, pool: PoolId, way: Way, had_before: frozenset[RepId]
    ) -> tuple[Refused | None, Due]:
        state = self.people.reps.get(member.rep)
        if state is None:
            return Refused(Refusal.INACTIVE, "no longer here"), Due()
        if state.standing is not Refusal.INACTIVE and member.weight <= 0:
            return Refused(Refusal.NOT_MEMBER, "a weight of 0"), Due()
        refusal = refused(state, way, given=self.given, had_before=had_before, pool=pool)
        if refusal is None or state.id in had_before:
            return refusal, Due()
        return refusal, due_again(state, refusal.refusal, way, given=self.given, pool=pool, now=self.now)

    def _saves(self, rep: RepId, refusal: Refused, way: Way, had_before: frozenset[RepId]) -> bool:
        """Whether somebody goes on earning: only leave keeps them from a lead."""
        state = self.people.reps.get(rep)
        if refusal.refusal is not Refusal.ON_LEAVE or state is None or state.catch_up is None:
            return False
        return state.catch_up.share > 0 and rep not in had_before and not lacking(state, way.needs)

    def entitlement(self, contest: Contest, ledger: LedgerKey, among: Collection[RepId] | None = None) -> Entitlement:
        """What a lead entitles those to who may take it, or those of them who are `among` these."""
        saved = self.accounts(ledger).saved
        if among is None and not contest.savers and not saved:
            return contest.entitlement
        able = [rep for rep in contest.members if rep not in contest.refusals and (among is None or rep in among)]
        savers = [self._saver(contest.members[rep], saved) for rep in contest.savers if among is None or rep in among]
        entitled = entitle([contest.members[rep] for rep in able], savers)
        faster = {rep: _faster(self.people.reps[rep]) for rep in able if saved.get(rep, 0) > 0}
        return replace(entitled, paid_out=pay_out(entitled, saved, faster)) if faster else entitled

    def _saver(self, member: Member, saved: Mapping[RepId, int]) -> Saver:
        catch_up = self.people.reps[member.rep].catch_up or CatchUp()
        room = _thousandths(catch_up.cap) * ONE_LEAD // THOUSANDTHS - saved.get(member.rep, 0)
        return Saver(member.rep, member.weight, min(THOUSANDTHS, _thousandths(catch_up.share)), room)

    def earlier_than(self, lead: Lead) -> tuple[EarlierLead, ...]:
        """Leads that may be of the same person or company: those handed in, as this batch has changed them."""
        if lead.test:
            return lead.earlier
        keys = _acquaintances(lead)
        fresh = {key for name in keys for key in self._acquainted.get(name, ())}
        known = {earlier.id: earlier for earlier in lead.earlier}
        touched = not (self._earlier.keys().isdisjoint(known) and self._gone.isdisjoint(known))
        if not fresh and not touched:
            return lead.earlier
        known.update({key: self._earlier[key] for key in sorted(fresh | known.keys()) if key in self._earlier})
        return tuple(other for other in known.values() if other.id != lead.id and other.id not in self._gone)

    def record(self, lead: Lead, decision: Decision) -> None:
        """Let a decision take effect on those that follow it in this batch. Test leads leave no mark."""
        if lead.test:
            return
        if isinstance(decision, Duplicate | Quarantined):
            self._gone.add(lead.id)
        if isinstance(decision, Assigned):
            self._post(decision.posting)
            self._count(lead, decision)
        if isinstance(decision, Held) and decision.pool is not None:
            self._offer(lead, decision.pool, decision.offers)
        if not isinstance(decision, Duplicate | Quarantined):
            self._remember(lead, decision)

    def _offer(self, lead: Lead, pool: PoolId, offers: Iterable[Offer]) -> None:
        """Count an exclusive offer as a turn to come, and for the pace. What all may claim burdens nobody yet."""
        offered = [offer.rep for offer in offers if offer.kind is OfferMode.EXCLUSIVE]
        self.offered.update((pool, rep) for rep in offered)
        if lead.released:
            self.given.released.update(offered)
            for rep in offered:
                self._judge_anew(rep)

    def _post(self, posting: Posting | None) -> None:
        if posting is None:
            return
        accounts = self.accounts(posting.ledger)
        post(posting, accounts.balances, accounts.saved)
        accounts.last_at[posting.winner] = self.now
        accounts.won[posting.winner] += 1

    def _count(self, lead: Lead, decision: Assigned) -> None:
        """Count a lead for caps and pace of its owner, and judge them anew."""
        rep, units = decision.rep, max(1, decision.units)
        for place in {None, decision.pool}:
            self.given.units[rep, place, True] += units
            if decision.method not in CAP_EXEMPT:
                self.given.units[rep, place, False] += units
        if lead.released:
            self.given.released[rep] += 1
        state = self.people.reps.get(rep)
        if state is not None and (state.caps or lead.released):
            self._judge_anew(rep)

    def _judge_anew(self, rep: RepId) -> None:
        """Wherever they are a member."""
        for (of_pool, way), contest in list(self._contests.items()):
            if rep in contest.members:
                self._contests[of_pool, way] = self._revised(contest, rep, of_pool, way)

    def _revised(self, contest: Contest, rep: RepId, pool: PoolId, way: Way) -> Contest:
        """The contest once one member was judged anew. Decisions taken before keep the old one."""
        refusal, due = self._judge(contest.members[rep], pool, way, _NOBODY)
        if refusal == contest.refusals.get(rep):
            return contest
        refusals = {other: was for other, was in contest.refusals.items() if other != rep}
        dues = {other: was for other, was in contest.dues.items() if other != rep}
        if refusal is not None:
            refusals[rep], dues[rep] = refusal, due
        return Contest(contest.members, refusals, dues, _able(contest.members, refusals), contest.savers)

    def _remember(self, lead: Lead, decision: Decision) -> None:
        self._earlier[lead.id] = as_earlier(lead, decision, self.now)
        for name in _acquaintances(lead):
            self._acquainted[name].append(lead.id)

    def changed_accounts(self) -> list[tuple[LedgerKey, RepId, LedgerAccount]]:
        """The ledger accounts that differ from what was read: what is to be stored."""
        changed = []
        for ledger, accounts in self._accounts.items():
            before = self.people.ledgers.get(ledger, {})
            for rep, balance in sorted(accounts.balances.items()):
                account = LedgerAccount(balance, accounts.last_at.get(rep), accounts.saved.get(rep, 0))
                if account != before.get(rep, LedgerAccount()):
                    changed.append((ledger, rep, account))
        return changed


def _faster(state: RepState) -> int:
    """By how much of their share somebody catches up, in thousandths. Savings outlive the setting."""
    return _thousandths((state.catch_up or CatchUp()).max_rate) - THOUSANDTHS


def _thousandths(number: float) -> int:
    """Whole thousandths, of nothing to a million; what is no number is nothing."""
    return int(min(max(number, 0), 1_000_000) * THOUSANDTHS) if number == number else 0


def _able(members: Mapping[RepId, Member], refusals: Mapping[RepId, Refused]) -> Entitlement:
    return entitle(member for rep, member in members.items() if rep not in refusals)


def _acquaintances(lead: Lead) -> list[tuple[str, object]]:
    """The names under which a lead is found by later leads of the same person or company."""
    names = {
        "email": lead.email or None,
        "phone": lead.phone or None,
        "email identity": lead.email_identity,
        "phone identity": lead.phone_identity,
        "company": lead.company_identity,
        "account": lead.match.id if lead.match else None,
    }
    return [(kind, key) for kind, key in names.items() if key is not None]
