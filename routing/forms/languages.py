"""Which language a visitor is spoken to in: the form's, else the one asked for, else the browser's; and from where."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from django.http import HttpRequest
from django.utils.translation.trans_real import parse_accept_lang_header

from routing.services.forms.words import LANGUAGES

DEFAULT = LANGUAGES[0]
AT_HOME_IN: Mapping[str, tuple[str, ...]] = {"en": ("US", "GB"), "de": ("DE", "AT", "CH")}
"""Language → countries of most people who use it."""
MOST_LIKELY = 6


def language_of(request: HttpRequest, chosen: str, asked_for: str = "") -> str:
    """One of the languages that there are."""
    for tag in (chosen, asked_for.lower(), *_accepted(request)):
        language = tag.partition("-")[0]
        if language in LANGUAGES:
            return language
    return DEFAULT


def likely_countries(request: HttpRequest, chosen: str) -> tuple[str, ...]:
    """Where the visitor may be, by the languages that the browser accepts and the one of the form: likeliest first."""
    found = dict.fromkeys(country for tag in (*_accepted(request), chosen) for country in _countries_of(tag))
    return tuple(found)[:MOST_LIKELY]


def _countries_of(tag: str) -> Iterator[str]:
    """Of de-AT: Austria, then where else German is at home."""
    language, *further = tag.split("-")
    yield from (part.upper() for part in further if len(part) == 2 and part.isalpha())
    yield from AT_HOME_IN.get(language, ())


def _accepted(request: HttpRequest) -> list[str]:
    return [tag for tag, _ in parse_accept_lang_header(request.headers.get("Accept-Language", "").lower())]
