"""The set: a thousand names, each with its account or none, its family, and whether tuning may look at it."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from random import Random
from typing import NamedTuple

from routing.management.benchmark.names import rivals, variants
from routing.management.benchmark.names.book import Company, Place, companies

HELD_OUT_FAMILY = "as heard"
"""No matcher was ever tuned on it; of the other families every second name is held out."""
OF_A_FAMILY, OF_THE_HELD_OUT = 45, 54
SIZE = 1_000
LOOK_ALIKE, BRAND, STRANGER = "look-alike", "brand of its own", "not in the book"
STEP = 67
"""Coprime to the number of companies, so that each family takes others first."""


class Pair(NamedTuple):
    """A name as a lead writes it. `account` is the name of the account that it belongs to, empty if there is none.

    `near` is the company whose address the lead may have: its account's, or that of the account it looks like.
    `place` is where the lead is if that is elsewhere.
    """

    written: str
    account: str
    family: str
    held_out: bool
    near: Company
    place: Place | None = None


@cache
def pairs() -> tuple[Pair, ...]:
    """All of them, the same every time."""
    book = companies()
    return (*_variants(book), *_others(book))


def _variants(book: tuple[Company, ...]) -> Iterator[Pair]:
    places = {company.place.country: company.place for company in book}
    for number, (family, vary) in enumerate(variants.FAMILIES.items()):
        wanted = OF_THE_HELD_OUT if family == HELD_OUT_FAMILY else OF_A_FAMILY
        seen = set[str]()
        for turn in range(len(book) * 20):
            company = book[(number * 29 + turn * STEP) % len(book)]
            seed = f"{family} {turn}"
            written = vary(company, Random(seed))
            if len(seen) == wanted or written in seen or not _says_it_otherwise(written, company, family):
                continue
            country = variants.branch_country(company, Random(seed)) if family == "branch" else ""
            place = places[country] if country and country != company.place.country else None
            held_out = family == HELD_OUT_FAMILY or len(seen) % 2 == 1
            seen.add(written)
            yield Pair(written, company.name, family, held_out, company, place)


def _says_it_otherwise(written: str, company: Company, family: str) -> bool:
    """Only the family of legal forms is about leaving one out."""
    plain = company.name if family == "legal form" else variants.core(company.name)
    return bool(written) and written not in (company.name, plain)


def _others(book: tuple[Company, ...]) -> Iterator[Pair]:
    named = {company.name: company for company in book}
    for family, listed in ((LOOK_ALIKE, rivals.look_alikes()), (BRAND, rivals.brands())):
        for number, (account, written) in enumerate(listed):
            yield Pair(written, "", family, number % 2 == 1, named[account])
    for number, written in enumerate(rivals.strangers()):
        yield Pair(written, "", STRANGER, number % 2 == 1, book[number * STEP % len(book)])
