"""Whether submissions lie on disk that should be leads by now, or that nobody could make leads of."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from routing import spool
from routing.engine.counting import counted
from routing.models import Incident
from routing.services.audit.findings import Finding, since

LATE = timedelta(seconds=60)
"""So long the clock may take to get to them, once the database is back."""


def spooled(now: datetime) -> Iterator[Finding]:
    """Of this host: each has a spool of its own, which its own clock empties."""
    waiting, oldest = spool.oldest()
    came = datetime.fromtimestamp(oldest, UTC)
    if waiting and came < now - LATE:
        text = f"{counted(waiting, 'submission')} on disk not taken in; the oldest came {since(came, now)} ago."
        yield Finding(Incident.Kind.SPOOL, text, "waiting")
    if aside := spool.aside():
        text = (
            f"{counted(aside, 'submission')} on disk cannot be made leads of. Look at the files in spool/aside of the "
            "data folder; moved to spool again they are tried again."
        )
        yield Finding(Incident.Kind.SPOOL, text, "aside")
