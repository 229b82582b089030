"""What is heard of whom: the newest signals by account, with their topics and what is left of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from routing.engine.types import Rulebook
from routing.intake import registrable_domain
from routing.intent import Tag
from routing.models import Account, AccountDomain, Lead, Signal
from routing.snapshots.signals import FORGOTTEN, half_life_of, left_of, topics_of_signals

NEWEST = 200
"""Signals that are looked at."""
MOST_SUBJECTS, MOST_OF_ONE = 12, 4


@dataclass(frozen=True, slots=True)
class Heard:
    """A signal; `left` (0 to 1) is what it still counts. `own`: the half-life is not the company's."""

    signal: Signal
    left: float
    half_life_days: float
    own: bool
    topics: tuple[Tag, ...]

    @property
    def forgotten(self) -> bool:
        return self.left <= FORGOTTEN


@dataclass(frozen=True, slots=True)
class Subject:
    """Whom signals are about: an account, else a lead, else an address or domain that is nobody's yet."""

    name: str
    account: Account | None
    lead: Lead | None
    heard: tuple[Heard, ...]
    more: int


def latest_signals(rulebook: Rulebook, *, now: datetime) -> list[Subject]:
    """Who was heard of last comes first. Four queries at most, whatever there is."""
    newest = list(Signal.objects.select_related("lead__account").order_by("-observed_at", "-pk")[:NEWEST])
    accounts = _accounts(newest)
    found: defaultdict[tuple[str, object], list[Signal]] = defaultdict(list)
    for one in newest:
        found[_key(one, accounts)].append(one)
    subjects = list(found.values())[:MOST_SUBJECTS]
    topics = topics_of_signals([one for signals in subjects for one in signals[:MOST_OF_ONE]], rulebook)
    return [_subject(signals, accounts, rulebook, topics, now) for signals in subjects]


def _accounts(signals: Sequence[Signal]) -> Mapping[str, Account]:
    """The account that each domain belongs to."""
    domains = {domain for one in signals if (domain := _domain(one))}
    rows = AccountDomain.objects.filter(domain__in=domains, excluded=False).select_related("account")
    return {row.domain: row.account for row in rows}


def _domain(one: Signal) -> str:
    return one.domain or registrable_domain(one.email.rpartition("@")[2])


def _account(one: Signal, accounts: Mapping[str, Account]) -> Account | None:
    if one.lead is not None and one.lead.account is not None:
        return one.lead.account
    return accounts.get(_domain(one))


def _key(one: Signal, accounts: Mapping[str, Account]) -> tuple[str, object]:
    account = _account(one, accounts)
    if account is not None:
        return "account", account.pk
    return ("lead", one.lead_id) if one.lead_id else ("name", one.email or one.domain)


def _subject(
    signals: Sequence[Signal],
    accounts: Mapping[str, Account],
    rulebook: Rulebook,
    topics: Mapping[int, list[Tag]],
    now: datetime,
) -> Subject:
    first, shown = signals[0], signals[:MOST_OF_ONE]
    account = _account(first, accounts)
    name = account.name if account else first.lead.label if first.lead else first.email or first.domain
    heard = tuple(_heard(one, rulebook, topics[one.pk], now) for one in shown)
    return Subject(name, account, None if account else first.lead, heard, len(signals) - len(shown))


def _heard(one: Signal, rulebook: Rulebook, topics: Sequence[Tag], now: datetime) -> Heard:
    return Heard(
        signal=one,
        left=left_of(one, rulebook, now),
        half_life_days=half_life_of(one, rulebook),
        own=one.half_life_days is not None,
        topics=tuple(topics),
    )
