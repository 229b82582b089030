"""A lead moves on: to the same pool, the backup, what the rule says, and in the end to a manager. Never back."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from reps.models import Rep
from routing.models import EndReason, Lead, OutboxMessage, Posting
from routing.services.publish import publish
from routing.services.route_pending import route_all
from routing.services.sla.moving import move_on
from tests.factories import make_catch_all, make_pool, make_rep, make_rule, make_settings, make_sla, make_team
from tests.routing.lead_acts import current, events, fresh, open_company, owner_of, routed, sums

pytestmark = pytest.mark.django_db
LATER = timedelta(minutes=5)


def moved(lead: Lead, now: datetime, reason: EndReason = EndReason.TOO_SLOW) -> Lead:
    """The lead after its owner lost it and it was routed."""
    assert move_on(assignment=current(lead), reason=reason, why="You did not answer.", now=now)
    route_all(now=now)
    return fresh(lead)


def leave_to(manager: Rep, *reps: Rep) -> None:
    Rep.objects.filter(pk__in=[rep.pk for rep in reps]).update(team=make_team(manager=manager))


def test_the_next_of_the_same_pool_has_it(now: datetime) -> None:
    open_company(now, "Ana", "Bob")
    lead = routed(now)
    first = owner_of(lead)

    moved(lead, now + LATER)

    assert owner_of(lead) != first
    assert (fresh(lead).attempt, current(lead).pool.name) == (2, "SMB")


def test_a_lead_that_moves_on_is_due_in_the_same_transaction(now: datetime) -> None:
    open_company(now)
    lead = routed(now)

    move_on(assignment=current(lead), reason=EndReason.TOO_SLOW, why="", now=now + LATER)

    assert list(Lead.objects.pending(now + LATER)) == [lead]


def test_losing_a_lead_for_slowness_posts_nothing(now: datetime) -> None:
    open_company(now, "Ana", "Bob")
    lead = routed(now)

    moved(lead, now + LATER)

    assert Posting.objects.filter(kind="reversal").count() == 0
    assert (Posting.objects.count(), sums()) == (2, {0})


def test_the_former_owner_is_told_why(now: datetime) -> None:
    open_company(now)
    lead = routed(now)
    first = owner_of(lead)

    moved(lead, now + LATER)

    message = OutboxMessage.objects.get(kind="taken_away")
    assert (message.rep, message.payload) == (first, {"why": "You did not answer."})
    assert events(lead, "taken_away") == [(f"Taken from {first.name}: You did not answer.", "")]


def test_it_stays_in_the_pool_though_an_earlier_rule_has_somebody_by_now(now: datetime) -> None:
    open_company(now, "Ana", "Bob")
    vip = make_rep("Vip", paused=True)
    make_rule(pool=make_pool(vip, name="VIP"), position=1)
    publish(note="", user=None, now=now)
    lead = routed(now)
    Rep.objects.filter(pk=vip.pk).update(paused=False)

    moved(lead, now + LATER)

    assert current(lead).pool.name == "SMB"


def test_the_backup_is_asked_once_nobody_of_the_pool_is_left(now: datetime) -> None:
    zoe = make_rep("Zoe")
    _, (ana,) = open_company(now, "Ana")
    Rep.objects.filter(pk=ana.pk).update(backup=zoe)
    lead = routed(now)

    moved(lead, now + LATER)

    assert owner_of(lead) == zoe
    assert "stands in for Ana" in lead.decisions.first().reason


def test_after_the_backup_it_follows_when_nobody(now: datetime) -> None:
    make_settings()
    over = make_pool(make_rep("Ovi"), name="Overflow")
    make_catch_all(make_pool(make_rep("Ana")), when_nobody="overflow", overflow_pool=over)
    publish(note="", user=None, now=now)
    lead = routed(now)

    moved(lead, now + LATER)

    assert (owner_of(lead).name, fresh(lead).method) == ("Ovi", "overflow")


def test_once_everybody_has_had_it_a_manager_owns_it(now: datetime) -> None:
    boss = make_rep("Boss")
    _, reps = open_company(now, "Ana", "Bob")
    leave_to(boss, *reps)
    lead = routed(now)

    for number in (1, 2):
        moved(lead, now + number * LATER)

    assert (owner_of(lead), fresh(lead).method) == (boss, "manager")
    assert OutboxMessage.objects.filter(kind="exhausted", rep=boss).count() == 1


def test_as_often_as_the_policy_allows_then_a_manager(now: datetime) -> None:
    boss = make_rep("Boss")
    sla = make_sla(max_attempts=2)
    make_settings(sla=sla)
    reps = [make_rep(name) for name in ("Ana", "Bob", "Cy", "Dan")]
    make_catch_all(make_pool(*reps))
    publish(note="", user=None, now=now)
    leave_to(boss, *reps)
    lead = routed(now)

    moved(lead, now + LATER)
    assert owner_of(lead) != boss
    moved(lead, now + 2 * LATER)
    assert owner_of(lead) == boss


def test_an_inactive_manager_is_passed_over_for_the_last_resort(now: datetime) -> None:
    boss, deputy = make_rep("Boss", active=False), make_rep("Aaron")
    _, (ana,) = open_company(now, "Ana")
    leave_to(boss, ana)
    lead = routed(now)

    assert moved(lead, now + LATER).owner == deputy


def test_while_somebody_else_is_only_off_shift_the_lead_waits_for_them(now: datetime) -> None:
    _, (ana, bob) = open_company(now, "Ana", "Bob")
    lead = routed(now)
    other = bob if owner_of(lead) == ana else ana
    Rep.objects.filter(pk=other.pk).update(paused=True, paused_until=now + 3 * LATER)

    assert moved(lead, now + LATER).status == "held"
    route_all(now=now + 4 * LATER)
    assert owner_of(lead) == other


def test_who_answered_a_moment_ago_keeps_the_lead(now: datetime) -> None:
    open_company(now)
    lead = routed(now)
    assignment = current(lead)
    assignment.responded_at = now
    assignment.save()

    assert not move_on(assignment=assignment, reason=EndReason.TOO_SLOW, why="", now=now + LATER)


@pytest.mark.parametrize("reason", [EndReason.UNDELIVERABLE, EndReason.UNACKNOWLEDGED])
def test_who_could_not_be_told_loses_it_in_the_same_way(now: datetime, reason: EndReason) -> None:
    open_company(now, "Ana", "Bob")
    lead = routed(now)
    first = owner_of(lead)

    moved(lead, now, reason)

    assert owner_of(lead) != first
