"""The SLA policies of assignments as their versions froze them, and the hours that their clocks count."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import DatabaseError

from reps.schedules import HORIZON_DAYS, Schedule, Window, windows
from routing.engine.sla import MOST_STEPS, DueStep, SlaClock, Standing, StepKind, done_for, next_step
from routing.engine.types import Method
from routing.models import Assignment, RulebookVersion
from routing.models import SlaClock as Mode
from routing.snapshots.people import HoursSettings, load_windows_of
from routing.snapshots.rulebook import BUILT_IN_SLA, Published, SlaTerms, rulebook_version

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Policies:
    """What a set of assignments was promised. `working` are owners' hours, `pools` those of pools, by version."""

    versions: Mapping[int, Published]
    working: Mapping[int, Sequence[Window] | None] = field(default_factory=dict)
    pools: Mapping[tuple[int, int], Sequence[Window]] = field(default_factory=dict)

    def terms(self, assignment: Assignment) -> SlaTerms:
        """The SLA policy that the lead was assigned under; the built-in one if that cannot be read any more."""
        published = self.versions.get(assignment.rulebook_version or 0)
        return published.sla_policies.get(assignment.sla, BUILT_IN_SLA) if published else BUILT_IN_SLA

    def _stands_in(self, assignment: Assignment) -> bool:
        """Whether the built-in policy takes the place of one that cannot be read any more."""
        published = self.versions.get(assignment.rulebook_version or 0)
        return bool(assignment.sla) and (published is None or assignment.sla not in published.sla_policies)

    def clock(self, assignment: Assignment, started_at: datetime) -> SlaClock:
        """The assignment's clock, as if it had started at this instant."""
        mode, counted = self.terms(assignment).clock, None
        if mode == Mode.REP_HOURS:
            counted = self.working.get(assignment.rep_id)
        elif mode == Mode.POOL_HOURS:
            counted = self.pools.get((assignment.rulebook_version or 0, assignment.pool_id or 0))
        return SlaClock(started_at, counted)

    def due_at(self, assignment: Assignment, started_at: datetime) -> datetime:
        """Until when the owner must have answered if the clock started then."""
        return self.clock(assignment, started_at).passed(self.terms(assignment).first_response_minutes)

    def next_step(self, assignment: Assignment) -> DueStep | None:
        """The next step of an assignment whose clock runs."""
        if assignment.clock_started_at is None:
            return None
        terms, started_at, first = self.terms(assignment), assignment.clock_started_at, 0
        if self._stands_in(assignment):  # its steps are others, and counted apart; the promised time stays
            first = MOST_STEPS
            if assignment.due_at is not None:
                started_at = max(started_at, assignment.due_at - timedelta(minutes=terms.first_response_minutes))
        standing = Standing(assignment.step >> first, assignment.accepted_at)
        clock = self.clock(assignment, started_at)
        due = next_step(terms.steps, clock, standing, accept_minutes=terms.accept_minutes)
        return due and replace(due, number=first + due.number)

    def does(self, assignment: Assignment, step: StepKind) -> StepKind:
        """What a step does to this lead: one that belongs to its owner is not taken from them."""
        take_away = self.terms(assignment).take_away
        return done_for(step, method=Method(assignment.method), pool=assignment.pool_id, take_away=take_away)


def load_policies(
    assignments: Sequence[Assignment], *, start: datetime, until: datetime | None = None, hours: bool = True
) -> Policies:
    """What clocks of these assignments need from `start` on; a constant number of queries a rulebook version.

    Hours are known for 120 days, or until an instant that is later. Without `hours` only their terms.
    """
    versions = _versions({assignment.rulebook_version for assignment in assignments if assignment.rulebook_version})
    policies = Policies(versions)
    if not hours:
        return policies
    end = max(start + timedelta(days=2 * HORIZON_DAYS), until or start)
    reps = {one.rep_id for one in assignments if policies.terms(one).clock == Mode.REP_HOURS}
    by_pool = {
        (one.rulebook_version, one.pool_id)
        for one in assignments
        if one.rulebook_version and one.pool_id and policies.terms(one).clock == Mode.POOL_HOURS
    }
    company = HoursSettings(timezone=timezone_of(versions))
    return Policies(
        versions,
        load_windows_of(rep_ids=reps, start=start, end=end, settings=company) if reps else {},
        {key: found for key in by_pool if (found := _hours_of_pool(versions, *key, start, end)) is not None},
    )


def timezone_of(versions: Mapping[int, Published]) -> str:
    """The company's zone as the newest of these versions has it."""
    return versions[max(versions)].rulebook.settings.timezone if versions else settings.TIME_ZONE


def _versions(numbers: Iterable[int]) -> dict[int, Published]:
    found = {}
    for number in numbers:
        try:
            found[number] = rulebook_version(number)
        except RulebookVersion.DoesNotExist:
            continue
        except DatabaseError:
            raise
        except Exception:
            # assignments of this version have the built-in policy; those of others do not wait for it
            logger.exception("rulebook_version_unreadable", extra={"rulebook_version": number})
    return found


def _hours_of_pool(
    versions: Mapping[int, Published], version: int, pool: int, start: datetime, end: datetime
) -> list[Window] | None:
    """The pool's own hours, in the company's zone; None for always."""
    published = versions.get(version)
    hours = published.terms_of(pool).hours if published else None
    if published is None or hours is None:
        return None
    return windows(Schedule(ZoneInfo(published.rulebook.settings.timezone), hours), start, end)
