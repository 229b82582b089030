"""Run a replay: load once, live through it once a version, compare. Nothing is written but the progress of the run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from reps.models import Rep
from routing.engine.types import Lead, MatchedAccount
from routing.matching import match_accounts
from routing.models import Lead as LeadRow
from routing.services.replay.asked import Asked, read_asked
from routing.services.replay.attendance import Attendance
from routing.services.replay.crew import Crew
from routing.services.replay.flow import Lived
from routing.services.replay.ground import BEFORE, Ground, load_ground
from routing.services.replay.kin import Kin
from routing.services.replay.report import compare
from routing.services.replay.responses import Responses
from routing.services.replay.world import World
from routing.services.which_version import PUBLISHED, NoSuchVersion, Version, number_of, which_version
from routing.services.work_progress import CannotRun, Progress
from routing.snapshots.leads import load_leads_as_new
from routing.snapshots.people import HoursSettings, load_people
from routing.snapshots.rulebook import Published

CHUNK = 1_000
PASSES = 4
"""Progress counts each lead so often: read and decided, by two versions."""


def run_replay(params: Mapping[str, Any], progress: Progress, now: datetime) -> dict[str, Any]:
    """The report of a replay. Raises CannotRun, and what progress raises."""
    asked = read_asked(params, now)
    progress.report(0, 0)
    published, other = _version(PUBLISHED), _version(asked.version)
    settings = (published.rulebook.settings, other.rulebook.settings)
    longest = max(span for one in settings for span in (one.returning_days, one.company_days))
    ground = load_ground(asked, longest_days=longest, now=now)
    lived = [
        _live(version, place, asked=asked, ground=ground, progress=progress, now=now)
        for place, version in enumerate((published, other))
    ]
    return {
        "from": asked.since.isoformat(),
        "to": asked.until.isoformat(),
        "versions": {"published": number_of(published), "draft": number_of(other)},
        **compare(ground.rows, ground.past, *lived),
    }


def _version(version: Version) -> Published:
    try:
        return which_version(version)
    except NoSuchVersion as error:
        raise CannotRun({"version": [str(error)]}) from error


def _live(
    published: Published, place: int, *, asked: Asked, ground: Ground, progress: Progress, now: datetime
) -> Lived:
    whole = max(len(ground.rows), 1)

    def step(part: int, done: int) -> None:
        progress.report((place * PASSES // 2 + part) * whole + done, PASSES * whole)

    hours = HoursSettings(timezone=published.rulebook.settings.timezone, taper_days=published.taper_days)
    attendance = Attendance(since=asked.since, until=asked.until, before=BEFORE, settings=hours)
    pools = published.rulebook.pools
    reps = list(Rep.objects.values_list("pk", flat=True))
    people = load_people(pools=pools, rep_ids=reps, now=now, settings=hours)
    # a pause of today says nothing of the past; a published pool whose row is gone is one without members
    members = {pool: people.members.get(pool, ()) for pool in pools}
    people = replace(people, members=members, paused=False, paused_pools=frozenset())
    crew = Crew(people, published, attendance, ground.loads, since=asked.since)
    responses = Responses(ground.answers, attendance.working, until=asked.until)
    leads: list[Lead] = []
    for start in range(0, len(ground.rows), CHUNK):
        leads += _read(ground.rows[start : start + CHUNK], published)
        step(0, start)
    world = World(
        published, crew, Kin(ground.earlier), responses, _closes(ground.rows), since=asked.since, until=asked.until
    )
    world.run(leads, step=lambda arrived: step(1, arrived))
    return Lived(published, world.fates, crew.balances(), members)


def _read(rows: Sequence[LeadRow], published: Published) -> list[Lead]:
    matches: dict[int, MatchedAccount | None] = match_accounts(rows, published.rulebook.settings)
    return load_leads_as_new(rows, published=published, matches=matches)


def _closes(rows: Sequence[LeadRow]) -> dict[int, timedelta]:
    """How long after it had an owner each lead was closed, as it really was."""
    return {
        row.pk: max(row.closed_at - row.first_owned_at, timedelta())
        for row in rows
        if row.closed_at and row.first_owned_at
    }
