"""The first page: the promises, what arrives, what waits, how fast, and how fairly it is shared."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone

from reps.admin_display import ago, badge, countdown, moment, person, span
from reps.models import Rep
from routing.admin.base import received_at
from routing.admin.incidents import open_incidents
from routing.admin.keys import keys_to_look_after
from routing.admin.labels import HELD_REASONS, label_of
from routing.insights.arrivals import Arrivals, arrivals_by_day, arrivals_by_hour
from routing.insights.health import Health, health
from routing.insights.load import RepLoad, load_by_rep, open_leads
from routing.insights.periods import Period
from routing.insights.speed import Speed, alert_delay, punctuality, speed_to_owner, speed_to_response
from routing.models import Assignment, Lead, RulebookVersion
from routing.services.access import SEE_ALL_LEADS, visible_leads

WEEK = timedelta(days=7)
DAYS_SHOWN = 30
ALERTS_PROMISED, ANSWERS_PROMISED = 0.99, 0.9
OWN_SHOWN = 20
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
        "unpublished": not RulebookVersion.objects.exists(),
        "incidents": open_incidents(),
        "keys": keys_to_look_after(now) if request.user.has_perm("routing.change_apikey") else [],
        "promises": promises(state, week, now),
        "arrivals": arrivals(now),
        "held": held(state, now),
        "speeds": [
            _speed("To an owner", speed_to_owner(week), "from the request to the first owner"),
            *_answers(week, agents=any(load.agent for load in loads)),
        ],
        "loads": load_rows(loads),
        "load_chart": load_chart(loads),
        "has_turns": any(load.turns or load.entitled for load in loads),
        "chart_options": json.dumps(_chart_options(legend=False)),
        "load_options": json.dumps(_chart_options(legend=True)),
    }


def _answers(week: Period, *, agents: bool) -> list[dict[str, Any]]:
    """How soon leads are answered; where agents work too, by people and by agents apart."""
    if not agents:
        return [_speed("To the first answer", speed_to_response(week), "from the request to the first answer")]
    by_people, by_agents = [speed_to_response(week, by=kind) for kind in (Rep.Kind.HUMAN, Rep.Kind.AGENT)]
    return [
        _speed("To a person's answer", by_people, "from the request to the first answer, if a person gave it"),
        _speed("To an agent's answer", by_agents, "from the request to the first answer, if an AI agent gave it"),
    ]


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
            "value": _percent(alerts.within),
            "text": f"of alerts sent within {span(alerts.target)}",
            "kept": None if alerts.within is None else alerts.within >= ALERTS_PROMISED,
            "url": outbox,
        },
        {
            "value": _percent(answers.share),
            "text": f"of first answers in time, {state.overdue} late now",
            "kept": None if answers.share is None else answers.share >= ANSWERS_PROMISED,
            "url": f"{leads}?answer=late",
        },
    ]


def _percent(share: float | None) -> str:
    if share is None:
        return "–"
    return f"{share:.1%}" if 0.99 <= share < 1 else f"{share:.0%}"


def arrivals(now: datetime) -> dict[str, Any]:
    zone = timezone.get_current_timezone()
    hours, days = arrivals_by_hour(now=now, zone=zone), arrivals_by_day(now=now, zone=zone, days=DAYS_SHOWN)  # type: ignore[arg-type]
    return {
        "today": sum(hour.count for hour in hours),
        "month": sum(day.count for day in days),
        "hours": [(f"{timezone.localtime(hour.start):%H:00}", hour.count) for hour in hours],
        "days": [(_day(day.start), day.count) for day in days],
        "hour_chart": _bars([f"{timezone.localtime(hour.start):%H}" for hour in hours], hours),
        "day_chart": _bars([_day(day.start) for day in days], days),
    }


def _day(instant: datetime) -> str:
    local = timezone.localtime(instant)
    return f"{local.day} {local:%b}"


def _bars(labels: list[str], counted: list[Arrivals]) -> str:
    return json.dumps(
        {
            "labels": labels,
            "datasets": [
                {"label": "Leads", "data": [a.count for a in counted], "backgroundColor": "var(--color-primary-500)"}
            ],
        }
    )


def _chart_options(*, legend: bool) -> dict[str, Any]:
    """Plain bars with whole numbers; the colours work on light and on dark ground."""
    quiet = {"color": "#8b93a1", "font": {"size": 11}}
    return {
        "animation": False,
        "responsive": True,
        "maintainAspectRatio": False,
        "plugins": {
            "legend": {
                "display": legend,
                "align": "end",
                "labels": {**quiet, "boxWidth": 8, "boxHeight": 8, "usePointStyle": True, "pointStyle": "circle"},
            }
        },
        "datasets": {
            "bar": {"maxBarThickness": 18, "borderRadius": 3, "categoryPercentage": 0.75, "barPercentage": 0.9}
        },
        "scales": {
            "x": {"grid": {"display": False}, "border": {"display": False}, "ticks": {**quiet, "maxRotation": 0}},
            "y": {
                "beginAtZero": True,
                "grid": {"color": "rgba(139, 147, 161, 0.18)"},
                "border": {"display": False},
                "ticks": {**quiet, "precision": 0, "maxTicksLimit": 5},
            },
        },
    }


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


def _speed(title: str, speed: Speed, meaning: str) -> dict[str, Any]:
    most = max((bucket.count for bucket in speed.histogram), default=0)
    return {
        "title": title,
        "meaning": meaning,
        "count": speed.count,
        "p50": span(speed.p50) if speed.p50 is not None else "–",
        "p90": span(speed.p90) if speed.p90 is not None else "–",
        "within": _percent(speed.within),
        "target": span(speed.target),
        "buckets": [
            {"label": bucket.label, "count": bucket.count, "percent": round(100 * bucket.count / most)}
            for bucket in speed.histogram
            if most
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
        for load in sorted(loads, key=lambda load: (load.agent, -load.leads, load.name))
    ]


def _fairness(load: RepLoad) -> Any:
    """Within a lead of what one was entitled to nothing can be said: turns are whole leads."""
    if load.share is None:
        return ""
    fair, close = FAIR[0] <= load.share <= FAIR[1], abs(load.turns - load.entitled) <= 1
    tone, title = ("green" if fair else "amber"), "Leads got by turn, of those entitled to"
    return badge(f"{load.share:.0%}", "neutral" if close and not fair else tone, title)


def load_chart(loads: list[RepLoad]) -> str:
    shown = [load for load in loads if load.turns or load.entitled]
    return json.dumps(
        {
            "labels": [load.name for load in shown],
            "datasets": [
                {"label": "Got", "data": [load.turns for load in shown], "backgroundColor": "var(--color-primary-500)"},
                {
                    "label": "Entitled to",
                    "data": [round(load.entitled, 1) for load in shown],
                    "backgroundColor": "var(--color-base-300)",
                },
            ],
        }
    )
