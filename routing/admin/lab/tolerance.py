"""What a wider turn tolerance would cost in fairness, and what it would buy in results."""

from __future__ import annotations

from typing import Any

from reps.admin_display import day
from routing.admin.lab.pictures import bar
from routing.admin.lab.words import MINUS
from routing.engine.counting import counted
from routing.insights.tolerances import Tolerances, Tolerated

LONGEST_BAR = 1.0
"""Of 100 leads: what buys less has a short bar, even if it is the best of its table."""


def tolerances(found: Tolerances, *, now_at: float | None) -> dict[str, Any]:
    """A row for each tolerance, beside none at all; `now_at` is the pool's own."""
    if not found.rows:
        return {"rows": []}
    strict = found.rows[0]
    gains = {row.turns: 100 * (row.wins - strict.wins) / found.leads for row in found.rows}
    longest, furthest = max(LONGEST_BAR, *gains.values()), max(row.behind for row in found.rows)
    return {
        "leads": counted(found.leads, "lead"),
        "one": f"{100 / found.leads:.2f}",
        "since": day(found.since.date()) if found.since else "",
        "rows": [
            {
                "turns": _turns(row),
                "now": row.turns == now_at,
                "wins": f"{100 * row.wins / found.leads:.2f}",
                "gain": f"{gains[row.turns]:+.2f}".replace("-0.00", "+0.00").replace("-", MINUS),
                "gain_bar": bar(gains[row.turns], longest),
                "behind": f"{row.behind:.1f}",
                "behind_bar": bar(row.behind, furthest),
            }
            for row in found.rows
        ],
        "words": _words(found, gains, now_at),
    }


def _words(found: Tolerances, gains: dict[float, float], now_at: float | None) -> str:
    """The step from what the pool has now to the next wider one."""
    start = 0.0 if now_at is None else now_at
    here = next(row for row in found.rows if row.turns == start)
    wider = next((row for row in found.rows if row.turns >= max(2 * start, start + 1)), None)
    if wider is None:
        return ""
    gain = gains[wider.turns] - gains[here.turns]
    won = f"{abs(gain):.2f} {'more' if gain > 0 else 'fewer'}" if abs(gain) >= 0.005 else "no more"
    return (
        f"From {_turns(here)} to {_turns(wider)}: {won} of 100 leads won, by what routing expects, "
        f"and the one furthest behind would wait for {wider.behind:.1f} leads instead of {here.behind:.1f}."
    )


def _turns(row: Tolerated) -> str:
    return f"{row.turns:g} turn{'' if row.turns == 1 else 's'}"
