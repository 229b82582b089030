"""Leads → the accounts they belong to, each with the evidence, its owner and the facts that rules may ask for."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

from django.db import connection

from routing.engine.types import FactValue, MatchedAccount, Settings
from routing.matching.books import Known, KnownAccount, gather, gather_close
from routing.matching.choice import Candidate, Ground, choose, suggested
from routing.matching.evidence import evidence_of
from routing.models import Account, Lead

LONGEST_EVIDENCE = 200
PARENT_OWNER = "parent"
"""The value of `account_hierarchy` by which the topmost parent's owner answers for the whole group."""


class Owner(NamedTuple):
    rep: int
    email: str


Line: TypeAlias = Mapping[int, tuple[int | None, Owner | None]]
"""Account → its parent and its owner."""


class Suggestion(NamedTuple):
    """An account that a lead may belong to, for somebody to confirm or dismiss."""

    account: int
    name: str
    confidence: float
    evidence: str


@dataclass(frozen=True, slots=True)
class Matching:
    """What became of looking for a lead's account: a match, or accounts to ask about."""

    account: MatchedAccount | None
    suggestions: tuple[Suggestion, ...] = ()


def match_accounts(leads: Sequence[Lead], settings: Settings) -> dict[int, MatchedAccount | None]:
    """The account of each lead, by the lead's primary key."""
    return {pk: matching.account for pk, matching in match_leads(leads, settings).items()}


def match_leads(leads: Sequence[Lead], settings: Settings) -> dict[int, Matching]:
    """The account of each lead, or suggestions, by the lead's primary key.

    At most four queries, however many leads there are. Close names are asked for only where nothing exact suffices.
    """
    known = gather(leads)
    candidates = {lead.pk: candidates_of(lead, known) for lead in leads}
    chosen = {pk: choose(found, threshold=settings.match_threshold) for pk, found in candidates.items()}
    if unmatched := [lead for lead in leads if chosen[lead.pk] is None and lead.company]:
        gather_close(known, unmatched)
        for lead in unmatched:
            candidates[lead.pk] = candidates_of(lead, known)
            chosen[lead.pk] = choose(candidates[lead.pk], threshold=settings.match_threshold)
    matched = _load_matched(chosen, known, settings)
    return {
        pk: Matching(matched[pk])
        if pk in matched
        else Matching(None, _suggestions(candidates[pk], known, settings.match_threshold))
        for pk in chosen
    }


def grounds_of(lead: Lead, account: int) -> set[Ground]:
    """What makes this lead look like one of the account, however little it is."""
    known = gather([lead])
    gather_close(known, [lead])
    return {evidence.ground for evidence in evidence_of(lead, known).get(account, ())}


def candidates_of(lead: Lead, known: Known) -> list[Candidate]:
    """The accounts that something speaks for, as far as what is known goes."""
    candidates = []
    for key, evidence in evidence_of(lead, known).items():
        account = known.accounts[key]
        candidates.append(
            Candidate(
                account=key,
                evidence=tuple(evidence),
                customer=account.stage == Account.Stage.CUSTOMER,
                target=account.target,
                active_owner=bool(account.owner_active),
            )
        )
    return candidates


def _suggestions(candidates: Sequence[Candidate], known: Known, threshold: float) -> tuple[Suggestion, ...]:
    return tuple(
        Suggestion(
            account=candidate.account,
            name=known.accounts[candidate.account].name,
            confidence=candidate.confidence,
            evidence=candidate.reason[:LONGEST_EVIDENCE],
        )
        for candidate in suggested(candidates, threshold=threshold)
    )


def _load_matched(
    chosen: Mapping[int, Candidate | None], known: Known, settings: Settings
) -> dict[int, MatchedAccount]:
    """Lead → its account with owner and people."""
    accounts = {match.account for match in chosen.values() if match}
    owners = {key: _owner(known.accounts[key]) for key in accounts}
    if settings.account_hierarchy == PARENT_OWNER and any(known.accounts[key].parent is not None for key in accounts):
        line = _line_of(accounts)
        owners = {key: owner_of_group(key, line) for key in accounts}
    return {
        pk: _matched(known.accounts[match.account], match, owners[match.account])
        for pk, match in chosen.items()
        if match
    }


def _matched(account: KnownAccount, match: Candidate, owner: Owner | None) -> MatchedAccount:
    return MatchedAccount(
        id=account.id,
        name=account.name,
        evidence=match.reason[:LONGEST_EVIDENCE],
        confidence=match.confidence,
        owner=owner.rep if owner else None,
        people=account.people,
        facts=_facts(account, owner),
    )


def _facts(account: KnownAccount, owner: Owner | None) -> dict[str, FactValue]:
    """What conditions may ask of an account."""
    return {
        "account.name": account.name,
        "account.stage": account.stage,
        "account.target": account.target,
        "account.country": account.country,
        "account.region": account.region,
        "account.postal_code": account.postal_code,
        "account.industry": account.industry,
        "account.employees": account.employees,
        "account.owner": owner.email if owner else None,
    }


def _owner(account: KnownAccount) -> Owner | None:
    return Owner(account.owner, account.owner_email or "") if account.owner is not None else None


def owner_of_group(account: int, line: Line) -> Owner | None:
    """The owner of the topmost parent that has one. Accounts that are their own ancestors have no topmost parent."""
    path = [account]
    while (parent := line[path[-1]][0]) is not None and parent in line:
        if parent in path:
            return line[account][1]
        path.append(parent)
    return next((owner for key in reversed(path) if (owner := line[key][1]) is not None), None)


def _line_of(accounts: Collection[int]) -> dict[int, tuple[int | None, Owner | None]]:
    """These accounts and all their ancestors. UNION drops what was seen, so it ends in a loop too.

    Subqueries instead of a join: PostgreSQL expects so many rows here that it would read the whole table to join them.
    """
    marks = ", ".join(["%s"] * len(accounts))
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            WITH RECURSIVE line(id, parent_id, owner_id) AS (
                SELECT id, parent_id, owner_id FROM routing_account WHERE id IN ({marks})
                UNION
                SELECT line.parent_id,
                    (SELECT parent_id FROM routing_account WHERE id = line.parent_id),
                    (SELECT owner_id FROM routing_account WHERE id = line.parent_id)
                FROM line WHERE line.parent_id IS NOT NULL
            )
            SELECT line.id, line.parent_id, rep.id, rep.email
            FROM line LEFT JOIN reps_rep rep ON rep.id = line.owner_id
            """,
            list(accounts),
        )
        return {
            key: (parent, Owner(rep, email) if rep is not None else None)
            for key, parent, rep, email in cursor.fetchall()
        }
