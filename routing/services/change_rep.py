"""Change a rep: live at once, and under the rep's lock, since routing reads what is written here."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction

from reps.models import Rep, WorkingHours
from reps.schedules import Block
from routing.services.people.deactivation import why_not_deactivate
from routing.services.waiting import look_at_waiting_leads_again

NO_PAUSE: Mapping[str, Any] = {"paused_until": None, "paused_reason": ""}
ALWAYS = "always"


@transaction.atomic
def change_rep(*, rep: Rep, changes: Mapping[str, Any], now: datetime, reason: str = "") -> Rep:
    """Change fields of a rep. Raises Django's ValidationError, and then changes nothing.

    `changes` are fields of Rep, besides `skills` (rows) and `working_hours`: blocks, “always”, or None for the
    team's. The end of a pause takes its details with it. `reason` is kept in the rep's history.
    """
    look_at_waiting_leads_again(now=now)
    rep = Rep.objects.select_for_update(no_key=True).get(pk=rep.pk)
    if rep.active and changes.get("active") is False and (why := why_not_deactivate(rep)):
        raise ValidationError({"active": why})
    fields = _columns(changes)
    for name, value in fields.items():
        setattr(rep, name, value)
    rep.clean_fields(exclude={field.name for field in Rep._meta.fields} - fields.keys())
    rep.validate_constraints()
    rep._change_reason = reason  # type: ignore[attr-defined]  # read by the history
    rep.save()
    if "skills" in changes:
        rep.skills.set(changes["skills"])
    if "working_hours" in changes:
        _replace_hours(rep, changes["working_hours"])
    return rep


def _columns(changes: Mapping[str, Any]) -> dict[str, Any]:
    """The rep's own columns, with what goes with them."""
    columns = {name: value for name, value in changes.items() if name not in ("skills", "working_hours")}
    if "paused" in columns:  # by a person, whatever a step of an SLA policy did
        columns["paused_by_sla"] = False
    if columns.get("paused") is False:
        columns = {**NO_PAUSE, **columns}
    if "working_hours" in changes:
        columns["hours"] = _kind_of_hours(changes["working_hours"])
    return columns


def _kind_of_hours(hours: tuple[Block, ...] | str | None) -> Rep.Hours:
    if hours is None:
        return Rep.Hours.TEAM
    return Rep.Hours.ALWAYS if hours == ALWAYS else Rep.Hours.OWN


def _replace_hours(rep: Rep, hours: tuple[Block, ...] | str | None) -> None:
    WorkingHours.objects.filter(rep=rep).delete()
    blocks = hours if isinstance(hours, tuple) else ()
    WorkingHours.objects.bulk_create(
        WorkingHours(rep=rep, weekday=block.weekday, start=block.start, end=block.end) for block in blocks
    )
