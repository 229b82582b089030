"""Who hears of leads that nobody answers, and owns them in the end: the team's manager, then the last resorts."""

from __future__ import annotations

from collections.abc import Collection

from reps.models import Rep
from routing.snapshots.people import last_resort_ids


def managers_of(rep_ids: Collection[int]) -> dict[int, tuple[Rep, ...]]:
    """For each of these reps who is above them and active, in order: people before agents, and never the rep."""
    if not rep_ids:
        return {}
    in_order = last_resort_ids()
    resorts = Rep.objects.active().in_bulk(in_order)
    found = {}
    for rep in Rep.objects.filter(pk__in=rep_ids).select_related("team__manager"):
        own = rep.team.manager if rep.team else None
        chosen = [own] if own and own.active else []
        chosen += [resorts[pk] for pk in in_order if pk in resorts]
        chosen.sort(key=lambda one: one.kind == Rep.Kind.AGENT)
        found[rep.pk] = tuple({one.pk: one for one in chosen if one.pk != rep.pk}.values())
    return found
