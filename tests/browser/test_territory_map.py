"""The map of territories in a real browser: a conflict is seen, and leads to the territories that claim the place."""

from __future__ import annotations

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from routing.models import Territory
from tests.factories import make_rep

pytestmark = pytest.mark.browser


@pytest.fixture
def boss(boss: Page) -> Page:
    Territory.objects.update(countries=["JP"], parent=None)
    Territory.objects.create(name="North", countries=["DE", "DK"], owner_rep=make_rep("Ana Diaz"))
    Territory.objects.create(name="South", countries=["DE", "AT"], owner_rep=make_rep("Bob Lee"))
    boss.goto(reverse("admin:routing_territory_map"))
    return boss


def test_a_conflict_is_marked_and_leads_to_its_territories(boss: Page) -> None:
    germany = boss.locator("#europe").get_by_role("link", name="Germany: North")

    expect(boss.locator("#europe .lr-map__marks path")).to_have_count(1)
    germany.click()

    place = boss.locator("#place")
    expect(place.get_by_role("heading", name="Germany")).to_be_visible()
    expect(place).to_contain_text("North wins against South: its name comes first.")
    place.get_by_role("link", name="Edit South").click()
    expect(boss.get_by_label("Name")).to_have_value("South")


def test_a_place_is_chosen_by_keyboard_and_on_a_phone_only_the_picture_scrolls(boss: Page) -> None:
    boss.locator("#world").get_by_role("link", name="Denmark: North").focus()
    boss.keyboard.press("Enter")

    expect(boss.locator("#place").get_by_role("heading", name="Denmark")).to_be_visible()

    boss.set_viewport_size({"width": 360, "height": 740})

    assert boss.evaluate("document.documentElement.scrollWidth") <= 360
    assert boss.locator("#world .lr-map").bounding_box()["width"] > 360
