"""What stands in a cell ↔ the value in a document. Raises ValueError with what is wrong and what to write instead."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any, NamedTuple

from routing.intake.folding import fold
from routing.rulebook.config.errors import shown
from routing.rulebook.config.reader import read_instant
from routing.services.imports import spoken
from routing.services.imports.dates import clock, iso_day, of_utc, refuse_unclear, without_midnight
from routing.services.imports.numbers import exact, in_english, money, without_thousandths

YES = frozenset({"yes", "y", "true", "1", "x", "on", "ja", "wahr", "active", "aktiv", "✓"})
NO = frozenset({"no", "n", "false", "0", "off", "nein", "falsch", "inactive", "inaktiv", "-"})
ENGLISH = re.compile(r"-?[1-9]\d{0,2}(,\d{3})+(\.\d+)?")
SEPARATORS = ";\n"
DIGITS = "0123456789"
LONGEST_LEVEL = 3
"""In digits; how high it may be the configuration's own reader says."""
NOTHING = "nothing"
LONGEST_CELL = 30_000
"""What is longer goes on in a further row: spreadsheets cut off at 32,767."""


class Cells(NamedTuple):
    """How one kind of cell is read and written. `many`: it holds several values, and further rows add to them."""

    read: Callable[[str], Any]
    write: Callable[[Any], Any]
    many: bool = False


def text_of(value: Any) -> str:
    """What a cell says as text: days and instants as ISO 8601."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time.min and value.tzinfo is None else value.isoformat()
    if isinstance(value, list):
        return _joined(value)
    if isinstance(value, float | Decimal) and value == int(value):
        return str(int(value))
    if isinstance(value, date | time):
        return value.isoformat()
    return str(value).strip()


def _text(text: str) -> str:
    return text


def _whole(text: str) -> int:
    try:
        return int(without_thousandths(text))
    except ValueError:
        raise ValueError(f"{shown(text)} is not a whole number. Write one such as 20.") from None


def _number(text: str, plain: Callable[[str], str] = in_english) -> float | int:
    found = plain(text)
    try:
        number = float(found.replace(",", "") if ENGLISH.fullmatch(found) else found)
        return int(number) if number.is_integer() else number
    except (ValueError, OverflowError):
        raise ValueError(f"{shown(text)} is not a number. Write one such as 1.5.") from None


def _amount(text: str) -> float | int:
    """Of what has no thousandths: 500.000 is half a million."""
    return _number(text, money)


def _amount_text(amount: Any) -> Any:
    """A number, but for one that would be read as thousands."""
    text = exact(amount)
    return amount if text == str(amount) else text


def _flag(text: str) -> bool:
    word = text.casefold()
    if word in YES or word in NO:
        return word in YES
    raise ValueError(f"{shown(text)} is neither yes nor no.")


def _day(text: str) -> str:
    """2026-12-20, or 20.12.2026; all else as it is, for the configuration's own reader to judge."""
    refuse_unclear(text)
    return without_midnight(iso_day(text))


def _moment(text: str) -> str:
    """A day, or an instant: of UTC if it says its zone, else as it is, for the configuration's own reader to refuse."""
    refuse_unclear(text)
    day = iso_day(text)
    found = read_instant(day)
    return of_utc(found) if found and found.tzinfo else day


def _time(text: str) -> str:
    """20:00, of 20:00:00 and 8:00 PM too; what is no time as it is, for the configuration's own reader to judge."""
    found = clock(text)
    return found.removesuffix(":00") if found.count(":") == 2 else found


def _cap(text: str) -> Any:
    """20, or "20 all": leads that did not come by turn or rule count too."""
    number, _, every = text.partition(" ")
    if every.strip().casefold() not in ("", "all"):
        raise ValueError(f"{shown(text)} is not a limit. Write 20, or 20 all if returning leads count too.")
    return {"limit": _whole(number), "all": True} if every else _whole(number)


def _cap_text(cap: Any) -> Any:
    return f"{cap['limit']} all" if isinstance(cap, Mapping) and cap.get("all") else _limit(cap)


def _limit(cap: Any) -> Any:
    return cap.get("limit") if isinstance(cap, Mapping) else cap


def _email(text: str) -> str:
    if "@" not in text:
        raise ValueError(f"{shown(text)} is not an e-mail address. Name a rep by theirs, such as ana@acme.example.")
    return text.lower()


def _rep_of_a_place(text: str) -> str:
    if "@" not in text:
        raise ValueError(
            f"{shown(text)} is not an e-mail address. Name a rep by theirs; a pool goes into the column for pools."
        )
    return text.lower()


def _parts(separators: str) -> Callable[[str], list[str]]:
    """The values of a list; one with a separator in it stands in double quotes."""

    def read(text: str) -> list[str]:
        return [part for part in map(_unquoted, _pieces(text, separators)) if part]

    return read


def _pieces(text: str, separators: str) -> Iterator[str]:
    """Split where no quotes are open. They open at the beginning of a piece only: 5" pipes is a plain text."""
    start, quoted, fresh = 0, False, True  # fresh: a quote may open here, or goes on after a doubled one
    for place, sign in enumerate(text):
        if sign == '"' and (quoted or fresh):
            quoted, fresh = not quoted, quoted
        elif sign in separators and not quoted:
            yield text[start:place]
            start, fresh = place + 1, True
        elif not sign.isspace():
            fresh = False
    yield text[start:]


def _unquoted(piece: str) -> str:
    text = piece.strip()
    if len(text) > 1 and text[0] == text[-1] == '"':
        text = text[1:-1].replace('""', '"')
    return text.strip()


def _joined(values: Sequence[Any]) -> str:
    return "; ".join(_quoted(str(value)) for value in values)


def _quoted(text: str) -> str:
    if any(sign in text for sign in ';,\n"') or text != text.strip():
        return '"{}"'.format(text.replace('"', '""'))
    return text


def _hours(text: str) -> Any:
    """always, or "mon-fri 09:00-12:00, 13:00-17:00; sat 22:00-02:00"."""
    if text.casefold() in ("always", "immer"):
        return "always"
    hours: dict[str, list[str]] = {}
    for part in filter(None, (piece.strip() for piece in re.split(r"[;\n]", text))):
        days, _, spans = part.replace(":", " ", 1).partition(" ") if _named(part) else part.partition(" ")
        plain = (span.strip().replace("–", "-") for span in spans.split(","))
        hours.setdefault(spoken.days(days), []).extend(filter(None, plain))
    return hours


def _named(part: str) -> bool:
    """Whether the days end with a colon: mon-fri: 09:00-17:00."""
    return part.partition(" ")[0].endswith(":")


def _hours_text(hours: Any) -> str:
    if not isinstance(hours, Mapping):
        return str(hours)
    return "; ".join(f"{days} {', '.join(spans)}" for days, spans in hours.items())


def _levels(text: str) -> dict[str, Any]:
    """Topics with a level each: kubernetes 3; fintech 2."""
    levels: dict[str, Any] = {}
    for part in _parts(SEPARATORS + ",")(text):
        before = part.rstrip(DIGITS)
        named, level = before.rstrip(), part[len(before) :]
        topic = named.removesuffix(":").strip()
        apart = named != before or named != topic
        if not (topic and apart and 0 < len(level) <= LONGEST_LEVEL):
            raise ValueError(f"{shown(part)} has no level. Write each topic with a level from 1 to 3: kubernetes 3.")
        levels[topic] = int(level)
    return levels


def _levels_text(levels: Mapping[str, Any]) -> str:
    """A topic's own colon at its end is written twice, since one is taken for what parts it from its level."""
    return _pairs_text({topic + ":" * topic.endswith(":"): level for topic, level in levels.items()}, " ")


def _people(text: str) -> dict[str, str]:
    """Roles with a rep each: csm: bob@acme.example; sdr: ana@acme.example."""
    people: dict[str, str] = {}
    for part in _parts(SEPARATORS)(text):
        role, colon, email = part.rpartition(":")
        if not colon:
            raise ValueError(f"{shown(part)} names no role. Write csm: bob@acme.example.")
        people[role.strip()] = email.strip()
    return people


def _pairs_text(pairs: Mapping[str, Any], between: str) -> str:
    return "; ".join(_quoted(f"{name}{between}{value}") for name, value in pairs.items())


def one_of(**words: str) -> Cells:
    """One of a few values; `words` are what people call them, separated by commas. The value "nothing" is none."""
    known = {fold(word): value for value, said in words.items() for word in said.split(",")}

    def read(text: str) -> str | None:
        value = known.get(fold(text), text.lower())
        return None if value == NOTHING else value

    return Cells(read, _text)


TEXT = Cells(_text, _text)
EMAIL = Cells(_email, _text)
REP_OF_A_PLACE = Cells(_rep_of_a_place, _text)
"""Beside a column for pools."""
CAP = Cells(_cap, _cap_text)
WHOLE = Cells(_whole, _text)
NUMBER = Cells(_number, _text)
AMOUNT = Cells(_amount, _amount_text)
"""Money, and what is counted."""
FLAG = Cells(_flag, lambda value: "yes" if value else "no")
DAY = Cells(_day, _text)
MOMENT = Cells(_moment, _text)
"""A day, or an instant."""
INSTANT = Cells(_moment, str)
"""An instant; a day is its beginning."""
TIME = Cells(_time, _text)
CODES = Cells(_parts(SEPARATORS + ","), _joined, many=True)
"""Values in which no comma stands: separated by commas, semicolons or lines."""
NAMES = Cells(_parts(SEPARATORS), _joined, many=True)
"""Values in which a comma may stand: separated by semicolons or lines."""
HOURS = Cells(_hours, _hours_text)
LANGUAGES = Cells(lambda text: [spoken.language(part) for part in CODES.read(text)], _joined, many=True)
LEVELS = Cells(_levels, _levels_text)
PEOPLE = Cells(_people, lambda people: _pairs_text(people, ": "), many=True)
