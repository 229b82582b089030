"""What our books hold on the people, domains and names of a batch. Index look-ups only, a few for a batch."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, TypeAlias

from django.db import connection

from routing.intake.company_names import name_key
from routing.intake.domains import is_personal
from routing.intake.normalise import is_role_mailbox
from routing.matching.blocks import blocks_to_ask
from routing.matching.closeness import is_close, name_of
from routing.models import Identity, Lead

AccountKey: TypeAlias = int
NameKey: TypeAlias = str

LARGEST_BLOCK = 100
"""A key that more names share tells nothing, and is not used."""
ASK_BLOCKS = {
    "sqlite": """
        SELECT wanted.value, found.account_id, found.name_key
        FROM json_each(%s) AS wanted JOIN routing_accountnameblock AS found ON found.id IN (
            SELECT id FROM routing_accountnameblock WHERE block = wanted.value LIMIT %s
        )
    """,
    "postgresql": """
        SELECT wanted.block, found.account_id, found.name_key
        FROM unnest(%s::text[]) AS wanted(block) CROSS JOIN LATERAL (
            SELECT account_id, name_key FROM routing_accountnameblock WHERE block = wanted.block LIMIT %s
        ) AS found
    """,
}
"""At most so many rows a key, so that a key which half the accounts share costs no more than another."""

NAMED = """
    SELECT name_key, id, 0 FROM routing_account WHERE name_key IN ({0})
    UNION ALL SELECT name_key, account_id, 0 FROM routing_accountalias WHERE name_key IN ({0})
    UNION ALL SELECT name_key, account_id, 1 FROM routing_accountexclusion WHERE name_key IN ({0})
"""
DOMAINS = """
    SELECT account_id, domain, excluded FROM routing_accountdomain WHERE domain IN ({0}) OR account_id IN ({1})
"""
ACCOUNTS = """
    SELECT account.id, account.name, account.name_key, account.parent_id, account.stage, account.target,
        account.country, account.region, account.postal_code, account.phone, account.industry, account.employees,
        rep.id, rep.email, rep.active
    FROM routing_account AS account LEFT JOIN reps_rep AS rep ON rep.id = account.owner_id WHERE account.id IN ({0})
"""
PEOPLE = "SELECT account_id, role, rep_id FROM routing_accountperson WHERE account_id IN ({0})"
"""In SQL, since building these queries anew for each lead takes longer than the database takes to answer them."""


class KnownAccount(NamedTuple):
    """What our books hold on an account, and its owner if it has one."""

    id: AccountKey
    name: str
    name_key: NameKey
    parent: AccountKey | None
    stage: str
    target: bool
    country: str
    region: str
    postal_code: str
    phone: str
    industry: str
    employees: int | None
    owner: int | None
    owner_email: str | None
    owner_active: bool | None


class Close(NamedTuple):
    """An account that has a name close to a lead's."""

    account: AccountKey
    name_key: NameKey


@dataclass(slots=True)
class Known:
    """Accounts by what may speak for them. `domains` and `accounts` hold only those that something speaks for."""

    persons: Mapping[int, AccountKey] = field(default_factory=dict)
    names: defaultdict[NameKey, set[AccountKey]] = field(default_factory=lambda: defaultdict(set))
    close_names: dict[NameKey, set[Close]] = field(default_factory=dict)
    not_named: set[tuple[AccountKey, NameKey]] = field(default_factory=set)
    domains: defaultdict[AccountKey, set[str]] = field(default_factory=lambda: defaultdict(set))
    excluded: set[tuple[AccountKey, str]] = field(default_factory=set)
    owners_of_domain: defaultdict[str, set[AccountKey]] = field(default_factory=lambda: defaultdict(set))
    accounts: dict[AccountKey, KnownAccount] = field(default_factory=dict)


def gather(leads: Sequence[Lead]) -> Known:
    """Everything that may speak exactly for an account, with the accounts themselves and their owners."""
    known = Known(persons=_accounts_of_persons(leads))
    _add_names(known, leads)
    same_name = set().union(*known.names.values())
    _add_domains(known, same_name, {lead.domain for lead in leads if is_of_company(lead.domain)})
    told = {lead.account_id for lead in leads if lead.account_told and lead.account_id}
    _add_accounts(known, same_name.union(told, known.persons.values(), *known.owners_of_domain.values()))
    return known


def gather_close(known: Known, leads: Sequence[Lead]) -> None:
    """Add the accounts whose names are close to those of these leads."""
    asked = {key: blocks_to_ask(key) for lead in leads if (key := name_key(lead.company))}
    if not asked:
        return
    names_in = _names_in_blocks(set().union(*asked.values()))
    for key, blocks in asked.items():
        name = name_of(key)
        candidates = {close for block in blocks for close in names_in.get(block, ()) if close.name_key != key}
        known.close_names[key] = {close for close in candidates if is_close(name, name_of(close.name_key))}
    accounts = {close.account for closes in known.close_names.values() for close in closes} - known.accounts.keys()
    _add_domains(known, accounts, set())
    _add_accounts(known, accounts)


def person_identities(lead: Lead) -> Iterable[int]:
    """By e-mail address unless a whole desk has it; by phone, which people share, only if there is no address."""
    if lead.email:
        identities = () if is_role_mailbox(lead.email) else (lead.email_identity_id,)
    else:
        identities = (lead.phone_identity_id,)
    return (identity for identity in identities if identity is not None)


def is_of_company(domain: str) -> bool:
    return bool(domain) and not is_personal(domain)


def people_of(accounts: Collection[AccountKey]) -> defaultdict[AccountKey, dict[str, int]]:
    """Account → role → rep."""
    people: defaultdict[AccountKey, dict[str, int]] = defaultdict(dict)
    for account, role, rep in _rows(PEOPLE, accounts) if accounts else ():
        people[account][role] = rep
    return people


def _accounts_of_persons(leads: Sequence[Lead]) -> dict[int, AccountKey]:
    identities = {identity for lead in leads for identity in person_identities(lead)}
    if not identities:
        return {}
    return dict(Identity.objects.filter(pk__in=identities, account__isnull=False).values_list("pk", "account"))


def _add_names(known: Known, leads: Sequence[Lead]) -> None:
    """Who has exactly these names, by its own or another one, and who is known not to be meant by them."""
    keys = {name_key(lead.company) for lead in leads if lead.company} - {""}
    if not keys:
        return
    for key, account, excluded in _rows(NAMED, keys, keys, keys):
        if excluded:
            known.not_named.add((account, key))
        else:
            known.names[key].add(account)
    for account, key in known.not_named:
        known.names[key].discard(account)


def _names_in_blocks(blocks: Collection[str]) -> dict[str, list[Close]]:
    """Block → the names in it. Blocks that too many names share are left out."""
    wanted = sorted(blocks)
    with connection.cursor() as cursor:
        listed = json.dumps(wanted) if connection.vendor == "sqlite" else wanted
        cursor.execute(ASK_BLOCKS[connection.vendor], [listed, LARGEST_BLOCK + 1])
        found: defaultdict[str, list[Close]] = defaultdict(list)
        for block, account, key in cursor.fetchall():
            found[block].append(Close(account, key))
    return {block: names for block, names in found.items() if len(names) <= LARGEST_BLOCK}


def _add_domains(known: Known, accounts: Collection[AccountKey], wanted: set[str]) -> None:
    """Who has these domains, or must not be matched by them; and the domains of these accounts."""
    if not accounts and not wanted:
        return
    for account, domain, excluded in _rows(DOMAINS, wanted, accounts):
        if excluded:
            known.excluded.add((account, domain))
            continue
        known.domains[account].add(domain)
        if domain in wanted:
            known.owners_of_domain[domain].add(account)


def _add_accounts(known: Known, wanted: Collection[AccountKey]) -> None:
    for row in _rows(ACCOUNTS, wanted) if wanted else ():
        account = KnownAccount(*row)
        known.accounts[account.id] = account._replace(target=bool(account.target))


def _rows(sql: str, *wanted: Collection[int] | Collection[str]) -> list[tuple[Any, ...]]:
    """The rows of a query with lists of values to look for; an empty one finds nothing."""
    marks = [", ".join(["%s"] * len(values)) or "NULL" for values in wanted]
    with connection.cursor() as cursor:
        cursor.execute(sql.format(*marks), [value for values in wanted for value in values])
        return cursor.fetchall()
