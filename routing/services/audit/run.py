"""One audit: whoever finds that nobody did for a minute does it, and exactly one does."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import InterfaceError, OperationalError

from routing.models import Heartbeat, Incident
from routing.notifications.http import Caller, Refused, Unreachable
from routing.services.audit.books import ledgers
from routing.services.audit.findings import Check, Finding
from routing.services.audit.incidents import keep, keep_mended, tell
from routing.services.audit.neglected import mend, neglected
from routing.services.audit.scores import drifted_scores
from routing.services.audit.sources import silent_sources
from routing.services.audit.spooled import spooled
from routing.services.audit.stuck import double_owned, heartbeats, overdue, unrouted, unsent
from routing.services.heartbeats import AUDITOR, UNAUDITED

logger = logging.getLogger(__name__)
Kind = Incident.Kind
EACH = timedelta(seconds=60)
SETTLING = timedelta(seconds=20)
"""So long processes that start have to begin on what they find."""
DEADMAN_SECONDS = 5.0
CHECKS: tuple[tuple[Kind, Check], ...] = (
    (Kind.UNROUTED, unrouted),
    (Kind.OVERDUE, overdue),
    (Kind.UNSENT, unsent),
    (Kind.DOUBLE_OWNED, double_owned),
    (Kind.LEDGER, ledgers),
    (Kind.NEGLECTED, neglected),
    (Kind.SILENT_SOURCE, silent_sources),
    (Kind.HEARTBEAT, heartbeats),
    (Kind.SPOOL, spooled),
    (Kind.SCORE, drifted_scores),
)
"""What each kind of incident is found by."""


@dataclass(frozen=True, slots=True)
class Audited:
    """What one audit did. `clean`: nothing is wrong now."""

    mended: int
    opened: int
    closed: int
    clean: bool


def audit(*, now: datetime, ping: Callable[[], None] | None = None) -> Audited | None:
    """Look at everything, unless somebody has in the last minute: then None."""
    if not _is_my_turn(now):
        return None
    findings: list[Finding] = []
    checked: set[Kind] = {Kind.FAILED}
    mended = keep_mended(_looked_at("mending", mend, findings, now), now=now)
    for kind, check in CHECKS:
        failures = len(findings)
        findings += _looked_at(kind.value, check, findings, now)
        if not any(finding.kind == Kind.FAILED for finding in findings[failures:]):
            checked.add(kind)
    opened, closed = keep(findings, checked=checked, now=now)
    tell(now=now)
    clean = not Incident.objects.open().exists()
    if clean:
        (ping or ping_deadman)()
    return Audited(mended, opened, closed, clean)


def _is_my_turn(now: datetime) -> bool:
    """Whether nobody has looked for a minute. Where nobody has for long, all has just begun: a moment first."""
    put_off = now - EACH + SETTLING
    Heartbeat.objects.filter(name=AUDITOR, beat_at__lt=now - UNAUDITED).update(beat_at=put_off)
    due = Heartbeat.objects.filter(name=AUDITOR, beat_at__lte=now - EACH)
    if due.exists():
        return bool(due.update(beat_at=now))
    if not Heartbeat.objects.filter(name=AUDITOR).exists():
        Heartbeat.objects.bulk_create([Heartbeat(name=AUDITOR, beat_at=put_off)], ignore_conflicts=True)
    return False


def _looked_at(name: str, check: Check, failures: list[Finding], now: datetime) -> list[Finding]:
    """What a check finds. One that fails is an incident itself and keeps no other from running."""
    try:
        return list(check(now))
    except (OperationalError, InterfaceError):
        raise
    except Exception as error:
        logger.exception("audit_failed", extra={"check": name})
        text = f"The auditor could not look at “{name}”: {type(error).__name__}. The log says more."
        failures.append(Finding(Kind.FAILED, text, name))
        return []


def ping_deadman() -> None:
    """Tell DEADMAN_URL that all is well; somebody outside raises the alarm when it hears nothing."""
    if not settings.DEADMAN_URL:
        return
    try:
        answer = Caller(seconds=DEADMAN_SECONDS).call("GET", settings.DEADMAN_URL)
        if not answer.ok:
            logger.warning("deadman_refused", extra={"status": answer.status})
    except (Refused, Unreachable) as error:
        logger.warning("deadman_unreachable", extra={"cause": str(error)})
