"""How long it takes to find a lead's account among many: exactly, and by a name that is written otherwise."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
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
    """Milliseconds a lead among a tenth of the accounts and among all of them, beside one look-up in the same seconds.

    The growth is how much slower the median is among ten times as many accounts.
    """
    few, all_of_them, leads = (200, 2_000, 50) if quick else (10_000, 100_000, 1_000)
    rows: list[Row] = []
    medians: dict[str, list[float]] = {kind: [] for kind in KINDS}
    make_accounts(0, few)
    for accounts in (few, all_of_them):
        make_accounts(few, accounts)
        for kind in KINDS:
            rows += _rows(kind, accounts, leads)
            medians[kind].append(rows[-1].value)
    growth = (Row(f"growth of {kind}, {few:,} → {all_of_them:,} accounts", connection.vendor, more / less, "×")
              for kind, (less, more) in medians.items())  # fmt: skip
    return [*rows, *growth]


def _rows(kind: str, accounts: int, leads: int) -> tuple[Row, Row]:
    """One look-up and one match by turns, so that what else the machine does slows both."""
    looking_up, matching = [], []
    for number in (number * 7919 % accounts for number in range(leads)):
        looking_up.append(_look_up(number))
        matching.append(_seconds(KINDS[kind](number), number))
    bare = _row(f"one SELECT by key, beside {kind}, {accounts:,} accounts", looking_up)
    row = _row(f"matching by {kind}, {accounts:,} accounts", matching)
    return bare, replace(row, ratio_to="one SELECT by key", ratio=row.value / bare.value)


def _row(part: str, times: Sequence[float]) -> Row:
    p50, p99 = percentile(times, 0.5) * 1e3, percentile(times, 0.99) * 1e3
    return Row(part, connection.vendor, p50, "ms", p50=p50, p99=p99)


def _look_up(number: int) -> float:
    """How long the least takes that could tell anything of an account."""
    start = perf_counter()
    list(Account.objects.filter(pk=number + 1).values_list("name"))
    return perf_counter() - start


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


KINDS: dict[str, Callable[[int], Lead]] = {"exact": _exact, "close name": _close}


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


def make_accounts(start: int, stop: int) -> None:
    """Accounts with these numbers, each with a domain and its names to be found by."""
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
