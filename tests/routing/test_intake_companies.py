"""Domains and names of companies."""

from __future__ import annotations

import pytest

from routing.intake import domain_lists, domains
from routing.intake.company_names import name_key, says_nothing


@pytest.mark.parametrize(
    ("address", "domain"),
    [
        ("https://www.globex.com/x", "globex.com"),
        ("a@eu.globex.com", "globex.com"),
        ("WWW.GLOBEX.CO.UK", "globex.co.uk"),
        ("globex.com:8080", "globex.com"),
        ("http://user:pass@shop.globex.com.au/?q=1#x", "globex.com.au"),
        ("globex.com.", "globex.com"),
        ("münchen.de", "xn--mnchen-3ya.de"),
        ("ＧＬＯＢＥＸ．ＣＯＭ", "globex.com"),
        ("eu.globex.example", "globex.example"),
        ("acme.github.io", "acme.github.io"),
        ("docs.acme.github.io", "acme.github.io"),
        ("github.io", "github.io"),
        ("st.com", "st.com"),
        ("test.com", "test.com"),
        ("co.uk", ""),
        ("localhost", ""),
        ("127.0.0.1", ""),
        ("http://[::1]/", ""),
        ("http://[::1", ""),
        ("javascript:alert(1)", ""),
        ("n/a", ""),
        ("a..b.com", ""),
        ("-globex.com", ""),
        (f"{'x.' * 200}com", ""),
        ("\ud800.com", ""),
        ("", ""),
    ],
)
def test_the_registrable_domain_of_an_address(address: str, domain: str) -> None:
    assert domains.registrable_domain(address) == domain


@pytest.mark.parametrize(
    ("email", "website", "found"),
    [
        ("a@eu.globex.com", "https://www.acme.com", ("globex.com", "from the e-mail address")),
        ("a@gmail.com", "https://www.globex.com/x", ("globex.com", "from the website")),
        ("a@yahoo.co.jp", "", ("", "")),
        ("a@mailinator.com", "", ("", "")),
        ("a@acme.onmicrosoft.com", "", ("", "")),
        ("", "https://www.linkedin.com/company/globex", ("", "")),
        ("a@linkedin.com", "", ("linkedin.com", "from the e-mail address")),
        ("", "", ("", "")),
    ],
)
def test_the_domain_of_the_company_is_never_free_mail(email: str, website: str, found: tuple[str, str]) -> None:
    assert domains.company_domain(email=email, website=website) == found


def test_every_listed_domain_is_a_registrable_one() -> None:
    listed = domain_lists.FREE_MAIL | domain_lists.SHARED | domain_lists.SITES_OF_MANY

    assert {domain for domain in listed if domains.registrable_domain(domain) != domain} == set()


@pytest.mark.parametrize(
    ("text", "domain"),
    [("https://www.Globex.com/x", "globex.com"), ("eu.globex.co.uk", "globex.co.uk"), ("GLOBEX.DE", "globex.de")],
)
def test_the_domain_of_an_account_is_kept_as_the_registrable_one(text: str, domain: str) -> None:
    assert domains.account_domain(text) == domain


@pytest.mark.parametrize("text", ["", "globex", "co.uk", "127.0.0.1", "n/a"])
def test_what_is_no_domain_is_refused(text: str) -> None:
    with pytest.raises(domains.NotAnAccountDomain, match="is not a domain. Write one such as globex.com."):
        domains.account_domain(text)


@pytest.mark.parametrize("domain", ["gmail.com", "yahoo.de", "mailinator.com", "acme.onmicrosoft.com"])
def test_a_domain_of_many_companies_is_no_accounts(domain: str) -> None:
    with pytest.raises(domains.NotAnAccountDomain, match="is used by people of many companies"):
        domains.account_domain(domain)


def test_a_domain_of_many_companies_may_be_excluded() -> None:
    assert domains.account_domain("gmail.com", excluded=True) == "gmail.com"


@pytest.mark.parametrize(("name", "nothing"), [("n/a", True), ("Self-Employed", True), ("-", True), ("IBM", False)])
def test_some_people_name_no_company(name: str, nothing: bool) -> None:
    assert says_nothing(name) is nothing


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("Acme Labs, Inc.", "acme labs"),
        ("acme labs", "acme labs"),
        ("US Bank", "us bank"),
        ("U.S. Bank", "us bank"),
        ("The Gap, Inc.", "gap"),
        ("Globex GmbH & Co. KG", "globex"),
        ("Müller AG", "muller"),
        ("L’Oréal S.A.", "loreal"),
        ("Novo Nordisk A/S", "novo nordisk"),
        ("Acme Sp. z o.o.", "acme"),
        ("Foo Co., Ltd.", "foo"),
        ("Foo Private Limited", "foo"),
        ("JPMorgan Chase & Co.", "jpmorgan chase"),
        ("Johnson & Johnson", "johnson and johnson"),
        ("Johnson and Johnson", "johnson and johnson"),
        ("Vodafone UK", "vodafone uk"),
        ("株式会社トヨタ", "株式会社トヨタ"),
    ],
)
def test_a_company_name_has_one_key(name: str, key: str) -> None:
    assert name_key(name) == key


@pytest.mark.parametrize("name", ["Limited", "S.A.", "The", "!!!", "&", "\u0301", "AG GmbH", "-"])
def test_the_key_of_a_name_is_never_empty(name: str) -> None:
    assert name_key(name)


@pytest.mark.parametrize(("one", "other"), [("Acme Labs", "Acme"), ("ST", "Test"), ("Apple Bank", "Apple")])
def test_other_names_have_other_keys(one: str, other: str) -> None:
    assert name_key(one) != name_key(other)


def test_a_name_key_fits_its_column() -> None:
    assert len(name_key("ß & " * 50)) <= 200
