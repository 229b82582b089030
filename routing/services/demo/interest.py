"""What the companies of the demo did that shows interest: buying signals of the last 60 days."""

from __future__ import annotations

from datetime import datetime, timedelta
from random import Random
from typing import Any

from routing.services.demo.company import COMPANIES, account_domain, account_name
from routing.services.demo.visitors import DAYS

COUNT = 24
_KINDS = (
    ("funding", "{} raises a round", "The money goes into payments and invoices in new countries.", 0.9),
    ("technology", "{} moves to Kubernetes", "Job posts ask for k8s and Helm.", 0.8),
    ("hiring", "{} is hiring", "A data privacy officer, with GDPR experience.", 0.6),
    ("pricing_visit", "Pricing page", "Three visits in one day.", 0.7),
)


def signals(now: datetime, random: Random) -> list[dict[str, Any]]:
    """In the order in which they were observed."""
    return sorted((_signal(now, random) for _ in range(COUNT)), key=lambda facts: str(facts["observed_at"]))


def _signal(now: datetime, random: Random) -> dict[str, Any]:
    number = random.randrange(len(COMPANIES))
    kind, title, text, strength = random.choice(_KINDS)
    observed = now - timedelta(days=random.uniform(1, DAYS))
    return {
        "domain": account_domain(number),
        "kind": kind,
        "title": title.format(account_name(number)),
        "text": text,
        "strength": strength,
        "observed_at": observed.replace(microsecond=0).isoformat(),
    }
