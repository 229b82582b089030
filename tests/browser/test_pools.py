"""The form of a pool in a real browser: the slider, the sentence and the shares follow what is typed."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Locator, Page, expect

from reps.models import Rep
from routing.engine.ledger import entitle, pay
from routing.engine.types import LedgerKey, Member
from routing.models import LedgerAccount, Pool
from routing.snapshots.postings import posting_row
from tests.browser.axe import faults_of
from tests.browser.conftest import open_page, sign_in_quietly
from tests.factories import make_owned_lead, make_pool, make_rep

pytestmark = pytest.mark.browser


@pytest.fixture
def pool(site: str) -> Pool:
    return make_pool(make_rep("Ana Diaz"), make_rep("Bob Ray"), name="Best first", strategy="performance")


@pytest.fixture
def form(page: Page, site: str, pool: Pool) -> Page:
    sign_in_quietly(page, site, User.objects.get(username="boss"))
    page.goto(reverse("admin:routing_pool_change", args=[pool.pk]))
    return page


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


def test_a_method_without_a_tolerance_shows_no_slider_but_says_so(form: Page) -> None:
    form.get_by_label("Method").select_option("round_robin")

    expect(form.get_by_role("slider", name="Turn tolerance")).to_have_count(0)
    expect(words(form)).to_contain_text("By turn the order is never left")


def test_the_shares_follow_the_weights_that_are_typed_or_dragged_and_who_is_added(form: Page) -> None:
    expect(shares(form)).to_have_text(["50%", "50%"])

    form.get_by_label("Weight", exact=True).first.fill("3")
    expect(shares(form)).to_have_text(["75%", "25%"])
    form.get_by_role("slider", name="Weight of Bob Ray").fill("2")
    expect(form.get_by_label("Weight", exact=True).nth(1)).to_have_value("2")
    expect(shares(form)).to_have_text(["60%", "40%"])
    form.get_by_role("link", name="Add another Member").click()
    expect(shares(form)).to_have_text(["50%", "33%", "17%"])


def test_everybody_can_use_the_form_the_ledger_the_lab_the_statement_and_the_coverage(form: Page, pool: Pool) -> None:
    ana, bob = (member.rep_id for member in pool.members.order_by("pk"))
    turn = pay(entitle([Member(ana, 1000), Member(bob, 1000)]), LedgerKey(pool.ledger_id), ana)
    posting_row(turn, now=timezone.now()).save()
    LedgerAccount.objects.create(ledger=pool.ledger, rep_id=ana, balance=-(10**9) // 2)
    LedgerAccount.objects.create(ledger=pool.ledger, rep_id=bob, balance=10**9 // 2)
    ended_at = timezone.now() - timedelta(days=2)
    for number in range(6):
        outcome = "lost" if number % 3 else "won"
        make_owned_lead(ended_at, Rep.objects.get(pk=ana), outcome=outcome, outcome_at=ended_at)
    found = {"form": faults_of(form, "#main")}

    for name, address in {
        "lab": f"{reverse('admin:routing_pool_lab')}?pool={pool.pk}",
        "ledger": reverse("admin:routing_pool_ledger", args=[pool.pk]),
        "statement": reverse("admin:reps_rep_statement", args=[ana]),
        "coverage": f"{reverse('admin:reps_rep_coverage')}?of=pool-{pool.pk}&hour=mon-09#hour",
    }.items():
        form.goto(address)
        form.evaluate("() => document.querySelectorAll('#main details').forEach((one) => { one.open = true })")
        found[name] = faults_of(form, "#main")
        form.set_viewport_size({"width": 360, "height": 740})
        assert form.evaluate("document.documentElement.scrollWidth") <= 360, name
        form.set_viewport_size({"width": 1280, "height": 720})

    assert {name: faults for name, faults in found.items() if faults} == {}


def test_without_scripts_the_number_is_there_and_no_slider(browser: Any, site: str, pool: Pool) -> None:
    with open_page(browser, site, java_script_enabled=False) as page:
        sign_in_quietly(page, site, User.objects.get(username="boss"))
        page.goto(reverse("admin:routing_pool_change", args=[pool.pk]))

        expect(page.get_by_role("spinbutton", name="Turn tolerance")).to_be_visible()
        expect(page.get_by_role("slider")).to_have_count(0)
        expect(shares(page)).to_have_text(["50%", "50%"])
