"""What a box to tick says: by what a browser sends of it, or a page of somebody's own with a list or a text instead."""

from __future__ import annotations

from routing.intake.mapping.numbers import NO, Unfit, read_yes_no


def is_ticked(given: str) -> bool:
    """Anything but nothing and a word that says no."""
    given = given.strip().casefold()
    return bool(given) and given not in NO


def agreed(given: str, consent_text: str) -> bool | None:
    """Whether somebody consents: a clear yes, or the words that were seen. None: it is neither yes nor no."""
    if not given.strip():
        return False
    try:
        return read_yes_no(given)
    except Unfit:
        return _folded(given) == _folded(consent_text) or None


def _folded(text: str) -> str:
    return " ".join(text.split()).casefold()
