"""Whether two company names are close: the same words give or take a slip of the pen. Pure."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import lru_cache
from itertools import permutations

from rapidfuzz.distance import OSA

_SAME_WORD = """
    intl=international internat=international internatl=international natl=national univ=university tech=technology
    technologies=technology mfg=manufacturing mfrs=manufacturer bros=brother brothers=brother svc=service svcs=service
    mgmt=management mgt=management grp=group lab=laboratory labs=laboratory laboratories=laboratory
    laboratorie=laboratory sys=system hldg=holding hldgs=holding industries=industry inds=industry co=company
    companies=company corp=corporation st=saint ft=fort mt=mount ctr=center centre=center hosp=hospital
    pharma=pharmaceutical pharmaceuticals=pharmaceutical elec=electric ins=insurance mktg=marketing
    assoc=associate assocs=associate associates=associate enterprises=enterprise 1st=first 2nd=second 3rd=third
    dept=department govt=government agencies=agency securities=security utilities=utility properties=property
    universities=university
"""
SAME_WORD = dict(pair.split("=") for pair in _SAME_WORD.split())
"""Short and other forms of words in company names."""
_GENERIC = """
    group holding international global worldwide company corporation enterprise service solution technology system
    industry
"""
GENERIC = frozenset(_GENERIC.split())
"""Words that companies add to their name and leave out as they please."""
_LITTLE = "and of the de der die das du la le les und et y e for fur di da van von"
LITTLE = frozenset(_LITTLE.split())
SHORTEST_ACRONYM, LONGEST_ACRONYM = 3, 6
SHORTEST_WITH_SLIP, SHORTEST_WITH_TWO = 5, 8
MOST_SLIPS = 2
LONGEST_NAME = 60


@dataclass(frozen=True, slots=True)
class Name:
    """A company name taken apart: the words that tell it from others, the generic ones, and all their initials.

    `joined` are the telling words as one, with the s of a plural, which another may write in one word: Salesforce.
    """

    words: tuple[str, ...]
    generic: frozenset[str]
    joined: str
    initials: str


@lru_cache(maxsize=20_000)
def name_of(name_key: str) -> Name:
    """The parts of a name, given as the key that `intake.company_names` makes of it."""
    written = name_key.split()
    full = [word for word in written if word not in LITTLE] or written
    telling = [word for word in full if _plain(word) not in GENERIC] or full
    return Name(
        words=tuple(map(_plain, telling)),
        generic=frozenset(map(_plain, full)) - frozenset(map(_plain, telling)),
        joined="".join(SAME_WORD.get(word, word) for word in telling)[:LONGEST_NAME],
        initials="".join(word[0] for word in full) if len(full) >= SHORTEST_ACRONYM else "",
    )


def is_close(one: Name, other: Name) -> bool:
    """Words may be joined, in another order, short for each other or misspelt; none of them may be another word."""
    if one.joined == other.initials or other.joined == one.initials:
        return SHORTEST_ACRONYM <= min(len(one.joined), len(other.joined)) <= LONGEST_ACRONYM
    if not (one.generic <= other.generic or other.generic <= one.generic):
        return False  # Delta Services is not Delta Technologies
    if one.joined == other.joined:
        return True
    if len(one.words) != len(other.words):
        return min(len(one.joined), len(other.joined)) >= SHORTEST_WITH_TWO and _slips(one.joined, other.joined) == 1
    return _close_words(Counter(one.words), Counter(other.words))


def _close_words(one: Counter[str], other: Counter[str]) -> bool:
    """The words in which the names differ are, in some order, close to each other."""
    left, right = list((one - other).elements()), list((other - one).elements())
    if len(left) > MOST_SLIPS:
        return False
    return any(
        sum(_slips(a, b) for a, b in zip(left, order, strict=True)) <= MOST_SLIPS for order in permutations(right)
    )


def _slips(one: str, other: str) -> int:
    """Letters missing, added, wrong or swapped; more than MOST_SLIPS if these are two different words.

    Numbers and short words are written right or are others, and the first letter hardly ever is a slip.
    """
    if max(len(one), len(other)) < SHORTEST_WITH_SLIP or one[0] != other[0] or _has_digit(one) or _has_digit(other):
        return MOST_SLIPS + 1
    allowed = MOST_SLIPS if min(len(one), len(other)) >= SHORTEST_WITH_TWO else 1
    slips = OSA.distance(one, other, score_cutoff=allowed)
    return slips if slips <= allowed else MOST_SLIPS + 1


def _has_digit(word: str) -> bool:
    return any(letter.isdigit() for letter in word)


def _plain(word: str) -> str:
    """Without the s of the plural, and in the one form that we keep of it."""
    word = SAME_WORD.get(word, word)
    if len(word) > 4 and word.endswith("s") and not word.endswith(("ss", "us", "is")):
        word = word[:-1]
    return SAME_WORD.get(word, word)
