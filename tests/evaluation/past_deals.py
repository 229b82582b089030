"""Deals for tests: logs with known chances to win and known shares in which leads went out, and files of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from pathlib import Path
from random import Random

from routing.engine.types import RepId, Segment
from routing.evaluation.deals import Deal, Deals

REPS: Sequence[RepId] = (1, 2, 3, 4)
GOOD, POOR = ("web",), ("list",)
FIRST_DAY = date(2025, 1, 1).toordinal()
HEAD = "owner,outcome,source,size,created"


def favoured(rep: RepId, kind: Segment) -> float:
    """Seniors (3 and 4) get most of the good leads."""
    return 4.0 if (rep > 2) == (kind == GOOD) else 1.0


def alike(rep: RepId, kind: Segment) -> float:
    return 0.35 if kind == GOOD else 0.1


def skilled(rep: RepId, kind: Segment) -> float:
    """1 and 3 are good with good leads, 2 and 4 with poor ones."""
    base = 0.35 if kind == GOOD else 0.1
    return base * (1.5 if (rep % 2 == 1) == (kind == GOOD) else 0.5)


def deals_of(
    chance: Callable[[RepId, Segment], float], seed: int, *, leads: int = 1_500,
    weight: Callable[[RepId, Segment], float] = favoured,
) -> Deals:  # fmt: skip
    """A year of deals that went out by these weights and were won by these chances."""
    random, rows = Random(seed), []
    for number in range(leads):
        kind = random.choice((GOOD, POOR))
        rep = random.choices(REPS, [weight(one, kind) for one in REPS])[0]
        won = random.random() < chance(rep, kind)
        rows.append(Deal(number + 2, FIRST_DAY + number * 365 // leads, rep, kind, won))
    return Deals(rows, {rep: f"Rep {rep}" for rep in REPS}, ("source",), ())


def rows_of_file(**changed: Callable[[int], str]) -> list[str]:
    """300 rows of a file; `changed` says, by column, what stands in each of them instead."""
    random = Random(1)
    lines = [HEAD]
    for number in range(300):
        cells: Mapping[str, str] = {
            "owner": f"Rep {number % 4}",
            "outcome": "won" if random.random() < 0.3 else "lost",
            "source": random.choice(("web", "list")),
            "size": random.choice(("small", "large")),
            "created": date.fromordinal(FIRST_DAY + number).isoformat(),
        }
        lines.append(",".join(changed[name](number) if name in changed else cell for name, cell in cells.items()))
    return lines


def file_of(folder: Path, lines: Sequence[str], *, encoding: str = "utf-8") -> Path:
    path = folder / "deals.csv"
    path.write_text("\n".join(lines) + "\n", encoding=encoding)
    return path
