"""A rep's way through the inbox in a real browser, on a page as wide as a phone."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Error, Page, expect

from routing.models import Assignment, Lead
from routing.services.action_links import ActionLink, sign
from routing.services.lead_actions import reassign
from tests.browser.conftest import open_page
from tests.factories import make_owned_lead, make_rep
from tests.inbox.conftest import own, with_sign_in

pytestmark = pytest.mark.browser
PHONE = {"width": 360, "height": 740}


@pytest.fixture
def company(bare_site):
    """Ana with a sign-in, and Bob."""
    return with_sign_in(make_rep("Ana Diaz", email="ana@acme.example")), make_rep("Bob Ray", email="bob@acme.example")


@pytest.fixture
def site(bare_site, company):
    return bare_site


@pytest.fixture
def ana(company):
    return company[0]


@pytest.fixture
def phone(page: Page):
    """A phone-sized page."""
    page.set_viewport_size(PHONE)
    return page


def lead_of(rep, **fields) -> Lead:
    now = timezone.now()
    facts = {"company": "Brightwater", "phone": "+14155552671", "message": "Please call", "country": "US"}
    lead = make_owned_lead(now, rep, owned_at=now - timedelta(minutes=1), **facts | fields)
    own(lead, rep, now)
    return lead


def link_of(lead: Lead, rep) -> str:
    return f"/a/{sign(ActionLink(lead.pk, rep.pk, 1))}?do=accept"


def is_accepted(lead: Lead) -> bool:
    return Assignment.objects.filter(lead=lead, accepted_at__isnull=False).exists()


def sign_in(page: Page) -> Page:
    page.goto("/inbox/")
    page.get_by_label("E-mail").fill("Ana@ACME.example")
    page.get_by_label("Password").fill("a good password")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="My leads")).to_be_visible()
    return page


def tap_what_is_asked(page: Page) -> None:
    number = page.locator("#ask").inner_text().split()[-1]
    page.get_by_role("button", name=number, exact=True).click()


def test_a_lead_is_accepted_from_the_mail_in_one_tap(phone, ana):
    lead = lead_of(ana)
    phone.goto(link_of(lead, ana))
    tap_what_is_asked(phone)

    expect(phone.get_by_text("Accepted.")).to_be_visible()
    expect(phone.get_by_role("link", name="Call +14155552671")).to_be_visible()
    assert is_accepted(lead)


def test_a_scanner_that_presses_every_button_in_order_accepts_nothing(visitor, ana):
    lead = lead_of(ana)
    with visitor.new_page() as scanner:  # what a machine is told may be an error to a browser
        scanner.goto(link_of(lead, ana))
        scanner.get_by_role("button").first.click()
        expect(scanner.get_by_text("That was not it")).to_be_visible()
        for place in range(scanner.get_by_role("button").count()):
            with suppress(Error):  # the button before may have led to a page with fewer, or be leading there
                scanner.get_by_role("button").nth(place).click(timeout=2_000)
    with visitor.new_page() as scanner:  # a page of its own: nothing is under way that could break it off
        scanner.goto(link_of(lead, ana))
        scanner.evaluate("setTimeout(() => document.forms[0].submit())")
        expect(scanner.get_by_text("That was not it")).to_be_visible()

    assert not is_accepted(lead)


def test_without_javascript_a_lead_is_accepted_by_mail_and_inbox(browser, ana, site):
    by_mail, by_inbox = lead_of(ana), lead_of(ana)
    with open_page(browser, site, viewport=PHONE, java_script_enabled=False) as plain:
        plain.goto(link_of(by_mail, ana))
        tap_what_is_asked(plain)
        sign_in(plain)
        plain.locator(f"[data-lead='{by_inbox.uuid}']").get_by_role("button", name="Accept").click()
        expect(plain.get_by_role("status")).to_contain_text("You accepted")

    assert is_accepted(by_mail)
    assert is_accepted(by_inbox)


def test_a_lead_is_accepted_called_and_won_in_the_inbox(phone, ana, visitor):
    lead = lead_of(ana)
    sign_in(phone)
    phone.get_by_role("button", name="Accept").click()
    expect(phone.get_by_role("status")).to_contain_text("You accepted")

    with phone.expect_response(lambda response: response.url.endswith("/call/")):
        phone.get_by_role("button", name="Call").click()
    with visitor.new_page() as later:  # the first is calling
        later.goto(f"/inbox/leads/{lead.uuid}/")
        expect(later.locator(".chip", has_text="Answered")).to_be_visible()

        later.locator("summary", has_text="Outcome").click()
        later.get_by_label("Won").check()
        later.get_by_label("Amount").fill("1200")
        later.get_by_role("button", name="Save the outcome").click()
        expect(later.get_by_role("status")).to_contain_text("won")


def test_a_lead_is_declined_with_two_taps(phone, ana):
    lead = lead_of(ana)
    sign_in(phone)
    phone.locator("summary", has_text="Decline").click()
    phone.get_by_role("button", name="No time").click()

    expect(phone.get_by_role("status").first).to_contain_text("Declined")
    assert Assignment.objects.get(lead=lead).decline_reason == "no_capacity"


def test_a_new_lead_appears_and_a_lost_one_goes_without_reload(phone, ana, company):
    sign_in(phone)
    expect(phone.get_by_text("Nothing to answer")).to_be_visible()
    phone.evaluate("window.stays = true")

    lead = lead_of(ana, first_name="Zoe")
    expect(phone.get_by_role("heading", name="Zoe")).to_be_visible()
    expect(phone).to_have_title("(1) My leads")
    reassign(lead=lead, rep=company[1], reason="", counts=False, now=timezone.now(), actor="boss")

    expect(phone.get_by_role("heading", name="Recently gone")).to_be_visible()
    assert phone.evaluate("window.stays") is True


def test_the_worker_keeps_the_shell_and_never_a_lead(phone, ana):
    lead = lead_of(ana)
    sign_in(phone)
    phone.evaluate("navigator.serviceWorker.ready.then(() => true)")
    phone.goto(f"/inbox/leads/{lead.uuid}/")
    kept = phone.evaluate(
        "caches.keys().then((names) => Promise.all(names.map((name) => caches.open(name).then((one) => one.keys()))))"
        ".then((found) => found.flat().map((request) => new URL(request.url).pathname))"
    )

    assert kept
    assert all(path.startswith("/static/") or path == "/inbox/offline/" for path in kept)
