"""Which language a visitor is spoken to in: the form's, else the one asked for, else the browser's."""

from __future__ import annotations

from django.http import HttpRequest
from django.utils.translation.trans_real import parse_accept_lang_header

from routing.services.forms.words import LANGUAGES

DEFAULT = LANGUAGES[0]


def language_of(request: HttpRequest, chosen: str, asked_for: str = "") -> str:
    """One of the languages that there are."""
    accepted = [tag for tag, _ in parse_accept_lang_header(request.headers.get("Accept-Language", "").lower())]
    for tag in (chosen, asked_for.lower(), *accepted):
        language = tag.partition("-")[0]
        if language in LANGUAGES:
            return language
    return DEFAULT
