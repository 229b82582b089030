"""Let routing look again at leads that wait, because something changed that may free them."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from routing.doorbell import ring_after_commit
from routing.models import Lead


def look_at_waiting_leads_again(*, now: datetime) -> None:
    """Make every held lead due. Call it first in a transaction: leads are locked before people and ledgers.

    Done again after the commit, for a lead that was put on hold meanwhile by a batch that saw the old state.
    """
    _make_due(now)
    look_again_after_commit(now=now)


def look_again_after_commit(*, now: datetime) -> None:
    """Make every held lead due once the transaction has ended."""
    transaction.on_commit(lambda: _make_due(now), robust=True)
    ring_after_commit("routing")


@transaction.atomic
def _make_due(now: datetime) -> None:
    waiting = Lead.objects.held().filter(route_after__gt=now)
    list(waiting.order_by("pk").select_for_update(no_key=True).values_list("pk"))
    waiting.update(route_after=now)
