"""Countries, regions and postal codes, as people write them."""

from __future__ import annotations

import pytest

from routing.intake import places
from routing.intake.clean import Unusable


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("US", "US"),
        ("us", "US"),
        ("USA", "US"),
        ("U.S.A.", "US"),
        ("United States", "US"),
        ("United States of America", "US"),
        ("UK", "GB"),
        ("Great Britain", "GB"),
        ("England", "GB"),
        ("GBR", "GB"),
        ("Germany", "DE"),
        ("Deutschland", "DE"),
        ("Allemagne", "DE"),
        ("DEU", "DE"),
        ("Österreich", "AT"),
        ("osterreich", "AT"),
        ("España", "ES"),
        ("日本", "JP"),
        ("Россия", "RU"),
        ("South Korea", "KR"),
        ("Korea, Republic of", "KR"),
        ("Vietnam", "VN"),
        ("Czech Republic", "CZ"),
        ("Czechia", "CZ"),
        ("Côte d'Ivoire", "CI"),
        ("Ivory Coast", "CI"),
        ("The Netherlands", "NL"),
        ("Holland", "NL"),
        ("Türkiye", "TR"),
        ("Turkey", "TR"),
        ("Kosovo", "XK"),
        ("Georgia", "GE"),
        ("CA", "CA"),
        ("Großbritannien", "GB"),
        ("Grossbritannien", "GB"),
        ("Schottland", "GB"),
        ("Gran Bretaña", "GB"),
        ("Oesterreich", "AT"),
        ("Suedafrika", "ZA"),
        ("Elfenbeinküste", "CI"),
        ("Elfenbeinkueste", "CI"),
        ("Weissrussland", "BY"),
        ("Vatikanstadt", "VA"),
        ("Slovenská republika", "SK"),
        ("Republic of the Congo", "CG"),
        ("DR Kongo", "CD"),
        ("Israel", "IL"),
    ],
)
def test_a_country_becomes_its_code(written: str, code: str) -> None:
    assert places.country_code(written) == code


@pytest.mark.parametrize("written", ["Nowhere", "ZZ", "California", "Europe", "Uni"])
def test_an_unknown_country_is_refused_with_what_to_send(written: str) -> None:
    with pytest.raises(Unusable, match="ISO 3166-1"):
        places.country_code(written)


@pytest.mark.parametrize(
    ("written", "country", "code"),
    [
        ("US-CA", "", "US-CA"),
        ("us-ca", "US", "US-CA"),
        ("CA", "US", "US-CA"),
        ("California", "US", "US-CA"),
        ("Calif.", "US", "US-CA"),
        ("California", "", "US-CA"),
        ("Georgia", "US", "US-GA"),
        ("District of Columbia", "US", "US-DC"),
        ("D.C.", "US", "US-DC"),
        ("PR", "US", "US-PR"),
        ("Bayern", "DE", "DE-BY"),
        ("Bavaria", "DE", "DE-BY"),
        ("BY", "DE", "DE-BY"),
        ("Baden-Wurttemberg", "DE", "DE-BW"),
        ("Quebec", "CA", "CA-QC"),
        ("Ontario", "", "CA-ON"),
        ("Comunidad de Madrid", "ES", "ES-MD"),
        ("Cataluña", "ES", "ES-CT"),
        ("Catalonia", "ES", "ES-CT"),
        ("Île-de-France", "FR", "FR-IDF"),
        ("Bruxelles", "BE", "BE-BRU"),
        ("Vlaams Gewest", "BE", "BE-VLG"),
        ("England", "GB", "GB-ENG"),
        ("Zurich", "CH", "CH-ZH"),
        ("New South Wales", "AU", "AU-NSW"),
        ("Tokyo", "JP", "JP-13"),
    ],
)
def test_a_region_becomes_its_code(written: str, country: str, code: str) -> None:
    assert places.region_code(written, country) == code


@pytest.mark.parametrize(
    ("written", "country"),
    [("CA", ""), ("Georgia", ""), ("Luxembourg", ""), ("Bavaria", "US"), ("DE-BY", "US"), ("US-ZZ", ""), ("x", "US")],
)
def test_a_region_that_is_not_certain_is_refused_with_what_to_send(written: str, country: str) -> None:
    with pytest.raises(Unusable, match="ISO 3166-2"):
        places.region_code(written, country)


@pytest.mark.parametrize(
    ("code", "place"),
    [
        ("94105", ("US-CA", "San Francisco")),
        ("94105-1234", ("US-CA", "San Francisco")),
        ("02134", ("US-MA", "Allston")),
        ("00907", ("US-PR", "San Juan")),
        ("20500", ("US-DC", "Washington")),
        ("09012", ("", "")),
        ("00000", ("", "")),
        ("D-80331", ("", "")),
        ("９４１０５", ("", "")),
    ],
)
def test_a_zip_code_tells_state_and_city(code: str, place: tuple[str, str]) -> None:
    assert places.place_of_zip(code) == place


@pytest.mark.parametrize(
    ("domain", "country"),
    [("globex.de", "DE"), ("globex.co.uk", "GB"), ("globex.com", ""), ("globex.io", ""), ("globex.eu", ""), ("", "")],
)
def test_only_a_top_level_that_means_a_country_tells_one(domain: str, country: str) -> None:
    assert places.country_of_top_level(domain) == country


def test_a_postal_code_is_upper_case() -> None:
    assert places.postal_code(" sw1a  1aa ") == "SW1A 1AA"


@pytest.mark.parametrize("name", ["Kongo", "Congo"])
def test_a_name_that_two_countries_have_is_neither(name: str) -> None:
    with pytest.raises(Unusable, match="Not known"):
        places.country_code(name)


@pytest.mark.parametrize(
    ("written", "country", "code"),
    [
        ("Bern", "CH", "CH-BE"),
        ("St. Gallen", "CH", "CH-SG"),
        ("Freiburg", "CH", "CH-FR"),
        ("Zuerich", "CH", "CH-ZH"),
        ("Baden-Wuerttemberg", "DE", "DE-BW"),
        ("Thueringen", "DE", "DE-TH"),
        ("Thueringen", "", "DE-TH"),
        ("Niederoesterreich", "AT", "AT-3"),
    ],
)
def test_regions_are_known_without_umlauts_and_by_their_short_names(written: str, country: str, code: str) -> None:
    assert places.region_code(written, country) == code


def test_a_city_that_a_region_elsewhere_is_called_like_is_no_region() -> None:
    with pytest.raises(Unusable):
        places.region_code("Freiburg", "")
