"""A sales manager's way through the admin in a real browser."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from django.utils import timezone
from playwright.sync_api import Page, expect

from reps.models import Rep
from routing.models import Lead, Pool
from routing.services.receive_lead import receive_lead
from routing.services.route_pending import route_all
from tests.browser.conftest import sign_in_quietly

pytestmark = pytest.mark.browser

PAGES = (
    "/admin/",
    "/admin/routing/lead/",
    "/admin/routing/rule/",
    "/admin/routing/rule/add/",
    "/admin/routing/rule/conditions/",
    "/admin/routing/rule/simulate/",
    "/admin/routing/rule/presets/",
    "/admin/routing/rulebookversion/publish/",
    "/admin/routing/work/start/replay/",
    "/admin/reps/rep/",
)
NAMELESS = """[...document.querySelectorAll("td input:not([type=hidden]), td select, [role=combobox]")]
    .filter((field) => field.checkVisibility() && !field.labels?.length && !field.getAttribute("aria-label"))
    .map((field) => field.id)"""


def pages_of_rows() -> list[str]:
    """The pages that belong to one row: a lead, a pool's ledger and results, a rep's statement."""
    lead, pool, rep = (model.objects.values_list("pk", flat=True).first() for model in (Lead, Pool, Rep))
    return [
        f"/admin/routing/lead/{lead}/change/",
        f"/admin/routing/pool/{pool}/ledger/",
        f"/admin/routing/pool/{pool}/results/",
        f"/admin/reps/rep/{rep}/statement/",
    ]


@pytest.fixture
def boss(page: Page, site: str) -> Page:
    sign_in_quietly(page, site, User.objects.get(username="boss"))
    page.goto("/admin/")
    return page


def test_the_owner_signs_in_and_the_dashboard_draws_its_charts(page):
    page.goto("/admin/")
    page.get_by_label("Username").fill("boss")
    page.get_by_label("Password").fill("a good password")
    page.get_by_role("button", name="Log in").click()

    expect(page.get_by_role("heading", name="Leads today")).to_be_visible()
    expect(page.get_by_role("img", name="Leads by day")).to_be_visible()


def test_a_lead_opens_from_the_list(boss):
    boss.get_by_role("navigation").locator("a[href='/admin/routing/lead/']").click()
    boss.locator("#result_list tbody a").first.click()

    expect(boss.get_by_role("heading", name="What happened")).to_be_visible()


def test_a_rule_is_changed_and_published(boss):
    boss.get_by_role("link", name="Rules").click()
    boss.locator("#result_list tbody a").first.click()
    boss.get_by_role("button", name="Add a condition").first.click()
    boss.get_by_label("Field", exact=True).last.select_option("employees")
    boss.get_by_label("Comparison").last.select_option("gt")
    boss.get_by_label("Value").last.fill("100")
    boss.get_by_role("button", name="Save", exact=True).click()

    expect(boss.locator("#result_list")).to_contain_text("country is US and employees is more than 100")
    boss.get_by_role("link", name="look and publish").click()
    boss.get_by_label("Note").fill("Only bigger ones")
    boss.get_by_role("button", name="Publish now").click()

    expect(boss.get_by_text("Version 2 is live")).to_be_visible()
    expect(boss.get_by_role("heading", name="The draft is live")).to_be_visible()


def test_only_comparisons_that_fit_the_field_are_offered(boss):
    boss.goto("/admin/routing/rule/add/")
    boss.get_by_role("button", name="Add a condition").first.click()
    boss.get_by_label("Field", exact=True).last.select_option("kind")

    offered = boss.get_by_label("Comparison").last.locator("option:not([disabled])").all_inner_texts()

    assert offered == ["is", "is not", "is one of", "is none of", "is not known", "is known"]


def test_the_pages_fit_on_a_phone(boss):
    boss.set_viewport_size({"width": 360, "height": 740})

    for address in (*PAGES, *pages_of_rows()):
        boss.goto(address)
        assert boss.evaluate("document.documentElement.scrollWidth") <= 360, address


def test_every_field_has_a_name_for_screen_readers(boss):
    boss.goto("/admin/routing/pool/")
    boss.locator("#result_list tbody a").first.click()
    boss.wait_for_load_state("networkidle")

    assert boss.evaluate(NAMELESS) == []


def test_a_test_lead_shows_the_way_that_was_set_up_and_published(boss):
    boss.goto("/admin/routing/rule/presets/")
    boss.locator("button[value=round_robin]").click()
    boss.get_by_role("link", name="Look and publish").click()
    boss.get_by_role("button", name="Publish now").click()
    boss.get_by_role("button", name="Send the test lead").click()

    expect(boss.get_by_text("The test lead was sent")).to_be_visible()
    expect(boss.get_by_role("region", name="Why")).to_contain_text("by version 2 of the rulebook")


def test_a_rule_can_be_changed_without_javascript(boss):
    expect(boss.get_by_role("heading", name="Leads today")).to_be_visible()
    context = boss.context.browser.new_context(java_script_enabled=False, base_url=boss.url.split("/admin")[0])
    context.add_cookies(boss.context.cookies())
    plain = context.new_page()
    plain.goto("/admin/routing/rule/")
    plain.locator("#result_list tbody a").first.click()
    plain.locator("[name=conditions-0-1-field]").select_option("employees")
    plain.locator("[name=conditions-0-1-op]").select_option("gt")
    plain.locator("[name=conditions-0-1-value]").fill("100")
    plain.locator("[name=_save]").click()

    expect(plain.locator("#result_list")).to_contain_text("country is US and employees is more than 100")


def test_a_way_of_sharing_is_set_up_and_published_and_the_lead_says_why(boss):
    boss.get_by_role("link", name="How do you share leads?").click()
    boss.locator("button[value=recommended]").click()
    expect(boss.get_by_role("heading", name="What the draft would do with a test lead now")).to_be_visible()
    boss.get_by_role("link", name="Look and publish").click()
    boss.get_by_label("Note").fill("Recommended")
    boss.get_by_role("button", name="Publish now").click()
    expect(boss.get_by_text("Version 2 is live")).to_be_visible()

    lead = receive_lead(facts={"email": "mia@brightwater.example", "kind": "demo"}, now=timezone.now()).lead
    route_all(now=timezone.now())
    boss.goto(f"/admin/routing/lead/{lead.pk}/change/")

    expect(boss.get_by_role("region", name="Why")).to_contain_text("by version 2 of the rulebook")
