"""Make the demo company: its configuration, published, and 60 days of history."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from django.db import transaction

from reps.models import Rep, Team
from routing.models import (
    Account,
    Example,
    Form,
    InboundAddress,
    Lead,
    LookupTable,
    Pool,
    Rule,
    RulebookVersion,
    SlaPolicy,
    Source,
    Territory,
    Topic,
)
from routing.services.demo.company import company
from routing.services.demo.doors import make_submissions
from routing.services.demo.history import make_history
from routing.services.demo.visitors import DAYS
from routing.services.importing.run import import_config

FLAGGED = (
    Team, Rep, Account, Pool, Topic, Source, Territory, SlaPolicy, LookupTable, Rule, Example, Form, InboundAddress,
)  # fmt: skip


class NotEmpty(Exception):
    """The demo company is only made in an empty installation, so that it never mixes with a real one."""


@dataclass(frozen=True, slots=True)
class DemoCompany:
    """What was made, in numbers."""

    reps: int
    teams: int
    territories: int
    accounts: int
    pools: int
    rules: int
    leads: int

    def __str__(self) -> str:
        return (
            f"{self.reps} reps in {self.teams} teams, {self.territories} territories, {self.accounts} accounts, "
            f"{self.pools} pools, {self.rules} rules, {self.leads} leads of the last {DAYS} days"
        )


def create_demo_company(*, now: datetime, seed: int = 7) -> DemoCompany:
    """Everything or nothing. The same seed and day make the same company. Raises NotEmpty."""
    with transaction.atomic():
        if any(model.objects.exists() for model in (Rep, Pool, Rule, RulebookVersion, Form, InboundAddress)):
            raise NotEmpty(
                "There are reps, pools, rules or forms already. The demo company needs an empty installation."
            )
        start = now - timedelta(days=DAYS + 1)
        text = json.dumps(company(now.date()))
        import_config(text=text, is_json=True, now=start, note="The demo company's first rulebook")
        for model in FLAGGED:
            model.objects.update(demo=True)
        make_history(now=now, random=Random(seed))
        make_submissions(now=now)
        return _count()


def _count() -> DemoCompany:
    return DemoCompany(
        reps=Rep.objects.count(),
        teams=Team.objects.count(),
        territories=Territory.objects.count(),
        accounts=Account.objects.count(),
        pools=Pool.objects.count(),
        rules=Rule.objects.count(),
        leads=Lead.objects.count(),
    )


def example_lead() -> dict[str, object]:
    """An ordinary lead to try: nobody the demo company knows, and somebody is there for it at any hour."""
    return {
        "first_name": "Mia",
        "last_name": "Chen",
        "email": "mia.chen@brightwater.example",
        "company": "Brightwater",
        "job_title": "Head of Operations",
        "employees": 80,
        "country": "US",
        "region": "US-CO",
        "kind": "demo",
        "source": "website",
        "message": "We would like to see it next week.",
    }
