"""Simulating one lead: the decision as it would be shown, and not a single write."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from reps.models import Rep
from routing.api.serializers.decisions import DecisionSerializer
from routing.intake import InvalidLead
from routing.models import Decision, Lead, Pool, PoolMember, Rule
from routing.services.publish import publish
from routing.services.receive_lead import receive_lead
from routing.services.route_pending import route_all
from routing.services.simulate import simulate
from routing.services.which_version import NoSuchVersion
from routing.snapshots.traces import expand
from tests.factories import make_catch_all, make_pool, make_rep, make_rule, make_settings

pytestmark = pytest.mark.django_db
FACTS = {"email": "mia@chen.example", "first_name": "Mia", "last_name": "Chen", "country": "DE"}


@pytest.fixture
def pool(now: datetime) -> Pool:
    make_settings()
    pool = make_pool(make_rep("Ana"), make_rep("Bob"), name="SMB")
    make_catch_all(pool)
    publish(note="", user=None, now=now - timedelta(days=30))
    return pool


def decided(now: datetime, lead: Lead | dict[str, Any] = FACTS, version: str | int = "published") -> dict[str, Any]:
    return simulate(lead=lead, at=None, version=version, now=now).decision


def test_a_typed_lead_is_decided_as_if_it_had_come_in(pool: Pool, now: datetime) -> None:
    decision = decided(now)

    assert (decision["outcome"], decision["method"], decision["pool"]) == ("assigned", "round_robin", "SMB")
    assert decision["rep"] == Rep.objects.get(name="Ana").email
    assert decision["rulebook_version"] == 1


def test_a_simulation_says_exactly_what_the_decision_then_says(pool: Pool, now: datetime) -> None:
    simulated = decided(now)
    receive_lead(facts=FACTS, now=now)
    route_all(now=now)

    row = Decision.objects.get()
    stored = DecisionSerializer(row, context={"traces": {row.pk: expand([row])[0]}}).data
    assert simulated.keys() == stored.keys()
    for key in ("outcome", "method", "rep", "pool", "rule", "reason", "trace"):
        assert simulated[key] == stored[key], key


def test_simulating_writes_nothing(pool: Pool, now: datetime) -> None:
    with CaptureQueriesContext(connection) as queries:
        decided(now, version="draft")

    assert [query["sql"] for query in queries if not query["sql"].lstrip().startswith(("SELECT", "WITH"))] == []


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite knows no read-only transactions")
def test_simulating_works_where_nothing_can_be_written(pool: Pool, now: datetime) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION READ ONLY")

        assert decided(now)["outcome"] == "assigned"


def test_the_draft_says_what_publishing_it_would_bring(pool: Pool, now: datetime) -> None:
    make_rule(name="Germany", pool=make_pool(make_rep("Greta"), name="DACH"), position=0,
              conditions=[[{"field": "country", "op": "is", "value": "DE"}]])  # fmt: skip

    assert decided(now, version="draft")["pool"] == "DACH"
    assert decided(now, version="draft")["rulebook_version"] is None
    assert decided(now, version=1)["pool"] == "SMB"


def test_a_lead_that_overflows_is_followed_to_the_end(pool: Pool, now: datetime) -> None:
    make_rule(name="Empty", pool=make_pool(name="Empty"), position=0, when_nobody=Rule.WhenNobodyKind.OVERFLOW,
              overflow_pool=make_pool(make_rep("Olga"), name="Rest"))  # fmt: skip

    decision = decided(now, version="draft")

    assert (decision["method"], decision["pool"]) == ("overflow", "Rest")


def test_somebody_off_at_that_moment_gets_nothing(pool: Pool, now: datetime) -> None:
    Rep.objects.filter(name="Ana").update(paused=True, paused_until=now + timedelta(hours=1))

    before = simulate(lead=FACTS, at=now, version="published", now=now).decision["rep"]
    after = simulate(lead=FACTS, at=now + timedelta(hours=2), version="published", now=now).decision["rep"]

    assert (before.startswith("bob"), after.startswith("ana")) == (True, True)


def test_a_typed_lead_of_a_known_person_is_returning(pool: Pool, now: datetime) -> None:
    receive_lead(facts=FACTS, now=now - timedelta(days=3))
    route_all(now=now - timedelta(days=3))

    decision = decided(now)

    assert decision["method"] == "returning"
    assert decision["trace"]["facts"]["returning"] is True


def test_a_routed_lead_is_decided_as_if_it_were_new(pool: Pool, now: datetime) -> None:
    lead = receive_lead(facts=FACTS, now=now).lead
    route_all(now=now)
    PoolMember.objects.filter(rep__name="Bob").delete()

    assert decided(now, lead)["rep"] == Rep.objects.get(name="Ana").email


def test_facts_that_cannot_be_read_are_refused(pool: Pool, now: datetime) -> None:
    with pytest.raises(InvalidLead):
        decided(now, {"email": "nonsense"})


@pytest.mark.parametrize("version", [7, "tomorrow", 0, 10**30])
def test_a_version_that_does_not_exist_is_refused(pool: Pool, now: datetime, version: str | int) -> None:
    with pytest.raises(NoSuchVersion, match="a number from 1 to 1"):
        decided(now, version=version)
