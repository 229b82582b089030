"""Calendar feeds of reps, read every hour: their entries are time off, kept in step with the feed."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Q, QuerySet

from reps.models import Rep, TimeOff
from routing.models import Incident
from routing.notifications.http import Refused, Unreachable, call
from routing.rulebook.config.documents import zone_of
from routing.rulebook.content import current_settings
from routing.services.batches.lock import lock_reps
from routing.services.people.calendar_feed import MOST_BYTES, Absence, Unreadable, read_feed
from routing.services.waiting import look_at_waiting_leads_again

logger = logging.getLogger(__name__)
EVERY = timedelta(hours=1)
TOLD_AFTER = timedelta(hours=24)
FIELDS = ("starts_at", "ends_at", "whole_days", "reason")
LONGEST_ERROR = 300
Fetch = Callable[[str], bytes]


def fetch(url: str) -> bytes:
    """The feed, at most one byte more than is read. Raises Refused, Unreachable or Unreadable."""
    answer = call("GET", url, headers={"Accept": "text/calendar, */*;q=0.5"}, most_bytes=MOST_BYTES + 1)
    if not answer.ok:
        raise Unreadable(f"The calendar answered {answer.status} instead of its entries.")
    return answer.body


def read_calendars(*, now: datetime, fetch: Fetch = fetch) -> int:
    """Read one feed that is due; entries of feeds that were taken away go. How much was done."""
    gone = TimeOff.objects.exclude(calendar_uid="").filter(rep__calendar_url="", ends_at__gt=now)
    if (rep := gone.values_list("rep", flat=True).first()) is not None:
        return _keep_in_step(Rep.objects.get(pk=rep), (), now=now)
    due = Rep.objects.active().exclude(calendar_url="")
    due = due.filter(Q(calendar_read_at=None) | Q(calendar_read_at__lte=now - EVERY)).select_related("team")
    chosen = due.order_by("calendar_read_at", "pk").first()
    if chosen is None or not _claimed(chosen, now):
        return 0
    _read(chosen, fetch, now=now)
    return 1


def _claimed(rep: Rep, now: datetime) -> bool:
    """Whether nobody else reads it at this moment."""
    rows = Rep.objects.filter(pk=rep.pk, calendar_read_at=rep.calendar_read_at, calendar_url=rep.calendar_url)
    return bool(rows.update(calendar_read_at=now))


def _read(rep: Rep, fetch: Fetch, *, now: datetime) -> None:
    """Nothing is locked while the other side is asked."""
    zone = ZoneInfo(str(zone_of(rep, current_settings())))
    try:
        absences = read_feed(fetch(rep.calendar_url), zone=zone, now=now)
    except (Refused, Unreachable, Unreadable) as error:
        _failed(rep, str(error), now=now)
        return
    except Exception:
        logger.exception("calendar_failed", extra={"rep": rep.pk})
        _failed(rep, "It failed for a technical reason, which the log names.", now=now)
        return
    _keep_in_step(rep, absences, now=now)
    Rep.objects.filter(pk=rep.pk).update(calendar_error="", calendar_failing_since=None)
    Incident.objects.open().filter(kind=Incident.Kind.CALENDAR, subject=rep.email).update(closed_at=now)


def _failed(rep: Rep, error: str, *, now: datetime) -> None:
    """What was read last stays. After a day of it people are told."""
    since = rep.calendar_failing_since or now
    Rep.objects.filter(pk=rep.pk).update(calendar_error=error[:LONGEST_ERROR], calendar_failing_since=since)
    if now - since < TOLD_AFTER:
        return
    text = f"The calendar of {rep.name} cannot be read since {since:%Y-%m-%d %H:%M} UTC: {error}"[:500]
    incident, created = Incident.objects.open().get_or_create(
        kind=Incident.Kind.CALENDAR, subject=rep.email, defaults={"text": text, "opened_at": now, "seen_at": now}
    )
    if not created:
        incident.text, incident.seen_at = text, now
        incident.save(update_fields=["text", "seen_at"])


def _keep_in_step(rep: Rep, absences: Sequence[Absence], *, now: datetime) -> int:
    """The entries from now on are exactly these; what is over stays. Time off that was made by hand is not touched."""
    if not _differences(rep, absences, now):
        return 0
    with transaction.atomic():
        look_at_waiting_leads_again(now=now)
        lock_reps(pool_ids=(), rep_ids={rep.pk})
        return _write(rep, absences, now)


def _differences(rep: Rep, absences: Sequence[Absence], now: datetime) -> bool:
    stored = {row.calendar_uid: _values(row) for row in _stored(rep, now)}
    return stored != {absence.uid: _wanted(absence) for absence in absences}


def _write(rep: Rep, absences: Sequence[Absence], now: datetime) -> int:
    rows = {row.calendar_uid: row for row in _stored(rep, now)}
    wanted = {absence.uid: absence for absence in absences}
    gone = [row.pk for uid, row in rows.items() if uid not in wanted]
    new = [
        TimeOff(rep=rep, calendar_uid=uid, **dict(zip(FIELDS, _wanted(absence), strict=True)))
        for uid, absence in wanted.items()
        if uid not in rows
    ]
    changed = [row for uid, row in rows.items() if uid in wanted and _values(row) != _wanted(wanted[uid])]
    for row in changed:
        for name, value in zip(FIELDS, _wanted(wanted[row.calendar_uid]), strict=True):
            setattr(row, name, value)
    TimeOff.objects.filter(pk__in=gone).delete()
    TimeOff.objects.bulk_update(changed, FIELDS, batch_size=500)
    TimeOff.objects.bulk_create(new, batch_size=500)
    return len(gone) + len(new) + len(changed)


def _stored(rep: Rep, now: datetime) -> QuerySet[TimeOff]:
    return TimeOff.objects.filter(rep=rep, ends_at__gt=now).exclude(calendar_uid="")


def _values(row: TimeOff) -> tuple[object, ...]:
    return tuple(getattr(row, name) for name in FIELDS)


def _wanted(absence: Absence) -> tuple[object, ...]:
    return absence.start, absence.end, absence.whole_days, absence.reason
