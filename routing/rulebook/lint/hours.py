"""Hours of the week in which nobody of a pool is on, and people who are always on because nobody said otherwise."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from reps.schedules import Schedule, Window, midnight, windows, without
from routing.rulebook.lint.findings import Finding, listed, note, warning
from routing.rulebook.lint.subject import Subject

WEEK = timedelta(days=7)
MOST_NAMED = 10


def hours(subject: Subject) -> Iterator[Finding]:
    yield from _nobody_on(subject)
    for team in subject.live.teams:
        if team.always_on:
            message = (
                f"it has no working hours, so {listed(list(team.always_on))} count as on shift around the clock. "
                "Give it hours, or say “always” for those who are."
            )
            yield note("team_always_on", "teams", team.name, message, "working_hours")


def _nobody_on(subject: Subject) -> Iterator[Finding]:
    """This week, in the company's zone: where its own working hours are not covered, and where other hours are not."""
    start, end = week_of(subject.now, subject.zone)
    company = windows(Schedule(subject.zone, subject.company_blocks), start, end)
    weeks: dict[Schedule, list[Window]] = {}
    for key in sorted(subject.pools_in_use):
        schedules = {subject.live.reps[member.rep].schedule for member in subject.able(key)}
        if not schedules:
            continue
        for schedule in schedules - weeks.keys():
            weeks[schedule] = windows(schedule, start, end)
        gaps = without([(start, end)], [window for schedule in schedules for window in weeks[schedule]])
        inside = without(company, without([(start, end)], gaps))
        name = subject.rulebook.pools[key].name
        if inside:
            message = f"within the company's working hours nobody is on {in_words(inside, subject.zone)}."
            yield warning("nobody_on_in_working_hours", "pools", name, message, "members")
        elif gaps:
            message = f"nobody is on {in_words(gaps, subject.zone)}: leads of these hours wait, or go on."
            yield note("nobody_on", "pools", name, message, "members")


def week_of(now: datetime, zone: ZoneInfo) -> Window:
    """From Monday to Monday, midnights of the zone."""
    today = now.astimezone(zone).date()
    monday = today - timedelta(days=today.weekday())
    return midnight(monday, zone), midnight(monday + WEEK, zone)


def in_words(stretches: Sequence[Window], zone: ZoneInfo) -> str:
    """Sat 00:00–Mon 06:00, on the clocks of the zone. A stretch that goes on after the end of the week is one."""
    texts = [f"{_clock(start, zone)}–{_clock(end, zone)}" for start, end in _around(stretches)]
    return f"{listed(texts, MOST_NAMED)} ({zone.key})"


def _around(stretches: Iterable[Window]) -> list[Window]:
    found = list(stretches)
    if len(found) > 1 and found[-1][1] - found[0][0] == WEEK:
        found = [*found[1:-1], (found[-1][0], found[0][1])]
    return found


def _clock(instant: datetime, zone: ZoneInfo) -> str:
    return f"{instant.astimezone(zone):%a %H:%M}"
