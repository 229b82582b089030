"""Sources that are silent when they never are: a form that broke tells nobody.

A source is expected to send in a window of some hours as many live leads as, on average, in the same window of the
four weeks before (so: the same hours of the same weekday). It is silent if that is `EXPECTED` or more, if it sent
some in at least `WEEKS_WITH_LEADS` of the four, and if it sent none in this window. It is over when one comes.
Public holidays are not known: on one it may be said that a source is silent.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta

from django.db.models import Count

from routing.models import Incident, Lead
from routing.models.leads import LeadQuerySet
from routing.services.audit.findings import Finding

WINDOWS = tuple(timedelta(hours=hours) for hours in (1, 4, 12))
WEEK, WEEKS = timedelta(days=7), 4
WEEKS_WITH_LEADS = 3
EXPECTED = 5
NAMED = 180


def silent_sources(now: datetime) -> Iterator[Finding]:
    """At most one finding a source, with the shortest window that shows it."""
    found: dict[str, Finding] = {}
    for window in WINDOWS:
        for source, expected in _expected(window, now).items():
            if expected >= EXPECTED and source[:NAMED] not in found and not _sent(source, now - window, now):
                found[source[:NAMED]] = _finding(source, window, expected)
    for source, opened_at, text in _open():
        if source not in found and not _live().filter(source__startswith=source, submitted_at__gte=opened_at).exists():
            found[source] = Finding(Incident.Kind.SILENT_SOURCE, text, source)
    yield from found.values()


def _expected(window: timedelta, now: datetime) -> Mapping[str, float]:
    """By source: the leads of this window on average of the last weeks, of those that sent some in most of them."""
    weeks: dict[str, list[int]] = defaultdict(list)
    for number in range(1, WEEKS + 1):
        end = now - number * WEEK
        sent = _live().filter(submitted_at__gte=end - window, submitted_at__lt=end).order_by()
        for source, count in sent.values("source").annotate(count=Count("pk")).values_list("source", "count"):
            weeks[source].append(count)
    return {source: sum(counts) / WEEKS for source, counts in weeks.items() if len(counts) >= WEEKS_WITH_LEADS}


def _sent(source: str, start: datetime, end: datetime) -> bool:
    return _live().filter(source=source, submitted_at__gte=start, submitted_at__lt=end).exists()


def _live() -> LeadQuerySet:
    """Of real sources: nothing comes from those of the demo company any more."""
    return Lead.objects.real().filter(priority=Lead.Priority.LIVE, demo=False).exclude(source="")


def _open() -> list[tuple[str, datetime, str]]:
    incidents = Incident.objects.open().filter(kind=Incident.Kind.SILENT_SOURCE)
    return list(incidents.values_list("subject", "opened_at", "text"))


def _finding(source: str, window: timedelta, expected: float) -> Finding:
    hours = window // timedelta(hours=1)
    span = "the last hour" if hours == 1 else f"the last {hours} hours"
    text = (
        f"No lead came from “{source[:NAMED]}” in {span}; at this time of the week it is usually {expected:.0f}. "
        "Try its form or integration."
    )
    return Finding(Incident.Kind.SILENT_SOURCE, text, source[:NAMED])
