"""What a lead may mean by the name of its company, and how much a name in our books is like that. Pure."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple

from routing.matching.blocks import blocks_of_same_words, blocks_to_ask
from routing.matching.closeness import Closeness, closeness, name_of
from routing.matching.readings import readings, said_otherwise, spelt_rightly
from routing.matching.spellings import spellings
from routing.matching.words import written_out


class Kind(StrEnum):
    """How a name was come by."""

    OWN = "own"
    SPELLING = "spelling"
    SPELT_RIGHT = "spelt right"
    READING = "reading"


SAME_NAME = (Kind.OWN, Kind.SPELLING)


class Meaning(NamedTuple):
    """A name that a lead's company may have."""

    name_key: str
    kind: Kind


class Likeness(NamedTuple):
    """How close a name is. `read_as` says for what the lead's was taken, empty if as it is written."""

    closeness: Closeness
    name_key: str
    read_as: str

    @property
    def rank(self) -> tuple[Closeness, bool, str]:
        """More is likelier: the closer, else as it is written; the text last, so that there is always one order."""
        return self.closeness, not self.read_as, self.name_key


def meanings(company: str) -> tuple[Meaning, ...]:
    """The name as it is written, in other letters, and what else is meant by it."""
    keys = dict.fromkeys(key for said in (company, *said_otherwise(company)) for key in spellings(said))
    spelt = [Meaning(key, Kind.SPELLING if number else Kind.OWN) for number, key in enumerate(keys)]
    read = [Meaning(key, Kind.READING) for key in readings(company)]
    right = [Meaning(spelt_rightly(key), Kind.SPELT_RIGHT) for key, _ in (*spelt, *read)]
    found: dict[str, Meaning] = {}
    for meaning in (*spelt, *read, *right):
        found.setdefault(meaning.name_key, meaning)
    return tuple(found.values())


def blocks_of(meaning: Meaning) -> set[str]:
    """Under which keys names like this are found. What was read into a name is not taken for a slip besides."""
    return (blocks_of_same_words if meaning.kind is Kind.READING else blocks_to_ask)(meaning.name_key)


def likeness(meaning: Meaning, name_key: str) -> Likeness | None:
    """How much the lead's name is like the account's; nothing if it is another."""
    own = meaning.kind is Kind.OWN
    if meaning.name_key == name_key or _are_written_alike(meaning.name_key, name_key):
        close = Closeness.SPELT if meaning.kind in SAME_NAME else Closeness.CLOSE
        return Likeness(close, meaning.name_key, name_key)
    close = closeness(name_of(meaning.name_key), name_of(name_key))
    if close is Closeness.NONE or (meaning.kind is Kind.READING and close is not Closeness.SAME_WORDS):
        return None
    return Likeness(min(close, Closeness.CLOSE), meaning.name_key, "" if own else meaning.name_key)


def _are_written_alike(one: str, other: str) -> bool:
    """But for blanks, words of trade in short, and the language of “and”."""
    return one.replace(" ", "") == other.replace(" ", "") or written_out(one) == written_out(other)
