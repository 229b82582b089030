"""A list from a fair in a real browser: upload, columns, preview, route, the rejected rows, undo."""

from __future__ import annotations

import pytest
from openpyxl import Workbook, load_workbook
from playwright.sync_api import expect

from routing.models import Lead
from tests.browser.conftest import work_off

pytestmark = pytest.mark.browser


@pytest.fixture
def fair(tmp_path):
    """Two visitors, and one whose address is none."""
    book = Workbook()
    for row in (
        ["E-Mail", "Firma", "PLZ", "Land", "Stand"],
        ["kim@initech.example", "Initech", "01067", "DE", "B 12"],
        ["lee@umbrella.example", "Umbrella", "80331", "DE", "B 13"],
        ["not an address", "Hooli", "10115", "DE", "B 14"],
    ):
        book.active.append(row)
    path = tmp_path / "fair.xlsx"
    book.save(path)
    return path


def test_a_list_is_uploaded_previewed_routed_and_taken_back(boss, fair, tmp_path):
    before = Lead.objects.count()
    boss.goto("/admin/routing/lead/")
    boss.get_by_role("link", name="Import", exact=True).last.click()
    boss.locator("input[type=file]").set_input_files(fair)
    boss.get_by_role("button", name="Upload", exact=True).click()

    boss.get_by_label("Stand").select_option("attributes.stand")
    boss.get_by_label("Field 1").select_option("source")
    boss.get_by_label("Its value").first.fill("fair")
    boss.get_by_role("button", name="Check the file").click()
    expect(boss.get_by_text("You can leave this page and come back")).to_be_visible()
    work_off()

    expect(boss.get_by_role("button", name="Route 2 leads")).to_be_visible()
    expect(boss.locator("#import")).to_contain_text("not an address")
    assert Lead.objects.count() == before
    boss.get_by_role("button", name="Route 2 leads").click()
    work_off()

    expect(boss.locator("#import")).to_contain_text("Added: 2 rows.")
    lead = Lead.objects.get(email="kim@initech.example")
    assert (lead.postal_code, lead.source, lead.attributes) == ("01067", "fair", {"stand": "B 12"})
    with boss.expect_download() as download:
        boss.get_by_role("link", name="XLSX", exact=True).click()
    download.value.save_as(tmp_path / "rejected.xlsx")
    assert load_workbook(tmp_path / "rejected.xlsx").active["A2"].value == "not an address"

    boss.get_by_role("link", name="Undo…").click()
    boss.get_by_role("button", name="Undo this import").click()
    work_off()
    expect(boss.locator("#import")).to_contain_text("Taken back: 2 rows.")
    assert Lead.objects.count() == before
