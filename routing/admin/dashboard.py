"""The first page: the promises, what arrives, what waits, how fast, and how fairly it is shared."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone

from reps.admin_display import ago, badge, countdown, moment, person, span
from routing.admin.base import received_at
from routing.admin.first_steps import first_steps
from routing.admin.flow import flow_of
from routing.admin.incidents import open_incidents
from routing.admin.keys import keys_to_look_after
from routing.admin.labels import HELD_REASONS, label_of
from routing.admin.speeds import percent, speed_to_lead, to_an_owner, whose_time
from routing.insights.arrivals import Arrivals, arrivals_by_day, arrivals_by_hour
from routing.insights.flow import ways_of_leads
from routing.insights.health import Health, health, overdue_assignments
from routing.insights.load import RepLoad, load_by_rep, open_leads
from routing.insights.periods import Period
from routing.insights.speed import alert_delay, punctuality
from routing.models import Assignment, Lead, RulebookVersion
from routing.services.access import SEE_ALL_LEADS, visible_leads

WEEK = timedelta(days=7)
DAYS_SHOWN = 30
ALERTS_PROMISED, ANSWERS_PROMISED = 0.99, 0.9
OWN_SHOWN, LATE_SHOWN = 20, 10
FAIR = (0.9, 1.1)
AGENT = "AI agent"


def dashboard(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """What the template of the first page shows. Somebody who sees only their own leads gets a list of these."""
    now = received_at(request)
    if not request.user.has_perm(SEE_ALL_LEADS):
        return context | {"title": "My leads", "own_leads": _own_leads(request, now)}
    week = Period.last(WEEK, now=now)
    state, loads = health(now=now), load_by_rep(week, now=now)
    return context | {
        "title": "Dashboard",
        "overview": True,
        "empty": not Lead.objects.exists(),
        "steps": first_steps(request),
        "can_let_in": request.user.has_perm("routing.add_apikey"),
        "unpublished": not RulebookVersion.objects.exists(),
        "incidents": open_incidents(),
        "keys": keys_to_look_after(now) if request.user.has_perm("routing.change_apikey") else [],
        "promises": promises(state, week, now),
        "arrivals": arrivals(now),
        "held": held(state, now),
        "late": late(state, now),
        "speed": speed_to_lead(week, agents=any(load.agent for load in loads)),
        "owner_speed": to_an_owner(week),
        "delays": whose_time(week),
        "flow": flow_of(ways_of_leads(week)),
        "loads": load_rows(loads),
        "load_chart": load_chart(loads),
        "has_turns": any(load.turns or load.entitled for load in loads),
    }


def _own_leads(request: HttpRequest, now: datetime) -> list[dict[str, Any]]:
    leads = open_leads(visible_leads(request.user), now=now).order_by("-owned_at", "-pk")  # type: ignore[arg-type]
    current = {a.lead_id: a for a in _open_assignments([lead.pk for lead in leads[:OWN_SHOWN]])}
    return [
        {
            "url": reverse("admin:routing_lead_change", args=[lead.pk]),
            "label": lead.label,
            "kind": lead.get_kind_display(),
            "age": moment(lead.submitted_at, now),
            "due": _due(current.get(lead.pk), now),
        }
        for lead in leads[:OWN_SHOWN]
    ]


def _open_assignments(keys: list[int]) -> Any:
    return Assignment.objects.current().filter(lead__in=keys)


def _due(assignment: Any, now: datetime) -> Any:
    if assignment is None:
        return ""
    if assignment.responded_at:
        return badge("Answered", "green")
    return countdown(assignment.due_at, now) if assignment.due_at else ""


def promises(state: Health, week: Period, now: datetime) -> list[dict[str, Any]]:
    """Four promises, each kept or broken, each a link to the rows in question."""
    leads, outbox = reverse("admin:routing_lead_changelist"), reverse("admin:routing_outboxmessage_changelist")
    alerts, answers = alert_delay(week), punctuality(week, now=now)
    return [
        {
            "value": str(state.unowned),
            "text": "leads without an owner or a deadline",
            "kept": state.unowned == 0,
            "url": f"{leads}?answer=none",
        },
        {"value": str(state.two_owners), "text": "leads with two owners", "kept": state.two_owners == 0, "url": leads},
        {
            "value": percent(alerts.within),
            "text": f"of alerts sent within {span(alerts.target)}",
            "kept": None if alerts.within is None else alerts.within >= ALERTS_PROMISED,
            "url": outbox,
        },
        {
            "value": percent(answers.share),
            "text": f"of first answers in time, {state.overdue} late now",
            "kept": None if answers.share is None else answers.share >= ANSWERS_PROMISED,
            "url": f"{leads}?answer=late",
        },
    ]


def arrivals(now: datetime) -> dict[str, Any]:
    zone = timezone.get_current_timezone()
    hours, days = arrivals_by_hour(now=now, zone=zone), arrivals_by_day(now=now, zone=zone, days=DAYS_SHOWN)  # type: ignore[arg-type]
    clock, dates = [f"{timezone.localtime(hour.start):%H:00}" for hour in hours], [_day(day.start) for day in days]
    return {
        "today": sum(hour.count for hour in hours),
        "month": sum(day.count for day in days),
        "hours": list(zip(clock, (hour.count for hour in hours), strict=True)),
        "days": list(zip(dates, (day.count for day in days), strict=True)),
        "hour_chart": _bars([hour[:2] for hour in clock], clock, hours),
        "day_chart": _bars(dates, dates, days),
    }


def _day(instant: datetime) -> str:
    local = timezone.localtime(instant)
    return f"{local.day} {local:%b}"


def _bars(labels: list[str], titles: list[str], counted: list[Arrivals]) -> str:
    values = [arrived.count for arrived in counted]
    return json.dumps({"labels": labels, "titles": titles, "series": [{"name": "Leads", "values": values}]})


def held(state: Health, now: datetime) -> dict[str, Any]:
    return {
        "count": sum(row.count for row in state.held),
        "rows": [
            {
                "reason": label_of(HELD_REASONS, row.reason),
                "count": row.count,
                "deadline": ago(row.next_deadline, now) if row.next_deadline else "",
                "url": f"{reverse('admin:routing_lead_changelist')}?status__in=held&held_reason__exact={row.reason}",
            }
            for row in state.held
        ],
    }


def late(state: Health, now: datetime) -> dict[str, Any]:
    """Leads whose first answer is late now, the longest first."""
    found = overdue_assignments(now=now).select_related("lead", "rep").order_by("due_at", "pk")[:LATE_SHOWN]
    return {
        "count": state.overdue,
        "url": f"{reverse('admin:routing_lead_changelist')}?answer=late",
        "rows": [
            {
                "url": reverse("admin:routing_lead_change", args=[row.lead_id]),
                "label": row.lead.label,
                "owner": row.rep.name,
                "over": countdown(row.due_at, now) if row.due_at else "",
            }
            for row in found
        ],
    }


def load_rows(loads: list[RepLoad]) -> list[dict[str, Any]]:
    return [
        {
            "person": person(load.name, AGENT if load.agent else ""),
            "leads": load.leads,
            "turns": load.turns,
            "entitled": f"{load.entitled:.1f}",
            "share": _fairness(load),
            "open": load.open,
            "unanswered": load.unanswered,
        }
        for load in _most_first(loads)
    ]


def _most_first(loads: list[RepLoad]) -> list[RepLoad]:
    return sorted(loads, key=lambda load: (load.agent, -load.leads, load.name))


def _fairness(load: RepLoad) -> Any:
    """Within a lead of what one was entitled to nothing can be said: turns are whole leads."""
    if load.share is None:
        return ""
    fair, close = FAIR[0] <= load.share <= FAIR[1], abs(load.turns - load.entitled) <= 1
    tone, title = ("green" if fair else "amber"), "Leads got by turn, of those entitled to"
    return badge(f"{load.share:.0%}", "neutral" if close and not fair else tone, title)


def load_chart(loads: list[RepLoad]) -> str:
    shown = [load for load in _most_first(loads) if load.turns or load.entitled]
    names = [load.name for load in shown]
    return json.dumps(
        {
            "labels": names,
            "titles": names,
            "series": [
                {"name": "Got", "values": [load.turns for load in shown]},
                {"name": "Entitled to", "values": [round(load.entitled, 1) for load in shown], "look": "second"},
            ],
        }
    )
