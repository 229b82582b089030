"""What is said about a file beside its columns: how it is read, and what holds for all of its rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from routing.intake.clean import Unusable, strip_unstorable, text, yes_or_no
from routing.models import Import
from routing.services.imports.leads.facts import check_defaults
from routing.services.imports.mapping import TO_ATTRIBUTES, field_names, is_field
from routing.services.imports.section import Errors, Section

LONGEST_WORDING = 2_000
LONGEST_SHEET = 31
DELIMITERS = {"": "", "comma": ",", "semicolon": ";", "tab": "\t", "bar": "|"}
DEFAULTS = "defaults"


def _delimiter(value: Any) -> str:
    if isinstance(value, str) and (value in DELIMITERS.values() or value in DELIMITERS):
        return DELIMITERS.get(value, value)
    raise Unusable("Send comma, semicolon, tab or bar, or leave it out: it is recognised.")


def _text(value: Any, *, limit: int) -> str:
    return text(strip_unstorable({"": value})[0][""], limit=limit)


def _unmapped(value: Any) -> str:
    if value not in ("", TO_ATTRIBUTES):
        raise Unusable(f"Send “{TO_ATTRIBUTES}” to keep columns without a field as attributes, or leave it out.")
    return str(value)


READERS: Mapping[str, Callable[[Any], Any]] = {
    "sheet": lambda value: _text(value, limit=LONGEST_SHEET),
    "delimiter": _delimiter,
    "unmapped": _unmapped,
    "test": yes_or_no,
    "consent_wording": lambda value: _text(value, limit=LONGEST_WORDING),
    "whole": yes_or_no,
    "dry_run": yes_or_no,
    "route_now": yes_or_no,
}
AS_SAID = {"route_now": "route=now"}
"""Options that those who send files call otherwise."""
FOR_ALL = ("sheet", "delimiter", "dry_run", "route_now")
OF_READING = ("sheet", "delimiter")
"""With another one the file has another header."""
OF_ONE_FILE = frozenset({"sheet", "dry_run", "route_now", "test"})
"""Not offered again for the next file with the same header."""


def read_options(section: Section, given: Mapping[str, Any]) -> tuple[dict[str, Any], Errors]:
    """The options in the form in which they are kept, without those that say nothing; and what is wrong."""
    known = (*FOR_ALL, *section.options)
    options: dict[str, Any] = {}
    errors: Errors = {}
    for name, value in given.items():
        if name == DEFAULTS:
            options[DEFAULTS], wrong = _defaults(section, value)
            errors |= wrong
        elif name not in known:
            names = (AS_SAID.get(one, one) for one in (*known, DEFAULTS))
            errors[name] = [f"There is no such option for this kind of file. Send {', '.join(names)}."]
        elif value is not None:
            try:
                options[name] = READERS[name](value)
            except Unusable as error:
                errors[name] = [str(error)]
    return {name: value for name, value in options.items() if value not in ("", False, {}, None)}, errors


def _defaults(section: Section, given: Any) -> tuple[dict[str, Any], Errors]:
    """Field → value for rows that say nothing of it."""
    if not isinstance(given, Mapping):
        return {}, {DEFAULTS: ["Send an object, such as {“source”: “fair”}."]}
    given = strip_unstorable(given)[0]
    errors: Errors = {
        f"{DEFAULTS}.{name}": [f"There is no such field. Choose one of: {', '.join(field_names(section))}."]
        for name in given
        if not isinstance(name, str) or not is_field(section, name)
    }
    errors |= {
        f"{DEFAULTS}.{name}": ["Send text, a number, true or false."]
        for name, value in given.items()
        if value is not None and not isinstance(value, str | int | float | bool)
    }
    kept = {name: value for name, value in given.items() if value not in (None, "")}
    if not errors and section.name == Import.Section.LEADS:
        errors = {f"{DEFAULTS}.{name}": texts for name, texts in check_defaults(kept).items()}
    return kept, errors
