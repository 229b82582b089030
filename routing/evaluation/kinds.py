"""Kinds of lead from columns of a table: constant ones tell nothing, numbers fall into bands, rare values together."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Sequence

from routing.engine.counting import counted
from routing.engine.folding import fold, quoted
from routing.engine.types import Segment

MOST_VALUES = 20
BANDS = 5
MOST_KINDS = 400
"""With more nobody had enough leads of any, and the work would grow without end."""
OTHER = "(other)"
EMPTY = "(empty)"


def kinds_of(
    names: Sequence[str], columns: Sequence[Sequence[str]], rows: int, warnings: list[str]
) -> tuple[tuple[str, ...], list[Segment]]:
    """The columns that kinds are made of, and each row's kind. Adds to the warnings what was done."""
    kept: list[tuple[str, list[str]]] = []
    for name, cells in zip(names, columns, strict=True):
        values = _coarse(name, [fold(cell) or EMPTY for cell in cells], warnings)
        if len(set(values)) > 1:
            kept.append((name, values))
        else:
            warnings.append(f"The column {quoted(name)} has the same value in every row, so it tells nothing.")
    while len(set(zip(*(values for _, values in kept), strict=True))) > MOST_KINDS:
        name, _ = kept.pop()
        warnings.append(
            f"The column {quoted(name)} is left out: with it there would be more than {MOST_KINDS} kinds of lead."
        )
    segments: list[Segment] = list(zip(*(values for _, values in kept), strict=True)) if kept else [()] * rows
    return tuple(name for name, _ in kept), segments


def _coarse(name: str, cells: list[str], warnings: list[str]) -> list[str]:
    counts = Counter(cells)
    if len(counts) <= MOST_VALUES:
        return cells
    if bands := _bands(cells):
        warnings.append(f"The numbers of {quoted(name)} were put into {counted(len(set(bands)), 'band')}.")
        return bands
    frequent = {value for value, _ in counts.most_common(MOST_VALUES)}
    rare = len(counts) - len(frequent)
    warnings.append(
        f"{rare:,} rarer values of {quoted(name)} count as one: only its {MOST_VALUES} most frequent are kept."
    )
    return [cell if cell in frequent else OTHER for cell in cells]


def _bands(cells: Sequence[str]) -> list[str] | None:
    """Each number's band, with about as many leads in every one; None if they are not numbers."""
    numbers = [_number(cell) for cell in cells]
    given = sorted(number for number in numbers if number is not None)
    if len(given) < len(cells) - sum(cell == EMPTY for cell in cells):
        return None
    edges = sorted({given[len(given) * part // BANDS] for part in range(1, BANDS)})
    names = [f"up to {edge:g}" for edge in edges] + [f"above {edges[-1]:g}"]
    return [EMPTY if number is None else names[bisect_left(edges, number)] for number in numbers]


def _number(cell: str) -> float | None:
    try:
        number = float(cell.replace(",", "."))
    except ValueError:
        return None
    return number if abs(number) < 1e300 else None
