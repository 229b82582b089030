"""The same lead earlier or later: the smallest shift, in whole minutes within a day, at which somebody gets it.

Only the instants are tried at which something can change: people's standing, rules, days, and how long ago other
leads, signals and dates were. The lead's own clock moves along: when it was sent, since when it waits, until when.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, time, timedelta, tzinfo
from math import ceil, floor, log2

from routing.engine.counterfactual.changes import Change, ChangeKind, Inputs
from routing.engine.plan import Plan, plan_of
from routing.engine.seen import Seen, moment_of, number_of
from routing.engine.signals import FADED, SIGNAL
from routing.engine.types import Condition, Operator, People, RepId, RepState

DAY = timedelta(days=1)
MINUTE = timedelta(minutes=1)
MOST_MINUTES = 24 * 60
DATES = frozenset({Operator.BEFORE.value, Operator.AFTER.value, Operator.BETWEEN.value, Operator.IS.value})


@dataclass(frozen=True, slots=True)
class Timetable:
    """How people stand at other times. `changes`: the instants at which somebody's standing may change.

    `beneath` is somebody's state without what refuses them first: whoever is paused may be off shift besides.
    """

    people_at: Callable[[datetime], People]
    changes: Sequence[datetime] = ()
    beneath: Callable[[RepId], RepState | None] = field(default=lambda rep: None)


def frozen_time(inputs: Inputs) -> Timetable:
    """Everybody always as they stand now."""
    return Timetable(lambda when: inputs.people)


def time_changes(inputs: Inputs, timetable: Timetable) -> Iterator[Change]:
    """Each shift that can make a difference, the smallest first; later before earlier."""
    now = inputs.now
    minutes = {minute for when in _edges(inputs, timetable) for minute in _around((when - now) / MINUTE)}
    for minute in sorted(minutes, key=lambda minute: (abs(minute), -minute)):
        if 0 < abs(minute) <= MOST_MINUTES:
            yield _shift(minute, timetable)


def _around(minutes: float) -> set[int]:
    """The whole minutes next to an instant, on either side of it."""
    return {ceil(minutes) - 1, floor(minutes), ceil(minutes), floor(minutes) + 1}


def _shift(minutes: int, timetable: Timetable) -> Change:
    words = f"if it had come {_span(abs(minutes))} {'later' if minutes > 0 else 'earlier'}"
    return Change(
        ChangeKind.TIME, "minutes", 0, minutes, words, lambda inputs: _shifted(inputs, minutes * MINUTE, timetable)
    )


def _span(minutes: int) -> str:
    hours, rest = divmod(minutes, 60)
    parts = [f"{hours} h"] if hours and minutes >= 120 else []
    rest = rest if parts else minutes
    return " ".join([*parts, *([f"{rest} minute{'s' * (rest != 1)}"] if rest or not parts else [])])


def _shifted(inputs: Inputs, by: timedelta, timetable: Timetable) -> Inputs:
    lead, when = inputs.lead, inputs.now + by
    sent = lead.facts.get("submitted_at")
    moved = replace(
        lead,
        submitted_at=lead.submitted_at + by,
        facts={**lead.facts, "submitted_at": sent + by} if isinstance(sent, datetime) else lead.facts,
        first_reached={rule: first + by for rule, first in lead.first_reached.items()},
        hold_deadline_at=lead.hold_deadline_at + by if lead.hold_deadline_at else None,
    )
    return replace(inputs, lead=moved, batch=inputs.batch.otherwise(timetable.people_at(when), when))


def _edges(inputs: Inputs, timetable: Timetable) -> Iterator[datetime]:
    """The instants of `now` at which the decision can change."""
    now, plan = inputs.now, plan_of(inputs.rulebook)
    yield from timetable.changes
    yield from _midnights(now, plan.zone)
    for rule in inputs.rulebook.rules:
        if rule.active is not None:
            yield from (edge for edge in (rule.active.start, rule.active.end) if edge is not None)
        for row in (row for group in rule.conditions for row in group):
            yield from _row_edges(inputs, plan, row)
    yield from _earlier_edges(inputs)


def _midnights(now: datetime, zone: tzinfo) -> Iterator[datetime]:
    """When the days around begin: weekdays, effective dates."""
    day = now.astimezone(zone).date()
    for days in (-1, 0, 1, 2):
        yield datetime.combine(day + timedelta(days=days), time(), zone).astimezone(UTC)


def _row_edges(inputs: Inputs, plan: Plan, row: Condition) -> Iterator[datetime]:
    if row.field.startswith(SIGNAL):
        yield from _signal_edges(inputs, row)
    elif row.operator in DATES and row.field == "submitted_at":
        yield from _sent_edges(inputs, plan.zone, row)
    elif row.operator == Operator.IN_LAST_DAYS.value:
        yield from _window_edges(inputs, plan.zone, row)


def _sent_edges(inputs: Inputs, zone: tzinfo, row: Condition) -> Iterator[datetime]:
    """When the lead, sent so much earlier or later, would be on the other side of a date."""
    values = row.value.values() if isinstance(row.value, Mapping) else [row.value]
    for moment in _moments(values, zone):
        yield from (inputs.now + (edge - inputs.lead.submitted_at) for edge in moment)


def _window_edges(inputs: Inputs, zone: tzinfo, row: Condition) -> Iterator[datetime]:
    """When a date begins and ceases to lie within the last so many days."""
    days = number_of(row.value)
    if days is None or abs(days) > 100_000:
        return
    for moment in Seen(inputs.case().fact(row.field)).moments(zone) or ():
        yield from (edge + timedelta(days=more) for edge in moment for more in (0, days))


def _moments(values: Iterable[object], zone: tzinfo) -> Iterator[tuple[datetime, datetime]]:
    for value in values:
        for one in value if isinstance(value, tuple | list) else (value,):
            moment = moment_of(one, zone)
            if moment is not None:
                yield moment


def _signal_edges(inputs: Inputs, row: Condition) -> Iterator[datetime]:
    """When a signal is first seen, when it has faded, and when it falls below the strength that the row asks for."""
    least = number_of(row.value)
    for signal in inputs.lead.signals:
        yield signal.observed_at
        for level in (FADED, least / signal.strength if least and signal.strength > 0 else 0):
            if 0 < level < 1 and 0 < signal.half_life_days < 100_000:
                yield signal.observed_at - timedelta(days=signal.half_life_days * log2(level))


def _earlier_edges(inputs: Inputs) -> Iterator[datetime]:
    """When another lead becomes or ceases to be recent enough for a duplicate, a return or a colleague."""
    settings, now, sent = inputs.rulebook.settings, inputs.now, inputs.lead.submitted_at
    spans = (timedelta(0), *_days(settings.duplicate_minutes / 1440, settings.returning_days, settings.company_days))
    for other in inputs.batch.earlier_than(inputs.lead):
        for instant in {other.submitted_at, max(other.submitted_at, other.owned_at or other.submitted_at)}:
            for span in spans:
                yield from (instant + span, now + (instant + span - sent))


def _days(*days: float) -> Iterator[timedelta]:
    return (timedelta(days=some) for some in days if 0 <= some <= 100_000)
