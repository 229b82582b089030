"""What speaks for which account: somebody said so, the person, the domain, the same or a close name. Pure."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from enum import Enum, auto
from typing import NamedTuple

from routing.intake.company_names import name_key
from routing.intake.domains import stem
from routing.matching.books import AccountKey, Known, KnownAccount, is_of_company, person_identities
from routing.matching.choice import (
    ALIKE_NAME,
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
from routing.matching.closeness import Closeness
from routing.matching.likeness import Likeness
from routing.matching.readings import countries_in, kin_of, named_domain
from routing.models import Lead


def evidence_of(lead: Lead, known: Known) -> dict[AccountKey, list[Evidence]]:
    """Account → what speaks for it. Never an account that this lead's domain is excluded from."""
    found: defaultdict[AccountKey, list[Evidence]] = defaultdict(list)
    for account, evidence in (
        *_of_person(lead, known),
        *_of_domain(lead, known),
        *_of_named_domain(lead, known),
        *_of_name(lead, known),
    ):
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


def _of_named_domain(lead: Lead, known: Known) -> Iterator[tuple[AccountKey, Evidence]]:
    """Who calls the company by a web address says which one it is; under another ending it is only a similar name.

    It can be unlearned as any name can.
    """
    called, key = named_domain(lead.company), name_key(lead.company)
    for domain in (called, *kin_of(called)):
        for account in known.owners_of_domain.get(domain, ()):
            if (account, key) in known.not_named:
                continue
            if domain == called:
                yield account, Evidence(SAME_DOMAIN, f"company called {domain}", Ground.NAME)
            elif agreeing := _agreeing(lead, account, known):
                like = f"company called {called}, almost as {domain}, and {_listed(agreeing)}"
                yield account, Evidence(_of_close(agreeing), like, Ground.NAME)


def _of_name(lead: Lead, known: Known) -> Iterator[tuple[AccountKey, Evidence]]:
    key = name_key(lead.company)
    same = known.names.get(key, set())
    like = {
        account: found
        for account, found in known.close_names.get(lead.company, {}).items()
        if account not in same and not known.not_named & {(account, key), (account, found.name_key)}
    }
    named = same | {account for account, found in like.items() if found.closeness is Closeness.SPELT}
    for account in named:
        if evidence := _of_same_name(lead, account, known, like.get(account), alone=len(named) == 1):
            yield account, evidence
    for account in like.keys() - named:
        if evidence := _of_like_name(lead, account, known, like[account]):
            yield account, evidence


def _of_same_name(
    lead: Lead, account: AccountKey, known: Known, spelt: Likeness | None, *, alone: bool
) -> Evidence | None:
    agreeing = _agreeing(lead, account, known)
    same = f"same company name{_read_as(spelt)}"
    if agreeing:
        return Evidence(SAME_NAME_CORROBORATED, f"{same} and {_listed(agreeing)}", Ground.NAME)
    return Evidence(SAME_NAME_ALONE, f"{same}, which no other account has", Ground.NAME) if alone else None


def _of_like_name(lead: Lead, account: AccountKey, known: Known, found: Likeness) -> Evidence | None:
    """A name that is only alike needs a fact that neighbours do not share to be more than a suggestion."""
    agreeing = _agreeing(lead, account, known)
    if not agreeing:
        return None
    if found.closeness is Closeness.ALIKE:
        sure = len(agreeing) > 1 and any(fact.of_company for fact in agreeing)
        confidence = CLOSE_NAME_CORROBORATED if sure else ALIKE_NAME
    else:
        agreeing = _with_country(agreeing, lead, known.accounts[account])
        confidence = _of_close(agreeing)
    return Evidence(confidence, f"similar company name{_read_as(found)} and {_listed(agreeing)}", Ground.NAME)


def _of_close(agreeing: Sequence[Fact]) -> float:
    return CLOSE_NAME if len(agreeing) == 1 else CLOSE_NAME_CORROBORATED


def _read_as(found: Likeness | None) -> str:
    return f" (read as “{found.read_as}”)" if found and found.read_as else ""


class Agrees(Enum):
    """What a fact is of."""

    DOMAIN = auto()
    PHONE = auto()
    POSTAL_CODE = auto()
    REGION = auto()
    COUNTRY = auto()


class Fact(NamedTuple):
    """Something besides the name that lead and account have in common, for people to read."""

    kind: Agrees
    text: str

    @property
    def of_company(self) -> bool:
        """Whether no neighbour has it, too."""
        return self.kind in (Agrees.DOMAIN, Agrees.PHONE)


def _listed(facts: Iterable[Fact]) -> str:
    return " and ".join(fact.text for fact in facts)


def _agreeing(lead: Lead, key: AccountKey, known: Known) -> list[Fact]:
    """What else lead and account have in common besides the name."""
    account = known.accounts.get(key)
    if account is None:
        return []
    agrees = {
        Fact(Agrees.DOMAIN, f"the name in {lead.domain}"): _domain_is_named_so(lead, account, known.domains[key]),
        Fact(Agrees.PHONE, "phone number"): bool(lead.phone) and _digits(lead.phone) == _digits(account.phone),
        Fact(Agrees.POSTAL_CODE, "postal code"): _same_postal_code(lead, account),
        Fact(Agrees.REGION, "region"): bool(lead.region) and lead.region == account.region,
    }
    return [fact for fact, does in agrees.items() if does]


def _with_country(agreeing: list[Fact], lead: Lead, account: KnownAccount) -> list[Fact]:
    """A country says little, as many are in it; with a domain that nobody else has, it says which of that name.

    A branch is where its name says, and need not be where the company is.
    """
    if not lead.country or [fact.kind for fact in agreeing] != [Agrees.DOMAIN]:
        return agreeing
    if lead.country == account.country:
        return [*agreeing, Fact(Agrees.COUNTRY, "country")]
    if lead.country in countries_in(lead.company):
        return [*agreeing, Fact(Agrees.COUNTRY, "the country that it is named after")]
    return agreeing


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
