"""Findings → incidents: opened once, closed when they are found no more, and told of without a storm of mail."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction

from reps.models import Rep
from routing import outbox
from routing.models import Incident, LastResort, OutboxMessage
from routing.services.audit.findings import Finding

TOLD_AFTER = timedelta(seconds=55)
"""What is over by the next look, such as what a restart left behind, is told to nobody."""
QUIET = timedelta(hours=1)
"""One mail a kind in this time."""
LONGEST_TEXT = 500


@transaction.atomic
def keep(findings: Sequence[Finding], *, checked: Collection[Incident.Kind], now: datetime) -> tuple[int, int]:
    """Open what is new and close what is over, among the kinds that were checked. How many were opened and closed."""
    found = {(finding.kind.value, finding.subject): finding for finding in findings}
    standing = {(incident.kind, incident.subject): incident for incident in Incident.objects.open()}
    for key in found.keys() & standing.keys():
        Incident.objects.filter(pk=standing[key].pk).update(seen_at=now, text=found[key].text[:LONGEST_TEXT])
    new = [_incident(found[key], now) for key in sorted(found.keys() - standing.keys())]
    Incident.objects.bulk_create(new, ignore_conflicts=True)
    kinds = {kind.value for kind in checked}
    over = [standing[key] for key in standing.keys() - found.keys() if key[0] in kinds]
    Incident.objects.filter(pk__in=[incident.pk for incident in over]).update(closed_at=now)
    return len(new), len(over)


def keep_mended(findings: Iterable[Finding], *, now: datetime) -> int:
    """What was mended is noted, and over."""
    mended = [_incident(finding, now) for finding in findings]
    for incident in mended:
        incident.healed, incident.closed_at = True, now
    Incident.objects.bulk_create(mended)
    return len(mended)


@transaction.atomic
def tell(*, now: datetime) -> int:
    """Mail to those who look after the system: of what is open for a minute, and of the end of what they heard of.

    Each incident once, and of each kind one mail an hour about all of it.
    """
    fresh = Incident.objects.open().filter(told_at=None, opened_at__lte=now - TOLD_AFTER).order_by("pk")
    lately = set(Incident.objects.filter(told_at__gt=now - QUIET).values_list("kind", flat=True))
    by_kind: dict[str, list[Incident]] = defaultdict(list)
    for incident in fresh.select_for_update(no_key=True):
        by_kind[incident.kind].append(incident)
    messages: list[OutboxMessage] = []
    for kind, incidents in by_kind.items():
        if kind not in lately:
            messages += _messages(incidents[0], now, over=False)
            Incident.objects.filter(pk__in=[incident.pk for incident in incidents]).update(told_at=now)
    for incident in _over_but_not_told(now):
        messages += _messages(incident, now, over=True)
    outbox.publish(messages)
    return len(messages)


def _over_but_not_told(now: datetime) -> list[Incident]:
    """Of each mail that was sent, the one it was named after, once nothing of its kind is open any more."""
    still = Incident.objects.open().values("kind")
    lately = Incident.objects.filter(told_at__isnull=False, closed_at__gt=now - QUIET).exclude(kind__in=still)
    first: dict[tuple[str, datetime | None], Incident] = {}
    for incident in lately.order_by("pk"):
        first.setdefault((incident.kind, incident.told_at), incident)
    return list(first.values())


def _incident(finding: Finding, now: datetime) -> Incident:
    text = finding.text[:LONGEST_TEXT]
    return Incident(kind=finding.kind, subject=finding.subject, text=text, opened_at=now, seen_at=now)


def _messages(incident: Incident, now: datetime, *, over: bool) -> list[OutboxMessage]:
    """One to each; a key that exists already was sent before."""
    word = "over" if over else "open"
    reps, addresses = who_looks_after_it()
    to: list[dict[str, Any]] = [*({"rep": rep} for rep in reps), *({"address": address} for address in addresses)]
    names = [str(rep.pk) for rep in reps] + addresses
    return [
        OutboxMessage(
            key=f"{OutboxMessage.Kind.PROBLEM}:{incident.pk}:{word}:{name}"[:150],
            kind=OutboxMessage.Kind.PROBLEM,
            payload={"incident": incident.pk, "over": over},
            created_at=now,
            available_at=now,
            **whom,
        )
        for name, whom in zip(names, to, strict=True)
    ]


def who_looks_after_it() -> tuple[list[Rep], list[str]]:
    """The last resorts that were named, else the managers; and admins who have an address."""
    listed = LastResort.objects.order_by("position", "pk").values("rep")
    reps = list(Rep.objects.active().filter(pk__in=listed, kind=Rep.Kind.HUMAN))
    reps = reps or list(Rep.objects.active().filter(managed_teams__isnull=False, kind=Rep.Kind.HUMAN).distinct())
    admins = User.objects.filter(is_active=True, is_superuser=True).exclude(email="").order_by("pk")
    known = {rep.email for rep in reps}
    return reps, [user.email for user in admins if user.email.lower() not in known]
