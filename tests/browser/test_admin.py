"""A sales manager's way through the admin in a real browser."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from reps.models import Rep
from tests.browser.axe import faults_of

pytestmark = pytest.mark.browser


def test_the_owner_signs_in_sees_the_charts_and_opens_a_lead(page: Page) -> None:
    page.goto("/admin/")
    page.get_by_label("Username").fill("boss")
    page.get_by_label("Password").fill("a good password")
    page.get_by_role("button", name="Log in").click()
    expect(page.get_by_role("heading", name="Leads today")).to_be_visible()
    expect(page.get_by_role("img", name="Leads by day")).to_be_visible()

    page.get_by_role("navigation").locator("a[href='/admin/routing/lead/']").click()
    page.locator("#result_list tbody a").first.click()
    expect(page.get_by_role("heading", name="What happened")).to_be_visible()


def test_a_way_of_sharing_is_chosen_and_published_and_the_first_lead_says_why(boss: Page) -> None:
    boss.goto("/admin/")
    boss.get_by_role("link", name="How do you share leads?").click()
    boss.locator("button[value=recommended]").click()
    boss.get_by_role("button", name="Set it up in the draft").click()
    expect(boss.get_by_role("heading", name="What the draft would do with a test lead now")).to_be_visible()
    boss.get_by_role("link", name="Look and publish").click()
    boss.get_by_label("Note").fill("Recommended")
    boss.get_by_role("button", name="Publish now").click()
    expect(boss.get_by_text("Version 2 is live")).to_be_visible()

    boss.get_by_role("button", name="Send the test lead").click()
    expect(boss.get_by_text("The test lead was sent")).to_be_visible()
    expect(boss.get_by_role("region", name="Why")).to_contain_text("by version 2 of the rulebook")


FOCUS = """() => {
    const one = document.activeElement
    return one.ariaLabel || one.textContent.replace(/\\s+/g, " ").trim()
}"""
"""What the keyboard is on."""


def tab_to(page: Page, name: str) -> None:
    """Press Tab until the keyboard is on what is named so."""
    passed: list[str] = []
    while not passed or name not in passed[-1]:
        page.keyboard.press("Tab")
        passed.append(str(page.evaluate(FOCUS)))
        assert len(passed) < 100, passed


def test_on_a_phone_the_menu_is_opened_and_the_owner_logs_out_by_keyboard_alone(boss: Page) -> None:
    boss.set_viewport_size({"width": 390, "height": 740})
    boss.goto("/admin/reps/skill/")
    account = boss.locator("#nav-sidebar details")
    way_out = boss.get_by_role("button", name="Log out")

    tab_to(boss, "Open the menu")
    boss.keyboard.press("Enter")
    expect(boss.get_by_role("button", name="Close the menu")).to_be_focused()
    tab_to(boss, "boss@acme.example")
    boss.keyboard.press("Space")
    expect(way_out).to_be_visible()
    assert faults_of(boss, "#nav-sidebar") == []

    tab_to(boss, "Dark")
    boss.keyboard.press("Enter")
    expect(boss.locator("html")).to_have_class("dark")
    boss.keyboard.press("Escape")
    expect(way_out).to_be_hidden()
    expect(account.locator("summary")).to_be_focused()
    boss.keyboard.press("Escape")
    expect(boss.get_by_role("button", name="Open the menu")).to_be_focused()

    boss.keyboard.press("Enter")
    tab_to(boss, "boss@acme.example")
    boss.keyboard.press("Enter")
    tab_to(boss, "Log out")
    boss.keyboard.press("Enter")
    boss.wait_for_url("**/admin/logout/")


def test_what_the_theme_opens_for_a_pointer_is_opened_by_keyboard_and_escape_leads_back(boss: Page) -> None:
    boss.goto("/admin/routing/lead/")
    tab_to(boss, "Filters")
    boss.keyboard.press("Enter")
    expect(boss.locator("#changelist-filter :focus")).to_have_count(1)
    boss.keyboard.press("Escape")
    expect(boss.locator("#changelist-filter")).to_be_hidden()
    expect(boss.get_by_role("button", name="Filters")).to_be_focused()

    boss.goto(f"/admin/reps/rep/{Rep.objects.earliest('pk').pk}/change/")
    tab_to(boss, "More for Team")
    boss.keyboard.press("Space")
    expect(boss.locator("nav a:focus")).to_have_count(1)
    boss.keyboard.press("Escape")
    expect(boss.get_by_role("button", name="More for Team")).to_be_focused()
