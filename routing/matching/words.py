"""Words of company names that people shorten, add or leave out. Pure."""

from __future__ import annotations

from collections.abc import Collection
from functools import cache, lru_cache

from rapidfuzz import process
from rapidfuzz.distance import OSA

from routing.matching.slips import MOST_SLIPS, SHORTEST_WITH_SLIP, VOWELS, slips_anywhere

_SAME_WORD = """
    intl=international internat=international internatl=international natl=national univ=university tech=technology
    technologies=technology mfg=manufacturing mfrs=manufacturer manuf=manufacturing bros=brother brothers=brother
    svc=service svcs=service mgmt=management mgt=management grp=group lab=laboratory labs=laboratory
    laboratories=laboratory laboratorie=laboratory sys=system hldg=holding hldgs=holding industries=industry
    inds=industry ind=industry co=company companies=company corp=corporation st=saint ft=fort mt=mount ctr=center
    centre=center hosp=hospital pharma=pharmaceutical pharmaceuticals=pharmaceutical elec=electric ins=insurance
    mktg=marketing assoc=associate assocs=associate associates=associate enterprises=enterprise 1st=first 2nd=second
    3rd=third dept=department govt=government agencies=agency securities=security utilities=utility
    properties=property universities=university amer=american so=southern sw=software eng=engineering engrg=engineering
    bldg=building bldrs=builder ptnrs=partner fin=financial med=medical comm=communication transp=transportation
    dist=distribution soln=solution solns=solution prod=product prods=product chem=chemical chems=chemical
    cons=consulting constr=construction maschb=maschinenbau stw=stadtwerke ges=gesellschaft
    gebr=gebruder werkz=werkzeug
"""
SAME_WORD = dict(pair.split("=") for pair in _SAME_WORD.split())
"""Short and other forms of words in company names."""
TRADE_IN_FULL = frozenset(SAME_WORD.values())
AND = frozenset(("and", "und", "et", "y"))
_GENERIC = """
    group holding international global worldwide company corporation enterprise service solution technology system
    industry
"""
GENERIC = frozenset(_GENERIC.split())
"""Words that companies add to their name and leave out as they please."""
_LITTLE = "and of the de der die das du la le les und et y e for fur di da van von"
LITTLE = frozenset(_LITTLE.split())
_TRADES = """
    bank software logistics pharmaceuticals engineering construction consulting insurance electronics communications
    manufacturing industries laboratories associates properties products chemicals transportation distribution
    financial management medical university hospital national american international technologies solutions services
    systems enterprises utilities holdings worldwide corporation company analytics materials resources development
    investment investments instruments networks security education foundation institute restaurants furniture
    packaging automotive aerospace marketing advertising publishing entertainment hospitality healthcare
    telecommunications petroleum agriculture equipment machinery maschinenbau elektrotechnik elektronik energie
    verlagsgesellschaft gesellschaft stadtwerke versicherung verwaltung handelsgesellschaft transporte construcciones
    servicios tecnologia industrie ingenierie partners capital commercial community corporate environmental group global
"""
TRADES = tuple(sorted(_TRADES.split()))
"""Words that many names have, as they are spelt: a slip in one of them is seen as such."""


SHORTEST_CUT, LEAST_TO_CUT = 3, 6
_COMMON = """
    brothers sons sohne soehne fils hijos figli tochter toechter partners associates family trading traders trade
    foods food toys tools tours hotels motors media dental airlines airways lines travel energy energies power gas oil
    water steel metal metals mining paper print printing glass wood stone plastics rubber textile fashion apparel
    clothing shoes sports fitness health care clinic hospital pharmacy medicine optical research science sciences
    center community county city state first second united general royal central western eastern northern southern
    pacific atlantic american british european german deutsche french italian house homes home estate realty builders
    building buildings design designs studio studios digital data cloud network mobile online internet web games
    market markets store stores shop retail supply distribution freight shipping transport cargo express delivery
    auto car cars truck trucks machine machines tool parts components device devices electric electro light lighting
    sound music film films pictures television radio news press books school college academy training learning
    legal law tax audit advisors advisory consultants staffing recruiting cleaning facility facilities waste
    recycling garden farm farms agri dairy bakery coffee wine beer brewery brewing restaurant catering kitchen
    banking trust credit union savings finance wealth asset assets fund funds venture ventures equity
    air handel logistik technik bau haus holz stahl werk werke druckerei verlag shop versand energie strom
    institute foundation society association council museum church national international
    elektrotechnik maschinenbau elektronik feinmechanik gebaudetechnik anlagen bank university
"""
COMMON = tuple(sorted({*_COMMON.split(), *TRADES}))
"""Words that so many names share that they tell no company from another."""


@lru_cache(maxsize=20_000)
def is_common(word: str) -> bool:
    """Whether many names have this word, in whatever form."""
    return word in _plain_words(COMMON) or word in GENERIC


def plain(word: str) -> str:
    """Without the s of the plural, and in the one form that we keep of it."""
    word = SAME_WORD.get(word, word)
    if len(word) > 4 and word.endswith("s") and not word.endswith(("ss", "us", "is")):
        word = word[:-1]
    return SAME_WORD.get(word, word)


def is_short_for(short: str, long: str) -> bool:
    """“pemb” for “pemberton”, the beginning of a longer word; “bldg” for “building”, some letters of a common one."""
    if len(short) < SHORTEST_CUT or len(long) < max(LEAST_TO_CUT, len(short) + 2) or short[0] != long[0]:
        return False
    if long.startswith(short):
        return len(long) > len(short) + 2 or is_common(long)  # Köhl is not Köhler
    return is_common(long) and not is_common(short) and _holds_in_turn(long, short)


def _holds_in_turn(word: str, letters: str) -> bool:
    rest = iter(word)
    return all(letter in rest for letter in letters)


@lru_cache(maxsize=20_000)
def written_out(name_key: str) -> str:
    """The name in one, its words of trade as we keep them, no short form left in it, and whichever language's “and”."""
    words = name_key.split()
    return "".join("and" if word in AND else plain(word) if _is_of_trade(word) else word for word in words)


def _is_of_trade(word: str) -> bool:
    """Whether we know a word in all its forms; not “so”, “med” or “ind”, which may stand for many."""
    if plain(word) not in TRADE_IN_FULL:
        return False
    return word not in SAME_WORD or len(word) > SHORTEST_CUT or (len(word) == SHORTEST_CUT and not VOWELS & {*word})


@lru_cache(maxsize=20_000)
def spelt_right(word: str) -> str:
    """The common word that this is but for a slip, or the word itself. No word begins with one letter twice."""
    if len(word) >= SHORTEST_CUT + 1 and word[0] == word[1] and word.isalpha():
        word = word[1:]
    if len(word) < SHORTEST_WITH_SLIP or word in COMMON or is_common(plain(word)):
        return word
    alike = process.extract(word, COMMON, scorer=OSA.distance, processor=None, score_cutoff=MOST_SLIPS, limit=None)
    near = {plain(common) for common, *_ in alike if slips_anywhere(word, common) <= MOST_SLIPS}
    return near.pop() if len(near) == 1 else word


@cache
def _plain_words(words: Collection[str]) -> frozenset[str]:
    return frozenset(map(plain, words))
