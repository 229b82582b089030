"""How texts are compared: without case, accents, and blanks at the ends."""

from __future__ import annotations

from unicodedata import combining, normalize

_LETTERS = str.maketrans({"ł": "l", "ø": "o", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i"})


def fold(text: str) -> str:
    """The form of a text in which "Zürich " and "zurich" are the same."""
    if text.isascii():
        return text.strip().lower()
    bare = (letter for letter in normalize("NFKD", text.casefold()) if not combining(letter))
    return "".join(bare).casefold().translate(_LETTERS).strip()


def quoted(text: str, limit: int = 80) -> str:
    """A text as it is shown to people: in quotation marks, and not too long."""
    return f"“{text}”" if len(text) <= limit else f"“{text[: limit - 1]}…”"
