"""The key by which company names are compared: no legal suffix, case, accents or punctuation."""

from __future__ import annotations

import re
from functools import cache, lru_cache

from cleanco.clean import get_unique_terms

from routing.intake.folding import NOT_WORDS, fold, without_accents
from routing.models import Account

LONGEST_KEY = Account._meta.get_field("name_key").max_length or 0
MISLEADING_SUFFIXES = frozenset({"uk", "nl", "at", "et", "ok", "da", "pt", "sep", "private", "ent", "vat", "stg"})
"""Legal forms of somewhere that are more often a country, a word or a part of the name at its end."""
FURTHER_SUFFIXES = ("private limited", "pty", "pvt", "pvt ltd", "ug", "ggmbh", "se", "co ltd", "limitada", "berhad")
_SAYS_NOTHING = """
    na none no nil null unknown unbekannt keine kein self me myself selfemployed freelance freelancer private privat
    personal individual student test testing company mycompany firma business startup stealth confidential other various
"""
SAYS_NOTHING = frozenset(_SAYS_NOTHING.split())
"""What people write who have no company or do not tell it, without blanks."""
JOINED_BY_DOTS = re.compile(r"[.'’‘ʼ`´]")


@lru_cache(maxsize=20_000)
def name_key(name: str) -> str:
    """“Acme Labs, Inc.” → “acme labs”; “U.S. Bank” → “us bank”. Empty only for an empty name."""
    words = _words(name)
    kept = _without_legal_suffixes(words[1:] if words[:1] == ["the"] and len(words) > 1 else words)
    return (" ".join(kept) or " ".join(name.casefold().split()))[:LONGEST_KEY].strip()


def says_nothing(name: str) -> bool:
    """Whether this names no company: “n/a”, “self-employed”, “-”."""
    text = fold(name).replace(" ", "")
    return len(text) < 2 or text in SAYS_NOTHING


def _words(name: str) -> list[str]:
    """Dots join (U.S.), an ampersand is “and”, everything else that is no letter or digit separates."""
    text = JOINED_BY_DOTS.sub("", without_accents(name)).replace("&", " and ").replace("+", " plus ")
    return NOT_WORDS.sub(" ", text).split()


def _without_legal_suffixes(words: list[str]) -> list[str]:
    """Cut legal forms off the end, again and again, but never the whole name."""
    suffixes, longest = _legal_suffixes()
    size = longest
    while size:
        if len(words) > size and tuple(words[-size:]) in suffixes:
            words, size = words[:-size], longest
        else:
            size -= 1
    return words


@cache
def _legal_suffixes() -> tuple[frozenset[tuple[str, ...]], int]:
    terms = (*get_unique_terms(), *FURTHER_SUFFIXES)
    suffixes = {tuple(_words(term)) for term in terms if fold(term) not in MISLEADING_SUFFIXES} - {()}
    return frozenset(suffixes), max(map(len, suffixes))
