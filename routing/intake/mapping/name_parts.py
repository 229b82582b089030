"""First and last part of a whole name. Beside the other part, which came by itself, a whole name has only the rest."""

from __future__ import annotations

from collections.abc import Sequence

from routing.intake.folding import fold

MOST_WORDS = 20


def first_part(words: Sequence[str], last: str | None) -> str | None:
    """The first word; beside a last part all before it. One word alone is a first part, unless it is that last one."""
    if last is None:
        return next(iter(words), None)
    if len(words) == 1:
        return words[0] if fold(words[0]) != fold(last) else None
    starts = [start for start, _ in _places(words, last)]
    return " ".join(words[: starts[-1]]) or None if starts else None


def last_part(words: Sequence[str], first: str | None) -> str | None:
    """All but the first word; beside a first part all behind it."""
    if first is None:
        return " ".join(words[1:]) or None
    ends = [end for _, end in _places(words, first)]
    return " ".join(words[ends[0] :]) or None if ends else None


def _places(words: Sequence[str], part: str) -> list[tuple[int, int]]:
    """Where the part begins and ends in the name; nowhere, if it is somebody else's."""
    wanted, most = fold(part), len(words)
    if not wanted or most > MOST_WORDS:
        return []
    folded = [fold(word) for word in words]
    spans = ((start, end) for start in range(most) for end in range(start + 1, most + 1))
    return [(start, end) for start, end in spans if " ".join(folded[start:end]).split() == wanted.split()]
