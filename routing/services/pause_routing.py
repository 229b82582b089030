"""Pause everything and resume: while routing is paused, the deadlines of leads that wait stand still."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from routing.models import Lead, RoutingSettings
from routing.models.bulk import update_rows
from routing.services.hold_deadline import deadline_after_pause
from routing.services.privacy import audit_log
from routing.services.publish import one_at_a_time
from routing.services.waiting import look_again_after_commit
from routing.snapshots.rulebook import current_rulebook


def pause_routing(*, now: datetime) -> None:
    """Every lead waits from now on, until resumed."""
    _switch(paused=True, now=now)


def resume_routing(*, now: datetime) -> None:
    """Route again, first the leads that waited."""
    _switch(paused=False, now=now)


@transaction.atomic
def _switch(*, paused: bool, now: datetime) -> None:
    since = switch_pause(paused=paused, now=now)
    settings = RoutingSettings.objects.get(pk=1)
    settings.paused, settings.paused_since = paused, since
    settings.save(update_fields=["paused", "paused_since"])
    audit_log.note(action="routing.paused" if paused else "routing.resumed", now=now)


@transaction.atomic
def switch_pause(*, paused: bool, now: datetime) -> datetime | None:
    """Since when everything is paused, to be saved with the settings, which stay locked. Leads are locked first.

    When a pause ends, the deadlines of the leads that wait move by the working time that was paused.
    """
    waiting = _lock_waiting()
    one_at_a_time()
    since = RoutingSettings.objects.values_list("paused_since", flat=True).get(pk=1)
    if since and not paused:
        _move_deadlines(waiting, since=since, now=now)
    Lead.objects.held().filter(pk__in=[lead.pk for lead in waiting], route_after__gt=now).update(route_after=now)
    look_again_after_commit(now=now)
    return (since or now) if paused else None


def _lock_waiting() -> list[Lead]:
    """Every undecided lead that has a deadline."""
    rows = Lead.objects.undecided().filter(held_since__isnull=False, hold_deadline_at__isnull=False)
    locked = rows.only("pk", "held_since", "hold_deadline_at").select_for_update(no_key=True, of=("self",))
    return list(locked.order_by("pk"))


def _move_deadlines(leads: list[Lead], *, since: datetime, now: datetime) -> None:
    published = current_rulebook()
    if published is None:
        return
    moved = [
        (
            lead.pk,
            deadline_after_pause(
                lead.hold_deadline_at, since=max(lead.held_since, since), now=now, published=published
            ),
        )
        for lead in leads
        if lead.held_since and lead.hold_deadline_at
    ]
    update_rows(Lead, ("hold_deadline_at",), moved)
