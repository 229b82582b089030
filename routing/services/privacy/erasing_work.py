"""An erasure that takes longer than somebody waits. The address stands in its row only until it is done."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from routing.services.privacy.erasing import erase_person
from routing.services.privacy.people import NobodyNamed, person_named
from routing.services.work_progress import CannotRun, Progress

MANY = 200
"""More copies are erased by the worker."""


def read_asked(params: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    """Raises CannotRun."""
    asked: dict[str, Any] = {
        "email": str(params.get("email") or ""),
        "phone": str(params.get("phone") or ""),
        "never_again": bool(params.get("never_again")),
        "reason": str(params.get("reason") or ""),
    }
    try:
        person_named(email=asked["email"], phone=asked["phone"])
    except NobodyNamed as error:
        raise CannotRun({error.field: [str(error)]}) from error
    return asked


def run_erasure(params: Mapping[str, Any], progress: Progress, now: datetime) -> dict[str, Any]:
    """How many of what went. Nothing that names them is left in the row: it is one of the places, too."""
    erased = erase_person(**read_asked(params, now), now=now, progress=progress.report)
    return {"copies": dict(erased.counts), "by_hand": dict(erased.by_hand)}
