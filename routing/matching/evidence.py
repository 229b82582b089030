"""What speaks for which account: the person, the domain, the exact name. Index look-ups only, a few for a batch."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from django.db.models import Q

from routing.intake.company_names import name_key
from routing.intake.domains import is_personal, stem
from routing.intake.normalise import is_role_mailbox
from routing.matching.choice import (
    SAME_DOMAIN,
    SAME_NAME_ALONE,
    SAME_NAME_CORROBORATED,
    SAME_PERSON,
    Evidence,
)
from routing.models import Account, AccountAlias, AccountDomain, Identity, Lead

AccountKey: TypeAlias = int


@dataclass(slots=True)
class Known:
    """What our books hold on the people, domains and names of a batch."""

    persons: Mapping[int, AccountKey]
    names: Mapping[str, set[AccountKey]]
    domains: defaultdict[AccountKey, set[str]] = field(default_factory=lambda: defaultdict(set))
    excluded: set[tuple[AccountKey, str]] = field(default_factory=set)
    owners_of_domain: defaultdict[str, set[AccountKey]] = field(default_factory=lambda: defaultdict(set))
    accounts: Mapping[AccountKey, Account] = field(default_factory=dict)


def gather(leads: Sequence[Lead]) -> Known:
    """Everything that may speak for an account, with the accounts themselves and their owners."""
    known = Known(persons=_accounts_of_persons(leads), names=_accounts_of_names(leads))
    _add_domains(known, {lead.domain for lead in leads if _is_of_company(lead.domain)})
    wanted = {*known.persons.values(), *_all(known.names.values()), *_all(known.owners_of_domain.values())}
    if wanted:
        known.accounts = Account.objects.select_related("owner").order_by().in_bulk(wanted)
    return known


def evidence_of(lead: Lead, known: Known) -> dict[AccountKey, list[Evidence]]:
    """Account → what speaks for it. Never an account that this lead's domain is excluded from."""
    found: defaultdict[AccountKey, list[Evidence]] = defaultdict(list)
    for identity in _person_identities(lead):
        if (account := known.persons.get(identity)) is not None:
            found[account].append(Evidence(SAME_PERSON, "this person already belongs to the account"))
    for account in known.owners_of_domain.get(lead.domain, ()):
        found[account].append(Evidence(SAME_DOMAIN, f"domain {lead.domain}"))
    same_name = known.names.get(name_key(lead.company), set())
    for account in same_name:
        if evidence := _evidence_of_name(lead, account, known, alone=len(same_name) == 1):
            found[account].append(evidence)
    return {
        account: evidence
        for account, evidence in found.items()
        if account in known.accounts and (account, lead.domain) not in known.excluded
    }


def _evidence_of_name(lead: Lead, key: AccountKey, known: Known, *, alone: bool) -> Evidence | None:
    account = known.accounts.get(key)
    agreeing = list(_agreeing(lead, account, known.domains[key])) if account else []
    if agreeing:
        return Evidence(SAME_NAME_CORROBORATED, f"same company name and {' and '.join(agreeing)}")
    return Evidence(SAME_NAME_ALONE, "same company name, which no other account has") if alone else None


def _agreeing(lead: Lead, account: Account, domains: set[str]) -> Iterable[str]:
    """What else lead and account have in common besides the name."""
    if _is_of_company(lead.domain):
        own = stem(lead.domain)
        if own == account.name_key.replace(" ", "") or own in {stem(domain) for domain in domains}:
            yield f"the name in {lead.domain}"
    if lead.phone and _digits(lead.phone) == _digits(account.phone):
        yield "phone number"
    same_country = lead.country == account.country or not (lead.country and account.country)
    if same_country and lead.postal_code and _packed(lead.postal_code) == _packed(account.postal_code):
        yield "postal code"
    if lead.region and lead.region == account.region:
        yield "region"


def _accounts_of_persons(leads: Sequence[Lead]) -> dict[int, AccountKey]:
    identities = {identity for lead in leads for identity in _person_identities(lead)}
    if not identities:
        return {}
    return dict(Identity.objects.filter(pk__in=identities, account__isnull=False).values_list("pk", "account"))


def _person_identities(lead: Lead) -> Iterable[int]:
    """By e-mail address unless a whole desk has it; by phone, which people share, only if there is no address."""
    if lead.email:
        identities = () if is_role_mailbox(lead.email) else (lead.email_identity_id,)
    else:
        identities = (lead.phone_identity_id,)
    return (identity for identity in identities if identity is not None)


def _accounts_of_names(leads: Sequence[Lead]) -> dict[str, set[AccountKey]]:
    keys = {name_key(lead.company) for lead in leads if lead.company} - {""}
    accounts: dict[str, set[AccountKey]] = {}
    if keys:
        names = Account.objects.order_by().filter(name_key__in=keys).values_list("name_key", "pk")
        aliases = AccountAlias.objects.order_by().filter(name_key__in=keys).values_list("name_key", "account_id")
        for key, account in names.union(aliases):
            accounts.setdefault(key, set()).add(account)
    return accounts


def _add_domains(known: Known, wanted: set[str]) -> None:
    """Who has these domains, or must not be matched by them; and the domains of the accounts of the same name."""
    accounts = _all(known.names.values())
    conditions = Q(domain__in=wanted) if wanted else Q()
    if accounts:
        conditions |= Q(account__in=accounts)
    if not conditions:
        return
    for account, domain, excluded in (
        AccountDomain.objects.order_by().filter(conditions).values_list("account_id", "domain", "excluded")
    ):
        if excluded:
            known.excluded.add((account, domain))
            continue
        known.domains[account].add(domain)
        if domain in wanted:
            known.owners_of_domain[domain].add(account)


def _is_of_company(domain: str) -> bool:
    return bool(domain) and not is_personal(domain)


def _all(sets: Iterable[set[AccountKey]]) -> set[AccountKey]:
    return set().union(*sets)


def _digits(phone: str) -> str:
    return re.sub(r"\D", "", phone)


def _packed(postal_code: str) -> str:
    return postal_code.replace(" ", "").replace("-", "").upper()
