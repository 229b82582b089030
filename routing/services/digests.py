"""Managers' digests: when one is due, and what is in it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import F, Q
from django.urls import reverse

from reps.models import Digest as HowOften
from reps.models import Rep, Team
from routing import outbox
from routing.engine.types import HeldReason
from routing.insights.health import held_leads
from routing.insights.load import RepLoad, load_by_rep
from routing.insights.periods import Period, Seconds, percentiles
from routing.models import Assignment, Lead, OutboxMessage
from routing.models.assignments import AssignmentQuerySet
from routing.notifications.deadlines import in_words, local_time
from routing.notifications.digests import Digest, Share, Waiting, manager_digest
from routing.notifications.messages import Envelope, Message
from routing.snapshots.rulebook import current_rulebook

DUE, UNTIL = time(8), time(12)
"""By the team's clocks. A system that was down until noon sends none that day."""
WORKDAYS = frozenset(range(5))
LONGEST_BREAK = 14
MOST_NAMED = 100
HELD_WORDS = {
    HeldReason.NOBODY_AVAILABLE: "because nobody is available",
    HeldReason.WAITING: "for somebody whom they fit, for a time",
    HeldReason.EMPTY_POOL: "because their pool is empty",
    HeldReason.NO_RULE: "because no rule takes them",
    HeldReason.PAUSED: "because routing is paused",
    HeldReason.OFFERED: "for somebody to take up an offer",
    HeldReason.UNDECIDABLE: "because routing fails with them",
}


def publish_digests(*, now: datetime) -> int:
    """Write the digests whose time has come; how many. Teams with nothing to tell get none."""
    due = {key: (team, since) for team, key, since in _due(now)}
    known = OutboxMessage.objects.filter(key__in=due).values_list("key", flat=True) if due else ()
    messages = [_message(*due[key], key, now) for key in due.keys() - set(known)]
    outbox.publish([message for message in messages if message.done_at is None])
    OutboxMessage.objects.bulk_create([one for one in messages if one.done_at is not None], ignore_conflicts=True)
    return len(messages)


def digest_mail(message: OutboxMessage, envelope: Envelope, *, now: datetime) -> Message:
    """The digest that a message asks for, with the figures of its period and what waits now."""
    team = Team.objects.get(pk=message.payload["team"])
    since, until = (datetime.fromisoformat(message.payload[name]) for name in ("since", "until"))
    return manager_digest(digest_of(team, Period(since, until), now=now), envelope)


def digest_of(team: Team, period: Period, *, now: datetime) -> Digest:
    """A team's figures; a constant number of queries."""
    zone = _zone(team)
    given, unanswered = _given(team, period), _unanswered(team)
    loads = load_by_rep(period, now=now)
    kinds = dict(Rep.objects.filter(team=team).values_list("pk", "kind"))
    half, most = _speed(team, period)
    leads_url = f"{settings.PUBLIC_URL}{reverse('admin:routing_lead_changelist')}"
    rows = list(unanswered.select_related("lead", "rep").order_by(F("due_at").asc(nulls_last=True), "pk")[:MOST_NAMED])
    return Digest(
        team=team.name,
        period=_period_in_words(period, zone),
        given=given.values("lead").distinct().count(),
        arrived=Lead.objects.real().filter(submitted_at__gte=period.start, submitted_at__lt=period.end).count(),
        in_time=_in_time(team, period),
        half_within=half,
        most_within=most,
        breaches=Assignment.objects.filter(
            _of(team), breached_at__gte=period.start, breached_at__lt=period.end
        ).count(),
        people=_shares(loads, kinds, Rep.Kind.HUMAN),
        agents=_shares(loads, kinds, Rep.Kind.AGENT),
        unanswered=tuple(_waiting(row, zone, now) for row in rows),
        more_unanswered=max(0, unanswered.count() - MOST_NAMED),
        held=tuple((HELD_WORDS[row.reason], row.count) for row in held_leads()),
        leads_url=leads_url,
        held_url=f"{leads_url}?status__in=held",
    )


# --- when -----------------------------------------------------------------------------------------------------------


def _due(now: datetime) -> Sequence[tuple[Team, str, datetime]]:
    """Teams whose digest is due now, with its key and the beginning of its period."""
    teams = Team.objects.exclude(digest=HowOften.NONE).filter(manager__active=True, manager__kind=Rep.Kind.HUMAN)
    found = []
    for team in teams.order_by("pk").prefetch_related("working_hours"):
        local = now.astimezone(ZoneInfo(_zone(team)))
        workdays = {hours.weekday for hours in team.working_hours.all()} or WORKDAYS
        if DUE <= local.time() < UNTIL and _is_day(team, local.date(), workdays):
            key = f"{OutboxMessage.Kind.MANAGER_DIGEST}:{team.pk}:{local.date()}"
            found.append((team, key, _since(team, local.date(), workdays)))
    return found


def _is_day(team: Team, day: date, workdays: frozenset[int] | set[int]) -> bool:
    return day.weekday() == 0 if team.digest == HowOften.WEEKLY else day.weekday() in workdays


def _since(team: Team, day: date, workdays: frozenset[int] | set[int]) -> datetime:
    """When the one before was due."""
    before = [day - timedelta(days=days) for days in range(1, LONGEST_BREAK)]
    last = next((earlier for earlier in before if _is_day(team, earlier, workdays)), before[-1])
    return datetime.combine(last, DUE, ZoneInfo(_zone(team))).astimezone(UTC)


def _zone(team: Team) -> str:
    if team.timezone:
        return team.timezone
    published = current_rulebook()
    return published.rulebook.settings.timezone if published else settings.TIME_ZONE


def _message(team: Team, since: datetime, key: str, now: datetime) -> OutboxMessage:
    message = OutboxMessage(
        key=key,
        kind=OutboxMessage.Kind.MANAGER_DIGEST,
        rep_id=team.manager_id,
        payload={"team": team.pk, "since": since.isoformat(), "until": now.isoformat()},
        created_at=now,
        available_at=now,
    )
    if not _has_news(team, Period(since, now)):
        message.done_at, message.result = now, OutboxMessage.Result.SUPPRESSED
        message.error = "There is nothing to tell."
    return message


def _has_news(team: Team, period: Period) -> bool:
    return _given(team, period).exists() or _unanswered(team).exists()


# --- what -----------------------------------------------------------------------------------------------------------


def _of(team: Team) -> Q:
    return Q(rep__team=team, lead__test=False)


def _given(team: Team, period: Period) -> AssignmentQuerySet:
    return Assignment.objects.filter(_of(team), assigned_at__gte=period.start, assigned_at__lt=period.end)


def _unanswered(team: Team) -> AssignmentQuerySet:
    waiting = Assignment.objects.current().filter(_of(team), responded_at=None)
    return waiting.filter(lead__status=Lead.Status.ASSIGNED, lead__closed_at=None)


def _in_time(team: Team, period: Period) -> str:
    due = Assignment.objects.filter(_of(team), due_at__gte=period.start, due_at__lt=period.end)
    due = due.exclude(ended_at__lt=F("due_at"), responded_at=None)
    number, in_time = due.count(), due.filter(responded_at__lte=F("due_at")).count()
    return f"{in_time} of {number} ({in_time / number:.0%})" if number else ""


def _speed(team: Team, period: Period) -> tuple[str, str]:
    """Half, and nine of ten, first answers came within so long of the lead's arrival."""
    answered = _given(team, period).filter(responded_at__gte=F("lead__submitted_at"))
    seconds = answered.annotate(seconds=Seconds("lead__submitted_at", "responded_at"))
    half, most = percentiles(seconds, "seconds", (0.5, 0.9), answered.count())
    if half is None or most is None:
        return "", ""
    return in_words(timedelta(seconds=half)), in_words(timedelta(seconds=most))


def _shares(loads: Sequence[RepLoad], kinds: dict[int, str], kind: str) -> tuple[Share, ...]:
    return tuple(
        Share(load.name, load.leads, load.turns, f"{load.entitled:.1f}", load.open, load.unanswered)
        for load in loads
        if kinds.get(load.rep) == kind
    )


def _waiting(row: Assignment, zone: str, now: datetime) -> Waiting:
    url = f"{settings.PUBLIC_URL}{reverse('admin:routing_lead_change', args=[row.lead_id])}"
    late = row.due_at is not None and row.due_at < now
    if row.due_at is None:
        due = "not told yet" if row.alerted_at is None else ""
    elif late:
        due = f"{in_words(now - row.due_at)} late"
    else:
        due = f"due {local_time(row.due_at, zone, now)}"
    return Waiting(row.lead.label, url, row.rep.name, due, late)


def _period_in_words(period: Period, zone: str) -> str:
    start, end = (instant.astimezone(ZoneInfo(zone)) for instant in (period.start, period.end))
    return (
        f"since {start:%A}, {start.day} {start:%B}"
        if end - start < timedelta(days=6)
        else (f"{start.day} {start:%B} to {end.day} {end:%B}")
    )
