"""Values for tests of the engine: the least that is valid, everything else by keyword. No database."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from routing.engine.batch import Batch
from routing.engine.decide import decide
from routing.engine.types import (
    Assigned,
    CapKind,
    CapUse,
    Condition,
    Decision,
    Deferred,
    EarlierLead,
    Lead,
    LedgerAccount,
    LedgerKey,
    MatchedAccount,
    Member,
    People,
    Pool,
    Refusal,
    RepState,
    Rule,
    Rulebook,
    Settings,
    Table,
    Territory,
    ToPool,
)

NOW = datetime(2026, 3, 3, 16, 0, tzinfo=UTC)
"""A Tuesday afternoon."""
ANA, BOB, CAT, DAN = 1, 2, 3, 4
NAMES = {ANA: "Ana Diaz", BOB: "Bob Ray", CAT: "Cat Stone", DAN: "Dan Okafor"}
SMB, ENTERPRISE = 10, 20
OFF_SHIFT = {"standing": Refusal.OFF_SHIFT, "standing_detail": "off shift until Wed 09:00"}
ON_LEAVE = {"standing": Refusal.ON_LEAVE, "standing_detail": "on leave until 9 Mar"}
INACTIVE = {"standing": Refusal.INACTIVE, "standing_detail": "inactive"}


def row(field: str, op: str, value: Any = None) -> Condition:
    return Condition(field, op, value)


def rep(id: int, **fields: Any) -> RepState:
    return RepState(id, NAMES.get(id, f"Rep {id}"), **fields)


def cap(kind: CapKind, limit: int, used: int = 0, **fields: Any) -> CapUse:
    return CapUse(kind, limit, used, **fields)


def people(
    *reps: RepState | int,
    pools: Mapping[int, Iterable[int | Member]] | None = None,
    balances: Mapping[int, Mapping[int, int]] | None = None,
    **fields: Any,
) -> People:
    """Reps (all in the pool SMB unless pools are given), with ledgers of the same number as their pools."""
    states = [state if isinstance(state, RepState) else rep(state) for state in reps]
    pools = {SMB: [state.id for state in states]} if pools is None else pools
    members = {pool: tuple(m if isinstance(m, Member) else Member(m) for m in some) for pool, some in pools.items()}
    accounts = {
        LedgerKey(ledger): {who: LedgerAccount(balance) for who, balance in some.items()}
        for ledger, some in (balances or {}).items()
    }
    return People({state.id: state for state in states}, members, **{"ledgers": accounts} | fields)


def rule(id: int = 1, **fields: Any) -> Rule:
    """A rule to the pool SMB; `when` is one group of rows."""
    when = fields.pop("when", ())
    defaults = {
        "position": id,
        "name": f"Rule {id}",
        "conditions": (tuple(when),) if when else (),
        "destination": ToPool(SMB),
    }
    return Rule(id, **defaults | fields)


def rulebook(
    *rules: Rule,
    territories: Iterable[Territory] = (),
    tables: Iterable[Table] = (),
    smb: Mapping[str, Any] | None = None,
    enterprise: Mapping[str, Any] | None = None,
    **settings: Any,
) -> Rulebook:
    """The rules given (default: everything to SMB) with the pools SMB and ENTERPRISE, by turn unless told otherwise."""
    pools = {
        SMB: Pool(SMB, "SMB", **{"ledger": SMB} | dict(smb or {})),
        ENTERPRISE: Pool(ENTERPRISE, "Enterprise", **{"ledger": ENTERPRISE} | dict(enterprise or {})),
    }
    return Rulebook(
        1,
        Settings(**settings),
        rules or (rule(),),
        pools,
        {territory.id: territory for territory in territories},
        {table.id: table for table in tables},
    )


def lead(id: int = 1, **fields: Any) -> Lead:
    facts = fields.pop("facts", {})
    defaults: dict[str, Any] = {
        "key": f"lead-{id}",
        "label": f"Lead {id}",
        "submitted_at": NOW,
        "facts": facts,
        "email": f"lead{id}@customer{id}.example",
    }
    return Lead(id, **defaults | fields)


def earlier(id: int = 100, *, owner: int | None = ANA, days_ago: float = 21, **fields: Any) -> EarlierLead:
    """A lead that somebody owns; of the person mia@globex.com unless fields say otherwise."""
    then = NOW - timedelta(days=days_ago)
    defaults: dict[str, Any] = {
        "label": "Mia Chen",
        "submitted_at": then,
        "form": "ebook",
        "email": "mia@globex.com",
        "phone": "",
        "name_key": "mia chen",
        "email_identity": None,
        "phone_identity": None,
        "company_identity": None,
        "account": None,
        "undecided": owner is None,
        "owner": owner,
        "owned_at": then if owner else None,
    }
    return EarlierLead(id, **defaults | fields)


def mia(id: int = 1, **fields: Any) -> Lead:
    """Mia Chen of Globex."""
    return lead(id, **{"email": "mia@globex.com", "name_key": "mia chen", "form": "demo"} | fields)


def globex(owner: int | None = ANA, **fields: Any) -> MatchedAccount:
    return MatchedAccount(7, "Globex", "exact domain globex.com", 0.95, owner, **fields)


def decide_one(lead: Lead, book: Rulebook | None = None, those: People | None = None) -> Decision | Deferred:
    return decide(lead, book or rulebook(), Batch(those or people(ANA, BOB, CAT), NOW))


def decide_all(leads: Iterable[Lead], book: Rulebook, batch: Batch) -> list[Decision]:
    """One lead after the other, each seeing those before it."""
    decisions = []
    for one in leads:
        decision = decide(one, book, batch)
        assert not isinstance(decision, Deferred)
        batch.record(one, decision)
        decisions.append(decision)
    return decisions


def owners(decisions: Iterable[Decision | Deferred]) -> list[int | None]:
    return [decision.rep if isinstance(decision, Assigned) else None for decision in decisions]


def take_turns(book: Rulebook, those: People, leads: int, *, since: int = 1) -> tuple[list[int | None], Batch]:
    """Who gets so many leads in one batch."""
    batch = Batch(those, NOW)
    return owners(decide_all((lead(n) for n in range(since, since + leads)), book, batch)), batch
