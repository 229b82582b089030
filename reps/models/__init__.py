"""Who can work, and when: teams, reps, their hours and time off, skills and expertise, and how they are reached."""

from __future__ import annotations

from reps.models.details import Channel, Expertise, TimeOff, Weekday, WorkingHours
from reps.models.people import Digest, Rep, RepQuerySet, Skill, Team, validate_timezone

__all__ = [
    "Channel",
    "Digest",
    "Expertise",
    "Rep",
    "RepQuerySet",
    "Skill",
    "Team",
    "TimeOff",
    "Weekday",
    "WorkingHours",
    "validate_timezone",
]
