"""The same name in other letters, umlauts, Cyrillic or Greek in Latin, and without rarer legal forms. Pure."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from routing.intake.company_names import name_key

_WRITTEN_OUT = "ä=ae ö=oe ü=ue ø=oe å=aa"
_CYRILLIC = """
    а=a б=b в=v г=g д=d е=e ё=e ж=zh з=z и=i й=y к=k л=l м=m н=n о=o п=p р=r с=s т=t у=u ф=f х=kh ц=ts ч=ch ш=sh
    щ=shch ъ= ы=y ь= э=e ю=yu я=ya і=i ї=yi є=ye ґ=g ў=w ј=j љ=lj њ=nj ћ=c ђ=dj џ=dz
"""
_CYRILLIC_OTHERWISE = "й=i х=h ц=c щ=sch ъ=a ю=iu я=ia ї=i є=ie ё=yo"
_CYRILLIC_OF_ABROAD = "й=j х=h ж=j щ=sch ъ=a ю=ju я=ja ї=ji є=je ё=jo"
_GREEK = """
    α=a β=v γ=g δ=d ε=e ζ=z η=i θ=th ι=i κ=k λ=l μ=m ν=n ξ=x ο=o π=p ρ=r σ=s ς=s τ=t υ=y φ=f χ=ch ψ=ps ω=o
"""
_GREEK_SOUNDS = "μπ=b ντ=nt ου=ou αυ=av ευ=ev γγ=ng γκ=gk"
_GREEK_OF_OLD = "η=e β=b φ=ph χ=ch υ=y ου=ou"
_GREEK_OTHERWISE = "χ=h υ=u φ=ph β=b η=e ου=ou"


_FORMS_BEHIND = """
    pjsc|ojsc|cjsc|jsc|pao|keg|gesmbh|mbh|ek|vvag|sp k|sapi de|s de rl de|sab de|tbk|fze|fzco|fz llc|wll|kscp
    qsc|psc|mbb|partg mbb|publ|ab publ|epp|unip lda|opc|αε|επε|ао|ооо|оао|зао|пао|тов|прат|еоод|ltd sti|בעמ
"""
FORMS_BEHIND = frozenset(tuple(form.split()) for line in _FORMS_BEHIND.split("\n") for form in line.strip().split("|"))
_FORMS_IN_FRONT = "ooo oao zao pao ооо оао зао пао ао тов прат jsc pjsc ojsc cjsc uab sia firma fa"
FORMS_IN_FRONT = frozenset(_FORMS_IN_FRONT.split())
"""Legal forms beside those that no key has, in the letters of a key, and those that stand in front of names."""
FORMS_WITHOUT_BLANK = re.compile("株式会社|有限会社|合同会社|有限责任公司|股份有限公司|有限公司|주식회사")
LONGEST_FORM = max(map(len, FORMS_BEHIND))


def _letters(*lists: str) -> dict[str, str]:
    """Letter, or letters that sound together → what is written for them; a later list wins."""
    return {left: right for text in lists for left, _, right in (pair.partition("=") for pair in text.split())}


SYSTEMS = (
    _letters(_WRITTEN_OUT, _CYRILLIC, _GREEK, _GREEK_SOUNDS),
    _letters(_WRITTEN_OUT, _CYRILLIC, _CYRILLIC_OTHERWISE, _GREEK),
    _letters(_CYRILLIC, _CYRILLIC_OF_ABROAD, _GREEK, _GREEK_OF_OLD),
    _letters(_CYRILLIC, _CYRILLIC_OTHERWISE, _GREEK, _GREEK_OTHERWISE),
)
"""Coherent ways of writing what a keyboard lacks: the usual one in English, two of other countries, the learned one."""


@lru_cache(maxsize=20_000)
def spellings(name: str) -> tuple[str, ...]:
    """The keys of all spellings of a name, the first its own: “Müller AG” is “muller” and “mueller”."""
    names = [name, FORMS_WITHOUT_BLANK.sub(" ", name)]
    if not name.isascii():
        names += [_written(name, system) for system in SYSTEMS]
    keys = [name_key(spelt) for spelt in names]
    return tuple(key for key in dict.fromkeys((*keys, *map(_without_forms, keys))) if key)


def _without_forms(key: str) -> str:
    words = key.split()
    if len(words) > 1 and words[0] in FORMS_IN_FRONT:
        words = words[1:]
    for size in range(1, min(LONGEST_FORM, len(words) - 1) + 1):
        if tuple(words[-size:]) in FORMS_BEHIND:
            return " ".join(words[:-size])
    return " ".join(words)


def _written(name: str, system: dict[str, str]) -> str:
    """Letters that the system does not name stay, without an accent if it names the bare one."""
    text = unicodedata.normalize("NFC", name.casefold())
    written = []
    while text:
        size = 2 if text[:2] in system else 1
        letter, text = text[:size], text[size:]
        written.append(system.get(letter, system.get(_bare(letter), letter)))
    return "".join(written)


def _bare(letter: str) -> str:
    return unicodedata.normalize("NFD", letter)[:1]
