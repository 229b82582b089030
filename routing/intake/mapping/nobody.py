"""What programs put where an id is missing. Taken for ids, they would make one lead of strangers."""

from __future__ import annotations

import re
from typing import Any

from routing.intake.mapping.values import bare

_WORDS = """
n/a na n.a n-a k.a k/a nan nil none null undefined unknown true false no nonetype unset missing empty blank void
unavailable unspecified tbd keine keiner unbekannt leer fehlt
"""
_PHRASES = """
not set; not available; not applicable; not found; not defined; not specified; not provided; not given; not known;
no id; no value; null value; empty string; n. a; k. a; keine angabe; keine id; nicht gesetzt; nicht vorhanden;
object object; object null; object undefined
"""
EMPTY = frozenset([*_WORDS.split(), *(phrase.strip() for phrase in _PHRASES.split(";"))])
"""Without the marks around them: #N/A, (not set), <null>, [object Object], “n.a.”."""
EXACTLY = frozenset(["-1", "-1.0", "\\n"])
"""With their marks: the sign for “not found”, and what databases write for NULL."""
_GAP = re.compile(r"[\s_-]+")
_SHEET = re.compile(r"#(?:ref|value|name|num|div/0|null|spill|calc|error|field|n/a)[!?]?")
"""What a cell of a spreadsheet shows of an error."""
_UNFILLED = re.compile(r"\{\{\s*[a-z_$@#][^{}]*\}\}|\$\{[^{}]*\}|<%.*%>|\*\|.*\|\*", re.DOTALL)
"""Marks of templates that nobody filled in, also in the middle of an id: lead-{{contact.id}}."""
_UNFILLED_WHOLLY = re.compile(r"%+[a-z_][\w. -]*%+|\{[a-z_. -]+\}|\[\[?[a-z]+[._][a-z._]+\]\]?")
"""%ID% and {lead_id}; {6F9619FF-8B86-…} is an id."""


def names_nobody(value: Any) -> bool:
    """`false`, “N/A”, “null”, zeros and marks alone, what a template left open; a list with one of them."""
    if isinstance(value, list):
        return any(map(names_nobody, value))
    found = bare(value)
    if not isinstance(found, str | int | float):
        return False
    text = str(found).strip().casefold()
    return not any(sign.isalnum() and sign != "0" for sign in text) or text in EXACTLY or _says_so(text)


def _says_so(text: str) -> bool:
    if _SHEET.fullmatch(text) or _UNFILLED.search(text) or _UNFILLED_WHOLLY.fullmatch(text):
        return True
    said = _inner(text)
    parts = _GAP.split(said)
    return said in EMPTY or " ".join(parts) in EMPTY or (len(set(parts)) == 1 and parts[0] in EMPTY)


def _inner(text: str) -> str:
    """Without the marks at both ends."""
    signs = [place for place, sign in enumerate(text) if sign.isalnum()]
    return text[signs[0] : signs[-1] + 1]
