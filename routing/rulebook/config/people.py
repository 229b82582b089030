"""The sections about people: skills, teams, reps and time off."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import URLValidator, validate_email

from reps.caps import check_caps
from reps.catch_up import check_catch_up
from reps.models import Digest, Rep, TimeOff
from reps.public_holidays import is_known
from reps.schedules import Block, InvalidHours, parse_hours
from reps.validators import validate_languages
from routing.rulebook.config.errors import Errors, shown
from routing.rulebook.config.known import Known
from routing.rulebook.config.reader import Reader
from routing.rulebook.config.ways import (
    ChannelSpec,
    QuietHours,
    read_booking_url,
    read_calendar,
    read_channels,
    read_quiet_hours,
)

ALWAYS = "always"
LONGEST_ACK = 3_600
"""Seconds."""


@dataclass(frozen=True, slots=True)
class TeamSpec:
    """No blocks (None) means always on shift."""

    name: str
    manager: str | None = None
    timezone: str = ""
    blocks: tuple[Block, ...] | None = None
    digest: str = Digest.DAILY.value


@dataclass(frozen=True, slots=True)
class Pause:
    until: datetime | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class RepSpec:
    """`hours` is "always", blocks of one's own, or None for the team's."""

    email: str
    name: str
    team: str | None = None
    timezone: str = ""
    hours: str | tuple[Block, ...] | None = None
    holidays: str = ""
    languages: list[str] = field(default_factory=list)
    skills: list[str] = field(default_factory=list)
    expertise: Mapping[str, int] = field(default_factory=dict)
    about: str = ""
    caps: Mapping[str, Any] = field(default_factory=dict)
    paused: Pause | None = None
    active: bool = True
    backup: str | None = None
    catch_up: Mapping[str, float] = field(default_factory=dict)
    kind: str = Rep.Kind.HUMAN.value
    webhook: str = ""
    ack_seconds: int = 10
    channels: list[ChannelSpec] = field(default_factory=list)
    quiet_hours: QuietHours | None = None
    calendar: str = ""
    booking_url: str = ""


@dataclass(frozen=True, slots=True)
class TimeOffSpec:
    """Days of the rep's own calendar, the last one included; or instants, the last one excluded."""

    rep: str
    start: date | datetime
    end: date | datetime
    reason: str = ""
    hand_over: str = ""
    hand_over_leads: str = TimeOff.HandOverLeads.UNANSWERED.value


def read_skills(values: Any, path: str, errors: Errors) -> list[str]:
    names = Reader({"skills": values}, "", errors).texts("skills", limit=100)
    for index, name in enumerate(names):
        if name in names[:index]:
            errors.add(f"{path}[{index}]", f"{shown(name)} is there twice. Keep one of them.")
    return names


def read_team(row: Reader, known: Known) -> TeamSpec:
    name = row.text("name", limit=100, required=True)
    manager = row.reference("manager", known.reps, "rep", email=True)
    timezone = row.timezone("timezone")
    hours = read_hours(row)
    blocks = None if hours == ALWAYS or not hours else hours
    return TeamSpec(name, manager, timezone, blocks, _digest(row))  # type: ignore[arg-type]


def _digest(row: Reader) -> str:
    """Null is none, a key that is left out the usual one."""
    usual = Digest.NONE if row.gives("digest") else Digest.DAILY
    return row.choice("digest", usual.value, [Digest.DAILY.value, Digest.WEEKLY.value])


def read_rep(row: Reader, known: Known) -> RepSpec:
    spec = RepSpec(
        email=_email(row),
        name=row.text("name", limit=150, required=True),
        team=row.reference("team", known.teams, "team"),
        timezone=row.timezone("timezone"),
        hours=read_hours(row),
        holidays=_holidays(row),
        languages=row.checked("languages", _language_errors) or [],
        skills=_known_skills(row, known),
        expertise=_expertise(row, known),
        about=row.text("about", limit=20_000),
        caps=row.checked("caps", check_caps) or {},
        paused=_pause(row),
        active=row.flag("active", True),
        backup=row.reference("backup", known.reps, "rep", email=True),
        catch_up=row.checked("catch_up", check_catch_up) or {},
        kind=row.choice("kind", Rep.Kind.HUMAN.value, Rep.Kind.values),
        webhook=_webhook(row),
        ack_seconds=row.whole("ack_seconds", 10, low=1, high=LONGEST_ACK) or 10,
        channels=read_channels(row),
        quiet_hours=read_quiet_hours(row),
        calendar=read_calendar(row),
        booking_url=read_booking_url(row),
    )
    if spec.backup and spec.backup == spec.email:
        row.error("backup", "nobody can be their own backup. Name somebody else.")
    if spec.kind == Rep.Kind.AGENT and not spec.webhook:
        row.error("webhook", "an agent needs a webhook, where it is alerted. Write webhook: https://….")
    return spec


def read_time_off(row: Reader, known: Known) -> TimeOffSpec | None:
    rep = row.reference("rep", known.reps, "rep", email=True)
    if rep is None and not row.has("rep"):
        row.error("rep", "this is missing.")
    start, end = row.day_or_instant("from"), row.day_or_instant("to")
    reason = row.text("reason")
    hand_over = row.choice("hand_over", "", [TimeOff.HandOver.BACKUP.value, TimeOff.HandOver.ROUTING.value])
    leads = row.choice("hand_over_leads", TimeOff.HandOverLeads.UNANSWERED.value, TimeOff.HandOverLeads.values)
    if rep is None or start is None or end is None:
        return None
    if isinstance(start, datetime) != isinstance(end, datetime):
        row.error("to", "write either two dates or two instants.")
        return None
    if end < start or (isinstance(start, datetime) and end == start):
        row.error("to", "the leave ends before it begins.")
    return TimeOffSpec(rep, start, end, reason, hand_over, leads)


def read_hours(row: Reader, key: str = "working_hours") -> str | tuple[Block, ...] | None:
    """Blocks of a week, "always", or None where nothing is given."""
    value = row.raw(key)
    if value is None or value == ALWAYS:
        return value if value is None else ALWAYS
    try:
        return parse_hours(value)
    except InvalidHours as error:
        for message in error.errors:
            row.error(key, message)
        return None


def _email(row: Reader) -> str:
    email = row.text("email", limit=254, required=True).lower()
    try:
        if email:
            validate_email(email)
    except ValidationError:
        row.error("email", f"{shown(email)} is not an e-mail address.")
    return email


def _holidays(row: Reader) -> str:
    code = row.text("holidays", limit=10)
    if code and not is_known(code):
        row.error("holidays", f"no public holidays are known for {shown(code)}. Use a code such as US, US-CA or DE-BY.")
    return code


def _language_errors(value: Any) -> list[str]:
    try:
        validate_languages(value)
    except ValidationError as error:
        return list(error.messages)
    return []


def _known_skills(row: Reader, known: Known) -> list[str]:
    names = [row.named(path, value, known.skills, "skill") for value, path in row.items("skills")]
    return sorted({name for name in names if name})


def _expertise(row: Reader, known: Known) -> dict[str, int]:
    child = row.child("expertise")
    levels: dict[str, int] = {}
    for topic, _ in row.pairs("expertise"):
        name, level = (
            child.named(child.at(topic), topic, known.topics, "topic"),
            child.whole(topic, None, low=1, high=3),
        )
        if name and level:
            levels[name] = level
        elif child.raw(topic) is None:
            child.error(topic, "a level is 1, 2 or 3.")
    return levels


def _pause(row: Reader) -> Pause | None:
    value = row.raw("paused")
    if value is None or value is False:
        return None
    if value is True:
        return Pause()
    child = row.child("paused")
    pause = Pause(child.instant("until"), child.text("reason"))
    child.close()
    return pause


def _webhook(row: Reader) -> str:
    address = row.text("webhook", limit=500)
    try:
        if address:
            URLValidator(schemes=["https", "http"])(address)
    except ValidationError:
        row.error("webhook", f"{shown(address)} is not a web address. Write one such as https://agent.example/leads.")
    return address
