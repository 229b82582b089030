"""Postal codes that a spreadsheet took for numbers, so that they lost the zeros that they began with."""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from routing.intake.clean import Unusable
from routing.intake.places import country_code

_OF_LENGTH = {
    4: "AM AU DK GE NO NZ PH ZA",
    5: "DE DZ ES FI FR GT IT KE KR LA LK LT MX MY PE PR SK TR UA US VA VI",
    6: "CN CO EC KZ RO SG",
    7: "JP",
    8: "BR",
}
LENGTHS: Mapping[str, int] = {country: length for length, names in _OF_LENGTH.items() for country in names.split()}
"""Countries whose codes are all digits, of one length, and some of which begin with 0."""
USUAL = 5
FILLED = "postal codes had lost their leading zeros, since their cells are numbers, and were read with them"
UNSURE = "postal codes may have lost a leading zero: their cells are numbers, and no country says how long they are"


def is_number(value: Any) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return math.isfinite(value) and value >= 0 and value == int(value)


def filled(value: Any, country: Any) -> Any:
    """1067 as 01067 in Germany. A text is meant as it is, and so is what belongs to a country that is not known."""
    length = LENGTHS.get(_code(country), 0)
    return str(int(value)).zfill(length) if is_number(value) and length else value


def remark(value: Any, country: Any) -> tuple[str, str]:
    """What should be known of a code: about the row, and about the file. Empty if nothing should."""
    if value in (None, ""):
        return ("", "")
    length, text = LENGTHS.get(_code(country), 0), str(filled(value, country))
    if is_number(value) and length:
        lost = len(str(int(value))) < length
        return (f"Read as {text}: the cell is a number, and had lost its zeros.", FILLED) if lost else ("", "")
    if is_number(value) and not _code(country) and len(str(int(value))) < USUAL:
        return ("The cell is a number. If the code begins with 0, format the column as text and write it anew.", UNSURE)
    if text.isdigit() and len(text) < length:
        return (f"Codes of this country have {length} digits. If a zero is missing at its beginning, mend it.", "")
    return ("", "")


def _code(country: Any) -> str:
    return _code_of(country) if isinstance(country, str) and country.strip() else ""


@lru_cache(maxsize=1_000)
def _code_of(name: str) -> str:
    try:
        return country_code(name)
    except Unusable:
        return ""
