"""A number as people write it: 1.234,56 €, $1,200, 50k, 1.5 Mio., 50-100k, ~500. What could be another is none."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple

LONGEST = 100
LARGEST = Decimal(10) ** 18
_TOKEN = re.compile(r"[0-9][0-9.,'’\s]*(?:e[+-]?[0-9]{1,3}(?![0-9a-z]))?|[^\W\d_]+\.?|\s+|.", re.DOTALL)
_DASHES = str.maketrans("–—−‐‑", "-----")
_PARTS = re.compile(r"([0-9.,'’\s]*[0-9])[.,]?\s*(?:e([+-]?[0-9]+))?")
_GROUPED = re.compile(r"[1-9][0-9]{0,2}(?:([.,'’\s])[0-9]{3})(?:\1[0-9]{3})*")
_PLAIN = re.compile(r"0|[1-9][0-9]*")
_MINUS = re.compile(r"-[0-9]")
_SCALES = {
    3: "k keur teur tsd tausend thousand thousands",
    6: "m mio mill mn mln meur million millions millionen",
    9: "bn billion billions mrd milliarde milliarden",
}
SCALES = {word: Decimal(10) ** power for power, words in _SCALES.items() for word in words.split()}
_MONEY = """
    € $ £ ¥ eur euro euros usd us dollar dollars gbp pound pounds chf franken sek nok dkk pln czk inr jpy yen
"""
_SAY_NOTHING = """
    ~ ≈ < > ≤ ≥ +
    employee employees people person persons staff user users seat seats licence licences license licenses
    mitarbeiter mitarbeitende mitarbeiterinnen personen leute nutzer plätze lizenzen
    about around approx approximately circa ca roughly almost nearly over more than at least up max min from
    etwa ungefähr rund zirka fast knapp über mehr als mindestens höchstens maximal unter weniger under less ab von zu
"""
MONEY = frozenset(_MONEY.split())
SAY_NOTHING = MONEY.union(_SAY_NOTHING.split())
_KINDS = {"-": "-", "to": "t", "bis": "t", "and": "&", "und": "&", "between": "b", "zwischen": "b"}
_ONE = re.compile(r"[-t]?ns?(?:--?)?")
_RANGE = re.compile(r"b?ns?[-t]ns?|bns?&ns?")


class NotOne(ValueError):
    """The text says why it is no number, or not one alone."""


class Amount(NamedTuple):
    number: int | float
    of_range: bool
    """It is the upper end of one."""


@dataclass(frozen=True, slots=True)
class _Written:
    text: str
    scale: str = ""


def read_written(text: str, mark: str = "") -> Amount:
    """Of a range its upper end. `mark` is the decimal mark, where both . and , could be. Raises NotOne.

    Without it a single mark before exactly three digits separates thousands: 1.234 is one thousand.
    """
    plain = text.casefold().translate(_DASHES).strip()
    if len(plain) > LONGEST:
        raise NotOne(f"it is longer than {LONGEST} characters")
    kinds, numbers = _parsed(plain)
    of_range = bool(_RANGE.fullmatch(kinds))
    if _ONE.fullmatch(kinds) and _is_alone(kinds, plain, numbers[0]):
        value = _value(numbers[0], mark) * (-1 if kinds.startswith("-") else 1)
    elif of_range:
        value = _upper_end(*numbers, mark=mark)
    else:
        raise NotOne("this is not one number" if numbers else "no number is in it")
    if abs(value) > LARGEST:
        raise NotOne("this number is too large")
    return Amount(int(value) if value == value.to_integral_value() else float(value), of_range)


def is_money(text: str) -> bool:
    return len(text) <= LONGEST and any(token in MONEY for token in _tokens(text.casefold()))


def _parsed(text: str) -> tuple[str, list[_Written]]:
    """A letter for each word that says something, and the numbers with their scales."""
    kinds, numbers, unknown = "", [], ""
    for token in _tokens(text):
        if token[0].isascii() and token[0].isdigit():
            kinds += "n"
            numbers.append(_Written(token))
        elif token in SCALES:
            kinds += "s"
            numbers[-1:] = [_Written(each.text, token) for each in numbers[-1:]]
        elif token in _KINDS:
            kinds += _KINDS[token]
        elif token not in SAY_NOTHING:
            unknown = unknown or token
    if unknown and numbers:
        raise NotOne(f"“{unknown}” beside the number is not understood")
    return kinds, numbers


def _tokens(text: str) -> Iterator[str]:
    for found in _TOKEN.finditer(text):
        token = found[0].strip()
        if token:
            yield token if token[0].isdigit() else token.rstrip(".") or token


def _is_alone(kinds: str, text: str, number: _Written) -> bool:
    """A dash before it is a minus only right before it; one behind it stands for no cents: 500,-."""
    minus = not kinds.startswith("-") or bool(_MINUS.match(text))
    return minus and (not kinds.endswith("-") or number.text.endswith((",", ".")))


def _upper_end(lower: _Written, upper: _Written, *, mark: str) -> Decimal:
    """The lower end has the upper one's scale, or its own."""
    high = _value(upper, mark)
    if _value(lower, mark) >= high:
        raise NotOne("its upper end is not the larger one")
    return high


def _value(number: _Written, mark: str) -> Decimal:
    found = _PARTS.fullmatch(number.text)
    if not found:
        raise NotOne("this is no number")
    digits, power = found[1], int(found[2] or 0)
    whole, part, sure = _divided(digits, mark)
    if number.scale and not sure:
        raise NotOne(f"before “{number.scale}” it is not clear whether its mark separates thousands")
    if not (_PLAIN.fullmatch(whole) or _GROUPED.fullmatch(whole)) or not (part or "0").isdecimal():
        raise NotOne("this is no number")
    value = Decimal(f"{''.join(filter(str.isdecimal, whole))}.{part or 0}")
    return value.scaleb(min(power, 300)) * SCALES.get(number.scale, Decimal(1))


def _divided(digits: str, mark: str) -> tuple[str, str, bool]:
    """Before and after the decimal mark, and whether that is certain."""
    marks = [character for character in digits if character in ".,"]
    last = marks[-1] if marks else ""
    if not marks or marks.count(last) > 1 or mark not in ("", last):
        return digits, "", True
    if len(marks) == 1 and not mark and _GROUPED.fullmatch(digits):
        return digits, "", False
    whole, _, part = digits.rpartition(last)
    return whole, part, True
