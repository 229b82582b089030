"""After an outage, leads that should have moved long ago do so a few at a time: nobody gets them all at once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import datetime

from routing.models import Assignment
from routing.services.sla.managers import managers_of
from routing.services.sla.moving import attempts_of
from routing.services.sla.policies import Policies
from routing.services.sla.second_offers import pools_of
from routing.snapshots.people import HoursSettings, load_people
from routing.snapshots.released import unanswered_released
from routing.snapshots.rulebook import Published


def paced(rows: Sequence[Assignment], policies: Policies, published: Published, *, now: datetime) -> set[int]:
    """Which of these overdue leads, the oldest first, may move on now: those for whom somebody has room.

    As with leads that had waited, nobody holds more than `release_burst` of them unanswered. Where nobody is there to
    get a lead it moves on all the same, as its rule says.
    """
    candidates = _candidates(rows, policies, published, now=now)
    everybody = {rep for those in candidates.values() for rep in those}
    used = unanswered_released(everybody) if everybody else {}
    room = {rep: published.rulebook.settings.release_burst - used.get(rep, 0) for rep in everybody}
    chosen = set()
    for row in rows:
        those = candidates[row.pk]
        if not those:
            chosen.add(row.pk)
            continue
        best = max(those, key=lambda rep: room[rep])
        if room[best] > 0:
            room[best] -= 1
            chosen.add(row.pk)
    return chosen


def _candidates(
    rows: Sequence[Assignment], policies: Policies, published: Published, *, now: datetime
) -> dict[int, Collection[int]]:
    """Assignment → who may get its lead: present members of its pool who have not had it, else a manager."""
    leads = [row.lead_id for row in rows]
    attempts, had = attempts_of(leads), _had(leads)
    hours = HoursSettings(timezone=published.rulebook.settings.timezone, taper_days=published.taper_days)
    people = load_people(pools=pools_of(rows, published), rep_ids=(), now=now, settings=hours, pace=False)
    managers = managers_of({row.rep_id for row in rows})
    found: dict[int, Collection[int]] = {}
    for row in rows:
        members = [member.rep for member in people.members.get(row.pool_id or 0, ())]
        fresh = [rep for rep in members if rep not in had[row.lead_id]]
        last = attempts.get(row.lead_id, 0) + 1 >= policies.terms(row).max_attempts
        if last or (members and not fresh):
            found[row.pk] = [rep.pk for rep in managers.get(row.rep_id, ()) if rep.pk not in had[row.lead_id]][:1]
        else:
            found[row.pk] = [rep for rep in fresh if people.reps[rep].standing is None]
    return found


def _had(lead_ids: Collection[int]) -> dict[int, set[int]]:
    """Who owns or owned each lead."""
    found: defaultdict[int, set[int]] = defaultdict(set)
    for lead, rep in Assignment.objects.filter(lead__in=lead_ids).order_by().values_list("lead_id", "rep_id"):
        found[lead].add(rep)
    return found
