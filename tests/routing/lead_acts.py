"""A small company for the tests of actions, and what they look at afterwards."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from django.db.models import Sum

from reps.models import Rep
from routing.models import Assignment, Lead, LeadEvent, LedgerAccount, Offer, Pool
from routing.services.publish import publish
from routing.services.receive_lead import receive_lead
from routing.services.route_pending import route_all
from tests.factories import make_catch_all, make_pool, make_rep, make_settings

OTHER_STORIES = pytest.mark.one_database("other stories, told by the same queries as the first")
"""Of what happens by chance: one story is enough for a second database."""


def open_company(now: datetime, *names: str, **fields: Any) -> tuple[Pool, list[Rep]]:
    """Reps on shift in one pool, and a catch-all that leads there. `fields` are of the pool."""
    make_settings()
    reps = [make_rep(name) for name in names or ("Ana", "Bob", "Cy")]
    pool = make_pool(*reps, **{"name": "SMB"} | fields)
    make_catch_all(pool)
    publish(note="", user=None, now=now)
    return pool, reps


def routed(now: datetime, **facts: Any) -> Lead:
    """A lead that came in and was routed."""
    lead = receive_lead(facts={"form": "demo", "email": "mia@globex.com"} | facts, now=now).lead
    route_all(now=now)
    return fresh(lead)


def pour(now: datetime, leads: int) -> None:
    """Leads of so many strangers, routed in one batch."""
    for n in range(leads):
        receive_lead(facts={"email": f"mia@poured{n}.example"}, now=now)
    route_all(now=now)


def fresh(lead: Lead) -> Lead:
    return Lead.objects.select_related("owner").get(pk=lead.pk)


def owner_of(lead: Lead) -> Rep:
    owner = fresh(lead).owner
    assert owner is not None
    return owner


def current(lead: Lead) -> Assignment:
    return Assignment.objects.current().get(lead=lead)


def balances() -> dict[str, int]:
    """Name → billionths of a lead."""
    return dict(LedgerAccount.objects.values_list("rep__name", "balance"))


def sums() -> set[int]:
    """What the accounts of each ledger come to together."""
    keys = LedgerAccount.objects.order_by().values("ledger", "turns_by", "control")
    return {row["sum"] for row in keys.annotate(sum=Sum("balance"))}


def events(lead: Lead, kind: str) -> list[tuple[str, str]]:
    """Text and actor of the lead's events of a kind."""
    return list(LeadEvent.objects.filter(lead=lead, kind=kind).order_by("pk").values_list("text", "actor"))


def offer_results(lead: Lead) -> dict[str, str]:
    return dict(Offer.objects.filter(lead=lead).values_list("rep__name", "result"))
