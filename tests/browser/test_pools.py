"""The form of a pool in a real browser: the slider, the sentence and the shares follow what is typed."""

from __future__ import annotations

import pytest
from django.urls import reverse
from playwright.sync_api import Locator, Page, expect

from routing.models import Pool
from tests.factories import make_pool, make_rep

pytestmark = pytest.mark.browser


@pytest.fixture
def pool(site: str) -> Pool:
    return make_pool(make_rep("Ana Diaz"), make_rep("Bob Ray"), name="Best first", strategy="performance")


@pytest.fixture
def form(boss: Page, pool: Pool) -> Page:
    boss.goto(reverse("admin:routing_pool_change", args=[pool.pk]))
    return boss


def words(form: Page) -> Locator:
    return form.locator(".lr-tolerance__words")


def shares(form: Page) -> Locator:
    return form.locator("tbody.form-group:not(.empty-form) .field-share")


def test_the_slider_the_number_and_the_sentence_are_one_value_and_it_is_saved(form: Page, pool: Pool) -> None:
    slider, number = (form.get_by_role(role, name="Turn tolerance") for role in ("slider", "spinbutton"))
    expect(words(form)).to_contain_text("more than 1 turn behind them")

    slider.press("ArrowRight")
    expect(number).to_have_value("1.5")
    expect(words(form)).to_contain_text("more than 1.5 turns behind them")
    number.fill("3")
    expect(slider).to_have_value("3")
    form.get_by_role("button", name="Save and continue editing").click()

    expect(form.get_by_text("was changed successfully")).to_be_visible()
    pool.refresh_from_db()
    assert pool.band == 3


def test_the_shares_follow_the_weights_and_the_slider_goes_where_a_method_knows_no_tolerance(form: Page) -> None:
    expect(shares(form)).to_have_text(["50%", "50%"])

    form.get_by_label("Weight", exact=True).first.fill("3")
    expect(shares(form)).to_have_text(["75%", "25%"])
    form.get_by_role("slider", name="Weight of Bob Ray").fill("2")
    expect(form.get_by_label("Weight", exact=True).nth(1)).to_have_value("2")
    expect(shares(form)).to_have_text(["60%", "40%"])
    form.get_by_role("link", name="Add another Member").click()
    expect(shares(form)).to_have_text(["50%", "33%", "17%"])

    form.get_by_label("Method").select_option("round_robin")
    expect(form.get_by_role("slider", name="Turn tolerance")).to_have_count(0)
    expect(words(form)).to_contain_text("By turn the order is never left")


def test_without_scripts_the_number_is_there_and_no_slider(plain: Page, pool: Pool) -> None:
    plain.goto(reverse("admin:routing_pool_change", args=[pool.pk]))

    expect(plain.get_by_role("spinbutton", name="Turn tolerance")).to_be_visible()
    expect(plain.get_by_role("slider")).to_have_count(0)
    expect(shares(plain)).to_have_text(["50%", "50%"])
