"""The working state of a batch: what its decisions so far have done to balances, caps and earlier leads."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from routing.engine.gates import CAP_EXEMPT, OFF, Due, Refused, due_again, refused
from routing.engine.ledger import Entitlement, entitle
from routing.engine.types import (
    Assigned,
    Decision,
    Duplicate,
    EarlierLead,
    Held,
    Lead,
    LedgerAccount,
    LedgerId,
    Member,
    People,
    Pool,
    PoolId,
    Posting,
    Quarantined,
    Refusal,
    RepId,
)


@dataclass(frozen=True, slots=True, eq=False)
class Contest:
    """The members of a pool, in order of their ids, and who of them may take a lead, as long as no cap changes."""

    members: Mapping[RepId, Member]
    refusals: Mapping[RepId, Refused]
    dues: Mapping[RepId, Due]
    entitlement: Entitlement

    def due(self) -> Due:
        """When the first of those refused can take a lead again."""
        instants = [due.at for due in self.dues.values() if due.at is not None]
        return Due(min(instants, default=None), any(due.any_moment for due in self.dues.values()))


@dataclass(frozen=True, slots=True)
class Way:
    """How leads come to a pool: exempt from caps or not, and whether being off shift is forgiven."""

    exempt: bool = False
    anyway: bool = False


class Batch:
    """Everybody a batch can reach, and what changed since it began. `decide` reads it; `record` changes it."""

    def __init__(self, people: People, now: datetime) -> None:
        self.people = people
        self.now = now
        self.given: Counter[tuple[RepId, PoolId | None, bool]] = Counter()
        self._balances: dict[LedgerId, dict[RepId, int]] = {}
        self._last_at: dict[LedgerId, dict[RepId, datetime | None]] = {}
        self._contests: dict[tuple[PoolId, Way], Contest] = {}
        self._earlier: dict[int, EarlierLead] = {}
        self._gone: set[int] = set()
        self._acquainted: defaultdict[tuple[str, object], list[int]] = defaultdict(list)

    def balances(self, ledger: LedgerId) -> dict[RepId, int]:
        """The balances of a ledger as they stand now."""
        if ledger not in self._balances:
            accounts = self.people.ledgers.get(ledger, {})
            self._balances[ledger] = {rep: account.balance for rep, account in accounts.items()}
            self._last_at[ledger] = {rep: account.last_at for rep, account in accounts.items()}
        return self._balances[ledger]

    def last_at(self, ledger: LedgerId) -> dict[RepId, datetime | None]:
        """When each rep last won a lead in a ledger."""
        self.balances(ledger)
        return self._last_at[ledger]

    def contest(self, pool: Pool, way: Way, owned_before: frozenset[RepId]) -> Contest:
        """Who of a pool may take a lead that comes this way. Worked out once, until a cap is reached or freed."""
        contest = self._contests.get((pool.id, way))
        if contest is None:
            contest = self._contests[pool.id, way] = self._contest(pool.id, way, frozenset())
        if owned_before and not owned_before.isdisjoint(contest.members):
            return self._contest(pool.id, way, owned_before)
        return contest

    def _contest(self, pool: PoolId, way: Way, owned_before: frozenset[RepId]) -> Contest:
        found = {member.rep: member for member in self.people.members.get(pool, ())}
        members = {rep: found[rep] for rep in sorted(found)}
        judged = {rep: self._judge(member, pool, way, owned_before) for rep, member in members.items()}
        refusals = {rep: refusal for rep, (refusal, _) in judged.items() if refusal is not None}
        return Contest(members, refusals, {rep: judged[rep][1] for rep in refusals}, _able(members, refusals))

    def _judge(
        self, member: Member, pool: PoolId, way: Way, owned_before: frozenset[RepId]
    ) -> tuple[Refused | None, Due]:
        state = self.people.reps.get(member.rep)
        if state is None:
            return Refused(Refusal.INACTIVE, "no longer here"), Due()
        if state.standing is not Refusal.INACTIVE and member.weight <= 0:
            return Refused(Refusal.NOT_MEMBER, "a weight of 0"), Due()
        forgiven = OFF if way.anyway else frozenset()
        refusal = refused(
            state, given=self.given, owned_before=owned_before, pool=pool, exempt=way.exempt, forgiven=forgiven
        )
        if refusal is None:
            return None, Due()
        due = due_again(state, refusal.refusal, given=self.given, pool=pool, exempt=way.exempt, now=self.now)
        return refusal, due

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
            self._count(decision)
        if not isinstance(decision, Duplicate | Quarantined):
            self._remember(lead, decision)

    def _post(self, posting: Posting | None) -> None:
        if posting is None:
            return
        balances = self.balances(posting.ledger)
        for rep, amount in posting.lines:
            balances[rep] = balances.get(rep, 0) + amount
        self._last_at[posting.ledger][posting.winner] = self.now

    def _count(self, decision: Assigned) -> None:
        """Count a lead for the caps of its owner, and judge them anew wherever they are a member."""
        rep, pool = decision.rep, decision.pool
        places = {None, pool}
        self.given.update((rep, place, True) for place in places)
        if decision.method not in CAP_EXEMPT:
            self.given.update((rep, place, False) for place in places)
        state = self.people.reps.get(rep)
        if state is None or not state.caps:
            return
        for (of_pool, way), contest in list(self._contests.items()):
            if rep in contest.members:
                self._contests[of_pool, way] = self._revised(contest, rep, of_pool, way)

    def _revised(self, contest: Contest, rep: RepId, pool: PoolId, way: Way) -> Contest:
        """The contest once one member was judged anew. Decisions taken before keep the old one."""
        refusal, due = self._judge(contest.members[rep], pool, way, frozenset())
        if refusal == contest.refusals.get(rep):
            return contest
        refusals = {other: was for other, was in contest.refusals.items() if other != rep}
        dues = {other: was for other, was in contest.dues.items() if other != rep}
        if refusal is not None:
            refusals[rep], dues[rep] = refusal, due
        return Contest(contest.members, refusals, dues, _able(contest.members, refusals))

    def _remember(self, lead: Lead, decision: Decision) -> None:
        owned = isinstance(decision, Assigned)
        fresh = EarlierLead(
            id=lead.id,
            label=lead.label,
            submitted_at=lead.submitted_at,
            form=lead.form,
            kind=str(lead.facts.get("kind") or ""),
            email=lead.email,
            phone=lead.phone,
            name_key=lead.name_key,
            email_identity=lead.email_identity,
            phone_identity=lead.phone_identity,
            company_identity=lead.company_identity,
            account=lead.match.id if lead.match else None,
            undecided=isinstance(decision, Held),
        )
        if isinstance(decision, Assigned):
            fresh = replace(fresh, owner=decision.rep, owned_at=self.now)
        self._earlier[lead.id] = replace(fresh, open=owned)
        for name in _acquaintances(lead):
            self._acquainted[name].append(lead.id)

    def changed_accounts(self) -> list[tuple[LedgerId, RepId, LedgerAccount]]:
        """The ledger accounts that differ from what was read: what is to be stored."""
        changed = []
        for ledger, balances in self._balances.items():
            before, last_at = self.people.ledgers.get(ledger, {}), self._last_at[ledger]
            for rep, balance in sorted(balances.items()):
                account = LedgerAccount(balance, last_at.get(rep))
                if account != before.get(rep, LedgerAccount()):
                    changed.append((ledger, rep, account))
        return changed


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
