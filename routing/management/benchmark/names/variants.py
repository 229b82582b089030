"""How leads write the name of an account: one function a family, each the same for the same chance."""

from __future__ import annotations

import re
from collections.abc import Callable
from random import Random

from routing.management.benchmark.names.book import Company
from routing.management.benchmark.names.letters import LATIN, spelt_out, spelt_plain

_FORMS = """
    Inc.|Inc|Incorporated|Corp.|Corporation|LLC|L.L.C.|Co.|Company|Ltd|Ltd.|Limited|PLC|plc|LLP|GmbH|G.m.b.H.|mbH|AG
    GmbH & Co. KG|KG|e.K.|SE|S.A.|SA|S.A.S.|SARL|S.r.l.|S.p.A.|S.L.|Lda.|Ltda.|N.V.|B.V.|BV|A/S|ApS|AB|ASA|AS|Oy|Oyj
    Sp. z o.o.|a.s.|s.r.o.|Kft.|Zrt.|Pty Ltd|Pty. Ltd.|Pvt Ltd|Pvt. Ltd.|K.K.|KK|A.Ş.|OOO|PJSC|Bhd|Sdn Bhd
"""
LEGAL_FORMS = tuple(form for line in _FORMS.split("\n") for form in line.strip().split("|") if form)
AT_THE_END = re.compile(rf"[,\s]{{1,3}}(?:& Co\.|{'|'.join(re.escape(form) for form in LEGAL_FORMS)}|Oyj)$")
_SHORT = """
    International=Intl|Int'l|Internat. Manufacturing=Mfg|Mfg.|Manuf. University=Univ.|Univ|Uni Brothers=Bros.|Bros
    Bros.=Brothers Services=Svcs|Svc.|Serv. Technologies=Tech|Technology Systems=Sys|Sys. Management=Mgmt|Mgt.
    Laboratories=Labs|Lab. Pharmaceuticals=Pharma|Pharm. Insurance=Ins.|Ins Associates=Assoc.|Assocs Center=Ctr|Ctr.
    National=Nat'l|Natl|Nat. Company=Co.|Co Corporation=Corp. Group=Grp Holdings=Hldgs Industries=Ind.|Inds.
    Saint=St.|St Mount=Mt.|Mt Engineering=Eng.|Engrg Construction=Constr.|Const. Communications=Comm.|Comms
    Distribution=Dist.|Distrib. Financial=Fin'l|Fin. American=Amer.|Am. Hospital=Hosp.|Hosp Medical=Med.|Med
    Solutions=Solns|Sol. Software=SW|Softw. Electric=Elec.|Elec Properties=Props|Prop. Utilities=Utils|Util.
    Consulting=Cons.|Consltg Logistics=Log.|Logist. Society=Soc. Southern=So.|Sthn Commonwealth=Cwlth|C'wealth
    Community=Comm. Products=Prods.|Prod. Chemicals=Chem.|Chems Transportation=Transp.|Transport First=1st
    Maschinenbau=Masch.-Bau|Maschb. Elektrotechnik=E-Technik|Elektrotechn. Gesellschaft=Ges. Universität=Uni|Univ.
    Energie=Energ. Stadtwerke=Stw.|SW Partners=Ptnrs Analytics=Anlytcs Enterprise=Entpr.|Ent. &=and|und|+ and=&
"""
SHORT = {long: forms.split("|") for long, _, forms in (pair.partition("=") for pair in _SHORT.split())}
LITTLE = {"of", "the", "and", "de", "der", "&", "-"}
GENERIC = ("Group", "Holding", "Holdings", "International", "Global", "Worldwide", "Company", "Corporation")
BRANCHES = {
    "DE": ("Deutschland GmbH", "Germany", "(Deutschland)"), "FR": ("France SAS", "France", "(France)"),
    "GB": ("UK Ltd", "UK", "(UK) Limited"), "ES": ("España S.L.", "Spain", "Iberia"), "IT": ("Italia S.r.l.", "Italy"),
    "PL": ("Polska Sp. z o.o.", "Poland"), "NL": ("Nederland B.V.", "Netherlands", "Benelux"),
    "US": ("USA Inc.", "North America", "US", "of America"), "JP": ("Japan K.K.", "Japan"),
    "AU": ("Australia Pty Ltd", "Australia"), "CA": ("Canada Inc.", "Canada"), "BR": ("do Brasil Ltda.", "Brazil"),
    "IN": ("India Pvt Ltd", "India"), "CH": ("Schweiz AG", "Switzerland", "(Suisse) SA"),
    "AT": ("Österreich", "Austria"),
}  # fmt: skip
TAILS = (
    "Marketing", "IT Department", "- Purchasing", "(HR)", "Sales Team", ", Procurement", "Finance Dept.", "/ R&D",
    "- Head Office", "Headquarters", "Vertrieb", "(Einkauf)",
)  # fmt: skip
CITIES = {
    "US-TX": "Dallas", "US-CA": "San Francisco", "US-NY": "New York", "US-IL": "Chicago", "US-MA": "Boston",
    "US-GA": "Atlanta", "US-WA": "Seattle", "US-OH": "Columbus", "DE-BY": "München", "DE-BE": "Berlin",
    "DE-HH": "Hamburg", "DE-NW": "Düsseldorf", "GB-LND": "London", "GB-MAN": "Manchester", "AT-9": "Wien",
    "CH-ZH": "Zürich", "FR-IDF": "Paris", "FR-ARA": "Lyon", "ES-MD": "Madrid", "ES-CT": "Barcelona", "IT-25": "Milano",
    "PT-11": "Lisboa", "NL-NH": "Amsterdam", "BE-BRU": "Bruxelles", "DK-84": "København", "SE-AB": "Stockholm",
    "NO-03": "Oslo", "FI-18": "Helsinki", "PL-14": "Warszawa", "CZ-10": "Praha", "JP-13": "Tokyo", "AU-NSW": "Sydney",
    "AU-VIC": "Melbourne", "CA-ON": "Toronto", "IN-MH": "Mumbai", "BR-SP": "São Paulo", "TR-34": "İstanbul",
}  # fmt: skip
NEIGHBOURS = dict(zip("qwertyuiopasdfghjklzxcvbnm", "wqrewytiouspfdhgkjlxzvcbmn", strict=True))
HEARD = (
    ("ph", "f"), ("ck", "k"), ("th", "t"), ("x", "ks"), ("qu", "kw"), ("ei", "ai"), ("ie", "y"), ("c", "k"), ("y", "i"),
    ("ll", "l"), ("ss", "s"), ("tt", "t"), ("v", "w"), ("z", "s"), ("oo", "u"), ("er", "a"), ("ch", "sh"), ("ai", "ay"),
)  # fmt: skip
OTHER_ENDINGS = ("com", "net", "io", "eu", "co", "de", "fr", "group")
Variant = Callable[[Company, Random], str]


def core(name: str) -> str:
    """A name without its legal form."""
    while (shorter := AT_THE_END.sub("", name)) != name:
        name = shorter
    return name


def legal_form(company: Company, chance: Random) -> str:
    """Another legal form, or the one it has, or none."""
    return chance.choice(("{} {}", "{}, {}", "{} {}")).format(core(company.name), chance.choice(LEGAL_FORMS))


def abbreviation(company: Company, chance: Random) -> str:
    """Each word that people shorten, shortened."""
    words = (chance.choice(SHORT[word]) if word in SHORT else word for word in core(company.name).split())
    return " ".join(words)


def acronym(company: Company, chance: Random) -> str:
    """The first letters of three words or more."""
    words = [word for word in re.split(r"[\s-]+", core(company.name)) if word.casefold() not in LITTLE]
    letters = "".join(word[0].upper() for word in words)
    return chance.choice((letters, ".".join(letters) + ".")) if 3 <= len(letters) <= 6 else ""


def typo(company: Company, chance: Random) -> str:
    """One slip, in a quarter of long names two: letters swapped, left out, doubled, or the key beside it."""
    name = core(company.name)
    for _ in range(2 if len(name) > 12 and chance.random() < 0.25 else 1):
        name = _slip(name, chance)
    return name


def _slip(name: str, chance: Random) -> str:
    places = [place for place in range(len(name) - 1) if name[place : place + 2].isalpha()]
    if not places:
        return name
    at = chance.choice(places)
    one, two = name[at], name[at + 1]
    beside = NEIGHBOURS.get(one.lower(), one)
    return name[:at] + chance.choice((two + one, two, one + one + two, beside + two)) + name[at + 2 :]


def transliteration(company: Company, chance: Random) -> str:
    """Written without the letters that a keyboard lacks, in one of the ways people know; or the other way round."""
    name = core(company.name)
    return chance.choice((spelt_out, spelt_plain))(name) if any(letter not in LATIN for letter in name) else ""


def spacing(company: Company, chance: Random) -> str:
    """Other case, blanks and punctuation."""
    name = core(company.name)
    ways = (
        name.upper(), name.lower(), name.replace(" ", "-"), name.replace(" ", ""), name.replace(" ", "  ") + ".",
        f"“{name}”", name.replace(" ", "_"), re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name), name.replace("-", " ").title(),
        f"The {name}", name.replace(" ", ". "), name.replace("&", " & ").swapcase(),
    )  # fmt: skip
    return chance.choice(ways)


def word_order(company: Company, chance: Random) -> str:
    """Turned round as in a directory: “Bosch, Robert”, “Chicago University”."""
    first, of, last = core(company.name).partition(" of ")
    if of:
        return chance.choice((f"{last} {first}", f"{last}, {first} of"))
    first, _, last = core(company.name).partition(" ")
    return chance.choice((f"{last}, {first}", f"{last} {first}")) if last else ""


def generic_words(company: Company, chance: Random) -> str:
    """One word more that says nothing, or one less."""
    words = core(company.name).split()
    if words[-1] in GENERIC and len(words) > 1:
        return " ".join(words[:-1])
    return " ".join([*words, chance.choice(GENERIC)])


def branch(company: Company, chance: Random) -> str:
    """The company in a country: its own or another. `branch_country` says which was drawn."""
    return f"{core(company.name)} {chance.choice(BRANCHES[branch_country(company, chance)])}"


def branch_country(company: Company, chance: Random) -> str:
    """Every third at home, where the branch may be that of its own country."""
    home = company.place.country
    return home if home in BRANCHES and chance.random() < 1 / 3 else chance.choice(sorted(BRANCHES.keys() - {home}))


def tail(company: Company, chance: Random) -> str:
    """A department or the city behind the name."""
    city = CITIES.get(company.place.region, "")
    if city and chance.random() < 0.5:
        return core(company.name) + chance.choice((" {}", ", {}", " ({})", " - {}")).format(city)
    return f"{core(company.name)} {chance.choice(TAILS)}".replace(" ,", ",")


def web_address(company: Company, chance: Random) -> str:
    """Its web address instead of its name, now and then under another ending than the one on record."""
    domain = company.domain if chance.random() < 0.6 else other_ending(company, chance)
    return chance.choice(("{}", "www.{}", "https://www.{}/", "https://{}")).format(domain)


def other_ending(company: Company, chance: Random) -> str:
    """A domain of the same name as the one on record, and not it."""
    stem, _, ending = company.domain.partition(".")
    return f"{stem}.{chance.choice([other for other in OTHER_ENDINGS if other != ending])}"


def combined(company: Company, chance: Random) -> str:
    """Two at once: something of another family, and a slip."""
    way = chance.choice((abbreviation, legal_form, generic_words, spacing))
    written = way(company, chance)
    return _slip(written, chance)


def as_heard(company: Company, chance: Random) -> str:
    """Written down as it sounded on the telephone: two spellings of sounds are others."""
    name = core(company.name)
    heard = [pair for pair in HEARD if pair[0] in name.casefold()]
    for sound, spelling in chance.sample(heard, min(2, len(heard))):
        name = re.sub(sound, spelling, name, count=1, flags=re.IGNORECASE)
    return name[:1].upper() + name[1:] if heard else ""


FAMILIES: dict[str, Variant] = {
    "legal form": legal_form,
    "abbreviation": abbreviation,
    "acronym": acronym,
    "typo": typo,
    "transliteration": transliteration,
    "spacing": spacing,
    "word order": word_order,
    "generic words": generic_words,
    "branch": branch,
    "tail": tail,
    "web address": web_address,
    "combined": combined,
    "as heard": as_heard,
}
