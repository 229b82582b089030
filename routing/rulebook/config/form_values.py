"""Choices and hidden values, which the builder of a form wrote: each must be something that a lead takes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from routing.intake.asked import ALL_OTHERS, is_askable, widget_of
from routing.intake.clean import UNSTORABLE, Unusable
from routing.intake.offered import Around, around, check_offered, value_of
from routing.models import FormField
from routing.rulebook.config.errors import shown


def unread_values(fields: Sequence[Mapping[str, Any]], language: str) -> Iterator[tuple[str, str]]:
    """Where it stands, and what is wrong with it: who must choose it could never send the form."""
    country = next((asked for asked in fields if asked["name"] == "country"), None)
    form = around(language, country)
    for index, asked in enumerate(fields):
        if is_askable(asked["name"]):
            for place, text in _written(asked):
                if wrong := _wrong(asked["name"], text, form):
                    yield f"fields[{index}].{place}", f"{shown(text)} cannot be read. {wrong}"


def one_line(text: str) -> bool:
    """Whether a browser sends it back as it is."""
    return len(text.strip().splitlines()) == 1 and not UNSTORABLE.search(text)


def _written(asked: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for index, choice in enumerate(asked["choices"]):
        value = value_of(choice)
        if not (asked["name"] == "country" and value == ALL_OTHERS):
            yield f"choices[{index}]", value
    hidden = widget_of(asked["name"], asked["widget"]) == FormField.Widget.HIDDEN
    if hidden and asked["default"].strip():
        yield "default", asked["default"].strip()


def _wrong(name: str, text: str, form: Around) -> str:
    try:
        check_offered(name, text, form)
    except Unusable as error:
        return str(error)
    return ""
