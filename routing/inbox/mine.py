"""My availability, my leave and my numbers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from reps.admin_display import span
from reps.models import TimeOff
from routing.inbox.forms import CalendarForm, LeaveForm, PauseForm, hand_overs
from routing.inbox.visit import Visit, for_reps
from routing.insights.own import own_numbers
from routing.insights.periods import Period
from routing.services import manage
from routing.services.availability import availability_of
from routing.services.change_rep import change_rep
from routing.services.statement import statement

PAST_LEAVE = timedelta(days=30)
PERIODS = (7, 30, 90)
LEAD = 1_000_000_000
"""A lead in the unit of ledgers."""


@require_safe
@for_reps
def availability(visit: Visit) -> HttpResponse:
    return _availability(visit, PauseForm(now=visit.now))


def _availability(visit: Visit, form: PauseForm, status: int = 200) -> HttpResponse:
    state = availability_of(rep=visit.rep, now=visit.now)
    shown = {"form": form, "state": state, "zone": timezone.get_current_timezone_name()}
    return visit.page("availability.html", shown, status=status)


@require_POST
@for_reps
def pause(visit: Visit) -> HttpResponse:
    """No new leads for now; those that are the rep's stay theirs."""
    form = PauseForm(visit.request.POST, now=visit.now)
    if not form.is_valid():
        return _availability(visit, form, status=400)
    until, reason = form.cleaned_data["until"], form.cleaned_data["reason"]
    changes = {"paused": True, "paused_until": until, "paused_reason": reason}
    change_rep(rep=visit.rep, changes=changes, now=visit.now, reason="Paused in the inbox")
    return visit.go("availability", told="Paused: you get no new leads. Those that are yours stay yours.")


@require_POST
@for_reps
def resume(visit: Visit) -> HttpResponse:
    change_rep(rep=visit.rep, changes={"paused": False}, now=visit.now, reason="Resumed in the inbox")
    return visit.go("availability", told="You are back: leads come again while you are on shift.")


@dataclass(frozen=True, slots=True)
class Leave:
    """A leave with the last day of it."""

    row: TimeOff

    @property
    def last_day(self) -> date:
        return timezone.localtime(self.row.ends_at - timedelta(microseconds=1)).date()

    @property
    def heir(self) -> str:
        """Who gets the open leads, "" if the rep keeps them."""
        return dict(hand_overs(self.row))[self.row.hand_over] if self.row.hand_over else ""


@require_http_methods(["GET", "HEAD", "POST"])
@for_reps
def leave(visit: Visit) -> HttpResponse:
    """The rep's own time off; POST adds one."""
    added = TimeOff(rep=visit.rep)
    if visit.request.method != "POST":
        return _leave(visit, form=LeaveForm(leave=added))
    form = LeaveForm(visit.request.POST, leave=added)
    if not form.is_valid() or not _saved(visit, form, added):
        return _leave(visit, form=form, status=400)
    return visit.go("leave", told="Your time off is noted: no leads come to you then.")


def _leave(visit: Visit, *, status: int = 200, **shown: Any) -> HttpResponse:
    coming = (
        TimeOff.objects.filter(rep=visit.rep, ends_at__gt=visit.now - PAST_LEAVE)
        .select_related("rep__backup")
        .order_by("starts_at")
    )
    calendar = CalendarForm(initial={"calendar_url": visit.rep.calendar_url})
    leaves = [Leave(row) for row in coming]
    return visit.page("leave.html", {"leaves": leaves, "calendar": calendar, **shown}, status=status)


def _saved(visit: Visit, form: LeaveForm, time_off: TimeOff) -> bool:
    """Whether it could be saved; if not, the form says why."""
    try:
        manage.save_time_off(time_off=form.on(time_off), now=visit.now)
    except ValidationError as error:
        form.add_error(None, error.messages)
        return False
    return True


def _own_leave(visit: Visit, uuid: UUID) -> TimeOff:
    """Raises Http404 for somebody else's, and for one that a calendar feed keeps."""
    found: TimeOff = get_object_or_404(TimeOff, uuid=uuid, rep=visit.rep, calendar_uid="")
    return found


@require_http_methods(["GET", "HEAD", "POST"])
@for_reps
def change_leave(visit: Visit, uuid: UUID) -> HttpResponse:
    found = _own_leave(visit, uuid)
    if visit.request.method != "POST":
        return visit.page("change_leave.html", {"leave": found, "form": LeaveForm.of(found)})
    form = LeaveForm(visit.request.POST, leave=found)
    if not form.is_valid() or not _saved(visit, form, found):
        return visit.page("change_leave.html", {"leave": found, "form": form}, status=400)
    return visit.go("leave", told="Changed.")


@require_POST
@for_reps
def remove_leave(visit: Visit, uuid: UUID) -> HttpResponse:
    try:
        manage.remove_time_off(leaves=[_own_leave(visit, uuid)], now=visit.now)
    except Http404:  # the second click of a double click
        return visit.go("leave", told="It is removed.")
    return visit.go("leave", told="Removed.")


@require_POST
@for_reps
def calendar(visit: Visit) -> HttpResponse:
    """The feed whose entries are time off; read anew from its start."""
    form = CalendarForm(visit.request.POST)
    if not form.is_valid():
        return _leave(visit, form=LeaveForm(leave=TimeOff(rep=visit.rep)), calendar=form, status=400)
    url = form.cleaned_data["calendar_url"]
    try:
        change_rep(
            rep=visit.rep, changes={"calendar_url": url, "calendar_read_at": None, "calendar_error": ""},
            now=visit.now, reason="Calendar feed changed in the inbox",
        )  # fmt: skip
    except ValidationError as error:
        form.add_error("calendar_url", error.messages)
        return _leave(visit, form=LeaveForm(leave=TimeOff(rep=visit.rep)), calendar=form, status=400)
    told = "The feed is read within some minutes." if url else "No feed is read any more."
    return visit.go("leave", told=told)


@require_safe
@for_reps
def numbers(visit: Visit) -> HttpResponse:
    """The rep's own speed and results, and the statement of their turns."""
    asked = visit.request.GET.get("days", "")
    days = int(asked) if asked in map(str, PERIODS) else 30
    period = Period.last(timedelta(days=days), now=visit.now)
    told = statement(rep=visit.rep, since=period.start, until=period.end)
    ledgers = [
        {"name": one.name, "key": one.key, "control": one.control, "opening": one.opening / LEAD,
         "closing": one.closing / LEAD, "got": sum(line.got for line in one.lines if line.kind != "reversal"),
         "earned": sum(line.earned for line in one.lines) / LEAD,
         "lines": [(line, line.amount / LEAD, line.balance / LEAD) for line in reversed(one.lines)
                   if line.got or line.kind == "reversal"][:50]}
        for one in told.ledgers
    ]  # fmt: skip
    own = own_numbers(visit.rep.pk, period, now=visit.now)
    shown = {
        "own": own, "days": days, "periods": PERIODS, "amount": f"{own.amount:,.0f}",
        "in_time": "" if own.in_time_share is None else f"{own.in_time_share:.0%}",
        "median": "" if own.median is None else span(own.median),
    }  # fmt: skip
    return visit.page("numbers.html", {**shown, "ledgers": ledgers})
