"""Rows for tests: the least that is valid, everything else by keyword."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import count
from typing import Any

from reps.models import Rep, Team
from routing.engine.types import Pool as PoolTerms
from routing.intake.company_names import name_key
from routing.models import Account, AccountDomain, Lead, Ledger, Pool, PoolMember, RoutingSettings, Rule, SlaPolicy
from routing.rulebook.content import pool_content
from routing.services.account_names import index_names
from routing.snapshots.pools import compile_pool

_number = count(1)


def make_team(**fields: Any) -> Team:
    n = next(_number)
    return Team.objects.create(**{"name": f"Team {n}", "timezone": "America/New_York"} | fields)


def make_rep(name: str = "", **fields: Any) -> Rep:
    """A rep who is always on shift."""
    n = next(_number)
    name = name or f"Rep {n}"
    defaults = {"name": name, "email": f"{name.split()[0].lower()}{n}@acme.example", "hours": Rep.Hours.ALWAYS}
    return Rep.objects.create(**defaults | fields)


def make_pool(*members: Rep, weights: list[float] | None = None, **fields: Any) -> Pool:
    n = next(_number)
    name = fields.pop("name", f"Pool {n}")
    pool = Pool.objects.create(name=name, ledger=Ledger.objects.create(name=f"pool: {name} {n}"), **fields)
    for position, rep in enumerate(members):
        PoolMember.objects.create(pool=pool, rep=rep, weight=weights[position] if weights else 1)
    return pool


def terms_of(*pools: Pool) -> dict[int, PoolTerms]:
    """The pools' settings as they would be published."""
    return {pool.pk: compile_pool(pool_content(pool)) for pool in pools}


def make_rule(**fields: Any) -> Rule:
    n = next(_number)
    return Rule.objects.create(**{"name": f"Rule {n}", "position": n, "conditions": []} | fields)


def make_catch_all(pool: Pool, **fields: Any) -> Rule:
    return make_rule(**{"name": "Catch-all", "catch_all": True, "pool": pool, "position": 100_000} | fields)


def make_sla(**fields: Any) -> SlaPolicy:
    return SlaPolicy.objects.create(**{"name": f"SLA {next(_number)}", "first_response_minutes": 5} | fields)


def make_settings(**fields: Any) -> RoutingSettings:
    return RoutingSettings.objects.update_or_create(pk=1, defaults=fields)[0]


def make_account(name: str = "", *, domains: tuple[str, ...] = (), **fields: Any) -> Account:
    n = next(_number)
    name = name or f"Account {n}"
    account = Account.objects.create(**{"name": name, "name_key": name_key(name)} | fields)
    for domain in domains:
        AccountDomain.objects.create(account=account, domain=domain)
    index_names(account_ids=[account.pk])
    return account


def make_lead(now: datetime, **fields: Any) -> Lead:
    """A pending lead, as receive_lead would have stored it, but without identities."""
    n = next(_number)
    defaults: dict[str, Any] = {
        "email": f"lead{n}@customer{n}.example",
        "domain": f"customer{n}.example",
        "first_name": "Mia",
        "last_name": f"Chen{n}",
        "submitted_at": now,
        "route_after": now,
    }
    return Lead.objects.create(**defaults | fields)


def make_owned_lead(now: datetime, owner: Rep, **fields: Any) -> Lead:
    owned_at = fields.pop("owned_at", now - timedelta(days=1))
    method = fields.pop("method", "round_robin")
    return make_lead(
        now,
        status=Lead.Status.ASSIGNED,
        owner=owner,
        owned_at=owned_at,
        first_owned_at=owned_at,
        route_after=None,
        method=method,
        attempt=1,
        **fields,
    )
