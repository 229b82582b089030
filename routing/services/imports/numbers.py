"""Numbers as people write them in lists: 1.234.567,89 and 1,5 as in German, 1,234.5 as in English."""

from __future__ import annotations

import re

GERMAN = re.compile(r"-?\d{1,3}(\.\d{3})+,\d+|-?\d{1,3}(\.\d{3}){2,}|-?\d+,(\d{1,2}|\d{4,})|-?(0|\d{4,}),\d+")
"""What is certainly German. Of 1.234 and 1,234 it is not: these are read as English."""


def in_english(text: str) -> str:
    """The number with a point before its decimals, if it is certainly a German one; else as it is."""
    return text.replace(".", "").replace(",", ".") if GERMAN.fullmatch(text) else text
