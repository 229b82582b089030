"""Messages that were given up, or wait, are sent again by hand."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from routing import outbox
from routing.models import LeadEvent, OutboxMessage
from routing.services.outbox_retry import CannotRetry, retry_message
from tests.factories import make_lead, make_rep

pytestmark = pytest.mark.django_db


def claimed(now: datetime, **fields: Any) -> OutboxMessage:
    lead = make_lead(now)
    outbox.publish(
        [
            OutboxMessage(
                key="a", kind="alert", lead=lead, rep=make_rep("Ana"), created_at=now, available_at=now, **fields
            )
        ]
    )
    [message] = outbox.claim(now=now, limit=1)
    message.error = "550 no such user"
    return message


def again(message: OutboxMessage, now: datetime) -> OutboxMessage:
    return retry_message(message=message, now=now, actor="Bo Ossa")


def test_what_was_given_up_is_sent_as_if_it_were_new(now: datetime) -> None:
    message = claimed(now)
    outbox.give_up([message], now=now)

    again(message, now)

    [due] = outbox.claim(now=now, limit=1)
    assert (due.key, due.tries, due.error) == ("a", 1, "")


def test_what_waits_for_its_next_try_is_due_at_once(now: datetime) -> None:
    message = claimed(now)
    outbox.retry([message], now=now)

    again(message, now)

    assert len(outbox.claim(now=now, limit=1)) == 1


def test_the_lead_remembers_who_did_it(now: datetime) -> None:
    message = claimed(now)
    outbox.give_up([message], now=now)

    again(message, now)

    event = LeadEvent.objects.get()
    assert (event.actor, event.text) == ("Bo Ossa", f"Alert to the owner to {message.rep.email} is sent again")


@pytest.mark.parametrize(
    ("finish", "why"),
    [(outbox.sent, "sent already"), (outbox.suppress, "no longer true"), (None, "being sent right now")],
)
def test_what_has_left_or_is_no_longer_true_is_refused(finish: Any, why: str, now: datetime) -> None:
    message = claimed(now)
    if finish:
        finish([message], now=now)

    with pytest.raises(CannotRetry, match=why):
        again(message, now)


def test_a_lease_that_is_over_does_not_stand_in_the_way(now: datetime) -> None:
    message = claimed(now)

    again(message, now + outbox.LEASE + timedelta(seconds=1))

    assert OutboxMessage.objects.get().lease_until is None
