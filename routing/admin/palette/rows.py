"""Rows that are found by their names: for whoever sees their list, by what the list looks in."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from django.contrib import admin
from django.db.models import Count, Model, Q, QuerySet, Subquery
from django.http import HttpRequest
from django.urls import reverse
from django.utils.http import urlencode

from reps.admin_display import moment
from reps.models import Rep, Team
from routing.admin.base import received_at
from routing.admin.palette.found import MOST, Found, Group, told_apart
from routing.models import Account, AccountAlias, AccountDomain, Pool, Rule, RulebookVersion, Territory, Topic

MOST_KEYWORDS = 4
VERSION = re.compile(r"(?:versions?|v)? ?([0-9]{1,9})?", re.IGNORECASE)
"""How a version is called; without a number: all of them. More digits fit no column."""


def _account(account: Account) -> str:
    domains = [domain.domain for domain in account.domains.all() if not domain.excluded]
    return told_apart(", ".join(domains), account.get_stage_display(), account.owner)


def _rep(rep: Rep) -> str:
    state = "Inactive" if not rep.active else "Paused" if rep.paused else ""
    return told_apart(rep.email, rep.team, rep.get_kind_display() if rep.kind == Rep.Kind.AGENT else "", state)


def _team(team: Any) -> str:
    return told_apart(
        f"Led by {team.manager}" if team.manager else "Without a manager", _many(team.size, "rep"), team.timezone
    )


def _rule(rule: Rule) -> str:
    named = {
        Rule.DestinationKind.POOL: rule.pool,
        Rule.DestinationKind.REP: rule.rep,
        Rule.DestinationKind.TABLE: rule.table,
    }.get(Rule.DestinationKind(rule.destination))
    to = f"{rule.get_destination_display()} {named}" if named else rule.get_destination_display()
    return told_apart(f"To: {to}", "Takes all the rest" if rule.catch_all else "", "" if rule.enabled else "Off")


def _pool(pool: Any) -> str:
    return told_apart(pool.get_strategy_display(), _many(pool.size, "member"))


def _territory(territory: Territory) -> str:
    owner = territory.owner_rep or territory.owner_pool
    return told_apart(f"In {territory.parent}" if territory.parent else "", owner or "Without an owner of its own")


def _topic(topic: Topic) -> str:
    return ", ".join(topic.keywords[:MOST_KEYWORDS]) if isinstance(topic.keywords, list) else ""


def _version(version: Any) -> str:
    by = version.published_by.get_username() if version.published_by else ""
    return told_apart("Live" if version.number == version.live else "", version.note, by)


def _many(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _versions() -> QuerySet[Any]:
    newest = RulebookVersion.objects.order_by("-number").values("number")[:1]
    return RulebookVersion.objects.defer("content").select_related("published_by").annotate(live=Subquery(newest))


class Kind(NamedTuple):
    """`rows` are those that can be found, with what `remark` needs; `known_by` says by what they are looked for."""

    model: type[Model]
    title: str
    icon: str
    known_by: str
    rows: Callable[[], QuerySet[Any]]
    remark: Callable[[Any], str]


KINDS = (
    Kind(
        Account,
        "Accounts",
        "domain",
        "name or domain",
        lambda: Account.objects.select_related("owner").prefetch_related("domains"),
        _account,
    ),
    Kind(Rep, "Reps", "badge", "name or e-mail address", lambda: Rep.objects.select_related("team"), _rep),
    Kind(
        Team,
        "Teams",
        "diversity_3",
        "name",
        lambda: Team.objects.select_related("manager").annotate(size=Count("reps")),
        _team,
    ),
    Kind(
        Rule,
        "Rules",
        "alt_route",
        "name",
        lambda: Rule.objects.current().in_order().select_related("pool", "rep", "table"),
        _rule,
    ),
    Kind(Pool, "Pools", "groups", "name", lambda: Pool.objects.current().annotate(size=Count("members")), _pool),
    Kind(
        Territory,
        "Territories",
        "public",
        "name",
        lambda: Territory.objects.current().select_related("parent", "owner_rep", "owner_pool"),
        _territory,
    ),
    Kind(Topic, "Topics", "sell", "name", lambda: Topic.objects.current(), _topic),
    Kind(RulebookVersion, "Versions", "history", "number or note", _versions, _version),
)


def visible_kinds(request: HttpRequest) -> list[Kind]:
    """Those whose lists this person may see."""
    return [kind for kind in KINDS if admin.site._registry[kind.model].has_view_permission(request)]


def find_rows(request: HttpRequest, term: str) -> Iterator[Group]:
    for kind in visible_kinds(request):
        rows = list(_looked_up(request, kind, term)[: MOST + 1])
        found = [_shown(request, kind, row) for row in rows[:MOST]]
        if len(rows) > MOST:
            link = f"{_address(kind, 'changelist')}?{urlencode({'q': term})}"
            found.append(Found(f"More {kind.title.lower()}", f"All with “{term}”", "list", link))
        if found:
            yield Group(kind.title, found)


def _looked_up(request: HttpRequest, kind: Kind, term: str) -> QuerySet[Any]:
    """As its list looks, and versions by their numbers too."""
    rows = kind.rows()
    if kind.model is Account:
        return rows.filter(*map(_of_account, term.split()))
    page: Any = admin.site._registry[kind.model]
    fitting, _ = page.get_search_results(request, rows, term)
    if kind.model is RulebookVersion and (called := VERSION.fullmatch(term)):
        return rows.filter(Q(number=int(called[1])) | Q(pk__in=fitting.values("pk"))) if called[1] else rows
    return fitting


def _of_account(word: str) -> Q:
    """By what the list looks in, but each table alone: joined, a hundred thousand accounts take over a second."""
    domains = AccountDomain.objects.filter(domain__icontains=word).values("account")
    aliases = AccountAlias.objects.filter(name__icontains=word).values("account")
    return Q(name__icontains=word) | Q(pk__in=domains) | Q(pk__in=aliases)


def _shown(request: HttpRequest, kind: Kind, row: Any) -> Found:
    found = Found(str(row), kind.remark(row), kind.icon, _address(kind, "change", row.pk))
    if kind.model is RulebookVersion:
        return found._replace(when=moment(row.published_at, received_at(request)))
    return found


def _address(kind: Kind, page: str, *args: Any) -> str:
    opts = kind.model._meta
    return reverse(f"admin:{opts.app_label}_{opts.model_name}_{page}", args=args)
