"""Letters beyond a to z, as people write them who lack them."""

from __future__ import annotations

import unicodedata
from string import ascii_letters, digits

LATIN = frozenset(ascii_letters + digits + " -&.'/+()’")
_OUT = "ä=ae ö=oe ü=ue ß=ss ø=oe å=aa æ=ae ñ=n ş=s ç=c ı=i"
_PLAIN = "ß=ss ø=o å=a æ=ae ł=l ı=i"
_CYRILLIC = """
    а=a б=b в=v г=g д=d е=e ж=zh з=z и=i й=y к=k л=l м=m н=n о=o п=p р=r с=s т=t у=u ф=f х=kh ц=ts ч=ch ш=sh щ=shch
    ъ=a ы=y ь= э=e ю=yu я=ya і=i ї=yi є=ye ґ=g
"""
_GREEK = """
    α=a β=v γ=g δ=d ε=e ζ=z η=i θ=th ι=i κ=k λ=l μ=m ν=n ξ=x ο=o π=p ρ=r σ=s ς=s τ=t υ=y φ=f χ=ch ψ=ps ω=o
"""
_OTHER = {"й": "j", "х": "h", "ю": "iu", "я": "ia", "щ": "sch", "η": "e", "υ": "u", "χ": "h", "φ": "ph", "β": "b"}
OUT = dict(pair.split("=") for pair in (_OUT + _CYRILLIC + _GREEK).split())
PLAIN = dict(pair.split("=") for pair in (_PLAIN + _CYRILLIC + _GREEK).split()) | _OTHER


def spelt_out(name: str) -> str:
    """“Müller” → “Mueller”, “Газпром” → “Gazprom”."""
    return _spelt(name, OUT)


def spelt_plain(name: str) -> str:
    """“Müller” → “Muller”; other scripts in the other usual way of those that have several."""
    return _spelt(name, PLAIN)


def _spelt(name: str, letters: dict[str, str]) -> str:
    written = []
    for letter in unicodedata.normalize("NFC", name):
        lower = letter.lower()
        plain = letters.get(lower, letters.get(_base(lower), _base(lower)))
        written.append(plain if letter == lower else plain.capitalize())
    return "".join(written)


def _base(letter: str) -> str:
    decomposed = unicodedata.normalize("NFD", letter)
    return "".join(part for part in decomposed if not unicodedata.combining(part))
