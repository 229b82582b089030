"""How many of the newest leads conditions match: the engine decides, by everything that it knows of a lead."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from routing.insights.conditions import matches_of
from routing.models import Lead, Signal, Territory
from routing.services.receive_lead import receive_lead
from tests.conftest import NOW
from tests.factories import make_account, make_lead, make_rep, make_settings

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)


def matching(*groups, last=500, shown=3):
    return matches_of([[dict(zip(("field", "op", "value"), row, strict=False)) for row in group] for group in groups],
                      now=NOW, last=last, shown=shown)  # fmt: skip


def test_lines_are_anded_and_groups_are_ored():
    for country, employees in (("DE", 10), ("DE", 900), ("FR", 900), ("US", 5)):
        make_lead(NOW, country=country, employees=employees)

    found = matching([("country", "is", "DE"), ("employees", "gt", 100)], [("country", "is", "US")])

    assert (found.count, found.leads) == (2, 4)


def test_without_conditions_every_lead_matches():
    make_lead(NOW)

    assert matching().count == 1


def test_only_the_newest_leads_are_looked_at_and_no_test_leads():
    for minutes in range(5):
        make_lead(NOW - minutes * MINUTE, country="DE", last_name=f"No{minutes}", test=minutes == 1)

    found = matching([("country", "is", "DE")], last=3, shown=2)

    assert (found.count, found.leads) == (3, 3)
    assert [lead.last_name for lead in found.newest] == ["No0", "No2"]


def test_accounts_territories_signals_and_scores_are_known_as_routing_knows_them():
    make_settings(score=[{"points": 40, "when": [[{"field": "country", "op": "is", "value": "DE"}]]}])
    world = Territory.objects.create(name="World", owner_rep=make_rep())
    Territory.objects.create(name="Germany", countries=["DE"], parent=world)
    make_account("Globex", domains=("globex.com",), stage="customer")
    make_lead(NOW, country="DE", domain="globex.com")
    make_lead(NOW, country="FR")
    Signal.objects.create(kind="funding", domain="globex.com", strength=1, observed_at=NOW, received_at=NOW)

    for row in (
        ("account.stage", "is", "customer"),
        ("territory", "is", "Germany"),
        ("signal.funding", "has_signal", 0.5),
        ("score", "gte", 40),
    ):
        assert matching([row]).count == 1, row
    assert matching([("territory", "in_territory", ["World"])]).count == 2


def test_a_returning_person_is_known(now):
    rep = make_rep()
    first, second = (receive_lead(facts={"email": "mia@globex.com"}, now=now).lead for _ in range(2))
    Lead.objects.filter(pk=first.pk).update(owner=rep, owned_at=now, status="assigned", route_after=None)

    assert [lead.pk for lead in matching([("returning", "is", True)]).newest] == [second.pk]


def test_what_cannot_be_compared_is_said():
    make_lead(NOW, attributes={"size": "large"})

    found = matching([("attributes.size", "gt", 5)])

    assert found.count == 0
    assert "cannot be compared" in found.doubts[0]


def test_nothing_is_written_and_as_many_queries_are_asked_whatever_there_is():
    counts = []
    for copies in (1, 8):
        for number in range(copies):
            make_account(domains=(f"customer{copies}{number}.example",))
            make_lead(NOW, domain=f"customer{copies}{number}.example", company=f"Customer {copies} {number}")
        with CaptureQueriesContext(connection) as queries:
            matching([("account.name", "not_empty")])
        counts.append(len(queries))
        assert all(query["sql"].lstrip().upper().startswith(("SELECT", "WITH")) for query in queries)

    assert counts[0] == counts[1]
