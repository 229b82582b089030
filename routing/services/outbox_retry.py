"""A message that was given up, or that waits for its next try, is sent now."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from routing import outbox
from routing.models import LeadEvent, OutboxMessage
from routing.notifications.ways import way_text


class CannotRetry(Exception):
    """The message is not sent again; the text says why."""


@transaction.atomic
def retry_message(*, message: OutboxMessage, now: datetime, actor: str) -> OutboxMessage:
    """Send it again as if it were new. Raises CannotRetry for one that has left, is leaving, or is no longer true."""
    rows = OutboxMessage.objects.select_for_update(no_key=True, of=("self",)).select_related("rep")
    row = rows.get(pk=message.pk)
    if row.result == OutboxMessage.Result.SENT:
        raise CannotRetry("It was sent already.")
    if row.result == OutboxMessage.Result.SUPPRESSED:
        raise CannotRetry(f"It was not sent because it is no longer true: {row.error}")
    if row.lease_until is not None and row.lease_until >= now:
        raise CannotRetry("It is being sent right now.")
    outbox.send_again(row, now=now)
    if row.lead_id:
        LeadEvent.objects.create(
            lead_id=row.lead_id,
            kind=LeadEvent.Kind.EDITED,
            text=f"{row.get_kind_display()} to {way_text(row)} is sent again",
            actor=actor[:150],
            happened_at=now,
        )
    return row
