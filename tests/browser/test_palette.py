"""Find, in a real browser: by keyboard alone, for screen readers, on a phone, and without a script."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from routing.models import Lead, Pool
from tests.browser.axe import faults_of

pytestmark = pytest.mark.browser


def test_a_lead_and_a_page_are_opened_by_keyboard_alone(boss: Page) -> None:
    boss.goto("/admin/reps/skill/")
    lead, pool = Lead.objects.latest("pk"), Pool.objects.latest("pk")
    box = boss.get_by_role("combobox", name="Find leads, people, rules and pages")
    chosen = boss.locator("#find [role=option][aria-selected=true]")

    boss.keyboard.press("Control+k")
    expect(box).to_be_focused()
    expect(chosen).to_contain_text("Dashboard")
    boss.keyboard.press("ArrowDown")
    expect(chosen).to_contain_text("Leads")
    expect(box).to_have_attribute("aria-activedescendant", chosen.get_attribute("id") or "")
    assert faults_of(boss, "#find") == []
    boss.keyboard.press("Escape")
    expect(box).to_be_hidden()

    boss.keyboard.press("Control+k")
    boss.keyboard.type(lead.email)
    boss.keyboard.press("Enter")  # before anything was found: it opens what then is
    boss.wait_for_url(f"**/admin/routing/lead/{lead.pk}/change/")

    boss.set_viewport_size({"width": 390, "height": 740})
    boss.get_by_role("link", name="Find").last.click()
    boss.keyboard.type(pool.name)
    expect(boss.get_by_role("option", name=pool.name).first).to_be_visible()
    assert boss.evaluate("document.documentElement.scrollWidth") <= 390
    boss.get_by_role("option", name=pool.name).first.click()
    boss.wait_for_url(f"**/admin/routing/pool/{pool.pk}/change/")


def test_without_a_script_it_is_a_page(plain: Page) -> None:
    plain.goto("/admin/")
    plain.locator("a[href='/admin/search/']").first.click()
    plain.locator("#find-here").fill("new rule")
    plain.locator("#find-here").press("Enter")
    plain.get_by_role("link", name="New rule").click()

    expect(plain.locator("form#rule_form")).to_be_visible()
