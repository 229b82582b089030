"""The pictures of a ledger: balances around zero, and shares over time. Their places are those of an SVG."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone

from routing.engine.types import ONE_LEAD, RepId
from routing.insights.turn_history import DayOfTurns

NICE = (1, 2, 3, 5, 10, 20, 30, 50, 100, 200, 300, 500, 1_000)
HALF = 100
"""From zero to either edge of the picture of a balance."""
WIDTH, HEIGHT = 320, 118
LEFT, RIGHT, TOP, BOTTOM = 34, 312, 8, 98
SETTLED = 10
"""The share of fewer leads than this, or than a third of all, jumps too far to be drawn; the table has it."""
TICKS = (0.02, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.8, 1.0)


@dataclass(frozen=True, slots=True)
class BalanceBar:
    """From zero to the right (owed) or the left (had in advance)."""

    x: str
    width: str
    owed: bool


@dataclass(frozen=True, slots=True)
class Point:
    """A day, with the strip of the picture in which its numbers are told."""

    x: str
    strip_x: str
    strip_width: str
    got: str
    due: str
    text: str


@dataclass(frozen=True, slots=True)
class SharePicture:
    """What somebody got and was entitled to: two lines over the same days."""

    points: tuple[Point, ...]
    got: str
    due: str
    ticks: tuple[tuple[str, str], ...]
    first: str
    last: str


def furthest(balances: Iterable[int]) -> int:
    """Where the picture of these balances ends on both sides, in leads."""
    most = max((abs(balance) / ONE_LEAD for balance in balances), default=0)
    return next((edge for edge in NICE if edge >= most), int(most) + 1)


def balance_bar(balance: int, edge: int) -> BalanceBar:
    length = HALF * abs(balance) / ONE_LEAD / edge
    return BalanceBar(f"{0 if balance > 0 else -length:.2f}", f"{length:.2f}", balance > 0)


def drawn_days(days: Sequence[DayOfTurns]) -> list[DayOfTurns]:
    """Those from which on there are enough leads for a share to say something."""
    least = max(1, min(SETTLED, days[-1].leads // 3))
    return [day for day in days if day.leads >= least]


def top_of(days: Sequence[DayOfTurns], reps: Iterable[RepId]) -> float:
    """The share at the upper edge of all pictures of one ledger, so that they can be compared."""
    most = max((max(day.share(rep), day.entitled_share(rep)) for day in days for rep in reps), default=0.0)
    return next((tick for tick in TICKS if tick >= most), 1.0)


def share_picture(days: Sequence[DayOfTurns], rep: RepId, top: float) -> SharePicture:
    step = (RIGHT - LEFT) / max(1, len(days) - 1)
    points = tuple(_point(day, rep, LEFT + step * number, step, top) for number, day in enumerate(days))
    return SharePicture(
        points=points,
        got=_line((point.x, point.got) for point in points),
        due=_line((point.x, point.due) for point in points),
        ticks=tuple((_y(part, top), f"{part:.0%}") for part in (0, top / 2, top)),
        first=day_text(days[0].start),
        last=day_text(days[-1].start),
    )


def day_text(instant: datetime) -> str:
    local = timezone.localtime(instant)
    return f"{local.day} {local:%b}"


def got_text(day: DayOfTurns, rep: RepId) -> str:
    return f"{day.turns.get(rep, 0):,} · {day.share(rep):.1%}"


def due_text(day: DayOfTurns, rep: RepId) -> str:
    return f"{day.entitled.get(rep, 0) / ONE_LEAD:,.2f} · {day.entitled_share(rep):.1%}"


def _point(day: DayOfTurns, rep: RepId, x: float, step: float, top: float) -> Point:
    left, right = max(LEFT, x - step / 2), min(RIGHT, x + step / 2)
    text = (
        f"To {day_text(day.start)}: got {got_text(day, rep)} of {day.leads:,} leads; entitled to {due_text(day, rep)}"
    )
    got, due = _y(day.share(rep), top), _y(day.entitled_share(rep), top)
    return Point(f"{x:.1f}", f"{left:.1f}", f"{max(right - left, 1):.1f}", got, due, text)


def _line(points: Iterable[tuple[str, str]]) -> str:
    return "M" + "L".join(f"{x} {y}" for x, y in points)


def _y(share: float, top: float) -> str:
    return f"{BOTTOM - (BOTTOM - TOP) * share / top:.1f}"
