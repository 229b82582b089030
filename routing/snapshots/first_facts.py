"""Decisions → what a lead told before anybody worked on it, whatever was written into its row since."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from routing.engine.types import FactValue
from routing.models import Decision, LeadEvent
from routing.snapshots.columns import unpack_json
from routing.snapshots.frozen_lead import read_facts

REWRITES = (LeadEvent.Kind.EDITED, LeadEvent.Kind.MERGED)


def first_facts(leads: Collection[int]) -> dict[int, Mapping[str, FactValue]]:
    """Of those of these leads whose facts were changed: the facts that their first decision saw. Two queries.

    A lead that was never decided, such as one that came with its outcome, has none.
    """
    changed = LeadEvent.objects.filter(lead__in=leads, kind__in=REWRITES).order_by()
    keys = set(changed.values_list("lead", flat=True))
    found: dict[int, Mapping[str, FactValue]] = {}
    for lead, trace in Decision.objects.filter(lead__in=keys).order_by("pk").values_list("lead", "trace"):
        if lead not in found:
            found[lead] = read_facts(unpack_json(trace))
    return found
