"""What our books hold on the people, domains and names of a batch. Index look-ups only, a few for a batch."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, NamedTuple, TypeAlias

from django.db import connection

from routing.intake.company_names import name_key
from routing.intake.domains import is_personal
from routing.intake.normalise import is_role_mailbox
from routing.matching.likeness import Kind, Likeness, Meaning, blocks_of, likeness, meanings
from routing.matching.readings import kin_of, named_domain
from routing.models import Lead

AccountKey: TypeAlias = int
NameKey: TypeAlias = str

LARGEST_BLOCK = 100
"""A key that more names share tells nothing, and is not used."""
ASK_BLOCKS = {
    "sqlite": """
        SELECT wanted.value, found.account_id, found.name_key
        FROM json_each(%s) AS wanted CROSS JOIN routing_accountnameblock AS found ON found.id IN (
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


class Speaks(StrEnum):
    """What may speak for an account, or against it."""

    NAME = "name"
    NOT_NAMED = "not_named"
    DOMAIN = "domain"
    PERSON = "person"
    ASKED = "asked"


class Arm(NamedTuple):
    """Where to look for what speaks for accounts."""

    speaks: Speaks
    table: str
    column: str
    account: str = "account_id"


ARMS = (
    Arm(Speaks.NAME, "routing_account", "name_key", "id"),
    Arm(Speaks.NAME, "routing_accountalias", "name_key"),
    Arm(Speaks.NOT_NAMED, "routing_accountexclusion", "name_key"),
    Arm(Speaks.DOMAIN, "routing_accountdomain", "domain"),
    Arm(Speaks.PERSON, "routing_identity", "id"),
    Arm(Speaks.ASKED, "routing_account", "id", "id"),
)
ARM = "SELECT '{speaks}', CAST({column} AS text), {account} FROM {table} WHERE {column} {among}"
ACCOUNTS = """
    WITH said(speaks, what, account_id) AS ({arms})
    SELECT account_id, CAST({rows}({row}(speaks, what)) AS text),
        (SELECT CAST({row}(
            account.id, account.name, account.name_key, account.parent_id, account.stage, account.target,
            account.country, account.region, account.postal_code, account.phone, account.industry, account.employees,
            rep.id, rep.email, rep.active
        ) AS text) FROM routing_account AS account LEFT JOIN reps_rep AS rep ON rep.id = account.owner_id
        WHERE account.id = said.account_id),
        (SELECT CAST({rows}({row}(role, rep_id)) AS text) FROM routing_accountperson
        WHERE account_id = said.account_id),
        (SELECT CAST({rows}({row}(domain, excluded)) AS text) FROM routing_accountdomain
        WHERE account_id = said.account_id)
    FROM said WHERE account_id IS NOT NULL GROUP BY account_id
"""
"""One statement for all: going to the database and back takes longer than looking this up. Subqueries instead of
joins, for which PostgreSQL would read whole tables; and SQL, since building it anew for each lead takes longer, too.
"""
DIALECTS = {
    "sqlite": {"rows": "json_group_array", "row": "json_array", "among": "IN (SELECT value FROM json_each(%s))"},
    "postgresql": {"rows": "json_agg", "row": "json_build_array", "among": "= ANY(%s)"},
}


class KnownAccount(NamedTuple):
    """What our books hold on an account, and its owner and people by role, if it has any."""

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
    people: Mapping[str, int]


class Stored(NamedTuple):
    """A spelling of a name that an account has."""

    account: AccountKey
    name_key: NameKey


@dataclass(slots=True)
class Known:
    """Accounts by what may speak for them. `domains` and `accounts` hold only those that something speaks for."""

    persons: dict[int, AccountKey] = field(default_factory=dict)
    names: defaultdict[NameKey, set[AccountKey]] = field(default_factory=lambda: defaultdict(set))
    close_names: dict[str, dict[AccountKey, Likeness]] = field(default_factory=dict)
    """Company as it is written → the accounts whose names are like it."""
    not_named: set[tuple[AccountKey, NameKey]] = field(default_factory=set)
    domains: defaultdict[AccountKey, set[str]] = field(default_factory=lambda: defaultdict(set))
    excluded: set[tuple[AccountKey, str]] = field(default_factory=set)
    owners_of_domain: defaultdict[str, set[AccountKey]] = field(default_factory=lambda: defaultdict(set))
    accounts: dict[AccountKey, KnownAccount] = field(default_factory=dict)


def gather(leads: Sequence[Lead]) -> Known:
    """Everything that may speak exactly for an account, with the accounts themselves and their owners. One query."""
    known = Known()
    names = {name_key(lead.company) for lead in leads if lead.company} - {""}
    _add_accounts(
        known,
        {
            Speaks.NAME: names,
            Speaks.NOT_NAMED: names,
            Speaks.DOMAIN: {
                domain
                for lead in leads
                for domain in (lead.domain, named_domain(lead.company))
                if is_of_company(domain)
            },
            Speaks.PERSON: {identity for lead in leads for identity in person_identities(lead)},
            Speaks.ASKED: {lead.account_id for lead in leads if lead.account_told and lead.account_id},
        },
    )
    return known


def gather_close(known: Known, leads: Sequence[Lead]) -> None:
    """Add the accounts whose names are like those of these leads. Two queries."""
    meant = {company: meanings(company) for company in {lead.company for lead in leads if lead.company}}
    asked = {meaning: blocks_of(meaning) for meanings_of in meant.values() for meaning in meanings_of}
    if not asked:
        return
    names_in = _names_in_blocks(set().union(*asked.values()))
    like: dict[Meaning, dict[AccountKey, Likeness]] = {}
    for meaning, blocks in asked.items():
        found = {stored for block in blocks for stored in names_in.get(block, ())}
        like[meaning] = _likest((stored.account, likeness(meaning, stored.name_key)) for stored in found)
    for company, meanings_of in meant.items():
        known.close_names[company] = _likest(pair for meaning in meanings_of for pair in like[meaning].items())
    accounts = {account for found in known.close_names.values() for account in found}
    read = {meaning.name_key for meaning in asked if meaning.kind is not Kind.OWN}
    kin = {kin for company in meant for kin in kin_of(named_domain(company))}
    asked_for = accounts - known.accounts.keys()
    _add_accounts(known, {Speaks.ASKED: asked_for, Speaks.NOT_NAMED: read, Speaks.DOMAIN: kin})


def _likest(found: Iterable[tuple[AccountKey, Likeness | None]]) -> dict[AccountKey, Likeness]:
    """Account → how its likest name is like a lead's."""
    likest: dict[AccountKey, Likeness] = {}
    for account, like in found:
        if like and (account not in likest or like.rank > likest[account].rank):
            likest[account] = like
    return likest


def person_identities(lead: Lead) -> Iterable[int]:
    """By e-mail address unless a whole desk has it; by phone, which people share, only if there is no address."""
    if lead.email:
        identities = () if is_role_mailbox(lead.email) else (lead.email_identity_id,)
    else:
        identities = (lead.phone_identity_id,)
    return (identity for identity in identities if identity is not None)


def is_of_company(domain: str) -> bool:
    return bool(domain) and not is_personal(domain)


def _names_in_blocks(blocks: Collection[str]) -> dict[str, list[Stored]]:
    """Block → the names in it. Blocks that too many names share are left out."""
    with connection.cursor() as cursor:
        cursor.execute(ASK_BLOCKS[connection.vendor], [_array(blocks), LARGEST_BLOCK + 1])
        found: defaultdict[str, list[Stored]] = defaultdict(list)
        for block, account, key in cursor.fetchall():
            found[block].append(Stored(account, key))
    return {block: names for block, names in found.items() if len(names) <= LARGEST_BLOCK}


def _add_accounts(known: Known, wanted: Mapping[Speaks, Collection[Any]]) -> None:
    """The accounts that any of this speaks for, and what does."""
    for key, speaks, account, people, domains in _rows(wanted):
        held = KnownAccount._make([*account, dict(people)])
        known.accounts[key] = held._replace(target=bool(held.target))
        for domain, excluded in domains:
            if excluded:
                known.excluded.add((key, domain))
            else:
                known.domains[key].add(domain)
        for what, value in speaks:
            _note(known, key, Speaks(what), value)
    for key, name in known.not_named:
        known.names[name].discard(key)


def _note(known: Known, account: AccountKey, what: Speaks, value: str) -> None:
    if what is Speaks.NAME:
        known.names[value].add(account)
    elif what is Speaks.NOT_NAMED:
        known.not_named.add((account, value))
    elif what is Speaks.PERSON:
        known.persons[int(value)] = account
    elif what is Speaks.DOMAIN and value in known.domains[account]:
        known.owners_of_domain[value].add(account)


def _rows(wanted: Mapping[Speaks, Collection[Any]]) -> Iterator[tuple[AccountKey, Any, Any, Any, Any]]:
    """Accounts with what speaks for them, their columns, people and domains; none where nothing is looked for."""
    dialect = DIALECTS[connection.vendor]
    arms = [arm for arm in ARMS if wanted.get(arm.speaks)]
    if not arms:
        return
    union = " UNION ALL ".join(ARM.format(**arm._asdict(), **dialect) for arm in arms)
    with connection.cursor() as cursor:
        cursor.execute(ACCOUNTS.format(arms=union, **dialect), [_array(wanted[arm.speaks]) for arm in arms])
        for key, *columns in cursor.fetchall():
            speaks, account, people, domains = (json.loads(column) if column else () for column in columns)
            yield key, speaks, account, people, domains


def _array(values: Collection[Any]) -> str | list[Any]:
    """The parameter that lists these values."""
    listed = sorted(values)
    return json.dumps(listed) if connection.vendor == "sqlite" else listed
