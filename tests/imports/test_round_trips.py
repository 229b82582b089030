"""What was exported and is imported again, as CSV and as XLSX, changes nothing and makes nothing."""

from __future__ import annotations

import io
from datetime import datetime
from typing import Any

import pytest

from routing.models import Account, Import, Lead, Pool
from routing.services.exports.tables import csv_of, xlsx_of
from routing.services.importing.run import import_config
from routing.services.importing.shown import rows_of
from routing.services.imports import start
from routing.services.imports.sections.all import KINDS
from routing.services.publish import publish
from routing.services.receive_lead import receive_lead
from tests.factories import make_account, make_catch_all, make_pool, make_rep, make_settings
from tests.imports.doing import brought_in, checked, csv, fresh, rows_by_state, taken_back, work_off
from tests.routing.config_sample import FULL

pytestmark = pytest.mark.django_db
FORMATS = ("csv", "xlsx")
STRANGE = ("=1 acc", "+49", "-x", "@y", "'=quoted", "''-twice", "O'Neil", "'plain", "a;=b", "a;'=b", "a,-b", '"=1"')
"""Names that a spreadsheet would calculate, and some that only look so."""


@pytest.fixture
def pool(now: datetime) -> Pool:
    make_settings()
    pool = make_pool(make_rep("Ana"), name="SMB")
    make_catch_all(pool)
    publish(note="", user=None, now=now)
    return pool


@pytest.fixture
def leads(pool: Pool, now: datetime) -> list[Lead]:
    """One that is known by an id of another program, and one by ours alone; with all that makes cells difficult."""
    told: list[dict[str, Any]] = [
        {"email": "mia@globex.com", "external_id": "00123", "country": "DE", "postal_code": "01067", "kind": "demo",
         "first_name": "=1+1", "company": "-x", "consent": True, "expected_amount": "1234.50", "employees": "51-200",
         "utm": {"source": "fair"}, "attributes": {"size": "L"}},
        {"phone": "+49 30 901820", "message": "We need:\n- ten seats\n@once;=1", "test": True, "last_name": "'=x"},
    ]  # fmt: skip
    return [receive_lead(facts=facts, now=now).lead for facts in told]


def exported(name: str, listed: Any, kind: str) -> bytes:
    if kind == "csv":
        return b"".join(csv_of(name, listed))
    with xlsx_of(name, listed) as file:
        return file.read()


def imported(section: str, content: bytes, now: datetime) -> Import:
    """Checked, with columns as they are guessed."""
    row = start.start_import(section=section, file_name="list", stream=io.BytesIO(content), now=now)
    start.check(imported=row, now=now)
    work_off(now)
    return fresh(row)


@pytest.mark.parametrize("kind", FORMATS)
def test_leads_that_were_exported_are_all_unchanged(leads: list[Lead], kind: str, now: datetime) -> None:
    found = imported("leads", exported("leads", Lead.objects.all(), kind), now)

    said = list(found.rows.values_list("state", "errors", "before__changes"))
    assert (found.error, said) == ("", [("unchanged", {}, [])] * 2)


def test_importing_an_export_of_leads_makes_none(leads: list[Lead], now: datetime) -> None:
    content = exported("leads", Lead.objects.all(), "csv")
    brought_in(content, now)

    assert Lead.objects.count() == 2


def test_your_id_is_read_rather_than_ours(leads: list[Lead], now: datetime) -> None:
    mapping = imported("leads", exported("leads", Lead.objects.all(), "csv"), now).mapping

    assert (mapping["Your id"], mapping["Id"], mapping["E-mail"]) == ("external_id", "id", "email")


def test_an_id_of_ours_in_the_column_of_yours_is_the_same_lead(leads: list[Lead], now: datetime) -> None:
    line = f"{leads[1].uuid},+4930901820,Bonn"

    found = brought_in(csv(line, header="Id,Phone,City"), now)

    assert (found.mapping["Id"], rows_by_state(found)) == ("external_id", {"changed": [1]})
    leads[1].refresh_from_db()
    assert (leads[1].city, leads[1].external_id) == ("Bonn", "")


def test_a_lead_known_by_our_id_can_be_given_one_of_yours_until_that_is_undone(
    leads: list[Lead], now: datetime
) -> None:
    found = brought_in(csv(f"{leads[1].uuid},+4930901820,A-7", header="Id,Phone,Your id"), now)
    given = Lead.objects.get(pk=leads[1].pk).external_id
    taken_back(found, now)

    assert (given, Lead.objects.get(pk=leads[1].pk).external_id) == ("A-7", "")


def test_an_id_that_nobody_knows_is_kept_as_yours_so_that_a_second_file_makes_no_double(
    pool: Pool, now: datetime
) -> None:
    content = csv("5d8e4f0a-5a3b-4b46-9a5e-3f2f6c1d2e3f,mia@globex.com,", header="Id,E-mail,Your id")
    brought_in(content, now)

    assert rows_by_state(checked(content, now)) == {"unchanged": [1]}
    assert Lead.objects.get().external_id == "5d8e4f0a-5a3b-4b46-9a5e-3f2f6c1d2e3f"


def test_two_rows_of_one_lead_by_either_id_are_told(leads: list[Lead], now: datetime) -> None:
    lines = (f"{leads[0].uuid},mia@globex.com,", ",mia@globex.com,00123")

    found = checked(csv(*lines, header="Id,E-mail,Your id"), now)

    assert rows_by_state(found) == {"unchanged": [1], "rejected": [2]}
    assert "Row 1 has the same" in found.rows.get(number=2).errors["Your id"][0]


def test_what_excel_cut_off_is_not_cut_off_of_the_lead(pool: Pool, now: datetime) -> None:
    receive_lead(facts={"email": "mia@globex.com", "message": "a" * 40_000}, now=now)

    found = imported("leads", exported("leads", Lead.objects.all(), "xlsx"), now)

    assert rows_by_state(found) == {"unchanged": [1]}


@pytest.mark.parametrize("kind", FORMATS)
def test_names_that_look_like_formulas_come_back_as_they_were(kind: str, now: datetime, db: None) -> None:
    for name in STRANGE:
        make_account(name)

    found = imported("accounts", exported("accounts", Account.objects.order_by("pk"), kind), now)

    assert rows_by_state(found) == {"unchanged": list(range(1, len(STRANGE) + 1))}


SOURCES = {"members": "pools"}
"""Of which list an export is taken, where it is called otherwise."""


@pytest.mark.one_database("how cells are written and read does not depend on it")
@pytest.mark.parametrize("kind", FORMATS)
def test_every_section_that_was_exported_is_unchanged_as_a_file(kind: str, now: datetime, db: None) -> None:
    import_config(text=FULL, now=now)

    for section in KINDS:
        found = imported(section, exported(section, rows_of(SOURCES.get(section, section)), kind), now)

        assert (section, found.error, set(rows_by_state(found))) == (section, "", {"unchanged"})
        assert (found.report["left_out"], found.report["notes"]) == ([], {})


def test_a_text_that_is_spelled_like_an_error_of_excel_is_a_text(now: datetime) -> None:
    make_account("Globex", industry="#N/A")
    make_account("#DIV/0!")

    found = imported("accounts", exported("accounts", Account.objects.order_by("pk"), "xlsx"), now)

    assert rows_by_state(found) == {"unchanged": [1, 2]}


@pytest.mark.parametrize("begins", ["", "- ", "=", "_x0041_", "'=", "a" * 32_764 + "  b"])
def test_a_message_that_excel_had_to_cut_off_is_not_changed(begins: str, pool: Pool, now: datetime) -> None:
    receive_lead(facts={"email": "mia@globex.com", "message": (begins + "a" * 40_000)[:40_000]}, now=now)

    found = imported("leads", exported("leads", Lead.objects.all(), "xlsx"), now)

    assert rows_by_state(found) == {"unchanged": [1]}
