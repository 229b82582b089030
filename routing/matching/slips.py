"""How far two spellings of a word lie apart: by slips of the pen, or by letters that hands do not mix up. Pure."""

from __future__ import annotations

from functools import cache, lru_cache

from rapidfuzz.distance import OSA

SHORTEST_WITH_SLIP, SHORTEST_WITH_TWO, SHORTEST_WITH_FIRST = 5, 8, 7
SHORTEST_MISTYPED_TWICE = 12
MOST_SLIPS = 2
TOO_FAR = MOST_SLIPS + 1
VOWELS, NASALS = frozenset("aeiou"), frozenset("mn")
ROWS = ("qwertyuiop", "asdfghjkl", "zxcvbnm"), ("qwertzuiop", "asdfghjkl", "yxcvbnm")
"""Keyboards of most countries; those with French and Greek or Cyrillic letters have other neighbours."""


@lru_cache(maxsize=50_000)
def typing_slips(one: str, other: str) -> int:
    """Letters left out, too many, swapped, or of the key beside; TOO_FAR if these are two words.

    Stirling is no slip for Sterling: nobody takes an i for an e by hand, but there are people of both names.
    """
    if one[0] != other[0] and (min(len(one), len(other)) < SHORTEST_WITH_FIRST or one[:2] != other[1::-1]):
        return TOO_FAR  # Hornbury is not Thornbury
    return slips_anywhere(one, other)


def slips_anywhere(one: str, other: str) -> int:
    """The same where something else tells that one word is meant: then the first letter may be wrong, too."""
    if (apart := OSA.distance(one, other, score_cutoff=MOST_SLIPS)) > MOST_SLIPS:
        return TOO_FAR
    allowed = _allowed(one, other, SHORTEST_MISTYPED_TWICE)
    if apart > allowed:
        return TOO_FAR
    slips = _slips(one, other, allowed)
    return slips if slips <= allowed else TOO_FAR


def one_slip_in_short(one: str, other: str) -> bool:
    """Whether a slip makes one of these words the other, however short: where more than one other word tells."""
    return min(len(one), len(other)) > 2 and not (_has_digit(one) or _has_digit(other)) and _slips(one, other, 1) == 1


def letters_apart(one: str, other: str) -> int:
    """Letters missing, added, wrong or swapped, whichever but the first; TOO_FAR if these are two words."""
    if one[0] != other[0]:
        return TOO_FAR
    apart = OSA.distance(one, other, score_cutoff=MOST_SLIPS)
    return apart if apart <= MOST_SLIPS and apart <= _allowed(one, other, SHORTEST_WITH_TWO) else TOO_FAR


def _allowed(one: str, other: str, long: int) -> int:
    """Numbers and short words are written right or are others."""
    if max(len(one), len(other)) < SHORTEST_WITH_SLIP or _has_digit(one) or _has_digit(other):
        return 0
    return MOST_SLIPS if min(len(one), len(other)) >= long else 1


def _slips(one: str, other: str, left: int) -> int:
    """The fewest slips that make one word the other, given up beyond so many."""
    while one and other and one[0] == other[0]:
        one, other = one[1:], other[1:]
    if not one or not other:
        return len(one) + len(other)
    if not left:
        return 1
    ways = [_slips(one[1:], other, left - 1), _slips(one, other[1:], left - 1)]
    if one[:2] == other[1::-1]:
        ways.append(_slips(one[2:], other[2:], left - 1))
    if other[0] in _beside().get(one[0], ""):
        ways.append(_slips(one[1:], other[1:], left - 1))
    return 1 + min(ways)


@cache
def _beside() -> dict[str, str]:
    """Key → the keys to its left and right, but for sounds so near that there are names with either."""
    beside: dict[str, str] = {}
    for row in (row for keyboard in ROWS for row in keyboard):
        for left, right in zip(row, row[1:], strict=False):
            if {left, right} <= VOWELS or {left, right} == NASALS:
                continue
            beside[left] = beside.get(left, "") + right
            beside[right] = beside.get(right, "") + left
    return beside


def _has_digit(word: str) -> bool:
    return any(map(str.isdigit, word))
