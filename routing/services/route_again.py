"""Route chosen leads at once, because somebody asks for it."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from django.db import transaction

from routing.doorbell import ring_after_commit
from routing.models import Lead
from routing.models.leads import LeadQuerySet
from routing.services.route_pending import BATCH, route_pending

MOST_BATCHES = 10
"""As many as somebody who asked waits for; the routers do the rest."""


def route_again(*, lead_ids: Collection[int], now: datetime) -> int:
    """Decide now about those of the leads that wait, batch after batch; how many are left to the routers."""
    chosen = Lead.objects.undecided().filter(pk__in=lead_ids)
    _make_due(chosen, now)
    due = chosen.filter(route_after__lte=now).order_by("pk").values_list("pk", flat=True)
    for _ in range(MOST_BATCHES):
        if not (batch := list(due[:BATCH])) or not route_pending(now=now, lead_ids=batch).worked:
            break
    return due.count()


@transaction.atomic
def _make_due(leads: LeadQuerySet, now: datetime) -> None:
    later = leads.filter(route_after__gt=now)
    list(later.order_by("pk").select_for_update(no_key=True).values_list("pk"))
    later.update(route_after=now)
    ring_after_commit("routing")
