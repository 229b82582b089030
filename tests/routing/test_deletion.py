"""What can be deleted, what goes along, and what stands in the way."""

from __future__ import annotations

from datetime import datetime, time
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import IntegrityError, connection, transaction
from django.db.models import ProtectedError

from reps.models import WorkingHours
from routing.models import (
    ApiKey,
    Assignment,
    Decision,
    LastResort,
    LeadEvent,
    LedgerAccount,
    OutboxMessage,
    Posting,
    Territory,
)
from tests.factories import (
    make_account,
    make_lead,
    make_owned_lead,
    make_pool,
    make_rep,
    make_rule,
    make_sla,
    make_team,
)

pytestmark = pytest.mark.django_db


def test_a_rep_who_owns_leads_cannot_be_deleted(now: datetime) -> None:
    rep = make_rep()
    make_owned_lead(now, rep)

    with pytest.raises(ProtectedError):
        rep.delete()


def test_the_database_keeps_the_owner_of_a_lead_even_from_plain_sql(now: datetime) -> None:
    rep = make_rep()
    make_owned_lead(now, rep)

    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM reps_rep WHERE id = %s", [rep.pk])
        connection.check_constraints()


def test_a_rep_who_once_owned_a_lead_cannot_be_deleted(now: datetime) -> None:
    rep = make_rep()
    Assignment.objects.create(
        lead=make_lead(now), rep=rep, method="manual", assigned_at=now, ended_at=now, end_reason="declined"
    )

    with pytest.raises(ProtectedError):
        rep.delete()


@pytest.mark.parametrize(
    "tie",
    [
        lambda rep: LedgerAccount.objects.create(ledger=make_pool().ledger, rep=rep),
        lambda rep: LastResort.objects.create(rep=rep),
        lambda rep: make_rule(destination="rep", rep=rep),
        lambda rep: Territory.objects.create(name="West", owner_rep=rep),
    ],
    ids=["ledger account", "last resort", "rule", "territory"],
)
def test_a_rep_whom_routing_names_cannot_be_deleted(tie: Any) -> None:
    rep = make_rep()
    tie(rep)

    with pytest.raises(ProtectedError):
        rep.delete()


def test_a_rep_whom_nothing_names_can_be_deleted() -> None:
    rep = make_rep()
    colleague, account = make_rep(backup=rep), make_account(owner=rep)
    team = make_team(manager=rep)
    make_pool(rep)

    rep.delete()

    for row in (colleague, account, team):
        row.refresh_from_db()
    assert (colleague.backup, account.owner, team.manager) == (None, None, None)


@pytest.mark.parametrize(
    "tie",
    [
        lambda pool: make_rule(pool=pool),
        lambda pool: make_rule(destination="park", when_nobody="overflow", overflow_pool=pool),
        lambda pool: Territory.objects.create(name="West", owner_pool=pool),
    ],
    ids=["rule", "overflow", "territory"],
)
def test_a_pool_that_leads_are_sent_to_cannot_be_deleted(tie: Any) -> None:
    pool = make_pool()
    tie(pool)

    with pytest.raises(ProtectedError):
        pool.delete()


def test_a_ledger_goes_with_nothing() -> None:
    pool = make_pool()

    with pytest.raises(ProtectedError):
        pool.ledger.delete()


def test_an_sla_policy_in_use_cannot_be_deleted() -> None:
    policy = make_sla()
    make_rule(pool=make_pool(), sla=policy)

    with pytest.raises(ProtectedError):
        policy.delete()


def test_a_territory_with_children_cannot_be_deleted() -> None:
    west = Territory.objects.create(name="West")
    Territory.objects.create(name="California", parent=west)

    with pytest.raises(ProtectedError):
        west.delete()


def test_a_team_leaves_its_reps_and_takes_its_hours() -> None:
    team = make_team()
    rep = make_rep(team=team)
    WorkingHours.objects.create(team=team, weekday=0, start=time(9), end=time(17))

    team.delete()

    rep.refresh_from_db()
    assert (rep.team, WorkingHours.objects.count()) == (None, 0)


def test_a_sign_in_leaves_its_rep() -> None:
    user = User.objects.create(username="ana")
    rep = make_rep(user=user)

    user.delete()

    rep.refresh_from_db()
    assert rep.user is None


def test_an_account_and_a_key_leave_their_leads(now: datetime) -> None:
    account, key = make_account(domains=("globex.com",)), ApiKey.objects.create(name="Website", digest="1")
    lead = make_lead(now, account=account, api_key=key)

    account.delete()
    key.delete()

    lead.refresh_from_db()
    assert (lead.account, lead.api_key) == (None, None)


def test_a_lead_takes_all_that_is_told_of_it_along(now: datetime) -> None:
    rep = make_rep()
    lead = make_owned_lead(now, rep)
    held: dict[str, Any] = {"lead": lead, "rep": rep}
    assignment = Assignment.objects.create(method="manual", assigned_at=now, **held)
    Decision.objects.create(outcome="assigned", method="manual", decided_at=now, **held)
    OutboxMessage.objects.create(key="1", kind="alert", assignment=assignment, created_at=now, available_at=now, **held)
    LeadEvent.objects.create(lead=lead, kind="edited", happened_at=now)
    make_lead(now, status="duplicate", duplicate_of=lead)

    lead.delete()

    for model in (Assignment, Decision, OutboxMessage, LeadEvent, type(lead)):
        assert not model._default_manager.exists()


def test_a_posting_stays_in_the_books_without_its_lead(now: datetime) -> None:
    rep, lead = make_rep(), make_lead(now)
    posting = Posting.objects.create(ledger=make_pool().ledger, lead=lead, winner=rep, entries=b"", posted_at=now)

    lead.delete()

    posting.refresh_from_db()
    assert posting.lead is None
