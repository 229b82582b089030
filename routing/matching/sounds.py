"""How a word sounds, so that a name written down by ear is like the one that was said. Pure.

Consonants much as in Metaphone (Philips 1990), with a few rules of German; but voiced and unvoiced ones are told
apart, since families are by no more (Schröder, Schröter). So they are by vowels and endings, even where these sound
the same: Miller and Müller, Maier and Meier, Clark and Clarke, Schulz and Schultz. An h behind a vowel makes it long:
Mühler is not Müller.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from routing.matching.slips import SHORTEST_WITH_SLIP

SHORTEST_BY_SOUND = SHORTEST_WITH_SLIP
SHORTEST_SKELETON = 3
VOWEL = re.compile("[aeiou]")
_RULES = r"""
    ^[kgp]n=n ^wr=r ^wh=w ^pf=f mb$=m
    sch=S sh=S chs=ks chr=kr t?ch=C ph=f
    gh(?=[aeiouy])=G gh= gg=G dg(?=[eiy])=J g(?=[eiy])=J j=J
    cc(?=[eiy])=ks c(?=[eiy])=s c?[ckq]=k kw=ku ^x=s x=ks z=s
    (?<=[bdklmnrtw])h= y=i ([^aeiou])\1+=\1
"""
"""What is written and how it sounds, in order; capitals are sounds that no letter is the usual one for."""
RULES = tuple((re.compile(rule), sound) for rule, _, sound in (pair.rpartition("=") for pair in _RULES.split()))


@lru_cache(maxsize=50_000)
def sound_of(word: str) -> str:
    """The same for words that sound the same in English or German, as far as spelling tells."""
    if len(word) < SHORTEST_BY_SOUND or not word.isalpha():
        return word
    for rule, sound in RULES:
        word = rule.sub(sound, word)
    return word


def sound_the_same(some: Sequence[str], others: Sequence[str]) -> bool:
    """Whether these words are, in some order, those by their sound."""
    return sorted(map(sound_of, some)) == sorted(map(sound_of, others))


def sound_almost_the_same(some: Sequence[str], others: Sequence[str]) -> bool:
    """The same when vowels are heard wrongly, too: maybe other words."""
    heard = consonants_of(some)
    return len(heard) > SHORTEST_SKELETON and heard == consonants_of(others)


def consonants_of(words: Sequence[str]) -> str:
    """What is left of the sound of words, in whichever order they stand, without the vowels."""
    return "".join(sorted(VOWEL.sub("", sound_of(word)) for word in words))
