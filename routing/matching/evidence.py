"""What speaks for which account: somebody said so, the person, the domain, the same or a close name. Pure."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator

from routing.intake.company_names import name_key
from routing.intake.domains import stem
from routing.matching.books import AccountKey, Known, KnownAccount, is_of_company, person_identities
from routing.matching.choice import (
    CLOSE_NAME,
    CLOSE_NAME_CORROBORATED,
    SAME_DOMAIN,
    SAME_NAME_ALONE,
    SAME_NAME_CORROBORATED,
    SAME_PERSON,
    TOLD,
    Evidence,
    Ground,
)
from routing.models import Lead


def evidence_of(lead: Lead, known: Known) -> dict[AccountKey, list[Evidence]]:
    """Account → what speaks for it. Never an account that this lead's domain is excluded from."""
    found: defaultdict[AccountKey, list[Evidence]] = defaultdict(list)
    for account, evidence in (*_of_person(lead, known), *_of_domain(lead, known), *_of_name(lead, known)):
        if (account, lead.domain) not in known.excluded:
            found[account].append(evidence)
    if lead.account_told and lead.account_id:
        found[lead.account_id].append(Evidence(TOLD, lead.account_evidence, Ground.TOLD))
    return {account: evidence for account, evidence in found.items() if account in known.accounts}


def _of_person(lead: Lead, known: Known) -> Iterator[tuple[AccountKey, Evidence]]:
    for identity in person_identities(lead):
        if (account := known.persons.get(identity)) is not None:
            yield account, Evidence(SAME_PERSON, "this person already belongs to the account", Ground.PERSON)


def _of_domain(lead: Lead, known: Known) -> Iterator[tuple[AccountKey, Evidence]]:
    for account in known.owners_of_domain.get(lead.domain, ()):
        yield account, Evidence(SAME_DOMAIN, f"domain {lead.domain}", Ground.DOMAIN)


def _of_name(lead: Lead, known: Known) -> Iterator[tuple[AccountKey, Evidence]]:
    key = name_key(lead.company)
    same = known.names.get(key, set())
    for account in same:
        if evidence := _of_same_name(lead, account, known, alone=len(same) == 1):
            yield account, evidence
    for account in {close.account for close in known.close_names.get(key, ())} - same:
        if (account, key) not in known.not_named and (evidence := _of_close_name(lead, account, known)):
            yield account, evidence


def _of_same_name(lead: Lead, account: AccountKey, known: Known, *, alone: bool) -> Evidence | None:
    if agreeing := _agreeing(lead, account, known):
        return Evidence(SAME_NAME_CORROBORATED, f"same company name and {' and '.join(agreeing)}", Ground.NAME)
    return Evidence(SAME_NAME_ALONE, "same company name, which no other account has", Ground.NAME) if alone else None


def _of_close_name(lead: Lead, account: AccountKey, known: Known) -> Evidence | None:
    agreeing = _agreeing(lead, account, known)
    if not agreeing:
        return None
    confidence = CLOSE_NAME if len(agreeing) == 1 else CLOSE_NAME_CORROBORATED
    return Evidence(confidence, f"similar company name and {' and '.join(agreeing)}", Ground.NAME)


def _agreeing(lead: Lead, key: AccountKey, known: Known) -> list[str]:
    """What else lead and account have in common besides the name."""
    account = known.accounts.get(key)
    if account is None:
        return []
    agrees = {
        f"the name in {lead.domain}": _domain_is_named_so(lead, account, known.domains[key]),
        "phone number": bool(lead.phone) and _digits(lead.phone) == _digits(account.phone),
        "postal code": _same_postal_code(lead, account),
        "region": bool(lead.region) and lead.region == account.region,
    }
    return [what for what, does in agrees.items() if does]


def _domain_is_named_so(lead: Lead, account: KnownAccount, domains: Iterable[str]) -> bool:
    """Whether the lead's domain is the account's name, or as one of its domains is but for the ending."""
    if not is_of_company(lead.domain):
        return False
    own = stem(lead.domain)
    return own == account.name_key.replace(" ", "") or any(own == stem(domain) for domain in domains)


def _same_postal_code(lead: Lead, account: KnownAccount) -> bool:
    """Codes of two countries are two codes; where one country is not known, they are taken for one."""
    if lead.country and account.country and lead.country != account.country:
        return False
    return bool(lead.postal_code) and _packed(lead.postal_code) == _packed(account.postal_code)


def _digits(phone: str) -> str:
    return re.sub(r"\D", "", phone)


def _packed(postal_code: str) -> str:
    return postal_code.replace(" ", "").replace("-", "").upper()
