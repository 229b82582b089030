"""Numbers as people write them in lists: 1.234.567,89 and 1,5 as in German, 1,234.5 as in English, 1'234."""

from __future__ import annotations

import re

GERMAN = re.compile(r"-?\d{1,3}(\.\d{3})+,\d+|-?\d{1,3}(\.\d{3}){2,}|-?\d+,(\d{1,2}|\d{4,})|-?(0|\d{4,}),\d+")
"""What is certainly German. Of 1.234 and 1,234 it is not: these are read as English."""
GROUPED = re.compile(r"-?[1-9]\d{0,2}([.,])\d{3}(\1\d{3})*")
"""Three digits behind each separator: of what has no thousandths these are thousands, in whichever country."""
BETWEEN_DIGITS = re.compile(r"(?<=\d)['’\s](?=\d{3}(?!\d))")
"""Thousands apart, as the Swiss and the French have them: 1'234 and 1 234."""
_CURRENCY = r"(?:€|\$|£|euros?|eur|usd|chf|gbp|fr\.|sfr\.?)"
CURRENCY = re.compile(rf"(?i)^\s*{_CURRENCY}\s*|\s*{_CURRENCY}\s*$")
LONGEST_NUMBER = 100
NO_CENTS = re.compile(r"[.,](?:[-–—]{1,2})$")
"""As in 1.500,- and 1'500.–"""


def in_english(text: str) -> str:
    """The number with a point before its decimals, if it is certainly a German one; else as it is."""
    plain = BETWEEN_DIGITS.sub("", text)
    return plain.replace(".", "").replace(",", ".") if GERMAN.fullmatch(plain) else plain


def without_thousandths(text: str) -> str:
    """The same of what people count, and of money, which have none: 1.234 and 1,234 are one thousand."""
    plain = BETWEEN_DIGITS.sub("", text)
    return re.sub(r"[.,]", "", plain) if GROUPED.fullmatch(plain) else in_english(plain)


def money(text: str) -> str:
    """An amount without its currency: 1.500,- € as 1500. What is far too long for one stays as it is."""
    if len(text) > LONGEST_NUMBER:
        return text
    return without_thousandths(NO_CENTS.sub("", CURRENCY.sub("", text.replace("\xa0", " ")).strip()))


def exact(number: float) -> str:
    """A number that is none of the above: a cell with 1.234 in it is not one thousand, however it is read later."""
    text = str(number)
    return f"{text}0" if GROUPED.fullmatch(text) else text
