"""The condition builder in a real browser: with keyboard and mouse, with its live count, and without JavaScript."""

from __future__ import annotations

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Page, expect

from routing.models import Assignment, Lead, Pool, Rule
from routing.services.receive_lead import receive_lead
from routing.services.route_pending import route_all
from tests.browser.axe import faults_of
from tests.factories import make_lead, make_pool, make_rep

pytestmark = pytest.mark.browser
ADD = reverse("admin:routing_rule_add")


@pytest.fixture
def boss(boss: Page) -> Page:
    """On the form of a new rule, in a house of five leads."""
    Lead.objects.all().update(country="FR")
    for country in ("DE", "DE", "AT", "US"):
        make_lead(timezone.now(), country=country, kind="demo", employees=200, last_name=f"From {country}")
    boss.goto(ADD)
    return boss


def focused(page: Page) -> str:
    """What the keyboard is in: the name of a field, or the label of a button."""
    name: str = page.evaluate("document.activeElement.name || document.activeElement.textContent.trim()")
    return name


def choose(page: Page, text: str) -> None:
    """By typing in a list that the keyboard is in."""
    page.keyboard.type(text)
    page.keyboard.press("Tab")


def test_a_rule_of_two_groups_is_built_counted_saved_published_and_routes_a_lead(boss: Page) -> None:
    make_pool(make_rep("Ana Diaz"), name="Central")
    boss.get_by_label("Name", exact=False).first.fill("Neighbours")
    boss.get_by_label("Place in the list").fill("0")

    # the first group by keyboard alone
    boss.get_by_role("button", name="Add a condition").focus()
    boss.keyboard.press("Enter")
    choose(boss, "Employees")
    choose(boss, "is between")
    boss.keyboard.type("10")
    boss.keyboard.press("Tab")
    boss.keyboard.type("500")
    boss.get_by_role("button", name="Add a condition").focus()
    boss.keyboard.press("Enter")
    choose(boss, "Country")
    boss.keyboard.press("Tab")  # past “is”
    choose(boss, "United States")
    expect(boss.locator("[data-count]")).to_contain_text("Matches 1 of the last 5 leads")

    # the second with the mouse
    boss.get_by_role("button", name="Or: another group").click()
    group = boss.get_by_role("group", name="Group 2")
    group.get_by_label("Field", exact=True).select_option("country")
    group.get_by_label("Comparison").select_option("any_of")
    for country in ("Germany", "Austria"):
        group.get_by_label("Value: add one").fill(country)
        boss.keyboard.press("Enter")
    expect(boss.locator("[data-said]")).to_have_text("Austria added, 2 in all")
    expect(boss.locator("[data-count]")).to_contain_text("Matches 4 of the last 5 leads")
    expect(boss.get_by_role("list", name="The newest that match").get_by_role("listitem")).to_have_count(3)
    assert faults_of(boss, ".lr-conditions") == []
    boss.set_viewport_size({"width": 390, "height": 800})
    assert boss.evaluate("document.documentElement.scrollWidth") <= 390
    boss.set_viewport_size({"width": 1280, "height": 800})

    boss.locator(".field-pool [role=combobox]").click()
    boss.get_by_role("option", name="Central", exact=True).click()
    boss.get_by_role("button", name="Save", exact=True).click()
    expect(boss.locator("#result_list")).to_contain_text(
        "(employees is between 10 and 500 and country is US) or country is one of DE, AT"
    )
    boss.get_by_role("link", name="look and publish").click()
    boss.get_by_role("button", name="Publish now").click()
    expect(boss.get_by_text("Version 2 is live")).to_be_visible()

    lead = receive_lead(facts={"email": "mia@brightwater.example", "country": "AT"}, now=timezone.now()).lead
    route_all(now=timezone.now())
    assigned = Assignment.objects.get(lead=lead)
    assert (assigned.rule, assigned.pool) == (Rule.objects.get(name="Neighbours"), Pool.objects.get(name="Central"))


def test_the_keyboard_stays_where_the_work_is_and_each_act_is_told(boss: Page) -> None:
    said = boss.locator("[data-said]")

    boss.get_by_role("button", name="Add a condition").click()
    assert focused(boss) == "conditions-0-0-field"
    boss.get_by_label("Field", exact=True).select_option("kind")
    boss.get_by_label("Value").last.select_option("demo")

    boss.get_by_role("button", name="Duplicate line 1 of group 1").click()
    assert focused(boss) == "conditions-0-1-field"
    expect(said).to_have_text("Line doubled, group 1 has 2 lines")
    assert boss.locator("[name=conditions-0-1-value]").input_value() == "demo"

    boss.get_by_role("button", name="Duplicate group 1").click()
    assert focused(boss) == "conditions-1-0-field"
    expect(boss.locator("[data-count]")).to_contain_text("Matches 4 of the last 5 leads")

    boss.get_by_role("button", name="Remove line 1 of group 2").click()
    assert focused(boss) == "conditions-1-0-field"
    boss.get_by_role("button", name="Remove line 1 of group 2").click()
    assert focused(boss) == "conditions-0-0-field"
    expect(said).to_have_text("Group 2 removed, 1 left")

    boss.get_by_role("button", name="Remove group 1").click()
    assert focused(boss) == "add Add a condition"
    expect(boss.locator("[data-count]")).to_contain_text("Matches 5 of the last 5 leads")


def test_each_value_has_the_editor_of_its_field_and_an_unfinished_line_is_told(boss: Page) -> None:
    boss.get_by_role("button", name="Add a condition").click()
    field, comparison = boss.get_by_label("Field", exact=True), boss.get_by_label("Comparison")
    value = boss.locator("[data-value] > :not([data-part])")
    editors = {}
    field.select_option("kind")
    offered = comparison.locator("option:not([disabled])").all_inner_texts()
    assert offered == ["is", "is not", "is one of", "is none of", "is not known", "is known"]
    for name, operator in (
        ("country", "is"), ("employees", "gt"), ("submitted_at", "before"), ("returning", "is"),
        ("city", "any_of"), ("company", "contains"), ("company", "empty"),
    ):  # fmt: skip
        field.select_option(name)
        comparison.select_option(operator)
        shown = value.locator("xpath=descendant-or-self::*[self::input or self::select]")
        editors[name, operator] = shown.evaluate_all("all => all.map((one) => one.type)")

    assert list(editors.values()) == [
        ["select-one"], ["text"], ["date"], ["select-one"], ["text"], ["text"], [],
    ]  # fmt: skip
    field.select_option("city")
    comparison.select_option("any_of")
    boss.get_by_label("Value: add one").focus()
    boss.keyboard.type('Boston,"Washington, D.C."\n')
    assert boss.locator("[name=conditions-0-0-value]").input_value() == 'Boston, "Washington, D.C."'
    field.select_option("employees")
    comparison.select_option("gte")
    expect(value).to_contain_text("people")
    expect(boss.locator("[data-count]")).to_contain_text("Not counted yet")


def test_an_error_stands_beside_its_line_until_that_is_mended(boss: Page) -> None:
    boss.get_by_role("button", name="Add a condition").click()
    boss.get_by_label("Field", exact=True).select_option("employees")
    boss.get_by_label("Comparison").select_option("gt")
    boss.get_by_label("Value, people").fill("many")
    boss.get_by_role("button", name="Save", exact=True).click()

    value = boss.get_by_label("Value, people")
    expect(value).to_have_accessible_description("“many” is not a number.")
    expect(boss.get_by_label("Field", exact=True)).to_be_focused()  # once the page's script has run
    value.fill("100")
    expect(boss.locator(".lr-row__error")).to_have_count(0)
    expect(boss.locator("[data-count]")).to_contain_text("Matches 4 of the last 5 leads")


def test_what_was_stored_is_saved_as_it_was(boss: Page) -> None:
    """Without a touch: values with commas, open ranges, signals and days that a date field cannot show."""
    conditions = [
        [{"field": "city", "op": "any_of", "value": ["Washington, D.C.", "Boston"]}],
        [{"field": "employees", "op": "between", "value": [None, 500]}],
        [{"field": "signal.funding", "op": "has_signal", "value": 0.5}],
        [{"field": "submitted_at", "op": "after", "value": "2026-01-01T09:00:00"}],
        [{"field": "attributes.plan", "op": "is", "value": "gold"}],
    ]
    rule = Rule.objects.create(name="Odd", conditions=conditions, pool=Pool.objects.first(), position=3)
    boss.goto(reverse("admin:routing_rule_change", args=[rule.pk]))
    boss.get_by_role("button", name="Save", exact=True).click()
    expect(boss.locator("#result_list")).to_be_visible()

    rule.refresh_from_db()
    assert rule.conditions == conditions


def test_without_javascript_a_rule_is_built_counted_by_a_button_and_saved(boss: Page, plain: Page) -> None:
    plain.goto(ADD)
    plain.locator("[name=conditions-0-0-field]").select_option("country")
    plain.locator("[name=conditions-0-0-value]").fill("Germany")
    plain.get_by_role("button", name="Count matches").click()

    expect(plain.locator("[data-count]")).to_contain_text("Matches 2 of the last 5 leads")
    expect(plain.locator("[name=conditions-0-0-value]")).to_have_value("Germany")
    plain.locator("[name=conditions-1-2-field]").select_option("kind")
    plain.locator("[name=conditions-1-2-value]").fill("trial")
    plain.locator("[name=name]").fill("Plain")
    plain.locator("[name=pool]").select_option(index=1)
    plain.locator("[name=_save]").click()

    expect(plain.locator("#result_list")).to_contain_text("country is DE or kind is trial")
