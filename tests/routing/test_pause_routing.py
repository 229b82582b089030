"""Pausing everything and resuming: nothing is routed meanwhile, and deadlines stand still."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from reps.models import Rep
from routing.models import LastResort, Lead, RoutingSettings
from routing.rulebook.content import current_settings
from routing.services import manage
from routing.services.pause_routing import pause_routing, resume_routing
from routing.services.publish import publish
from routing.services.route_pending import route_all
from tests.factories import make_catch_all, make_lead, make_pool, make_rep, make_settings

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
WEEK = timedelta(weeks=1)


@pytest.fixture
def company(now: datetime) -> Any:
    """Ana takes turns alone, the boss is the last resort; the company works from Monday to Friday, 9 to 18 UTC."""
    ana, boss = make_rep("Ana"), make_rep("Boss")
    make_settings()
    LastResort.objects.create(rep=boss)
    make_catch_all(make_pool(ana))
    publish(note="", user=None, now=now)


def hold(now: datetime) -> Lead:
    """A lead that waits since now because Ana is away."""
    Rep.objects.filter(name="Ana").update(paused=True)
    lead = make_lead(now)
    route_all(now=now)
    Rep.objects.update(paused=False)
    return fresh(lead)


def fresh(lead: Lead) -> Lead:
    return Lead.objects.get(pk=lead.pk)


def test_a_lead_paused_beyond_its_deadline_goes_to_who_is_available_not_to_the_last_resort(
    company: Any, now: datetime
) -> None:
    pause_routing(now=now)
    lead = make_lead(now)
    route_all(now=now)

    resume_routing(now=now + 4 * WEEK)
    route_all(now=now + 4 * WEEK)

    assert (fresh(lead).owner, fresh(lead).method) == (Rep.objects.get(name="Ana"), "round_robin")


def test_the_deadline_moves_by_the_working_time_that_was_paused(company: Any, now: datetime) -> None:
    lead = hold(now)  # Tuesday 16:00
    pause_routing(now=now + HOUR)

    resume_routing(now=now + 16 * HOUR)  # Wednesday 08:00: one working hour was paused

    assert lead.hold_deadline_at and fresh(lead).hold_deadline_at == lead.hold_deadline_at + HOUR


def test_a_lead_held_during_the_pause_gains_only_what_it_waited(company: Any, now: datetime) -> None:
    pause_routing(now=now - WEEK)
    lead = make_lead(now)
    route_all(now=now)
    held = fresh(lead)

    resume_routing(now=now + HOUR)

    assert held.hold_deadline_at and fresh(lead).hold_deadline_at == held.hold_deadline_at + HOUR


def test_a_deadline_that_had_passed_before_the_pause_stays(company: Any, now: datetime) -> None:
    lead = hold(now)
    pause_routing(now=now + 4 * WEEK)

    resume_routing(now=now + 5 * WEEK)

    assert fresh(lead).hold_deadline_at == lead.hold_deadline_at


def test_without_working_hours_in_between_the_pause_counts_around_the_clock(company: Any, now: datetime) -> None:
    lead = hold(now)
    due = now + 2 * HOUR + timedelta(days=4)  # Saturday
    Lead.objects.update(hold_deadline_at=due)
    pause_routing(now=due - HOUR)

    resume_routing(now=due + HOUR)

    assert fresh(lead).hold_deadline_at == due + 2 * HOUR


def test_leads_that_wait_are_looked_at_again_when_routing_resumes(company: Any, now: datetime) -> None:
    pause_routing(now=now)
    lead = make_lead(now)
    route_all(now=now)

    resume_routing(now=now + timedelta(seconds=1))

    assert fresh(lead).route_after == now + timedelta(seconds=1)


def test_pausing_twice_keeps_the_first_beginning(now: datetime) -> None:
    pause_routing(now=now)
    pause_routing(now=now + HOUR)

    settings = RoutingSettings.objects.get()
    assert (settings.paused, settings.paused_since) == (True, now)


def test_the_settings_begin_and_end_the_pause_too(company: Any, now: datetime) -> None:
    lead = hold(now)
    for paused, at in ((True, now + HOUR), (False, now + 16 * HOUR)):
        settings = current_settings()
        settings.paused = paused
        manage.save_settings(settings=settings, now=at)

    assert RoutingSettings.objects.get().paused_since is None
    assert lead.hold_deadline_at and fresh(lead).hold_deadline_at == lead.hold_deadline_at + HOUR
