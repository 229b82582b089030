"""E-mail addresses, phones, numbers, languages and names in their one form."""

from __future__ import annotations

from contextlib import suppress
from decimal import Decimal

import phonenumbers
import pytest

from routing.intake import normalise
from routing.intake.clean import Unusable

SAME_ADDRESS = [
    ("Mia@Globex.com", "mia@globex.com"),
    ("MIA@GLOBEX.COM", "mia@globex.com"),
    ("  mia@globex.com ", "mia@globex.com"),
    ("mia@globex.com.", "mia@globex.com"),
    ("mia@GLOBEX.com.", "mia@globex.com"),
    ("ｍｉａ@ｇｌｏｂｅｘ．ｃｏｍ", "mia@globex.com"),
    ("ＭＩＡ@globex.com", "mia@globex.com"),
    ("mia＠globex.com", "mia@globex.com"),
    ("mia@globex。com", "mia@globex.com"),
    ("mia@globex．com", "mia@globex.com"),
    ("JOSÉ@globex.com", "josé@globex.com"),
    ("jose\u0301@globex.com", "josé@globex.com"),
    ("JOSE\u0301@globex.com", "josé@globex.com"),
    ("É@globex.com", "é@globex.com"),
    ("mia@münchen.de", "mia@xn--mnchen-3ya.de"),
    ("mia@MÜNCHEN.de", "mia@xn--mnchen-3ya.de"),
    ("mia@mu\u0308nchen.de", "mia@xn--mnchen-3ya.de"),
    ("mia@XN--MNCHEN-3YA.DE", "mia@xn--mnchen-3ya.de"),
    ("mia@bücher.example", "mia@xn--bcher-kva.example"),
    ("mia@例え.jp", "mia@xn--r8jz45g.jp"),
    ("Mia+Demo@Globex.com", "mia+demo@globex.com"),
    ("M.I.A@gmail.com", "m.i.a@gmail.com"),
    ("O'Neil@Globex.com", "o'neil@globex.com"),
    ("mia_chen-x@globex.co.uk", "mia_chen-x@globex.co.uk"),
    ("MIA@EU.Globex.COM", "mia@eu.globex.com"),
    ("ſam@globex.com", "sam@globex.com"),
    ("ﬁona@globex.com", "fiona@globex.com"),
    ("Ωmega@globex.com", "ωmega@globex.com"),
    ("Ångström@globex.com", "ångström@globex.com"),
    ("Straße@globex.com", "straße@globex.com"),
    ("mia@globex.test", "mia@globex.test"),
    ("1@2x.com", "1@2x.com"),
]
OTHER_PERSON = [
    ("mia@globex.com", "mia+demo@globex.com"),
    ("mia.chen@globex.com", "miachen@globex.com"),
    ("jose@globex.com", "josé@globex.com"),
    ("strasse@globex.com", "straße@globex.com"),
    ("mia@globex.com", "mia@eu.globex.com"),
]
NO_ADDRESS = ["", "mia", "mia@", "@globex.com", "mia@globex", "a b@globex.com", "mia@@globex.com", "mia@glo bex.com"]
NO_ADDRESS += ["Mia <mia@globex.com>", "mia@[127.0.0.1]", "mia@globex..com", "mia@-globex.com", "a@b.com, c@d.com"]
NO_ADDRESS += [f"{'x' * 300}@globex.com", f"mia@{'x' * 250}.com", "mia@localhost", ".mia@globex.com"]


@pytest.mark.parametrize(("written", "stored"), SAME_ADDRESS)
def test_an_address_has_one_form(written: str, stored: str) -> None:
    assert normalise.email_address(written) == stored


@pytest.mark.parametrize("written", [written for written, _ in SAME_ADDRESS])
def test_a_normalised_address_stays_as_it_is(written: str) -> None:
    stored = normalise.email_address(written)

    assert normalise.email_address(stored) == stored == stored.lower()


@pytest.mark.parametrize(("one", "other"), OTHER_PERSON)
def test_these_addresses_are_not_the_same_person(one: str, other: str) -> None:
    assert normalise.email_address(one) != normalise.email_address(other)


@pytest.mark.parametrize("written", NO_ADDRESS)
def test_what_is_no_address_is_refused(written: str) -> None:
    with pytest.raises(Unusable):
        normalise.email_address(written)


@pytest.mark.parametrize(
    ("address", "shared"),
    [
        ("info@globex.com", True),
        ("sales@globex.com", True),
        ("sales.emea@globex.com", True),
        ("info2@globex.com", True),
        ("kontakt@globex.de", True),
        ("mia@globex.com", False),
        ("infomia@globex.com", False),
        ("", False),
    ],
)
def test_an_address_of_a_desk_is_known(address: str, shared: bool) -> None:
    assert normalise.is_role_mailbox(address) is shared


@pytest.mark.parametrize(
    ("written", "country", "number", "of"),
    [
        ("+1 415 555 2671", "", "+14155552671", "US"),
        ("(415) 555-2671", "US", "+14155552671", "US"),
        ("+1-415-555-2671", "DE", "+14155552671", "US"),
        ("0049 30 901820", "", "+4930901820", "DE"),
        ("030 901820", "DE", "+4930901820", "DE"),
        ("tel:+44-20-7946-0018", "", "+442079460018", "GB"),
        ("＋１ ４１５ ５５５ ２６７１", "", "+14155552671", "US"),
        ("+1 416 555 2671", "", "+14165552671", "CA"),
        ("+1 800 356 9377", "", "+18003569377", ""),
        ("+7 701 123 4567", "", "+77011234567", "KZ"),
        ("+383 44 123 456", "", "+38344123456", "XK"),
        ("+1 555 0100", "", "+15550100", ""),
        ("4915112345678", "DE", "+4915112345678", "DE"),
        ("4915112345678", "AT", "+4915112345678", "DE"),
        ("4915112345678", "US", "+4915112345678", "DE"),
        ("(49) 151 12345678", "AT", "+4915112345678", "DE"),
        ("33612345678", "DE", "+33612345678", "FR"),
        ("14155552671", "DE", "+14155552671", "US"),
        ("4930901820", "DE", "+4930901820", "DE"),
        ("15112345678", "DE", "+4915112345678", "DE"),
        ("03361 2345678", "DE", "+4933612345678", "DE"),
        ("3461234567", "DE", "+493461234567", "DE"),
        ("4741234567", "DE", "+494741234567", "DE"),
        ("415 555 2671", "US", "+14155552671", "US"),
    ],
)
def test_a_phone_number_becomes_e164(written: str, country: str, number: str, of: str) -> None:
    phone = normalise.phone_number(written, country)

    assert (phone.number, phone.country) == (number, of)


def test_the_extension_of_a_phone_number_is_kept() -> None:
    assert normalise.phone_number("+1 415 555 2671 ext. 12").extension == "12"


@pytest.mark.parametrize(
    ("written", "country"), [("415 555 2671", ""), ("12", "US"), ("call me", "US"), ("+999 1", ""), ("555-0100", "US")]
)
def test_what_is_no_phone_number_is_refused_with_an_example(written: str, country: str) -> None:
    with pytest.raises(Unusable, match=r"\+1 415"):
        normalise.phone_number(written, country)


@pytest.mark.parametrize(
    ("written", "count"),
    [
        (100, 100),
        (101, 101),
        (1000.0, 1000),
        ("1001", 1001),
        (0, 0),
        ("51-200", 200),
        ("51 – 200", 200),
        ("51 to 200", 200),
        ("1,001-5,000", 5000),
        ("10,000+", 10000),
        ("10001 +", 10001),
        ("1.000", 1000),
        ("１２０", 120),
        ("51 200", 51_200),
        ("200-200", 200),
        ("50-100k", 100_000),
        ("10k+", 10_000),
        (">1000", 1000),
        ("1001 bis 5000", 5000),
        ("1-10 Mitarbeiter", 10),
    ],
)
def test_a_head_count_is_read_and_a_band_counts_as_its_upper_end(written: object, count: int) -> None:
    assert normalise.employees(written)[0] == count


@pytest.mark.parametrize(("written", "count"), [("51-200", 200), ("51 bis 200 Mitarbeiter", 200)])
def test_a_band_says_that_it_was_one(written: str, count: int) -> None:
    assert normalise.employees(written) == (count, f"upper end of {written}")


@pytest.mark.parametrize(
    "written", ["1.000-500", "200-51", "200 bis 51", "100k-50k", "1.5", "3 offices", "€5m", "500 EUR"]
)
def test_what_is_surely_no_head_count_is_not_guessed(written: str) -> None:
    with pytest.raises(Unusable, match="whole number such as 120"):
        normalise.employees(written)


@pytest.mark.parametrize("written", [-1, 2**31, 1.5, float("nan"), float("inf"), True, "many", "9" * 40, [], {}, "-5"])
def test_what_is_no_head_count_is_refused(written: object) -> None:
    with pytest.raises(Unusable):
        normalise.employees(written)


@pytest.mark.parametrize(
    ("written", "amount"),
    [(5, "5"), ("1,000,000.5", "1000000.50"), (0.1, "0.10"), ("99.999", "100.00"), (Decimal("1E+3"), "1000")],
)
def test_an_amount_is_kept_to_the_cent(written: object, amount: str) -> None:
    assert normalise.amount(written) == Decimal(amount)


@pytest.mark.parametrize("written", [-1, 10**14, "99999999999999.999", "NaN", float("inf"), True, "$5", "1.000,50", []])
def test_what_is_no_amount_is_refused(written: object) -> None:
    with pytest.raises(Unusable):
        normalise.amount(written)


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("en", "en"),
        ("EN-us", "en"),
        ("pt_BR", "pt"),
        ("eng", "en"),
        ("ger", "de"),
        ("English", "en"),
        ("de-AT,de", "de"),
    ],
)
def test_a_language_becomes_its_code(written: str, code: str) -> None:
    assert normalise.language_code(written) == code


@pytest.mark.parametrize(("code", "name"), [("en", "English"), ("el", "Modern Greek"), ("xx", "xx"), ("", "")])
def test_a_code_of_a_language_becomes_its_name(code: str, name: str) -> None:
    assert normalise.language_name(code) == name


def test_an_unknown_language_is_refused() -> None:
    with pytest.raises(Unusable):
        normalise.language_code("Klingonese")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (("Mia", "Chen"), ("MIA", "chen ")),
        (("José", "Núñez"), ("Jose", "Nunez")),
        (("Siobhán", "O’Neil"), ("siobhan", "O'Neil")),
        (("Søren", "Łukasz-Æ"), ("soren", "lukasz ae")),
    ],
)
def test_names_agree_without_case_accents_and_punctuation(one: tuple[str, str], other: tuple[str, str]) -> None:
    assert normalise.person_key(*one) == normalise.person_key(*other)


def test_a_name_key_fits_its_column() -> None:
    assert len(normalise.person_key("ß" * 100, "ß" * 100)) == 200


@pytest.mark.parametrize("before", ["", "0", "00", "(0)0", "(0)", "1", "8"])
def test_a_phone_number_of_any_country_is_read_as_itself_again(before: str) -> None:
    """However many trunk zeros it was written with: it is looked for as it was stored."""
    for region in phonenumbers.SUPPORTED_REGIONS:
        example = phonenumbers.example_number(region)
        digits = phonenumbers.national_significant_number(example)
        with suppress(Unusable):
            stored = normalise.phone_number(f"+{example.country_code} {before}{digits}").number
            assert normalise.phone_number(stored).number == stored
