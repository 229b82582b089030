"""What people call places, languages and days → the codes that are kept. What is none of these stays as it is."""

from __future__ import annotations

import re
from collections.abc import Mapping

from routing.intake import places
from routing.intake.clean import Unusable
from routing.intake.normalise import language_code

_DAYS = {
    "mon": "mo monday montag", "tue": "di tues tuesday dienstag", "wed": "mi weds wednesday mittwoch",
    "thu": "do thur thurs thursday donnerstag", "fri": "fr friday freitag", "sat": "sa saturday samstag sonnabend",
    "sun": "so sunday sonntag",
}  # fmt: skip
DAYS: Mapping[str, str] = {word: day for day, words in _DAYS.items() for word in words.split()}
WORD = re.compile(r"[a-z]+")
LONGEST_CODE = 3


def country(text: str) -> str:
    """DE for Deutschland and Germany."""
    try:
        return places.country_code(text)
    except Unusable:
        return text


def region(text: str, country: str) -> str:
    """US-CA for CA and California of the US."""
    try:
        return places.region_code(text, country)
    except Unusable:
        return text


def language(text: str) -> str:
    """de for Deutsch and German; codes such as pt-BR keep their variety."""
    if len(text) <= LONGEST_CODE or "-" in text:
        return text
    try:
        return language_code(text)
    except Unusable:
        return text


def days(text: str) -> str:
    """mon-fri for Mo–Fr and Monday-Friday."""
    plain = text.lower().replace("–", "-").replace("—", "-")
    return WORD.sub(lambda word: DAYS.get(word[0], word[0]), plain)
