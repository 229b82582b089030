"""Change who works when, and where: live at once. People are locked first, after the leads that wait for them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction

from reps.models import Expertise, Rep, Team, TimeOff
from routing.models import LastResort, Pool, PoolMember, RoutingSettings
from routing.services.edit_conflicts import check_revision
from routing.services.manage.errors import check
from routing.services.pause_routing import switch_pause
from routing.services.people.deactivation import why_not_deactivate
from routing.services.waiting import look_at_waiting_leads_again


@transaction.atomic
def save_rep(*, rep: Rep, now: datetime) -> Rep:
    """Save a new or changed rep. Leads that wait are looked at again: the change may free them."""
    _lock_reps([rep.pk], now)
    rep.email = rep.email.strip().lower()
    check(rep)
    if not rep.active and Rep.objects.active().filter(pk=rep.pk).exists() and (why := why_not_deactivate(rep)):
        raise ValidationError({"active": why})
    rep.save()
    return rep


@transaction.atomic
def save_team(*, team: Team, now: datetime) -> Team:
    """Save a new or changed team. Its reps may work at other hours now."""
    _lock_reps(team.reps.values_list("pk", flat=True) if team.pk else [], now)
    check(team)
    team.save()
    return team


@transaction.atomic
def remove_teams(*, teams: Collection[Team], now: datetime) -> None:
    """Remove teams. Their reps stay, and have no hours and no zone but their own."""
    _lock_reps(Rep.objects.filter(team__in=teams).values_list("pk", flat=True), now)
    for team in teams:
        team.delete()


@transaction.atomic
def remove_rep(*, rep: Rep, now: datetime) -> None:
    """Remove somebody who never owned a lead. Those whose backup they are lose it."""
    _lock_reps([rep.pk, *Rep.objects.filter(backup=rep).values_list("pk", flat=True)], now)
    rep.delete()


@transaction.atomic
def save_time_off(*, time_off: TimeOff, now: datetime) -> TimeOff:
    """Save a leave, which may have been another person's before."""
    _lock_reps([time_off.rep_id, *TimeOff.objects.filter(pk=time_off.pk).values_list("rep_id", flat=True)], now)
    check(time_off)
    time_off.save()
    return time_off


@transaction.atomic
def remove_time_off(*, leaves: Collection[TimeOff], now: datetime) -> None:
    """Remove leaves: these people are back."""
    _lock_reps([leave.rep_id for leave in leaves], now)
    for leave in leaves:
        leave.delete()


@transaction.atomic
def set_expertise(*, rep: Rep, levels: Mapping[str, int], now: datetime) -> None:
    """What a rep knows of which topics, from 1 to 3; topics that are not named are forgotten."""
    _lock_reps([rep.pk], now)
    rows = [Expertise(rep=rep, topic=topic, level=level) for topic, level in levels.items()]
    Expertise.objects.filter(rep=rep).delete()
    for row in rows:
        check(row)
    Expertise.objects.bulk_create(rows)


@transaction.atomic
def save_member(
    *,
    pool: Pool,
    rep: Rep,
    now: datetime,
    weight: Decimal | float = 1,
    caps: Mapping[str, Any] | None = None,
    ramp: Mapping[str, Any] | None = None,
) -> PoolMember:
    """Put a rep in a pool, or change their weight and caps there. `ramp`: its columns; None leaves them as they are."""
    _lock_reps([rep.pk], now)
    member = PoolMember.objects.filter(pool=pool, rep=rep).first() or PoolMember(pool=pool, rep=rep)
    member.weight, member.caps = Decimal(str(weight)), dict(caps or {})
    for name, value in (ramp or {}).items():
        setattr(member, name, value)
    check(member)
    member.save()
    return member


@transaction.atomic
def change_members(*, saved: Collection[PoolMember], removed: Collection[PoolMember], now: datetime) -> None:
    """Save some members and remove others, all locked together."""
    _lock_reps([member.rep_id for member in (*saved, *removed)], now)
    for member in removed:
        member.delete()
    for member in saved:
        if not member.ramp_weeks:
            member.ramp_from = None
        elif member.ramp_from is None:
            member.ramp_from = now
        check(member)
        member.save()


@transaction.atomic
def remove_member(*, member: PoolMember, now: datetime, revision: str = "") -> None:
    """Take a rep out of a pool. Their account in its ledger stays, and goes on if they return.

    Raises EditedMeanwhile if `revision` is not the member's.
    """
    _lock_reps([member.rep_id], now)
    if revision:
        check_revision(member, revision)
    member.delete()


@transaction.atomic
def save_settings(*, settings: RoutingSettings, now: datetime) -> RoutingSettings:
    """Save the settings. They are draft, except the pause: leads that wait are looked at again."""
    settings.paused_since = switch_pause(paused=settings.paused, now=now)
    check(settings)
    settings.save()
    return settings


@transaction.atomic
def set_last_resort(*, reps: Sequence[Rep], now: datetime) -> None:
    """Who owns what nobody took until the deadline, in this order. Nobody: the managers, then the active reps."""
    lock_last_resort(*reps, now=now)
    LastResort.objects.all().delete()
    LastResort.objects.bulk_create(LastResort(position=position, rep=rep) for position, rep in enumerate(reps, 1))


@transaction.atomic
def save_last_resort(*, entry: LastResort, now: datetime) -> LastResort:
    """Save one row of the last resort."""
    lock_last_resort(entry.rep, now=now)
    entry.save()
    return entry


@transaction.atomic
def remove_last_resort(*, entries: Collection[LastResort], now: datetime) -> None:
    """Take people off the last resort."""
    lock_last_resort(now=now)
    for entry in entries:
        entry.delete()


def lock_last_resort(*reps: Rep, now: datetime) -> None:
    """Lock everybody of the last resort and those who join it, before its rows are written."""
    _lock_reps([*LastResort.objects.values_list("rep_id", flat=True), *(rep.pk for rep in reps)], now)


def _lock_reps(keys: Iterable[int | None], now: datetime) -> None:
    """Leads first, then people, as everywhere; a batch that reads these people has ended when this returns."""
    look_at_waiting_leads_again(now=now)
    chosen = sorted(key for key in keys if key is not None)
    list(Rep.objects.filter(pk__in=chosen).order_by("pk").select_for_update(no_key=True).values_list("pk"))
