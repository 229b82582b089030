"""A company with so many rows of everything that the API lists, each referring to others as real ones do."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from django.contrib.auth.models import User

from reps.models import Rep
from routing.models import (
    Account,
    AccountSuggestion,
    Assignment,
    AuditEntry,
    Decision,
    Import,
    ImportRow,
    Lead,
    LeadEvent,
    Offer,
    OutboxMessage,
    Pool,
    Rule,
    RulebookVersion,
    ScheduledVersion,
    SharedLink,
    Signal,
    Territory,
    Webhook,
    WebhookDelivery,
    Work,
)
from routing.services.importing.run import import_config
from routing.snapshots.traces import pack_json
from tests.factories import make_owned_lead


def make_company(rows: int, *, now: datetime) -> Lead:
    """Returns a lead that has as many decisions and events. Called again with more, the company has grown."""
    import_config(text=json.dumps(config_of(rows)), now=now, is_json=True)
    user, _ = User.objects.get_or_create(username="sam")
    have = Webhook.objects.count()
    reps, pools = list(Rep.objects.order_by("email")), list(Pool.objects.order_by("name"))
    first = Lead.objects.order_by("pk").first()
    for n in range(have, rows):
        lead = _lead(n, reps[n % len(reps)], pools[n % len(pools)], now)
        first = first or lead
        _of_lead(first, n, reps[n % len(reps)], pools[n % len(pools)], now)
        _beside(n, lead, reps[n % len(reps)], user, now)
    assert first is not None
    return first


def config_of(rows: int) -> dict[str, Any]:
    """A configuration file with so many rows in every section."""
    names = range(rows)
    reps = [
        {
            "email": f"rep{n}@acme.example",
            "name": f"Rep {n}",
            "team": f"Team {n}",
            "skills": [f"skill {n}"],
            "expertise": {f"topic {n}": 2},
            "working_hours": {"mon-fri": ["09:00-17:00"]},
            "channels": [{"kind": "email"}],
            "backup": f"rep{(n + 1) % rows}@acme.example",
        }
        for n in names
    ]
    whom = [{"rep": f"rep{n}@acme.example"} for n in names]
    rules = [
        {
            "name": f"Rule {n}",
            "when": [[{"field": "kind", "op": "is", "value": "demo"}]],
            "to": {"pool": f"Pool {n}"},
            "owner": f"rep{n}@acme.example",
            "sla": f"SLA {n}",
        }
        for n in names
    ]
    return {
        "version": 1,
        "skills": [f"skill {n}" for n in names],
        "topics": [{"name": f"topic {n}", "keywords": [f"word{n}"]} for n in names],
        "teams": [{"name": f"Team {n}", "manager": f"rep{n}@acme.example"} for n in names],
        "reps": reps,
        "time_off": [{"rep": f"rep{n}@acme.example", "from": "2027-01-01", "to": "2027-01-05"} for n in names],
        "tables": [{"name": f"Table {n}", "rows": {f"A{n}": whom[n], "B": {"pool": "Pool 0"}}} for n in names],
        "sources": [{"name": f"source {n}", "wait_for": ["country"], "wait_seconds": 1} for n in names],
        "territories": [
            {"name": f"Area {n}", "countries": ["US"], "postal_codes": [f"{n:05}"], "owner": whom[n]} for n in names
        ],
        "accounts": [
            {
                "name": f"Account {n}",
                "domains": [f"account{n}.example"],
                "aliases": [f"Alias {n}"],
                "owner": f"rep{n}@acme.example",
                "people": {"csm": f"rep{n}@acme.example"},
            }
            for n in names
        ],
        "pools": [{"name": f"Pool {n}", "members": whom, "requires": {"skills": ["skill 0"]}} for n in names],
        "sla_policies": [{"name": f"SLA {n}", "first_response_minutes": 5} for n in names],
        "rules": [*rules, {"name": "Catch-all", "to": {"pool": "Pool 0"}}],
        "examples": [
            {"name": f"Example {n}", "lead": {"email": f"x@account{n}.example"}, "expect": {"pool": "Pool 0"}}
            for n in names
        ],
        "forms": [{"name": f"Form {n}", "fields": [{"field": "email"}]} for n in names],
        "inbound": [{"name": f"Inbound {n}", "mapping": {"email": "email"}} for n in names],
    }


def _lead(n: int, rep: Rep, pool: Pool, now: datetime) -> Lead:
    lead = make_owned_lead(
        now + timedelta(seconds=n),
        rep,
        account=Account.objects.order_by("pk").first(),
        territory=Territory.objects.order_by("pk").first(),
    )
    Assignment.objects.create(
        lead=lead, rep=rep, pool=pool, rule=Rule.objects.order_by("pk").first(), method="round_robin", assigned_at=now
    )
    Offer.objects.create(lead=lead, rep=rep, pool=pool, kind=Offer.Kind.SECOND, offered_at=now, until=now)
    account = Account.objects.order_by("-pk")[:1].get()
    AccountSuggestion.objects.create(
        lead=lead, account=account, confidence=0.5, evidence="name", made_at=now, updated_at=now
    )
    return lead


def _of_lead(lead: Lead, n: int, rep: Rep, pool: Pool, now: datetime) -> None:
    """What a single lead has many of."""
    Decision.objects.create(
        lead=lead,
        outcome="assigned",
        method="round_robin",
        rep=rep,
        pool=pool,
        reason="By turn.",
        trace=pack_json({"v": 1}),
        decided_at=now + timedelta(seconds=n),
    )
    SharedLink.objects.create(lead=lead, created_at=now, ends_at=now + timedelta(days=36_500))
    LeadEvent.objects.create(lead=lead, kind=LeadEvent.Kind.EDITED, text="Changed", actor="Ana", happened_at=now)
    if n:
        Assignment.objects.create(
            lead=lead,
            rep=rep,
            pool=pool,
            attempt=n + 1,
            method="round_robin",
            assigned_at=now,
            ended_at=now,
            end_reason="released",
        )


def _beside(n: int, lead: Lead, rep: Rep, user: User, now: datetime) -> None:
    """What is listed of its own."""
    hook = Webhook.objects.create(name=f"Hook {n}", url="https://hook.example/", secret="whsec_x")
    WebhookDelivery.objects.create(
        uuid=uuid4(), webhook=hook, event="lead.assigned", lead=lead, body="{}", created_at=now, available_at=now
    )
    OutboxMessage.objects.create(key=f"message-{n}", kind="alert", lead=lead, rep=rep, created_at=now, available_at=now)
    Signal.objects.create(lead=lead, domain="globex.com", kind="hiring", observed_at=now, received_at=now)
    for kind in Work.Kind:
        Work.objects.create(kind=kind, requested_by=user, created_at=now)
    imported = Import.objects.create(section="leads", format="csv", requested_by=user, created_at=now)
    first = Import.objects.order_by("pk").first() or imported
    ImportRow.objects.create(imported=first, number=n + 1, state=ImportRow.State.NEW, lead=lead)
    AuditEntry.objects.create(action="key.made", user=user, happened_at=now)
    newest = RulebookVersion.objects.order_by("-number")[:1].get()
    content, number = newest.content, newest.number + 1
    ScheduledVersion.objects.create(content=content, publish_at=now, created_at=now, created_by=user)
    RulebookVersion.objects.create(number=number, content=content, published_at=now, published_by=user)
