"""The page of a lead in a real browser: why not is answered in place, a lead changes hands, its story is shared."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Browser, Page, expect

from reps.models import TimeOff
from routing.models import Example, Lead
from routing.services.publish import publish
from routing.services.route_pending import route_all
from tests.browser.axe import faults_of
from tests.browser.conftest import open_page
from tests.factories import make_lead, make_pool, make_rep, make_rule

pytestmark = pytest.mark.browser
CLIPBOARD = "() => navigator.clipboard.readText()"


@pytest.fixture
def lead(site: str) -> Lead:
    """Ana got it from a pool of two, of whom Ben is on leave."""
    now = timezone.now()
    ana, ben = make_rep("Ana Diaz"), make_rep("Ben Ray")
    TimeOff.objects.create(
        rep=ben, starts_at=now - timedelta(days=1), ends_at=now + timedelta(days=9), reason="holiday"
    )
    Example.objects.all().delete()  # those of the company expect another pool
    make_rule(name="Everything", position=0, pool=make_pool(ana, ben, weights=[1, 3], name="SMB"))
    publish(note="", user=None, now=now)
    made = make_lead(now, company="Hooli")
    route_all(now=now)
    made.refresh_from_db()
    assert made.owner == ana
    return made


def open_lead(page: Page, lead: Lead) -> None:
    page.goto(reverse("admin:routing_lead_change", args=[lead.pk]))


def ask_why_not_ben(page: Page) -> None:
    page.get_by_label("Why not", exact=True).select_option(label="Ben Ray")
    page.get_by_role("button", name="Ask").click()
    answer = page.get_by_role("group", name="Why not Ben Ray")
    expect(answer).to_contain_text("Ben Ray could not take it: on leave until")
    expect(answer).to_contain_text("would have got the lead if they had not been on leave")


def test_why_not_is_asked_and_answered_in_place(boss: Page, lead: Lead) -> None:
    open_lead(boss, lead)
    address = boss.url
    ask_why_not_ben(boss)

    assert boss.url == address
    expect(boss.get_by_role("group", name="Why not Ben Ray")).to_be_focused()
    boss.locator("summary", has_text="Everything that can be done").click()
    assert faults_of(boss, "#main") == []
    for width in (360, 820, 1600):
        boss.set_viewport_size({"width": width, "height": 900})
        boss.wait_for_function("(width) => document.documentElement.scrollWidth <= width", arg=width)


def test_why_not_is_asked_beside_a_name_and_answered_without_a_script(plain: Page, lead: Lead) -> None:
    open_lead(plain, lead)
    plain.get_by_role("link", name="Why not? Ben Ray").click()
    expect(plain.get_by_role("group", name="Why not Ben Ray")).to_be_visible()
    ask_why_not_ben(plain)


def test_a_lead_is_reassigned_with_a_reason_and_the_timeline_says_so(boss: Page, lead: Lead) -> None:
    open_lead(boss, lead)
    boss.get_by_role("link", name="Reassign").first.click()
    boss.locator("select[name=rep]").select_option(label="Ben Ray")
    boss.get_by_label("Why", exact=True).fill("knows them from the fair")
    boss.get_by_role("button", name="Reassign").click()

    happened = boss.get_by_role("region", name="What happened")
    expect(happened).to_contain_text("Given to Ben Ray instead of Ana Diaz: knows them from the fair")
    expect(boss.locator(".lr-story")).to_contain_text("as its second owner, by hand: knows them from the fair")


def test_the_story_is_shared_by_a_link_that_can_be_copied_and_ended(
    boss: Page, browser: Browser, site: str, lead: Lead, settings: pytest.MonkeyPatch
) -> None:
    settings.PUBLIC_URL = site  # type: ignore[attr-defined]
    boss.context.grant_permissions(["clipboard-read", "clipboard-write"])
    open_lead(boss, lead)
    boss.get_by_role("button", name="Make a link").click()
    boss.get_by_role("button", name="Copy").click()
    expect(boss.get_by_role("button", name="Copied")).to_be_visible()
    address = boss.evaluate(CLIPBOARD)

    with open_page(browser, site) as stranger:
        stranger.goto(address)
        expect(stranger.get_by_role("heading", name=lead.name)).to_be_visible()
        assert faults_of(stranger) == []

        boss.get_by_role("button", name="End it now").click()
        expect(boss.get_by_text("The link opens nothing any more.")).to_be_visible()
        assert stranger.request.get(address).status == 410
