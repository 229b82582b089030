"""Clean values → the one form in which they are stored and compared. Each says what to send if it cannot be used."""

from __future__ import annotations

import gettext
import re
import unicodedata
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from functools import cache
from typing import Any, NamedTuple

import phonenumbers
import pycountry
from email_validator import EmailNotValidError, validate_email
from phonenumbers import PhoneNumberType, ValidationResult

from routing.intake.clean import Unusable
from routing.intake.folding import fold
from routing.intake.place_names import BEYOND_ISO
from routing.intake.written import NotOne, is_money, read_written
from routing.models import Lead

LONGEST_EMAIL = 254
MOST_EMPLOYEES = 2**31 - 1
LARGEST_AMOUNT = Decimal(10) ** 14 - 1
CENT = Decimal("0.01")
GROUPED = re.compile(r"\d{1,3}([ ,]\d{3})+(\.\d+)?")
THOUSANDS = re.compile(r"(?<=\d)[,.'’ ](?=\d{3}(?!\d))")
EMPLOYEE_BAND = re.compile(r"(\d+)(?: ?(?:-|–|—|to) ?(\d+)| ?\+)?")
NO_COUNT = "Send a whole number such as 120, or a band such as 51-200."
_ROLE_MAILBOXES = """
    abuse accounting accounts admin administration administracion ads anfrage bestellung billing booking bookings
    buchhaltung business buero careers comercial commercial compras contact contacto contactus contato customerservice
    customersupport einkauf empfang enquiries enquiry events feedback finance finanzen frontdesk general hallo hello
    help helpdesk hi hiring hola hr info information infos inquiries inquiry invoice invoices it jobs kontakt
    kundenservice legal mail mailbox marketing media news newsletter noreply nospam office oficina orders partner
    partners post postmaster poststelle presse press procurement purchasing reception recruiting registration rh
    sales secretariat security service services shop soporte staff store studio support team tech training vendas
    ventas vertrieb verwaltung web webmaster welcome zentrale
"""
ROLE_MAILBOXES = frozenset(_ROLE_MAILBOXES.split())
"""Addresses of a desk rather than a person."""
OF_A_PLACE = frozenset(
    {PhoneNumberType.FIXED_LINE, PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE, PhoneNumberType.VOIP}
)
"""Toll-free, satellite and the like belong to no country."""
MOST_READINGS = 20
LONG_FIXED_LINE = 10
"""Digits. Germany and some others allow more, so that 33 6 12 34 56 78 of France could be of Brandenburg."""
FIRST_DIGIT = re.compile(r"(?=\d)")
NO_PHONE = "This is no phone number. Send it with the country code, such as +1 415 555 2671."


class Phone(NamedTuple):
    """`country` is where the number certainly belongs, else empty."""

    number: str
    extension: str
    country: str


def email_address(text: str) -> str:
    """Lower case in both parts, composed and plain forms of letters, the domain in ASCII (IDNA).

    A tag stays (mia+demo@… is another address than mia@…), and so do dots: what they mean is the provider's affair.
    """
    plain = unicodedata.normalize("NFKC", text).strip().rstrip(".")
    try:
        valid = validate_email(plain, check_deliverability=False, test_environment=True)
    except EmailNotValidError as error:
        raise Unusable(f"This is no e-mail address. {error}") from error
    address = unicodedata.normalize("NFC", f"{valid.local_part.lower()}@{valid.ascii_domain or ''}").lower()
    if len(address) > LONGEST_EMAIL:
        raise Unusable(f"Too long: {len(address)} characters, at most {LONGEST_EMAIL}.")
    return address


def is_role_mailbox(email: str) -> bool:
    """Whether an address is shared by people: info@, sales@, …"""
    desk = re.split(r"[+.\-_]", email.partition("@")[0], maxsplit=1)[0].rstrip("0123456789")
    return desk in ROLE_MAILBOXES


def person_key(first_name: str, last_name: str) -> str:
    """A person's name as it is compared."""
    return fold(f"{first_name} {last_name}")[: Lead._meta.get_field("name_key").max_length]


def phone_number(text: str, country: str = "") -> Phone:
    """E.164. A number without country code is read as one of `country`. What is answered is read as itself again."""
    plain = unicodedata.normalize("NFKC", text)
    first = parsed = _parsed(plain, country)
    for _ in range(MOST_READINGS):  # of two trunk zeros each reading takes one
        try:
            again = _parsed(_e164(parsed))
        except Unusable:
            break
        if _e164(again) == _e164(parsed):
            break
        parsed = again
    return Phone(_e164(parsed), (first.extension or "")[:20], _country_of(parsed))


def _parsed(plain: str, country: str = "") -> phonenumbers.PhoneNumber:
    """Spreadsheets and forms drop the +: what is no valid number of `country` is one with country code, if valid so."""
    national, coded = _possible(plain, country), _with_code(plain, country)
    if coded and not phonenumbers.is_valid_number(coded) and (national or not plain.startswith("00")):
        coded = None
    if national and (coded is None or _is_likelier(national, coded)):
        return national
    if coded is None:
        raise Unusable(NO_PHONE)
    return coded


def _with_code(plain: str, country: str) -> phonenumbers.PhoneNumber | None:
    """Read as if it began with a country code after all. Where no country is known, that would be a guess."""
    if plain.startswith("00"):
        return _possible(f"+{plain[2:]}")
    return _possible(FIRST_DIGIT.sub("+", plain, count=1)) if country and "+" not in plain else None


def _is_likelier(national: phonenumbers.PhoneNumber, coded: phonenumbers.PhoneNumber) -> bool:
    """What is valid at home is of home, but for a fixed line longer than almost any that would be a whole mobile."""
    if not phonenumbers.is_valid_number(national):
        return False
    is_long = len(phonenumbers.national_significant_number(national)) > LONG_FIXED_LINE
    of_home, with_code = phonenumbers.number_type(national), phonenumbers.number_type(coded)
    return not (is_long and of_home == PhoneNumberType.FIXED_LINE and with_code == PhoneNumberType.MOBILE)


def _possible(text: str, country: str = "") -> phonenumbers.PhoneNumber | None:
    try:
        parsed = phonenumbers.parse(text, country or None)
    except phonenumbers.NumberParseException:
        return None
    reason = phonenumbers.is_possible_number_with_reason(parsed)
    local = reason == ValidationResult.IS_POSSIBLE_LOCAL_ONLY and "+" in text
    return parsed if reason == ValidationResult.IS_POSSIBLE or local else None


def _e164(number: phonenumbers.PhoneNumber) -> str:
    return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))


def _country_of(number: phonenumbers.PhoneNumber) -> str:
    if phonenumbers.number_type(number) not in OF_A_PLACE:  # nor is what is no valid number
        return ""
    region = phonenumbers.region_code_for_number(number) or ""
    return region if region.isalpha() else ""


def employees(value: Any) -> tuple[int, str]:
    """A head count, and how it was read. Of a band (“51-200”) its upper end counts: never taken for smaller."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    how = ""
    if isinstance(value, str):
        count, is_band = _written_count(unicodedata.normalize("NFKC", value).strip().lower())
        how = f"upper end of {value.strip()}" if is_band else ""
    elif isinstance(value, int) and not isinstance(value, bool):
        count = value
    else:
        raise Unusable(NO_COUNT)
    if not 0 <= count <= MOST_EMPLOYEES:
        raise Unusable(f"Send a number between 0 and {MOST_EMPLOYEES}.")
    return count, how


def _written_count(text: str) -> tuple[int, bool]:
    """And whether it is the upper end of a band."""
    if band := EMPLOYEE_BAND.fullmatch(THOUSANDS.sub("", text)):
        count, is_band = int(band[2] or band[1]), bool(band[2])
        if int(band[1]) <= count:
            return count, is_band
        raise Unusable(NO_COUNT)
    try:
        written = read_written(text)
    except NotOne as error:
        raise Unusable(NO_COUNT) from error
    if not isinstance(written.number, int) or is_money(text):
        raise Unusable(NO_COUNT)
    return written.number, written.of_range


def amount(value: Any) -> Decimal:
    """Money, rounded to cents."""
    if isinstance(value, str) and GROUPED.fullmatch(value.strip()):
        value = value.replace(",", "").replace(" ", "")
    try:
        if isinstance(value, bool) or not isinstance(value, str | int | float | Decimal):
            raise InvalidOperation
        number = Decimal(str(value).strip() if isinstance(value, str | float) else value)
        if not number.is_finite():
            raise InvalidOperation
    except InvalidOperation as error:
        raise Unusable("Send a number without currency, such as 125000 or 99.50.") from error
    if not 0 <= number <= LARGEST_AMOUNT:
        raise Unusable(f"Send a number from 0 to {LARGEST_AMOUNT:,}.")
    return number.quantize(CENT)


def kind(text: str) -> str:
    """What the lead asks for."""
    value = text.strip().lower()
    if value not in Lead.Kind.values:
        raise Unusable(f"Not known. Send one of: {', '.join(Lead.Kind.values)}.")
    return value


def language_code(text: str) -> str:
    """ISO 639-1, from a code or a tag (“en-US”, “eng”) or a name (“English”, “Englisch”). The variety is dropped."""
    tag = re.split(r"[-_,;]", text.strip(), maxsplit=1)[0]
    try:
        return _languages()[fold(tag)]
    except KeyError as error:
        raise Unusable("Not known. Send a language code such as en or pt-BR.") from error


def language_name(code: str) -> str:
    """English for “en”; what is no code stays as it is."""
    found = pycountry.languages.get(alpha_2=code)
    return found.name.partition(" (")[0] if found else code


def country_name(code: str) -> str:
    """Germany for “DE”; what is no code stays as it is."""
    found = pycountry.countries.get(alpha_2=code)
    return found.name if found else BEYOND_ISO.get(code, code)


def region_name(code: str) -> str:
    """Massachusetts for “US-MA”; what is no code stays as it is."""
    found = pycountry.subdivisions.get(code=code)
    return found.name if found else code


@cache
def _languages() -> Mapping[str, str]:
    known: dict[str, str] = {}
    in_german = gettext.translation("iso639-3", pycountry.LOCALES_DIR, ["de"], fallback=True).gettext
    for language in pycountry.languages:
        code = getattr(language, "alpha_2", "")
        if code:
            others = (language.alpha_3, getattr(language, "bibliographic", code), language_name(code))
            known.update({fold(word): code for word in (code, *others)})
            known.setdefault(fold(in_german(language.name)), code)
    return known
