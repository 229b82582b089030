"""What cells say about a lead → facts as POST /leads takes them. Lists are written by people: ja, 1.234,50 €, Demo."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from routing.engine.folding import fold
from routing.intake import InvalidLead, prepare
from routing.models import Lead
from routing.services.imports.leads.identity import OUR_ID, THEIR_ID, submission
from routing.services.imports.numbers import money
from routing.services.imports.section import Errors, Field

ATTRIBUTES, UTM = "attributes.", "utm."
FULL_NAME = "name"
FIELDS = (
    Field("email", "E-mail", ("e mail", "mail", "e-mail address", "email address", "mail address", "work email",
          "business email", "e-mail-adresse", "emailadresse", "mailadresse", "courriel", "correo")),
    Field("phone", "Phone", ("phone number", "telephone", "tel", "mobile", "mobile phone", "cell", "telefon",
          "telefonnummer", "rufnummer", "handy", "mobil", "mobilnummer", "téléphone", "teléfono")),
    Field("first_name", "First name", ("firstname", "first", "given name", "forename", "vorname", "prénom", "nombre")),
    Field("last_name", "Last name", ("lastname", "last", "surname", "family name", "nachname", "familienname",
          "zuname")),
    Field(FULL_NAME, "Full name", ("contact", "contact name", "person", "fullname", "ansprechpartner", "kontakt",
          "vor- und nachname"), "Split into first and last name. Beside a column of one of them it is the other one."),
    Field("company", "Company", ("company name", "organisation", "organization", "company / account", "account",
          "account name", "employer", "firma", "firmenname", "unternehmen", "société", "empresa")),
    Field("website", "Website", ("web", "url", "homepage", "company website", "web site", "webseite", "internet")),
    Field("job_title", "Job title", ("title", "position", "role", "job", "function", "funktion", "berufsbezeichnung",
          "stelle", "rolle")),
    Field("kind", "Kind of request", ("request", "request type", "type", "anfrageart", "art der anfrage", "art"),
          "demo, pricing, contact, trial, webinar, content, partner, support or other."),
    Field("message", "Message", ("comment", "comments", "note", "notes", "description", "question", "nachricht",
          "bemerkung", "kommentar", "anmerkung", "notiz", "text", "anfrage")),
    Field("country", "Country", ("country code", "country/region", "land", "länderkürzel", "pays", "país")),
    Field("region", "Region", ("state", "province", "county", "bundesland", "kanton", "state/province",
          "state/region")),
    Field("postal_code", "Postal code", ("postcode", "zip", "zip code", "zipcode", "zip/postal code", "plz",
          "postleitzahl")),
    Field("city", "City", ("town", "place", "ort", "stadt", "wohnort", "ville")),
    Field("industry", "Industry", ("sector", "branche", "wirtschaftszweig")),
    Field("employees", "Employees", ("company size", "number of employees", "no. of employees", "headcount", "size",
          "mitarbeiter", "mitarbeiterzahl", "anzahl mitarbeiter", "unternehmensgröße")),
    Field("annual_revenue", "Annual revenue", ("revenue", "turnover", "umsatz", "jahresumsatz")),
    Field("expected_amount", "Expected amount", ("amount", "deal size", "deal value", "budget", "value", "betrag",
          "auftragswert", "erwarteter umsatz")),
    Field("language", "Language", ("preferred language", "lang", "sprache", "langue")),
    Field("product_interest", "Product interest", ("product", "interest", "produkt", "produktinteresse", "interesse")),
    Field("source", "Source", ("lead source", "origin", "quelle", "herkunft", "leadquelle")),
    Field("campaign", "Campaign", ("campaign name", "kampagne", "aktion")),
    Field("form", "Form", ("form name", "formular")),
    Field("consent", "Consent", ("opt in", "optin", "gdpr consent", "marketing consent", "einwilligung",
          "zustimmung", "dsgvo"), "yes or no."),
    Field(THEIR_ID, "Your id of the lead", ("your id", "external id", "id", "lead id", "record id", "crm id",
          "salesforce id", "hubspot id", "kundennummer", "datensatz id", "datensatz-id", "lead-id", "externe id"),
          "A row with an id that is known changes that lead."),
    Field(OUR_ID, "Our id of the lead", ("id", "uuid"),
          "As exports have it; it is known too. One that nobody knows is kept as yours."),
    Field("test", "Test lead", ("is test", "testlead"), "yes: routed apart from real ones."),
    Field(UTM, "UTM: …", (), "utm.source, utm.medium and so on.", prefix=True),
    Field(ATTRIBUTES, "Attribute: …", (), "A field of your own, such as attributes.size.", prefix=True),
)  # fmt: skip
YES = frozenset({"yes", "y", "true", "1", "x", "on", "ja", "j", "wahr", "oui", "si", "given", "granted", "ok", "✓"})
NO = frozenset({"no", "n", "false", "0", "off", "nein", "falsch", "non", "-", "none", "declined", "denied"})
CERTAIN_EMAIL = "somebody@example.com"
KINDS = {fold(label): value for value, label in Lead.Kind.choices}


def read_facts(given: Mapping[str, Any]) -> dict[str, Any]:
    """Facts as POST /leads takes them. What cannot be understood stays as it is, and is refused there, in its words."""
    facts: dict[str, Any] = {}
    for name, value in given.items():
        prefix = next((prefix for prefix in (ATTRIBUTES, UTM) if name.startswith(prefix)), "")
        if prefix:
            facts.setdefault(prefix[:-1], {})[name[len(prefix) :]] = value
        else:
            facts[name] = READ[name](value) if name in READ else _text_of(value)
    _split_name(facts)
    return facts


def check_defaults(defaults: Mapping[str, Any]) -> Errors:
    """What is wrong with values that hold for all rows, by field."""
    try:
        prepare({"email": CERTAIN_EMAIL} | submission(read_facts(defaults)))
    except InvalidLead as error:
        return error.errors
    return {}


def _split_name(facts: dict[str, Any]) -> None:
    """Mia Chen, and Chen, Mia. Beside one part, “Name” is the other one, or the full name that has both."""
    full = facts.pop(FULL_NAME, None)
    first, last = facts.get("first_name"), facts.get("last_name")
    if not isinstance(full, str) or not full.strip() or (first and last):
        return
    if first:
        facts["last_name"] = _beside(full, str(first))
    elif last:
        facts["first_name"] = _beside(full, str(last))
    else:
        after, comma, before = (part.strip() for part in full.partition(","))
        if not comma:
            before, _, after = full.strip().rpartition(" ")
        facts["first_name"], facts["last_name"] = before.strip(), after


def _beside(full: str, known: str) -> str:
    """Müller, of “Müller”, “Mia Müller” and “Müller, Mia”, where Mia is known."""
    between = "," if "," in full else " "
    words = [word.strip() for word in full.split(between) if word.strip()]
    for place in range(1, len(words) + 1):
        if fold(" ".join(words[:place])) == fold(known):
            return f"{between} ".join(words[place:]) if between == "," else " ".join(words[place:])
        if fold(" ".join(words[-place:])) == fold(known):
            return " ".join(words[:-place])
    return full.strip()


def _text_of(value: Any) -> Any:
    """A number in a cell may be a text all the same: 2026 as a campaign."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return str(value) if isinstance(value, float) else value


def _yes_or_no(value: Any) -> Any:
    word = str(value).strip().lower()
    if word in YES:
        return True
    return False if word in NO else value


def _amount(value: Any) -> Any:
    return money(value) if isinstance(value, str) else value


def _kind(value: Any) -> Any:
    return KINDS.get(fold(str(value)), value)


READ: Mapping[str, Callable[[Any], Any]] = {
    "consent": _yes_or_no,
    "test": _yes_or_no,
    "annual_revenue": _amount,
    "expected_amount": _amount,
    "employees": lambda value: value,
    "kind": _kind,
}
