"""Whether two company names are close: the same words give or take a slip of the pen. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from functools import lru_cache
from itertools import permutations

from rapidfuzz.distance import OSA

from routing.intake.places import is_place
from routing.matching.slips import (
    MOST_SLIPS,
    SHORTEST_WITH_TWO,
    TOO_FAR,
    letters_apart,
    one_slip_in_short,
    slips_anywhere,
    typing_slips,
)
from routing.matching.sounds import sound_almost_the_same, sound_of, sound_the_same
from routing.matching.words import AND, GENERIC, LITTLE, SAME_WORD, is_common, is_short_for, plain

SHORTEST_ACRONYM, LONGEST_ACRONYM = 3, 6
LONGEST_NAME = 60
SHORTEST_TELLING, SHORTEST_WITH_FIRST_SLIP = 4, 6


@dataclass(frozen=True, slots=True)
class Name:
    """A company name taken apart: the words that tell it from others, the generic ones, and all their initials.

    `joined` are the telling words as one, with the s of a plural, which another may write in one word: Salesforce.
    `of_two`: joined by an “and”, as two families are.
    """

    words: tuple[str, ...]
    generic: frozenset[str]
    joined: str
    initials: str
    of_two: bool


@lru_cache(maxsize=20_000)
def name_of(name_key: str) -> Name:
    """The parts of a name, given as the key that `intake.company_names` makes of it."""
    written = name_key.split()
    full = [word for word in written if word not in LITTLE] or written
    telling = [word for word in full if plain(word) not in GENERIC] or full
    return Name(
        words=tuple(map(plain, telling)),
        generic=frozenset(map(plain, full)) - frozenset(map(plain, telling)),
        joined="".join(SAME_WORD.get(word, word) for word in telling)[:LONGEST_NAME],
        initials="".join(word[0] for word in full) if len(full) >= SHORTEST_ACRONYM else "",
        of_two=len(telling) == 2 and not AND.isdisjoint(written),
    )


class Closeness(IntEnum):
    """How close two names are."""

    NONE = 0
    ALIKE = 1
    """Another spelling by more than a slip, or another first letter: maybe another company."""
    CLOSE = 2
    """Misspelt, written as it sounds, an acronym or cut short."""
    SAME_WORDS = 3
    """Joined, in another order, with generic words more or less, or in the known short forms of words."""
    SPELT = 4
    """The same name, in other letters at most."""


def closeness(one: Name, other: Name) -> Closeness:
    """Words may be joined, in another order, short for each other or misspelt; none of them may be another word."""
    if one.joined == other.initials or other.joined == one.initials:
        acronym = SHORTEST_ACRONYM <= min(len(one.joined), len(other.joined)) <= LONGEST_ACRONYM
        return Closeness.CLOSE if acronym else Closeness.NONE
    if not (one.generic <= other.generic or other.generic <= one.generic):
        return Closeness.NONE  # Delta Services is not Delta Technologies
    close = _of_telling(one, other)
    if one.of_two is not other.of_two and one.joined != other.joined:
        return min(close, Closeness.ALIKE)  # Mark Spencer is not Marks & Spencer
    return close


def _of_telling(one: Name, other: Name) -> Closeness:
    if one.joined == other.joined or sorted(one.words) == sorted(other.words):
        return Closeness.SAME_WORDS
    if len(one.words) != len(other.words):
        long = min(len(one.joined), len(other.joined)) >= SHORTEST_WITH_TWO
        near = typing_slips(one.joined, other.joined) == 1 or sound_of(one.joined) == sound_of(other.joined)
        return Closeness.CLOSE if long and near else Closeness.NONE
    return _of_words(one.words, other.words)


def _of_words(one: Sequence[str], other: Sequence[str]) -> Closeness:
    """The words in which the names differ are, in some order, close to each other."""
    common, left, right = _compared(one, other)
    heard = _of_heard(common, left, right)
    return max(heard, _of_differing(common, left, right)) if len(left) <= MOST_SLIPS else heard


def _of_heard(common: Sequence[str], left: Sequence[str], right: Sequence[str]) -> Closeness:
    """By their sound. There are other names that sound like a short one."""
    long = min(len("".join(left)), len("".join(right))) >= SHORTEST_WITH_FIRST_SLIP
    if sound_the_same(left, right):
        return Closeness.CLOSE if long or any(map(_tells, common)) else Closeness.ALIKE
    return Closeness.ALIKE if sound_almost_the_same(left, right) else Closeness.NONE


def _of_differing(common: Sequence[str], left: Sequence[str], right: Sequence[str]) -> Closeness:
    """Letter by letter, where the names are read and not heard."""
    orders = [order for order in permutations(right) if all(map(_may_be_one, left, order))]
    if not orders:
        return Closeness.NONE
    if any(sum(map(_slips, left, order)) <= MOST_SLIPS for order in orders):
        return Closeness.CLOSE
    if sum(map(_tells, common)) > 1 and any(all(map(one_slip_in_short, left, order)) for order in orders):
        return Closeness.CLOSE
    if common and any(all(map(_is_cut_short, left, order)) for order in orders):
        return Closeness.CLOSE
    beside_a_telling_word = any(map(_tells, common)) and not any(map(is_common, (*left, *right)))
    if any(sum(map(letters_apart, left, order)) <= MOST_SLIPS for order in orders):
        return Closeness.CLOSE if beside_a_telling_word else Closeness.ALIKE
    if not any(sum(map(_slips_in_long, left, order)) <= MOST_SLIPS for order in orders):
        return Closeness.NONE
    return Closeness.CLOSE if beside_a_telling_word else Closeness.ALIKE  # Hornbury is not Thornbury


def _compared(one: Sequence[str], other: Sequence[str]) -> tuple[list[str], list[str], list[str]]:
    """The words that both have, and those that only the one or the other has, each as often as it has them."""
    common, left, right = [], [], list(other)
    for word in one:
        if word in right:
            right.remove(word)
            common.append(word)
        else:
            left.append(word)
    return common, left, right


def _may_be_one(one: str, other: str) -> bool:
    """Told quickly of most that they are two words."""
    return OSA.distance(one, other, score_cutoff=MOST_SLIPS) <= MOST_SLIPS or _is_cut_short(one, other)


def _slips(one: str, other: str) -> int:
    """The s of a plural may be what makes a word look further off: Maks is Marks without its r."""
    plurals = (one, other + "s") if one.endswith("s") else (one + "s", other) if other.endswith("s") else ()
    return min(typing_slips(one, other), typing_slips(*plurals) if plurals else TOO_FAR)


def _slips_in_long(one: str, other: str) -> int:
    return slips_anywhere(one, other) if min(len(one), len(other)) >= SHORTEST_WITH_FIRST_SLIP else TOO_FAR


def _tells(word: str) -> bool:
    """Whether two names with this word in common are hardly of two companies: Gamble, not Hotels or Houston."""
    return len(word) >= SHORTEST_TELLING and not is_common(word) and not is_place(word)


def _is_cut_short(one: str, other: str) -> bool:
    return is_short_for(one, other) or is_short_for(other, one)
