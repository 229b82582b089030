"""Spans of time that somebody asks about, read from JSON."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from routing.models.bounds import TOO_FAR, is_far_away


def read_instant(params: Mapping[str, Any], name: str, errors: dict[str, list[str]]) -> datetime | None:
    """The instant of this name, None if it is not given; what is wrong with it is added to `errors`."""
    value = params.get(name)
    if value is None:
        return None
    try:
        instant = datetime.fromisoformat(value) if isinstance(value, str) else value
    except ValueError:
        instant = None
    if not isinstance(instant, datetime) or instant.tzinfo is None:
        errors[name] = ["An instant with its offset, such as 2026-03-01T09:00:00+01:00."]
    elif is_far_away(instant):
        errors[name] = [TOO_FAR]
    else:
        return instant
    return None
