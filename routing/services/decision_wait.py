"""Wait a moment for the decision about a lead, for callers who would like to hear it at once."""

from __future__ import annotations

import threading
import time

from django.conf import settings

from routing.models import Lead

FIRST_LOOK, LAST_LOOK = 0.01, 0.05
# Whoever waits holds a thread; half of them stay free for everybody else.
_waiting = threading.BoundedSemaphore(max(1, settings.WEB_THREADS // 2))


def decided_within(lead: int, seconds: float) -> bool:
    """Whether routing decides the lead in time. Looks at the row again and again, in no transaction."""
    if not _waiting.acquire(blocking=False):
        return False
    try:
        deadline, pause = time.monotonic() + seconds, FIRST_LOOK
        while Lead.objects.filter(pk=lead, status=Lead.Status.PENDING).exists():
            if time.monotonic() >= deadline:
                return False
            time.sleep(pause)
            pause = min(pause * 1.5, LAST_LOOK)
        return True
    finally:
        _waiting.release()
