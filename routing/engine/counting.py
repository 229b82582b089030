"""Numbers with the noun that they count, for people."""

from __future__ import annotations


def counted(number: int, one: str, many: str = "") -> str:
    """1 lead, 2 leads, 1,000 leads; 1 country, 2 countries (`many`, where an s is not enough)."""
    return f"{number:,} {one if number == 1 else many or f'{one}s'}"
