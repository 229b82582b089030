"""Text as it is compared: without case, accents and punctuation."""

from __future__ import annotations

import re
import unicodedata

NOT_DECOMPOSED = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "ð": "d", "æ": "ae", "œ": "oe", "ı": "i", "þ": "th"})
"""Letters that Unicode does not take apart into a base letter and an accent."""
APOSTROPHES = re.compile(r"['’‘ʼ`´]")
NOT_WORDS = re.compile(r"[\W_]+")


def without_accents(text: str) -> str:
    """Lower case for comparison, full-width forms made plain, accents gone."""
    if text.isascii():
        return text.lower()
    decomposed = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", text).casefold())
    return "".join(c for c in decomposed if not unicodedata.combining(c)).translate(NOT_DECOMPOSED)


def fold(text: str) -> str:
    """The words of a text: “Étienne  O’Neil-Šmíd” → “etienne oneil smid”."""
    return NOT_WORDS.sub(" ", APOSTROPHES.sub("", without_accents(text))).strip()
