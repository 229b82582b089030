"""How a rep is reached: the channels of their alerts, hours in which these stay silent, and their calendar."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import time
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import URLValidator

from reps.models import Channel
from routing.intake.addresses import read_https
from routing.notifications.chat import Unusable, check_address
from routing.rulebook.config.errors import shown
from routing.rulebook.config.reader import Reader

MOST_CHANNELS = 10
LONGEST_ADDRESS = 500


@dataclass(frozen=True, slots=True)
class ChannelSpec:
    """`address` None: the one that the rep has for this kind stays, since exports leave it out. `path` is its place."""

    kind: str
    address: str | None = None
    active: bool = True
    path: str = ""


@dataclass(frozen=True, slots=True)
class QuietHours:
    start: time
    end: time


def read_channels(row: Reader) -> list[ChannelSpec]:
    """In the order in which they are tried."""
    specs: list[ChannelSpec] = []
    for child in row.children("channels"):
        kind = child.choice("kind", "", Channel.Kind.values)
        spec = ChannelSpec(kind, _address(child, kind), child.flag("active", True), child.at("address"))
        child.close()
        if not kind and not child.has("kind"):
            child.error("kind", f"this is missing. Use {', '.join(Channel.Kind.values)}.")
        elif (spec.address or kind == Channel.Kind.EMAIL) and any(
            (kind, spec.address) == (other.kind, other.address) for other in specs
        ):
            child.error("kind", "this channel is there twice. Keep one of them.")
        specs.append(spec)
    if len(specs) > MOST_CHANNELS:
        row.error("channels", f"these are {len(specs)}; a rep has at most {MOST_CHANNELS}.")
    return specs


def _address(child: Reader, kind: str) -> str | None:
    address = child.text("address", limit=LONGEST_ADDRESS)
    if not address or not kind:
        return None
    if kind == Channel.Kind.EMAIL:
        child.error("address", "e-mail goes to the rep's own address. Leave this out.")
        return None
    try:
        check_address(kind, address)
    except Unusable as error:
        child.error("address", str(error))
    return address


def read_quiet_hours(row: Reader) -> QuietHours | None:
    """From a time of day until another, in the rep's own zone."""
    if row.raw("quiet_hours") is None:
        return None
    child = row.child("quiet_hours")
    start, end = _time(child, "from"), _time(child, "until")
    child.close()
    if start is None or end is None:
        return None
    if start == end:
        child.error("until", "quiet hours end when they begin. Write another time.")
    return QuietHours(start, end)


def _time(child: Reader, key: str) -> time | None:
    value = child.raw(key)
    try:
        found = time.fromisoformat(value) if isinstance(value, str) and len(value) == len("22:00") else None
    except ValueError:
        found = None
    if found is None:
        child.error(key, f'{shown(value)} is not a time of day. Write "22:00", with quotes.')
    return found


def read_calendar(row: Reader) -> str:
    """The address of an iCal feed; calendars are often given with webcal://, which is https."""
    address = row.text("calendar", limit=LONGEST_ADDRESS)
    if address.startswith("webcal://"):
        address = f"https://{address.removeprefix('webcal://')}"
    try:
        if address:
            URLValidator(schemes=["https", "http"])(address)
    except ValidationError:
        row.error(
            "calendar", f"{shown(address)} is not a web address. Write one such as https://calendar.example/ana.ics."
        )
    return address


def read_booking_url(row: Reader) -> str:
    """Where people book a time with the rep."""
    address = row.text("booking_url", limit=LONGEST_ADDRESS)
    try:
        return read_https(address) if address else ""
    except ValueError as error:
        row.error("booking_url", f"{shown(address)} cannot be used. {error}")
        return ""


def quiet_hours_document(start: time | None, end: time | None) -> dict[str, Any] | None:
    """The inverse of read_quiet_hours."""
    return {"from": f"{start:%H:%M}", "until": f"{end:%H:%M}"} if start and end else None
