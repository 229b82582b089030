"""How long it takes to find a lead's account among many: exactly, and by a name that is written otherwise."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from random import Random
from time import perf_counter

from django.db import connection

from routing.clock import current_time
from routing.engine.types import Settings
from routing.intake.company_names import name_key
from routing.management.benchmark.report import Row, percentile
from routing.matching import match_leads
from routing.models import Account, AccountDomain, Lead
from routing.services.account_names import index_names

AT_ONCE = 5_000
CONSONANTS, VOWELS = "bcdfghjklmnprstvwz", "aeiou"
TRADES = ("Energy", "Bank", "Foods", "Software", "Logistics", "Insurance", "Motors", "Media", "Dental", "Airlines")
COMMON = ("American", "First", "National", "United", "Pacific", "Northern")
FORMS = ("Inc.", "LLC", "GmbH", "Ltd", "Group", "Holdings", "International", "Corp.", "S.A.", "& Co. KG")
STATES = ("CA", "NY", "TX", "WA", "FL", "IL", "MA", "CO", "GA", "OR")


def measure(*, quick: bool) -> list[Row]:
    """Milliseconds a lead among a tenth of the accounts, and among all of them."""
    few, all_of_them, leads = (200, 2_000, 50) if quick else (10_000, 100_000, 1_000)
    rows: list[Row] = []
    made = 0
    for accounts in (few, all_of_them):
        _make_accounts(made, accounts)
        made = accounts
        before = {row.part.partition(",")[0]: row for row in rows}
        for kind, lead_of in (("exact", _exact), ("close name", _close)):
            row = _row(kind, accounts, lead_of, leads)
            if smaller := before.get(row.part.partition(",")[0]):
                row = replace(row, ratio_to=smaller.part, ratio=row.value / smaller.value)
            rows.append(row)
    return rows


def _row(kind: str, accounts: int, lead_of: Callable[[int], Lead], leads: int) -> Row:
    numbers = [number * 7919 % accounts for number in range(leads)]
    times = [_seconds(lead_of(number), number) for number in numbers]
    return Row(
        f"matching by {kind}, {accounts:,} accounts", connection.vendor, percentile(times, 0.5) * 1e3, "ms",
        p50=percentile(times, 0.5) * 1e3, p99=percentile(times, 0.99) * 1e3,
    )  # fmt: skip


def _seconds(lead: Lead, number: int) -> float:
    """How long one lead took, alone. It counts only if its account was found."""
    start = perf_counter()
    matching = match_leads([lead], Settings())[lead.pk]
    seconds = perf_counter() - start
    found = {matching.account.name} if matching.account else {suggestion.name for suggestion in matching.suggestions}
    if _name(number) not in found:
        raise AssertionError(f"{lead.company} is {_name(number)}, but {found or 'nothing'} was found.")
    return seconds


def _exact(number: int) -> Lead:
    return Lead(pk=number + 1, company=_name(number), domain=f"company{number}.example", email="a@company.example")


def _close(number: int) -> Lead:
    """One letter of the name is missing, and the state agrees."""
    name = _name(number)
    place = name.index(" ") // 2 + number % 3
    return Lead(pk=number + 1, company=name[:place] + name[place + 1 :], email="a@gmail.com", region=_region(number))


def _name(number: int) -> str:
    """Names that look like names: no two are the same, many share a trade and a form, and some a common beginning."""
    chance = Random(number)
    stem = "".join(chance.choice(CONSONANTS) + chance.choice(VOWELS) for _ in range(3)) + _letters(number)
    common = [chance.choice(COMMON)] if number % 5 == 0 else []
    return " ".join([*common, stem.title(), chance.choice(TRADES), chance.choice(FORMS)])


def _letters(number: int) -> str:
    """The number in letters, so that names differ by more than a digit."""
    letters = ""
    while number or not letters:
        number, rest = divmod(number, len(CONSONANTS) * len(VOWELS))
        letters += CONSONANTS[rest % len(CONSONANTS)] + VOWELS[rest // len(CONSONANTS)]
    return letters


def _region(number: int) -> str:
    return f"US-{STATES[number % len(STATES)]}"


def _make_accounts(start: int, stop: int) -> None:
    for chunk in _chunks(start, stop):
        accounts = Account.objects.bulk_create(
            Account(
                name=_name(number), name_key=name_key(_name(number)), country="US", region=_region(number),
                created_at=current_time(),
            )
            for number in chunk
        )  # fmt: skip
        AccountDomain.objects.bulk_create(
            AccountDomain(account=account, domain=f"company{number}.example")
            for account, number in zip(accounts, chunk, strict=True)
        )
        index_names(account_ids=[account.pk for account in accounts])
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def _chunks(start: int, stop: int) -> Iterator[range]:
    for first in range(start, stop, AT_ONCE):
        yield range(first, min(first + AT_ONCE, stop))
