"""Run a repair: as a preview, which only reads, or in earnest, in small batches that stand each for itself."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import OperationalError

from reps.models import Rep
from routing.models import Assignment
from routing.services.repair.again import Again, Verdict, decide_again
from routing.services.repair.apply import Moves, moves_of, repair_leads, tell_everybody
from routing.services.repair.asked import Asked, read_asked
from routing.services.repair.candidates import candidates, in_order, untouchable
from routing.services.work_progress import Progress
from routing.snapshots.rulebook import Published, rulebook_version

AT_ONCE = 100
MOST_LISTED = 1_000
TRIES = 3


def run_repair(params: Mapping[str, Any], progress: Progress, now: datetime) -> dict[str, Any]:
    """The report of a repair. Raises CannotRun, and what progress raises."""
    asked = read_asked(params, now)
    wrong, right = rulebook_version(asked.wrong), rulebook_version(asked.right)
    untouched = Counter(untouchable(asked))
    leads = in_order(asked)
    moves: Moves = []
    try:
        for start in range(0, len(leads), AT_ONCE):
            progress.report(start, len(leads))
            again, moved = _repair(leads[start : start + AT_ONCE], asked, wrong, right, progress)
            moves += moved
            untouched.update(verdict.value for verdict in again.verdicts.values() if verdict is not Verdict.MOVES)
    finally:
        if asked.apply:
            tell_everybody(now=progress.clock())
    progress.report(len(leads), len(leads))
    return {
        "from": asked.wrong,
        "to": asked.right,
        "since": asked.since.isoformat(),
        "until": asked.until.isoformat(),
        "applied": asked.apply,
        "looked_at": len(leads),
        "untouched": dict(untouched),
        **_told(moves, right),
    }


def _repair(
    lead_ids: Sequence[int], asked: Asked, wrong: Published, right: Published, progress: Progress
) -> tuple[Again, Moves]:
    if not asked.apply:
        return _preview(lead_ids, asked, wrong, right, now=progress.clock())
    for _ in range(TRIES - 1):
        try:
            return repair_leads(lead_ids, asked, wrong, right, now=progress.clock())
        except OperationalError:  # somebody else held a lock for too long
            continue
    return repair_leads(lead_ids, asked, wrong, right, now=progress.clock())


def _preview(
    lead_ids: Sequence[int], asked: Asked, wrong: Published, right: Published, *, now: datetime
) -> tuple[Again, Moves]:
    rows = candidates(asked).filter(lead__in=lead_ids).select_related("lead", "posting")
    owner_of: dict[int, Assignment] = {row.lead_id: row for row in rows}
    owned = [(owner_of[pk].lead, owner_of[pk]) for pk in lead_ids if pk in owner_of]
    again = decide_again(owned, wrong, right, now=now)
    return again, moves_of(again, owner_of)


def _told(moves: Moves, published: Published) -> dict[str, Any]:
    """Who gains and loses what; leads by their ids only, so that erasing a lead erases it here, too."""
    people = {pk: (email, name) for pk, email, name in Rep.objects.values_list("pk", "email", "name")}
    rules = {rule.id: rule.name for rule in published.rulebook.rules}
    gains, losses = Counter(to.rep for _, _, to in moves), Counter(rep for _, rep, _ in moves)
    return {
        "moves": {
            "count": len(moves),
            "listed": [
                {
                    "lead": str(lead.uuid),
                    "from": people[rep][0],
                    "to": people[to.rep][0],
                    "rule": rules.get(to.rule or 0),
                    "method": to.method.value,
                }
                for lead, rep, to in moves[:MOST_LISTED]
            ],
        },
        "reps": sorted(
            (
                {"rep": people[rep][0], "name": people[rep][1], "gains": gains[rep], "loses": losses[rep]}
                for rep in gains.keys() | losses.keys()
            ),
            key=lambda line: (line["loses"] - line["gains"], line["rep"]),
        ),
    }
