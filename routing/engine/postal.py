"""Postal codes of a territory or condition: single codes, beginnings ("94*") and ranges ("90000-96199")."""

from __future__ import annotations

from routing.engine.types import PostalRange

_WIDEST = 12
"""Codes are measured as if they were this long; no country has longer ones."""


def normal_code(code: str) -> str:
    return "".join(code.split()).upper()


def parse_postal(text: str) -> PostalRange:
    """Read "94105", "94*" or "90000-96199". Raises ValueError with a text for people."""
    code = normal_code(text)
    if code.endswith("*"):
        low = high = code[:-1]
    else:
        low, dash, high = code.partition("-")
        if not dash or len(low) != len(high):  # a ZIP+4 such as 94105-1234 is one code
            low = high = code
    if not low or "*" in low or "*" in high or len(low) > _WIDEST:
        raise ValueError(f"“{text}” is not a postal code, a beginning such as 94*, or a range such as 90000-96199")
    if low > high:
        raise ValueError(f"“{text}” ends before it starts")
    return PostalRange(low, high)


def in_range(code: str, postal: PostalRange) -> bool:
    """Whether a code, upper-case and without blanks, lies in the range."""
    beginning = code[: len(postal.low)]
    return len(beginning) == len(postal.low) and postal.low <= beginning <= postal.high


def codes_covered(postal: PostalRange) -> int:
    """How many codes of the widest length the range covers: a measure to compare ranges by."""
    base = 10 if (postal.low + postal.high).isdecimal() and (postal.low + postal.high).isascii() else 36
    try:
        count = int(postal.high, base) - int(postal.low, base) + 1
    except ValueError:
        count = 1
    return max(count, 1) * int(base ** max(_WIDEST - len(postal.low), 0))
