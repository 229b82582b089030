"""The rows that were chosen in a list, and how they looked then: carried from the question to the deed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.http import HttpRequest

from reps.admin_choices import KEY
from routing.admin.bulk.act import BulkAct

ROWS = "bulk_rows"
"""The hidden field: key and state of each row."""
SPARED = "bulk_spared"


@dataclass(slots=True)
class Sorted:
    """Rows by what becomes of them; the others by the reason why nothing does. `told`: of those done all at once."""

    applies: list[Any] = field(default_factory=list)
    left: dict[str, list[Any]] = field(default_factory=dict)
    spared: dict[str, list[Any]] = field(default_factory=dict)
    told: str = ""

    def leave(self, row: Any, why: str) -> None:
        self.left.setdefault(why, []).append(row)


def sort(act: BulkAct, rows: Iterable[Any]) -> Sorted:
    """Which of them the act applies to as they are now."""
    found = Sorted()
    for row in rows:
        if why := act.why_not(row):
            found.leave(row, why)
        elif why := act.spares(row):
            found.spared.setdefault(why, []).append(row)
        else:
            found.applies.append(row)
    return found


def written(rows: Iterable[Any], state: Callable[[Any], str]) -> str:
    """As they are carried in the hidden field."""
    return " ".join(f"{row.pk}:{state(row)}" for row in rows)


def read(request: HttpRequest, *, most: int) -> Mapping[int, str]:
    """Keys and states as they were carried; what is no such thing is left out."""
    pairs = [one.partition(":") for one in request.POST.get(ROWS, "").split()[:most]]
    return {int(key): state for key, _, state in pairs if KEY.fullmatch(key)}
