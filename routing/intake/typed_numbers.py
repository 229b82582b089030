"""Numbers as people type them into a form: 1.500,50 in German, 1,500.50 in English. None is guessed."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from decimal import Decimal

MARKS: Mapping[str, str] = {"en": ".", "de": ","}
"""Language → its decimal mark. The other of the two separates thousands."""
LONGEST = 30
SIGN = r"(?:[€$£¥]|EUR|USD|GBP|CHF)"
AMOUNT = re.compile(rf"(?i)(?:{SIGN} ?)?(.*?)(?: ?{SIGN})?")
NUMBER = (
    r"(-?)([1-9][0-9]{{0,2}}(?:{group}[0-9]{{3}})+|[1-9][0-9]{{0,2}}(?:[ '’][0-9]{{3}})+|[0-9]+)"
    r"(?:{mark}([0-9]+|-{{1,2}}))?"
)
SHAPES = {
    ",": re.compile(NUMBER.format(mark=",", group=r"\.")),
    ".": re.compile(NUMBER.format(mark=r"\.", group=",")),
}
"""Decimal mark → what a number looks like with it: 1 500 and 1'500 with both."""
DASHES = str.maketrans("–—−‐‑", "-----")


class NoNumber(ValueError):
    """This is none, in whatever language."""


class TwoNumbers(ValueError):
    """It says one number in one language and another in the next; each is written here so that it is only one."""

    def __init__(self, wholly: str, partly: str) -> None:
        super().__init__(f"{wholly} or {partly}")
        self.wholly, self.partly = wholly, partly


def read_typed_number(text: str, language: str) -> Decimal:
    """The only number that it can be; of two the one with its thousands separated as `language` does it.

    1.500 is 1500 in German. In English it would be 1.5, which nobody writes like that: TwoNumbers.
    """
    plain = unicodedata.normalize("NFKC", text).strip().translate(DASHES)
    found = AMOUNT.fullmatch(plain) if len(plain) <= LONGEST else None
    readings = {mark: number for mark in SHAPES if (number := _read(found[1], mark)) is not None} if found else {}
    if not readings:
        raise NoNumber
    whole = max(readings.values(), key=abs)
    if len(set(readings.values())) == 1 or readings.get(MARKS.get(language, "")) == whole:
        return whole
    raise _two(whole, plain)


def _read(text: str, mark: str) -> Decimal | None:
    shape = SHAPES[mark].fullmatch(text)
    if shape is None:
        return None
    sign, whole, part = shape.groups()
    digits = "".join(filter(str.isdecimal, whole))
    return Decimal(f"{sign}{digits}.{(part or '0').strip('-') or '0'}")


def _two(whole: Decimal, text: str) -> TwoNumbers:
    """Without thousands separated, and with another number of decimals than three."""
    mark = "," if "," in text else "."
    before, _, after = "".join(character for character in text if character in f"-0123456789{mark}").partition(mark)
    decimals = after.rstrip("0")
    decimals = f"{decimals}0" if len(decimals) == 3 else decimals
    return TwoNumbers(f"{whole:f}".partition(".")[0], f"{before}{mark}{decimals}" if decimals else before)
