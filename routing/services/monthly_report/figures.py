"""The figures of a month, as JSON: counted once, when the report is asked for, and kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from django.db.models import Count, Sum

from reps.models import Rep
from routing.engine.types import ONE_LEAD
from routing.insights.arrivals import QUARTER
from routing.insights.breakdowns import (
    LeadCount,
    OwnershipCount,
    arrivals_by_quarter,
    due_by_quarter,
    leads_by,
    outcomes_by,
    ownerships_by,
)
from routing.insights.fairness import fairness_by_pool
from routing.insights.load import load_by_rep
from routing.insights.periods import Period
from routing.insights.speed import (
    Speed,
    alert_delay,
    punctuality,
    rep_delay,
    speed_to_owner,
    speed_to_response,
    system_delay,
)
from routing.models import Assignment, Lead, LedgerAccount, Pool, Rule, Territory
from routing.services.monthly_report.months import Month, NoSuchMonth, read_month
from routing.services.work_progress import CannotRun, Progress

SPEEDS = (
    ("to_owner", "From the request to the first owner", speed_to_owner),
    ("to_answer", "From the request to the first answer", speed_to_response),
    ("system", "System: from the request to the decision", system_delay),
    ("alert", "System: from having an owner to the alert", alert_delay),
    ("rep", "Rep: from the alert to the answer", rep_delay),
)
"""Key, what is measured, and the insight that measures it."""


def read_asked(params: Mapping[str, Any], now: datetime) -> Month:
    """Raises CannotRun."""
    try:
        return read_month(str(params.get("month", "")), now=now)
    except NoSuchMonth as error:
        raise CannotRun({"month": [str(error)]}) from error


def run_month(params: Mapping[str, Any], progress: Progress, now: datetime) -> dict[str, Any]:
    month = read_asked(params, now)
    progress.report(0, 1)
    return month_figures(month, now=now)


def month_figures(month: Month, *, now: datetime) -> dict[str, Any]:
    """Everything that the workbook shows but the lines of statements. A constant number of queries."""
    period = month.period
    return {
        "month": month.name,
        "title": month.title,
        "zone": str(month.zone),
        "start": period.start.isoformat(),
        "end": period.end.isoformat(),
        "made_at": now.isoformat(),
        "over": period.end <= now,
        "counts": _counts(period, now),
        "speeds": [{"key": key, "title": title, **_speed(measure(period))} for key, title, measure in SPEEDS],
        "reps": _reps(period, now),
        "pools": _pools(period, now),
        "rules": _owned(ownerships_by("rule", period, now=now), _names(Rule), "No rule"),
        "sources": _received(leads_by("source", period), {}, "Not known"),
        "territories": _received(leads_by("territory", period), _names(Territory), "None"),
        "sla": _owned(ownerships_by("sla", period, now=now), {}, "No policy"),
        "days": _days(month, now),
    }


def _counts(period: Period, now: datetime) -> dict[str, Any]:
    leads = Lead.objects.real().filter(submitted_at__gte=period.start, submitted_at__lt=period.end)
    by_status = dict(leads.order_by().values("status").annotate(count=Count("pk")).values_list("status", "count"))
    won = outcomes_by("outcome", period)
    due = punctuality(period, now=now)
    breaches = Assignment.objects.filter(
        breached_at__gte=period.start, breached_at__lt=period.end, lead__test=False
    ).count()
    return {
        "received": sum(by_status.values()),
        "by_status": by_status,
        "due": due.due,
        "in_time": due.in_time,
        "breaches": breaches,
        "won": sum(row.won for row in won),
        "lost": sum(row.lost for row in won),
        "amount": float(sum(row.amount for row in won)),
    }


def _speed(speed: Speed) -> dict[str, Any]:
    return {name: getattr(speed, name) for name in ("count", "p50", "p90", "target", "within")}


def _reps(period: Period, now: datetime) -> list[dict[str, Any]]:
    owned = {row.name: row for row in ownerships_by("rep", period, now=now)}
    ended = {row.name: row for row in outcomes_by("owner", period)}
    balances = dict(LedgerAccount.objects.order_by().values("rep").annotate(s=Sum("balance")).values_list("rep", "s"))
    emails = dict(Rep.objects.values_list("pk", "email"))
    empty = OwnershipCount(None, 0, 0, 0, 0, 0)
    rows = []
    for load in load_by_rep(period, now=now):
        row, end = owned.get(load.rep, empty), ended.get(load.rep)
        rows.append(
            {
                "name": load.name, "email": emails[load.rep], "got": load.leads, "turns": load.turns,
                "entitled": load.entitled, "balance": balances.get(load.rep, 0) / ONE_LEAD,
                "answered": row.answered, "due": row.due, "in_time": row.in_time, "breached": row.breached,
                "won": end.won if end else 0, "lost": end.lost if end else 0,
                "amount": float(end.amount) if end else 0.0,
            }
        )  # fmt: skip
    return rows


def _pools(period: Period, now: datetime) -> list[dict[str, Any]]:
    pools = list(Pool.objects.all())
    fair = {row.pool.pk: row for row in fairness_by_pool(period, pools=pools)}
    owned = ownerships_by("pool", period, now=now)
    rows = _owned(owned, {pool.pk: pool.name for pool in pools}, "Without a pool")
    for row, found in zip(rows, (fair.get(one.name) for one in owned), strict=True):
        row["by_turn"] = found.leads if found else 0
        row["largest_difference"] = found.largest_difference if found else 0.0
    return rows


def _names(model: type[Rule] | type[Territory]) -> dict[Any, str]:
    return dict(model._default_manager.values_list("pk", "name"))


def _owned(rows: Sequence[OwnershipCount], names: Mapping[Any, str], nothing: str) -> list[dict[str, Any]]:
    return [asdict(row) | {"name": names.get(row.name) or row.name or nothing} for row in rows]


def _received(rows: Sequence[LeadCount], names: Mapping[Any, str], nothing: str) -> list[dict[str, Any]]:
    return [
        asdict(row) | {"name": names.get(row.name) or row.name or nothing, "amount": float(row.amount)} for row in rows
    ]


def _days(month: Month, now: datetime) -> list[dict[str, Any]]:
    """Each day of the month on the company's calendar: what arrived, and what was due and answered in time."""
    quarters = arrivals_by_quarter(month.period)
    due = due_by_quarter(month.period, now=now)
    edges = _edges(month)
    rows = []
    for start, end in zip(edges, edges[1:], strict=False):
        places = range(int(start.timestamp()) // QUARTER, int(end.timestamp()) // QUARTER)
        counted = [due[place] for place in places if place in due]
        rows.append(
            {
                "day": start.astimezone(month.zone).date().isoformat(),
                "received": sum(quarters[place] for place in places),
                "due": sum(pair[0] for pair in counted),
                "in_time": sum(pair[1] for pair in counted),
            }
        )
    return rows


def _edges(month: Month) -> list[datetime]:
    first = month.period.start.astimezone(month.zone).date()
    last = month.period.end.astimezone(month.zone).date()
    days = [first + timedelta(days=number) for number in range((last - first).days + 1)]
    return [_midnight(day, month) for day in days]


def _midnight(day: date, month: Month) -> datetime:
    return datetime.combine(day, time.min, tzinfo=month.zone).astimezone(UTC)
