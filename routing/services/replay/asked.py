"""What somebody asks of a replay, read and checked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from routing.services.asked_spans import read_instant
from routing.services.which_version import DRAFT, Version
from routing.services.work_progress import CannotRun

LONGEST_DAYS = 366.0


@dataclass(frozen=True, slots=True)
class Asked:
    """Leads that came in from `since` until `until`, by this version beside the published one."""

    since: datetime
    until: datetime
    version: Version = DRAFT


def read_asked(params: Mapping[str, Any], now: datetime) -> Asked:
    """`{"days": 30}` or `{"from": …, "to": …}`, and `version`. Raises CannotRun, with what is wrong by field."""
    errors: dict[str, list[str]] = {
        name: ["Unknown field. A replay takes days, or from and to; and version."]
        for name in params.keys() - {"days", "from", "to", "version"}
    }
    until = read_instant(params, "to", errors) or now
    since = read_instant(params, "from", errors) or until - timedelta(days=_days(params, errors))
    if not errors and not since < until <= now:
        errors["from"] = ["From lies before to, and to not in the future."]
    if not errors and until - since > timedelta(days=LONGEST_DAYS):
        errors["from"] = [f"At most {LONGEST_DAYS:g} days."]
    version = params.get("version", DRAFT)
    if isinstance(version, bool) or not isinstance(version, str | int):
        errors["version"] = ["Say draft, published, or the number of a version."]
    if errors:
        raise CannotRun(errors)
    return Asked(since, until, version)


def _days(params: Mapping[str, Any], errors: dict[str, list[str]]) -> float:
    days = params.get("days", 30)
    if isinstance(days, bool) or not isinstance(days, int | float) or not 0 < days <= LONGEST_DAYS:
        errors["days"] = [f"A number of days, more than 0 and at most {LONGEST_DAYS:g}."]
        return 1.0
    return float(days)
