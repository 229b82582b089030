"""Names of people in lists: beside one part, a column “Name” is the other one, or both."""

from __future__ import annotations

from datetime import datetime

import pytest

from routing.models import Account, Lead
from routing.services.imports.leads.facts import read_facts
from tests.factories import make_account
from tests.imports.doing import brought_in, confirmed, csv, rows_by_state

pytestmark = pytest.mark.django_db


def test_a_last_name_in_a_column_called_name_is_kept(now: datetime) -> None:
    brought_in(csv("Mia;Müller;Globex;mia@globex.com", header="Vorname;Name;Firma;E-Mail"), now)

    lead = Lead.objects.get()
    assert (lead.first_name, lead.last_name) == ("Mia", "Müller")


@pytest.mark.one_database("it reads no table")
@pytest.mark.parametrize(
    ("given", "names"),
    [
        ({"first_name": "Mia", "name": "Müller"}, ("Mia", "Müller")),
        ({"first_name": "Mia", "name": "von der Müller"}, ("Mia", "von der Müller")),
        ({"first_name": "Mia", "name": "mia Müller"}, ("Mia", "Müller")),
        ({"first_name": "Mia", "name": "Müller, Mia"}, ("Mia", "Müller")),
        ({"first_name": "Mia Sophie", "name": "Mia Sophie Müller"}, ("Mia Sophie", "Müller")),
        ({"first_name": "Mia", "name": "Miami"}, ("Mia", "Miami")),
        ({"last_name": "Müller", "name": "Mia Müller"}, ("Mia", "Müller")),
        ({"last_name": "Müller", "name": "Müller, Mia"}, ("Mia", "Müller")),
        ({"last_name": "Müller", "name": "Mia"}, ("Mia", "Müller")),
        ({"first_name": "Mia", "last_name": "Müller", "name": "Leo Chen"}, ("Mia", "Müller")),
        ({"first_name": "", "name": "Mia Müller"}, ("Mia", "Müller")),
    ],
)
def test_a_name_is_told_apart_from_the_part_beside_it(given: dict[str, str], names: tuple[str, str]) -> None:
    facts = read_facts(given)

    assert (facts["first_name"], facts["last_name"]) == names


def test_an_umlaut_is_the_same_in_either_spelling(now: datetime) -> None:
    """As one character, and as a letter with its dots: the second is what files from a Mac have."""
    confirmed("accounts", csv("Süd;a.example", header="Firma;Domain"), now)

    again = confirmed("accounts", csv("Su\u0308d;b.example", "Süd;c.example", header="Firma;Domain"), now)

    assert rows_by_state(again) == {"changed": [1, 2]}
    assert list(Account.objects.values_list("name", flat=True)) == ["Süd"]


def test_a_name_that_was_kept_in_the_rarer_spelling_comes_back_as_it_is(now: datetime) -> None:
    make_account("Su\u0308d")

    found = confirmed("accounts", csv("Su\u0308d", "Süd", header="Firma"), now)

    assert rows_by_state(found) == {"unchanged": [1, 2]}
