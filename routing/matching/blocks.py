"""Keys by which close names are found without reading all names: each has a few, close ones share one. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from routing.matching.closeness import LONGEST_ACRONYM, LONGEST_NAME, SHORTEST_ACRONYM, Name, name_of
from routing.matching.slips import MOST_SLIPS, SHORTEST_WITH_SLIP
from routing.matching.sounds import SHORTEST_SKELETON, consonants_of

VOWELS = re.compile(r"[aeiouyh]")
REPEATED = re.compile(r"(.)\1+")
BY_SOUND = "!"
"""How keys begin that are of a name's sound; a sign that no search takes for anything else."""
MOST_WORDS = 3
"""The halves of so many words of a name are kept; a slip in a later one is found by vowels at most."""
MOST_INITIALS = 10


def blocks_to_store(name_key: str) -> set[str]:
    """Under which keys a name is found."""
    name = name_of(name_key)
    return (_whole(name) | blocks_by_sound(name_key)).union(
        *(_halves(word, others, len(word)) for word, others in _telling_words(name.words[:MOST_WORDS], name.words))
    )


def blocks_to_ask(name_key: str) -> set[str]:
    """Under which keys names close to this one are found. A slip makes a word longer or shorter, and its halves too."""
    name = name_of(name_key)
    words = [*_telling_words(name.words, name.words), (name.joined, "")]
    return (_whole(name) | blocks_by_sound(name_key)).union(
        *(
            _halves(word, others, length)
            for word, others in words
            for length in range(len(word) - MOST_SLIPS, len(word) + MOST_SLIPS + 1)
        )
    )


def blocks_by_sound(name_key: str) -> set[str]:
    """Under which key names that sound like this one are found."""
    heard = consonants_of(name_of(name_key).words)[:LONGEST_NAME]
    return {BY_SOUND + heard} if len(heard) >= SHORTEST_SKELETON else set()


def blocks_of_same_words(name_key: str) -> set[str]:
    """Under which keys names of the same words are found."""
    return _whole(name_of(name_key))


def _telling_words(words: Sequence[str], of: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Each word with the initials of the others, which a slip leaves as they are: “<kelw/b” finds Kelwicon Bank."""
    initials = sorted(word[0] for word in of)
    for word in words:
        others = initials.copy()
        others.remove(word[0])
        yield word[:LONGEST_NAME], "".join(others)[:MOST_INITIALS]


def _whole(name: Name) -> set[str]:
    """Keys that word order, swapped letters, vowels and double letters do not change, and the acronym."""
    blocks = {"=" + "".join(sorted(name.joined))}
    skeleton = REPEATED.sub(r"\1", VOWELS.sub("", " ".join(sorted(name.words)))).replace(" ", "")
    if len(skeleton) >= SHORTEST_SKELETON:
        blocks.add("~" + skeleton[:LONGEST_NAME])
    if SHORTEST_ACRONYM <= len(name.initials) <= LONGEST_ACRONYM:
        blocks.add("@" + name.initials)
    if SHORTEST_ACRONYM <= len(name.joined) <= LONGEST_ACRONYM:
        blocks.add("@" + name.joined)
    return blocks


def _halves(word: str, others: str, length: int) -> set[str]:
    """The halves of a word of this length: a slip lies in one, and leaves the other as it is."""
    if length < SHORTEST_WITH_SLIP - 1:
        return set()
    half = length // 2
    return {f"<{word[:half]}/{others}", f">{word[-half:]}/{others}"}
