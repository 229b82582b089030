"""A rep asks for a test alert: it takes the way that alerts take, and its fate is shown."""

from __future__ import annotations

from datetime import datetime, timedelta

from reps.models import Rep
from routing import outbox
from routing.models import OutboxMessage
from routing.models.outbox import OutboxQuerySet

PATIENCE = timedelta(seconds=20)
"""So long one that has not left yet is enough."""
SHOWN = 3


def send_test_alert(*, rep: Rep, now: datetime) -> bool:
    """False: one is on its way already."""
    if _own(rep).waiting().filter(created_at__gt=now - PATIENCE).exists():
        return False
    message = OutboxMessage(
        key=f"{OutboxMessage.Kind.TEST_ALERT}:{rep.uuid}:{now.timestamp():.3f}",
        kind=OutboxMessage.Kind.TEST_ALERT,
        rep=rep,
        created_at=now,
        available_at=now,
    )
    outbox.publish([message])
    return True


def last_test_alerts(*, rep: Rep) -> list[OutboxMessage]:
    """The newest, with what became of them."""
    return list(_own(rep).select_related("way").order_by("-pk")[:SHOWN])


def _own(rep: Rep) -> OutboxQuerySet:
    return OutboxMessage.objects.filter(rep=rep, kind=OutboxMessage.Kind.TEST_ALERT)
