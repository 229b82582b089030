"""A lead that shows what a preset does, of what is there: the user's own accounts, territories and topics."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from reps.models import Expertise
from routing.engine.folding import fold
from routing.models import Account, AccountDomain, Territory, Topic
from routing.services.presets.make import Draft
from routing.services.presets.recipes import ACCOUNT_OWNERS, HOT_LEADS, TERRITORIES, TOPICS, Recipe

NOBODY_KNOWN: dict[str, Any] = {
    "first_name": "Tess",
    "last_name": "Lead",
    "company": "Brightwater",
    "job_title": "Operations Manager",
    "employees": 80,
    "kind": "demo",
    "source": "website",
    "message": "We would like to see it next week.",
    "test": True,
}
"""Posted as it is, it takes no turn and is in no figure."""
HOT = {"job_title": "Chief Operating Officer", "employees": 900}
DOMAIN = "domain"
"""Of the address, where the lead is of a company that is known."""
LOWEST_POSTAL_CODE = re.compile(r"[0-9A-Za-z]+")


def lead_that_shows(recipe: Recipe, draft: Draft, now: datetime) -> dict[str, Any]:
    """A lead of somebody new each time: otherwise it would go to whoever had the test lead before.

    For the recommended set-up it is the hot one, since everything else has a preset of its own.
    """
    made_now = f"{now:%y%m%d%H%M%S}"
    facts = _facts(recipe, draft)
    domain = facts.pop(DOMAIN, None) or f"brightwater-{made_now}.example"
    return {"email": f"tess.lead+{made_now}@{domain}"} | facts


def _facts(recipe: Recipe, draft: Draft) -> dict[str, Any]:
    if HOT_LEADS in recipe.rules:
        return NOBODY_KNOWN | HOT
    if ACCOUNT_OWNERS in recipe.rules:
        return NOBODY_KNOWN | _of_an_account()
    if TERRITORIES in recipe.rules:
        return NOBODY_KNOWN | _in_a_territory()
    if TOPICS in recipe.rules:
        return NOBODY_KNOWN | _about_a_topic(draft)
    return dict(NOBODY_KNOWN)


def _of_an_account() -> dict[str, Any]:
    domains = AccountDomain.objects.filter(excluded=False).select_related("account").order_by("account__name", "pk")
    found = domains.filter(account__owner__active=True).first() or domains.first()
    if found is not None:
        return {DOMAIN: found.domain, "company": found.account.name}
    account = Account.objects.order_by("name").first()
    return {"company": account.name} if account else {}


def _in_a_territory() -> dict[str, Any]:
    territories = Territory.objects.current().order_by("name").select_related("parent")
    owned = next((row for row in territories if any(_has_owner(line) for line in _lineage(row))), None)
    chosen = owned or territories.first()
    facts: dict[str, Any] = {}
    for territory in _lineage(chosen):
        facts = _facts_in(territory) | facts  # the nearest criteria count
    return facts


def _has_owner(territory: Territory) -> bool:
    return territory.owner_rep_id is not None or territory.owner_pool_id is not None


def _lineage(territory: Territory | None) -> Iterator[Territory]:
    """A territory, its parent, and so on; not twice, were they to run in a circle."""
    seen: set[int] = set()
    while territory is not None and territory.pk not in seen:
        seen.add(territory.pk)
        yield territory
        territory = territory.parent


def _facts_in(territory: Territory) -> dict[str, Any]:
    """Facts that meet its criteria."""
    lists = {
        "country": territory.countries,
        "region": territory.regions,
        "city": territory.cities,
        "industry": territory.industries,
        "source": territory.sources,
        "language": territory.languages,
    }
    facts: dict[str, Any] = {name: values[0] for name, values in lists.items() if values}
    if territory.postal_codes and (code := LOWEST_POSTAL_CODE.match(territory.postal_codes[0])):
        facts["postal_code"] = code.group()
    for name, band in (("employees", territory.employees), ("annual_revenue", territory.annual_revenue)):
        if band:
            facts[name] = band.get("min", band.get("max"))
    return facts


def _about_a_topic(draft: Draft) -> dict[str, Any]:
    """The topic that one of the pool knows best, else the first."""
    topics = {fold(topic.name): topic for topic in Topic.objects.current().order_by("name") if topic.keywords}
    members = [rep.pk for rep in draft.asked.members]
    known = Expertise.objects.filter(rep__in=members).order_by("-level", "topic").values_list("topic", flat=True)
    best = next((topics[fold(topic)] for topic in known if fold(topic) in topics), next(iter(topics.values()), None))
    return {"message": f"Can you help us with {best.keywords[0]}?"} if best else {}
