"""A week of coverage as its page shows it: the heat map, one hour closely, the gaps, and the week as a list."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from itertools import groupby
from typing import Any
from zoneinfo import ZoneInfo

from django.urls import reverse

from reps.admin_display import person
from reps.models import Rep
from routing.engine.counting import counted
from routing.engine.types import RepId
from routing.insights.coverage import HOUR, Coverage, Gap, Hour

DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
LEVELS = 4
"""Shades of the heat map."""
MOST_NAMES, MOST_GAPS = 12, 8
NEARLY = 0.05
"""Leads a week; fewer are none."""


@dataclass(frozen=True)
class Week:
    """`reps` are those who were looked at, by name."""

    coverage: Coverage
    reps: Mapping[RepId, Rep]
    zone: ZoneInfo
    now: datetime

    @cached_property
    def most(self) -> int:
        """How many are on in the best hour."""
        return max((len(on(hour)) for hour in self.coverage.hours), default=0)

    @cached_property
    def places(self) -> Mapping[tuple[int, int], list[Hour]]:
        """Weekday and hour → the hours: two where the clocks are put back, none where they are put forward."""
        found: dict[tuple[int, int], list[Hour]] = {}
        for hour in self.coverage.hours:
            found.setdefault(self.place(hour.at), []).append(hour)
        return found

    @property
    def leads(self) -> float:
        return sum(hour.leads for hour in self.coverage.hours)

    @property
    def missed(self) -> float:
        """Leads of an average week that come while nobody is on."""
        return sum(hour.leads * (1 - hour.covered) for hour in self.coverage.hours)

    @property
    def covered_hours(self) -> float:
        return sum(hour.covered for hour in self.coverage.hours)

    def place(self, instant: datetime) -> tuple[int, int]:
        local = instant.astimezone(self.zone)
        return local.weekday(), local.hour

    def text(self, instant: datetime) -> str:
        """Mon 23 Nov, 18:00."""
        local = instant.astimezone(self.zone)
        return f"{local:%a} {local.day} {local:%b}, {local:%H:%M}"

    def names(self, keys: Sequence[RepId]) -> str:
        shown = sorted(self.reps[key].name for key in keys)[:MOST_NAMES]
        more = len(keys) - len(shown)
        return ", ".join(shown) + (f" and {more} more" if more else "")

    def people(self, keys: Sequence[RepId]) -> list[dict[str, Any]]:
        """With a way to the hours of each."""
        found = sorted((self.reps[key] for key in keys), key=lambda rep: rep.name)
        return [
            {"name": rep.name, "person": person(rep.name, rep.team.name if rep.team else ""), "url": hours_url(rep)}
            for rep in found
        ]


def hours_url(rep: Rep) -> str:
    """Where the hours of somebody are changed: their own page, or that of their team, whose hours no agent keeps."""
    if rep.hours == Rep.Hours.TEAM and rep.team_id and rep.kind != Rep.Kind.AGENT:
        return reverse("admin:reps_team_change", args=[rep.team_id])
    return reverse("admin:reps_rep_change", args=[rep.pk])


def on(hour: Hour) -> tuple[RepId, ...]:
    return hour.people + hour.agents


def leads_text(leads: float) -> str:
    """In an average week."""
    if leads < NEARLY:
        return "no leads"
    return f"{_plain(leads)} lead{'' if round(leads, 2) == 1 else 's'}"


def _plain(number: float) -> str:
    return f"{number:.2f}".rstrip("0").rstrip(".")


def heat_map(week: Week, asked: str, url: Callable[[str], str]) -> dict[str, Any]:
    """A row an hour, a column a day."""
    start = week.coverage.start.astimezone(week.zone).date()
    days = [start + timedelta(days=n) for n in range(len(DAYS))]
    return {
        "days": [{"name": DAYS[n], "date": f"{day.day} {day:%b}", "number": day.day} for n, day in enumerate(days)],
        "rows": [
            {"hour": f"{hour:02}", "cells": [_cell(week, (day, hour), asked, url) for day in range(len(DAYS))]}
            for hour in range(24)
        ],
        "most": week.most,
        "levels": range(1, min(LEVELS, week.most) + 1),
    }


def _cell(week: Week, place: tuple[int, int], asked: str, url: Callable[[str], str]) -> dict[str, Any]:
    hours = week.places.get(place, [])
    if not hours:
        return {"none": True}
    hour = hours[0]
    missed = hour.leads * (1 - hour.covered)
    return {
        "count": len(on(hour)),
        "level": _level(len(on(hour)), week.most),
        "gap": hour.covered == 0,
        "part": 0 < hour.covered < 1,
        "missed": missed >= NEARLY,
        "leads": leads_text(hour.leads),
        "few": hour.leads < NEARLY,
        "now": hour.at <= week.now < hour.at + HOUR,
        "asked": asked == key_of(place),
        "url": url(key_of(place)),
        "text": f"{week.text(hour.at)}: {_who(week, hour)}. {leads_text(hour.leads).capitalize()} in an average week.",
    }


def key_of(place: tuple[int, int]) -> str:
    """mon-09, as the address names an hour."""
    return f"{DAYS[place[0]].lower()}-{place[1]:02}"


def _level(count: int, most: int) -> int:
    return -(-min(LEVELS, most) * count // most) if most else 0


def _who(week: Week, hour: Hour) -> str:
    if not on(hour):
        return "nobody is on"
    told = [f"{len(hour.people)} on: {week.names(hour.people)}"] if hour.people else []
    told += [f"{counted(len(hour.agents), 'AI agent')}: {week.names(hour.agents)}"] if hour.agents else []
    part = f"; for {round((1 - hour.covered) * 60)} minutes nobody" if hour.covered < 1 else ""
    return "; ".join(told) + part


def hour_in_words(week: Week, asked: str) -> dict[str, Any] | None:
    """One hour closely; None where none of that name is asked."""
    hours = next((found for place, found in week.places.items() if key_of(place) == asked), None)
    if hours is None:
        return None
    hour = hours[0]
    return {
        "title": f"{week.text(hour.at)} to {(hour.at + HOUR).astimezone(week.zone):%H:%M}",
        "people": week.people(hour.people),
        "agents": week.people(hour.agents),
        "leads": leads_text(hour.leads),
        "minutes": round((1 - hour.covered) * 60),
        "twice": len(hours) > 1,
    }


def gaps_in_words(week: Week) -> dict[str, Any]:
    """Stretches without anybody, those that bring most leads first; those that bring none are only counted."""
    hours = week.coverage.hours
    weighed = [(gap.leads(hours), gap) for gap in week.coverage.gaps]
    with_leads = sorted((one for one in weighed if one[0] >= NEARLY), key=lambda one: (-one[0], one[1].start))
    idle = [gap for leads, gap in weighed if leads < NEARLY]
    return {
        "rows": [_gap(week, gap, leads) for leads, gap in with_leads[:MOST_GAPS]],
        "more": max(0, len(with_leads) - MOST_GAPS),
        "count": len(with_leads),
        "idle": len(idle),
        "idle_hours": _hours_text(sum(gap.hours for gap in idle)),
        "whole": not weighed,
    }


def _gap(week: Week, gap: Gap, leads: float) -> dict[str, Any]:
    before = [hour for hour in week.coverage.hours if hour.at < gap.start <= hour.at + HOUR]
    after = [hour for hour in week.coverage.hours if hour.at <= gap.end < hour.at + HOUR]
    return {
        "text": f"{week.text(gap.start)} to {week.text(gap.end)}",
        "hours": _hours_text(gap.hours),
        "leads": leads_text(leads),
        "before": week.people(_those(before))[:MOST_NAMES],
        "after": week.people(_those(after))[:MOST_NAMES],
    }


def _those(hours: Iterable[Hour]) -> tuple[RepId, ...]:
    return next((on(hour) for hour in hours), ())


def _hours_text(hours: float) -> str:
    return f"{_plain(hours)} h"


def stretches_in_words(week: Week) -> list[dict[str, Any]]:
    """The week as a list: hours after one another in which the same people are on."""
    told = []
    for (people, agents, _), run in groupby(week.coverage.hours, key=lambda one: (one.people, one.agents, one.covered)):
        hours = list(run)
        told.append(
            {
                "since": week.text(hours[0].at),
                "until": week.text(hours[-1].at + HOUR),
                "count": len(people) + len(agents),
                "names": week.names(people),
                "agents": week.names(agents),
                "leads": leads_text(sum(hour.leads for hour in hours)),
                "part": 0 < hours[0].covered < 1,
                "empty": hours[0].covered == 0,
            }
        )
    return told
