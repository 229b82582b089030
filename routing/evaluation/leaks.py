"""Columns that are known only after the outcome: by their names, or because they give the outcome away."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence

from routing.engine.folding import fold
from routing.evaluation.dates import read_dates
from routing.evaluation.telling import all_won, how_telling, in_bins

EMPTY = ""
SOME = 5
"""A value that fewer leads have says nothing about the outcome."""
PURE = 0.9
"""Values that are all won or all lost give the outcome away if they hold so large a part of a class."""
BY_CHANCE = 0.5
"""… unless chance alone would make them hold so much."""
RIGHT, USUAL = 0.98, 0.9
"""Or if one guesses so well by the value, where one would guess no better than that without."""
LATER = 0.9
NAMES = tuple(
    re.compile(pattern)
    for pattern in (
        r"\b(clos(e|ed|ing)|won|lost|loss|signed|signing|signature|converted|churn(ed)?)\b"
        r".*\b(date|day|month|quarter|year|on|at|time|reason|stage|by|to|value|amount)\b",
        r"\b(date|day|time|reason)\b.*\b(clos(e|ed|ing)|won|win|lost|loss|losing|signed|signing|converted|churn(ed)?)\b",
        r"^(is )?(closed|won|lost|signed|converted|win|loss)$",
        r"\b(deal|contract|order|opportunity|final|booked|invoiced?|sale|sales)s? "
        r"(amount|value|size|revenue|price|sum|total|volume)\b",
        r"^(amount|acv|arr|mrr|tcv|discount|invoice( number| date)?|contract( number| id| date)?)$",
        r"\b(days|time|weeks|hours|months) to (close|win|won|sign|convert|decision|outcome)\b",
        r"\b(sales cycle|cycle (length|days|time)|deal (age|duration))\b",
        r"^((deal|opportunity|sales|final|lead|current|last) )?(stage|status|outcome|result|forecast|probability)$",
        r"\b(abschluss(datum|tag|grund|wert)?|verlustgrund|auftrags(wert|summe|volumen)|vertragswert|gewonnen|verloren)\b",
    )
)


def by_name(column: str) -> str | None:
    """Why this column is one of those, judged by its name; None if it is not."""
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", column)
    words = " ".join(re.split(r"[\W_]+", fold(spaced))).strip()
    return "by its name" if any(pattern.search(words) for pattern in NAMES) else None


def by_content(cells: Sequence[str], won: Sequence[bool], days: Sequence[int]) -> str | None:
    """Why this column gives the outcome away; None if it does not. `days`: when each lead came."""
    if _later(cells, days):
        return "its dates lie after those of the leads"
    halves = _counted([EMPTY if cell in (EMPTY, "0", "0.0", "0.00", "0,00") else "filled in" for cell in cells], won)
    reason = _filled(halves) if len(halves) == 2 else None
    reason = reason or _told(_counted(cells, won)) or all_won(cells, won)
    return reason or ("its values tell the outcome" if how_telling(in_bins(cells), won).gives_away else None)


def _counted(cells: Sequence[str], won: Sequence[bool]) -> dict[str, tuple[int, int]]:
    """Leads not won, and won, of each value."""
    counts = Counter(zip(cells, won, strict=True))
    return {value: (counts[value, False], counts[value, True]) for value in {value for value, _ in counts}}


def _told(values: Mapping[str, tuple[int, int]]) -> str | None:
    known = [pair for pair in values.values() if sum(pair) >= SOME]
    total = [sum(pair[side] for pair in values.values()) for side in (0, 1)]
    leads = sum(total)
    for side, word in ((1, "won"), (0, "not won")):
        pure = sum(pair[side] for pair in known if not pair[1 - side])
        share = total[side] / leads
        luck = sum(sum(pair) * share ** sum(pair) for pair in known) / leads
        if len(values) > 1 and pure >= PURE * total[side] and luck <= BY_CHANCE:
            return f"its values tell which leads were {word}"
    guessed = sum(max(pair) for pair in known) / leads
    if guessed >= RIGHT and max(total) / leads <= USUAL:
        return "its values tell the outcome"
    return None


def _filled(halves: Mapping[str, tuple[int, int]]) -> str | None:
    """Filled in for one outcome alone, or nearly so."""
    filled, empty = halves["filled in"], halves[EMPTY]
    leads = sum(filled) + sum(empty)
    for side, word in ((1, "won"), (0, "not won")):
        only = filled[side] >= RIGHT * sum(filled) and filled[side] >= 0.5 * (filled[side] + empty[side])
        usual = (filled[side] + empty[side]) / leads
        if only and sum(filled) >= 4 * SOME and usual <= USUAL:
            return f"it is filled in for leads that were {word}, and hardly for others"
    return None


def _later(cells: Sequence[str], days: Sequence[int]) -> bool:
    """Dates, most of them after the day on which the lead came."""
    given = {cell for cell in cells if cell and any(mark in cell for mark in "-/.")}
    if not given:
        return False
    read = read_dates(given).days
    filled = sum(cell != EMPTY for cell in cells)
    later = sum(read.get(cell, 0) > day for cell, day in zip(cells, days, strict=True))
    return later >= LATER * filled
