"""The transforms: a table of pure functions. Each takes a value that is there, and its argument; Unfit says why not.

Of a list each item is transformed, by those that are not about lists. What gives None has given nothing. Those about
lists and objects take trees (values.py) and move leaves; all others take what a leaf holds.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import re2

from routing.intake.mapping.name_parts import first_part, last_part
from routing.intake.mapping.numbers import ORDERS, Unfit, read_date, read_number, read_yes_no
from routing.intake.mapping.paths import InvalidPath, Path, follow, read_path
from routing.intake.mapping.values import Leaf, bare, called, fold_name, leaves_of, made_of, names_like, nothing
from routing.intake.strict_json import Unreadable, parse_text

LONGEST_ARGUMENT = 500
MOST_LOOKUPS = 500
MOST_PAIRS = 1_000
REGEX_MEMORY = 1 << 20
_BLANKS = re.compile(r"\s+")
_TAG = re.compile(r"<(?:/?[a-zA-Z][a-zA-Z0-9:-]*(?=\s|/?>)|[!?])[^<>]{0,500}>")
"""None is <10k, < 5, <mia@globex.com> or <https://globex.com>: what is no tag is somebody's text."""
_BREAK = re.compile(r"(?i)<\s*(?:br|/p|/div|/li)\s*/?>")


@dataclass(frozen=True, slots=True)
class Transform:
    """`read` makes of the argument what `apply` takes, or raises ValueError with what to write."""

    apply: Callable[[Any, Any], Any]
    says: str
    read: Callable[[Any], Any] | None = None
    optional: bool = False
    whole: bool = False
    """It takes a list as it is."""
    drops: bool = False
    """What it leaves away is unwanted."""
    example: str = ""


# --- reading arguments -------------------------------------------------------------------------------------------


def _text(argument: Any) -> str:
    if isinstance(argument, bool) or not isinstance(argument, str | int | float):
        raise ValueError("write a text after it")
    text = str(argument)
    if len(text) > LONGEST_ARGUMENT:
        raise ValueError(f"its text is longer than {LONGEST_ARGUMENT} characters")
    return text


def _scalar(argument: Any) -> str | int | float | bool:
    return argument if isinstance(argument, bool | int | float) else _text(argument)


def _count(argument: Any) -> int:
    text = _text(argument)
    if not text.isdecimal() or len(text) > 5 or not int(text):
        raise ValueError("write how many characters to keep, such as 500")
    return int(text)


def _mark(argument: Any) -> str:
    if argument not in (".", ","):
        raise ValueError("write . or , for the decimal mark")
    return str(argument)


def _order(argument: Any) -> str:
    if argument not in ORDERS:
        raise ValueError(f"write one of {', '.join(ORDERS)}")
    return str(argument)


def _lookup(argument: Any) -> dict[str, Any]:
    if not isinstance(argument, Mapping) or not argument:
        raise ValueError("write what becomes of what, such as a = b, c = d")
    if len(argument) > MOST_LOOKUPS:
        raise ValueError(f"{MOST_LOOKUPS} entries are the most")
    return {_text(key).strip().casefold(): _scalar(value) for key, value in argument.items()}


def _names(argument: Any) -> frozenset[str]:
    names = argument if isinstance(argument, list) else _text(argument).split(",")
    read = frozenset(fold_name(_text(name)) for name in names)
    if not read - {""}:
        raise ValueError("write names, separated by commas")
    return read


def _regex(argument: Any) -> Any:
    options = re2.Options()
    options.max_mem, options.log_errors = REGEX_MEMORY, False
    try:
        return re2.compile(_text(argument), options)
    except (re2.error, UnicodeError) as error:
        said = error.args[0] if error.args else ""
        raise ValueError(f"this is no regular expression: {_said(said)}") from error


def _said(message: Any) -> str:
    return message.decode("utf-8", "replace") if isinstance(message, bytes) else str(message)


def _path(argument: Any) -> Path:
    try:
        return read_path(_text(argument))
    except InvalidPath as error:
        raise ValueError(str(error)) from error


def _pairing(argument: Any) -> tuple[Path, tuple[Path, ...]]:
    """`name = values[0], value`: where the name stands, and where its value may stand."""
    name, equals, values = _text(argument).partition("=")
    if not equals:
        raise ValueError("write where name and value stand, such as name = values[0]")
    return _path(name), tuple(_path(value) for value in values.split(","))


# --- what they do ------------------------------------------------------------------------------------------------


def _as_text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        value = int(value)
    if isinstance(value, str | int | float):
        return str(value)
    raise Unfit("an object is there, not a text: choose one of its fields")


def _words(value: Any) -> list[str]:
    return _as_text(value).split()


def _digits(value: Any, _: Any) -> str | None:
    return "".join(character for character in _as_text(value) if character in "0123456789") or None


def _plain_text(value: Any, _: Any) -> str:
    text = _TAG.sub("", _BREAK.sub("\n", _as_text(value)))
    return html.unescape(text).strip()


def _look_up(value: Any, table: Mapping[str, Any]) -> Any:
    key = _as_text(value).strip().casefold()
    return table.get(key, table.get("*", value))


def _join(value: Any, separator: str | None) -> Any:
    if not isinstance(value, list):
        return value
    parts = [_as_text(bare(item)).strip() for item in value if bare(item) is not None]
    text = (", " if separator is None else separator).join(part for part in parts if part)
    leaves = list(leaves_of(value))
    return made_of(text, leaves) if leaves else text or None


def _split(value: Any, separator: str | None) -> list[str]:
    return [part.strip() for part in _as_text(value).split(separator or ",") if part.strip()]


def _prefix(value: Any, text: str) -> str:
    written = _as_text(value)
    return written if written.startswith(text) else text + written


def _suffix(value: Any, text: str) -> str:
    written = _as_text(value)
    return written if written.endswith(text) else written + text


def _extract(value: Any, pattern: Any) -> str | None:
    found = pattern.search(_as_text(value).encode("utf-8", "ignore").decode())
    if not found:
        return None
    return next((group for group in found.groups() if group is not None), None) if found.groups() else found.group()


def _pairs(value: Any, ways: tuple[Path, tuple[Path, ...]]) -> dict[str, Any] | None:
    """Each value is called by its name, also where there is none; of a name that comes twice all values are a list."""
    name, values = ways
    found: dict[str, Any] = {}
    for item in value[:MOST_PAIRS] if isinstance(value, list) else [value]:
        key = follow(name, item)
        given = next((each for each in (follow(path, item) for path in values) if each is not None), None)
        if not isinstance(bare(key), str | int) or (given is None and not isinstance(key, Leaf)):
            continue
        names = (*key.sources, *key.names) if isinstance(key, Leaf) else ()
        part = Leaf(None, (), names) if nothing(given) else called(given, names)
        text = str(bare(key))
        found[text] = [*_listed(found[text]), *_listed(part)] if text in found else part
    return found or None


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _keep(value: Any, names: frozenset[str], *, these: bool) -> Any:
    if not isinstance(value, Mapping):
        raise Unfit("this takes an object")
    return {key: part for key, part in value.items() if (fold_name(str(key)) in names) is these} or None


def _unwrap(value: Any, name: str) -> Any:
    """Of {value: 7, since: …} the 7; of an object or a list of such each; what is no such object stays."""
    if isinstance(value, list):
        return [_inside(item, name) for item in value]
    if not isinstance(value, Mapping) or any(names_like(value, name)):
        return _inside(value, name)
    return {key: _inside(inner, name) for key, inner in value.items()}


def _inside(value: Any, name: str) -> Any:
    found = next(names_like(value, name), None) if isinstance(value, Mapping) else None
    return value if found is None else value[found]


def _contains(value: Any, text: str) -> Any:
    """Whether it is in any text there. Who looks takes nothing away."""
    texts = (bare(leaf) for leaf in leaves_of(value)) if not isinstance(value, str) else (value,)
    return True if any(text.casefold() in each.casefold() for each in texts if isinstance(each, str)) else None


def _parse(value: Any, _: Any) -> Any:
    if not isinstance(value, str):
        return value
    try:
        return parse_text(value)
    except Unreadable as error:
        raise Unfit(f"the text in it is not JSON: {error}") from error


TRANSFORMS: Mapping[str, Transform] = {
    "trim": Transform(lambda value, _: _BLANKS.sub(" ", _as_text(value)).strip(), "without blanks around it"),
    "lower": Transform(lambda value, _: _as_text(value).lower(), "small letters"),
    "upper": Transform(lambda value, _: _as_text(value).upper(), "capital letters"),
    "title": Transform(lambda value, _: " ".join(word.capitalize() for word in _words(value)), "each word capitalised"),
    "first_word": Transform(lambda value, last: first_part(_words(value), last), "of “Mia Li Chen”: Mia"),
    "last_words": Transform(lambda value, first: last_part(_words(value), first), "of “Mia Li Chen”: Li Chen"),
    "plain": Transform(_plain_text, "HTML as plain text"),
    "digits": Transform(_digits, "its digits alone"),
    "number": Transform(
        read_number, "a number, from 1.234,56 €, $50k, 1.5 Mio. or 50-100k (the upper end); the decimal mark after it",
        _mark, optional=True, example="number: ,",
    ),
    "yes_no": Transform(lambda value, _: read_yes_no(value), "true or false, from yes, on, 1, ja, nein, …"),
    "date": Transform(
        lambda value, order: read_date(value, order or "ymd"),
        "a day as 2026-12-31; dmy for 31.12.2026, mdy for 12/31/2026",
        _order, optional=True, example="date: dmy",
    ),
    "map": Transform(_look_up, "other words for words, * for all others; without * they stay", _lookup,
                     example="map: Ja bitte = yes, * = no"),
    "default": Transform(lambda value, _: value, "what counts if nothing is there", _scalar, whole=True,
                         example="default: other"),
    "prefix": Transform(_prefix, "put before it, unless it begins so", _text, example="prefix: +49"),
    "suffix": Transform(_suffix, "put after it, unless it ends so", _text, example="suffix:  GmbH"),
    "cut": Transform(lambda value, most: _as_text(value)[:most], "at most so many characters", _count,
                     example="cut: 150"),
    "regex": Transform(_extract, "what a regular expression (RE2) finds: its first group, or all of it", _regex,
                       example="regex: ID-([0-9]+)"),
    "join": Transform(_join, "a list as one text, with this between", _text, optional=True, whole=True,
                      example="join: ; "),
    "split": Transform(_split, "one text as a list, parted at this", _text, optional=True, example="split: ;"),
    "first": Transform(lambda value, _: next(iter(value), None) if isinstance(value, list) else value,
                       "the first of a list", whole=True),
    "last": Transform(lambda value, _: (value or [None])[-1] if isinstance(value, list) else value,
                      "the last of a list", whole=True),
    "json": Transform(_parse, "a text that holds JSON, read"),
    "get": Transform(lambda value, path: follow(path, value), "what stands at a path in it", _path, whole=True,
                     example="get: contact.email"),
    "pairs": Transform(_pairs, "a list of names and values as an object", _pairing, whole=True,
                       example="pairs: name = values[0], value"),
    "unwrap": Transform(_unwrap, "of objects that hold a value and notes about it, the value", _text, whole=True,
                        drops=True, example="unwrap: value"),
    "contains": Transform(_contains, "true if this is in a text there, whatever its case; else nothing", _text,
                          whole=True, example="contains: dummy data"),
    "only": Transform(lambda value, names: _keep(value, names, these=True), "of an object only these names", _names,
                      drops=True, example="only: budget, plan"),
    "without": Transform(lambda value, names: _keep(value, names, these=False), "an object without these names",
                         _names, drops=True, example="without: email, full_name"),
}  # fmt: skip
"""Name → what it does. A new one is a line here, a function, and a test."""
