"""What a lead means by the name of a company with a department, a place or a country, or by a web address. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from routing.intake.company_names import name_key
from routing.intake.domains import is_personal, registrable_domain, stem
from routing.intake.places import country_named, is_place
from routing.matching.words import LITTLE, is_common, plain, spelt_right

WEB_ADDRESS = re.compile(r"(?i)(https?://)?[\w-]+(\.[\w-]+)+/?")
"""Nothing else but a host, so that “Booking.com B.V.” is a name."""
IN_BRACKETS = re.compile(r"\s{0,2}[(\[][^()\[\]]*[)\]]")
BEHIND_A_MARK = re.compile(r"(?<=\w.)\s+[-–—|/]\s.*")
BEHIND_A_COMMA = re.compile(r",([^,]*)$")
_DEPARTMENTS = """
    marketing sales it hr finance accounting procurement purchasing legal headquarters hq office head team department
    dept division support vertrieb einkauf personalabteilung buchhaltung zentrale niederlassung ventas compras vente
    achats siege acquisti
"""
DEPARTMENTS = frozenset(_DEPARTMENTS.split())
_OF = "of de do da del di von"
OF = frozenset(_OF.split())
"""What joins a branch and its country, as in “of America” and “do Brasil”."""
_INSTITUTIONS = """
    bank university college institute society association museum city state board council church republic federation
    academy school ministry embassy chamber department
"""
INSTITUTIONS = frozenset(_INSTITUTIONS.split())
"""Whose place is their name: the Bank of Canada is no bank in Canada."""
_ENDINGS = """
    com net org io co eu biz info group ai app dev us uk de at ch li fr es pt it nl be lu dk se no fi is ie pl cz sk
    hu ro bg gr tr ru ua ee lv lt si hr rs ca mx br ar cl au nz jp kr cn hk tw sg in id my th vn ph za ng ke eg il ae
    sa co.uk com.au co.nz co.jp co.kr com.cn com.hk com.tw com.sg co.in com.my co.id com.ph com.br com.ar com.mx
    com.co com.tr co.za com.ua com.pl co.il
"""
ENDINGS = tuple(_ENDINGS.split())
"""Under which companies have their domains."""
MOST_WORDS_OF_A_PLACE = 3
MOST_READINGS = 8
SHORTEST_READING = 2


@lru_cache(maxsize=20_000)
def readings(company: str) -> tuple[str, ...]:
    """The keys of the names that this may be written for, besides its own. Each is only as good as a close name."""
    own = name_key(company)
    found = dict.fromkeys(name_key(head) for head in (company, *_heads(company)))
    for key in tuple(found):
        found |= dict.fromkeys(_without_tails(key))
    return tuple(key for key in found if key != own and len(key) >= SHORTEST_READING)[:MOST_READINGS]


@lru_cache(maxsize=20_000)
def said_otherwise(company: str) -> tuple[str, ...]:
    """The same name without the department set apart from it, and turned back from how directories write it."""
    cuts = (cut.search(company) for cut in (IN_BRACKETS, BEHIND_A_MARK, BEHIND_A_COMMA))
    found = [company.replace(cut[0], "") for cut in cuts if cut and _is_department(name_key(cut[0]))]
    last, comma, first = company.partition(",")
    if comma and "," not in first and name_key(first) and name_key(company) != name_key(last):
        found.append(f"{first} {last}")
    return tuple(found)


@lru_cache(maxsize=20_000)
def countries_in(company: str) -> frozenset[str]:
    """The countries, as ISO 3166-1 codes, that a company's name ends with."""
    words = name_key(company).split()
    ends = (" ".join(words[-size:]) for size in range(1, min(MOST_WORDS_OF_A_PLACE, len(words) - 1) + 1))
    return frozenset(code for end in ends if is_place(end) and (code := country_named(end)))


@lru_cache(maxsize=20_000)
def named_domain(company: str) -> str:
    """The domain of a company that is called by its web address; empty if it is not, or if many share it."""
    domain = registrable_domain(company.strip()) if WEB_ADDRESS.fullmatch(company.strip()) else ""
    return "" if is_personal(domain) else domain


def spelt_rightly(key: str) -> str:
    """The name with the words of trade in it as they are spelt."""
    return " ".join(map(spelt_right, key.split()))


def kin_of(domain: str) -> list[str]:
    """The domains of the same name under other endings; none for no domain."""
    name, _, ending = domain.partition(".")
    return [f"{name}.{other}" for other in ENDINGS if other != ending] if name else []


def _heads(company: str) -> Iterator[str]:
    """Without what is in brackets or behind a dash; the name in a web address."""
    if domain := named_domain(company):
        yield stem(domain)
        yield domain.partition(".")[0].replace("-", " ")
    yield IN_BRACKETS.sub("", company)
    yield BEHIND_A_MARK.sub("", company)
    if (tail := BEHIND_A_COMMA.search(company)) and _is_department_or_place(name_key(tail[1])):
        yield company[: tail.start()]
    if "+" in company:
        yield company.replace("+", "&").rstrip("& ")


def _is_department_or_place(key: str) -> bool:
    return is_place(key) or _is_department(key)


def _is_department(key: str) -> bool:
    return bool(key) and DEPARTMENTS.issuperset(key.split())


def _without_tails(key: str) -> Iterator[str]:
    """Without the departments, and the places, at the end."""
    words = key.split()
    while (kept := _without_tail(words)) and _says_who(kept):
        key = name_key(" ".join(kept))
        words = key.split()
        yield key


def _without_tail(words: list[str]) -> list[str]:
    """The words without one more department or place; nothing if there is none at the end."""
    if words[-1:] and words[-1] in DEPARTMENTS:
        return words[:-1]
    for size in range(min(MOST_WORDS_OF_A_PLACE, len(words) - 1), 0, -1):
        kept = words[:-size]
        if is_place(" ".join(words[-size:])):
            if kept[-1] not in OF:
                return kept
            return [] if len(kept) < 2 or kept[-2] in INSTITUTIONS else kept[:-1]
    return []


def _says_who(words: list[str]) -> bool:
    """Whether words are left that tell a company from another: not “Air” of France, nor the “First Bank” of Ohio."""
    if any(not is_common(plain(word)) for word in words if word not in LITTLE | INSTITUTIONS):
        return True
    return len(words) > 1 and words[-1] not in INSTITUTIONS
