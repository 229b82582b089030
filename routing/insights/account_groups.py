"""The group that an account lies in, from its topmost parent down, and the leads that were matched to an account."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db.models import Count, QuerySet

from routing.models import Account, Lead

LATELY = timedelta(days=30)
MOST_LEVELS = 8
MOST_ACCOUNTS = 200
"""Of one group on one page; the widest level is cut."""


@dataclass(slots=True)
class Member:
    """An account in its group. `leads`: how many were matched to it in the last 30 days, test leads aside."""

    account: Account
    leads: int = 0
    children: list[Member] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Group:
    """A whole group. `cut`: there are more accounts, or deeper ones, than are here."""

    top: Member
    size: int
    cut: bool

    @property
    def leads(self) -> int:
        return sum(member.leads for member in _all(self.top))


def _all(member: Member) -> Iterator[Member]:
    yield member
    for child in member.children:
        yield from _all(child)


def group_of(account: Account, *, now: datetime) -> Group:
    """With one query a level, up and down. Accounts that lie in themselves end where they come again."""
    top = Member(_topmost(account))
    members, level, cut = {top.account.pk: top}, [top.account.pk], False
    for _ in range(MOST_LEVELS):
        room = MOST_ACCOUNTS - len(members)
        below = list(_children(level).exclude(pk__in=members)[: room + 1])
        for child in below[:room]:
            members[child.pk] = Member(child)
            members[child.parent_id].children.append(members[child.pk])  # type: ignore[index]  # it has a parent
        level, cut = [child.pk for child in below], len(below) > room
        if cut or not level:
            break
    else:
        cut = _children(level).exclude(pk__in=members).exists()
    for key, count in _counts(members, now):
        members[key].leads = count
    return Group(top, len(members), cut)


def _topmost(account: Account) -> Account:
    seen = {account.pk}
    while account.parent_id and account.parent_id not in seen and len(seen) < MOST_LEVELS:
        seen.add(account.parent_id)
        account = Account.objects.select_related("owner").get(pk=account.parent_id)
    return account


def _children(parents: Iterable[int]) -> QuerySet[Account]:
    return Account.objects.filter(parent__in=list(parents)).select_related("owner").order_by("name", "pk")


def matched_leads(account: Account, *, now: datetime) -> QuerySet[Lead]:
    """The leads of the last 30 days that were matched to the account, newest first, test leads aside."""
    return Lead.objects.filter(account=account, submitted_at__gte=now - LATELY, test=False).order_by(
        "-submitted_at", "-pk"
    )


def _counts(keys: Iterable[int], now: datetime) -> Iterable[tuple[int, int]]:
    lately = Lead.objects.filter(account__in=list(keys), submitted_at__gte=now - LATELY, test=False)
    return lately.order_by().values("account").annotate(count=Count("pk")).values_list("account", "count")
