"""How often a lead's account is found by the name of its company, and how often that is the right one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

from django.db import connection

from routing.clock import current_time
from routing.engine.types import Settings
from routing.intake import prepare
from routing.intake.company_names import name_key
from routing.management.benchmark.names.book import companies
from routing.management.benchmark.names.forms import Form, facts_of
from routing.management.benchmark.names.pairs import HELD_OUT_FAMILY, Pair, pairs
from routing.management.benchmark.report import Row
from routing.matching import match_leads
from routing.models import Account, AccountDomain, Lead
from routing.services.account_names import index_names

THRESHOLDS = (0.70, 0.75, 0.80, 0.85, 0.90, 0.95)
LEAST = 0.5
"""From here on an account is suggested at least."""


class Found(NamedTuple):
    """What became of a name: the likeliest account, empty if none is likely, and how sure that is.

    `agreeing` counts the facts of the lead that agree with the account which it belongs to or looks like.
    """

    pair: Pair
    agreeing: int
    account: str
    confidence: float


class Quality(NamedTuple):
    """Names with an account, names that were matched at all, and those that were matched to their own."""

    belonging: int
    matched: int
    right: int

    @property
    def precision(self) -> float:
        """The share of matches that are right; 1 where nothing was matched."""
        return self.right / self.matched if self.matched else 1.0

    @property
    def recall(self) -> float:
        """The share of names with an account that were matched to it; 1 where no name has one."""
        return self.right / self.belonging if self.belonging else 1.0


def measure(*, quick: bool) -> list[Row]:
    """Precision and recall of all names in each form; by threshold, by family and apart for the names held out."""
    make_book()
    rows: list[Row] = []
    for form in (Form.DRAWN, Form.TWO) if quick else Form:
        found = find(form)
        for part, some in ((part, some) for part, some in _parts(found) if some):
            rows += _rows(f"{form}, {part}", some, Settings().match_threshold)
        if form in (Form.DRAWN, Form.TWO):
            for threshold in (LEAST, *THRESHOLDS):
                rows += _rows(f"{form}, threshold {threshold:.2f}", found, threshold)
    return rows


def make_book() -> None:
    """Keep the accounts of the set in the database, as an import does."""
    accounts = Account.objects.bulk_create(
        Account(
            name=company.name, name_key=name_key(company.name), country=company.place.country,
            region=company.place.region, postal_code=company.place.postal_code, phone=company.place.phone,
            created_at=current_time(),
        )
        for company in companies()
    )  # fmt: skip
    AccountDomain.objects.bulk_create(
        AccountDomain(account=account, domain=company.domain)
        for account, company in zip(accounts, companies(), strict=True)
    )
    index_names(account_ids=[account.pk for account in accounts])


def find(form: Form) -> list[Found]:
    """Match every name of the set, taken in as any lead is.

    It is asked for from the lowest threshold on: no account of the set is a customer or a target, so that the surest
    is chosen first, and a higher threshold only drops it.
    """
    leads, told = [], []
    for number, pair in enumerate(pairs()):
        facts, agreeing = facts_of(pair, number, form)
        leads.append(Lead(pk=number + 1, **prepare(facts).values))
        told.append((pair, agreeing))
    matched = match_leads(leads, replace(Settings(), match_threshold=LEAST))
    found = []
    for lead, (pair, agreeing) in zip(leads, told, strict=True):
        account = matched[lead.pk].account
        found.append(Found(pair, agreeing, account.name if account else "", account.confidence if account else 0.0))
    return found


def quality(found: Iterable[Found], threshold: float) -> Quality:
    """How good the matches from this threshold on are."""
    belonging = matched = right = 0
    for one in found:
        belonging += bool(one.pair.account)
        if one.account and one.confidence >= threshold:
            matched += 1
            right += one.account == one.pair.account
    return Quality(belonging, matched, right)


def _parts(found: Sequence[Found]) -> Iterator[tuple[str, list[Found]]]:
    agreeing = ("nothing agrees", "one agrees", "two or more agree")
    for told, some in (
        ("all", list(found)),
        *((told, [one for one in found if min(one.agreeing, 2) == least]) for least, told in enumerate(agreeing)),
    ):
        yield told, some
        yield f"{told}, tuning", [one for one in some if not one.pair.held_out]
        yield f"{told}, held out", [one for one in some if one.pair.held_out]
        apart = [one for one in some if one.pair.held_out and one.pair.family != HELD_OUT_FAMILY]
        yield f"{told}, held out without “{HELD_OUT_FAMILY}”", apart
        yield f"{told}, “{HELD_OUT_FAMILY}”", [one for one in some if one.pair.family == HELD_OUT_FAMILY]
    for family in dict.fromkeys(one.pair.family for one in found):
        for told, held_out in (("tuning", False), ("held out", True)):
            if some := [one for one in found if one.pair.family == family and one.pair.held_out is held_out]:
                yield f"{family}, {told}", some


def _rows(part: str, found: Sequence[Found], threshold: float) -> Iterator[Row]:
    measured = quality(found, threshold)
    yield Row(f"precision, {part}", connection.vendor, measured.precision, f"of {measured.matched} matches")
    if measured.belonging:
        yield Row(f"recall, {part}", connection.vendor, measured.recall, f"of {measured.belonging} names")
