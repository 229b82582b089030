"""The rulebook in a real browser: an error stops it, a change is tried out, what a wrong version did is put right."""

from __future__ import annotations

import re

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Page, expect

from routing.models import Example, Lead, Rule
from routing.services.publish import publish
from routing.services.receive_lead import receive_lead
from routing.services.route_pending import route_all
from tests.browser.conftest import work_off
from tests.factories import make_pool, make_rep, make_rule

pytestmark = pytest.mark.browser
PUBLISH = reverse("admin:routing_rulebookversion_publish")


def test_an_error_stops_publishing_until_it_is_mended(boss: Page) -> None:
    Rule.objects.filter(catch_all=False).update(conditions=[[{"field": "country", "op": "is", "value": "Narnia"}]])
    boss.goto(PUBLISH)
    expect(boss.get_by_role("region", name="What the check finds")).to_contain_text("Narnia")
    expect(boss.get_by_role("button", name="Publish now")).to_be_disabled()

    boss.get_by_role("navigation").locator("a[href='/admin/routing/rule/']").click()
    boss.locator("#result_list tbody a").first.click()
    expect(boss.get_by_role("button", name="Add a condition").first).to_be_visible()  # the builder is there
    boss.get_by_label("Field", exact=True).select_option("kind")
    boss.get_by_label("Value").select_option("demo")
    boss.get_by_role("button", name="Save", exact=True).click()
    boss.get_by_role("link", name="look and publish").click()
    boss.get_by_label("Note").fill("Nobody lives there")
    boss.get_by_role("button", name="Publish now").click()

    expect(boss.get_by_text("Version 2 is live")).to_be_visible()
    expect(boss.get_by_role("heading", name="The draft is live")).to_be_visible()


@pytest.fixture
def germans(site: str) -> list[Lead]:
    """Two, whom version 2 gave to Ana; the draft would give them to Greta."""
    Example.objects.all().delete()  # those of the company expect another pool
    rule = make_rule(
        name="Germany", position=0, pool=make_pool(make_rep("Ana Diaz"), name="SMB"),
        conditions=[[{"field": "country", "op": "is", "value": "DE"}]],
    )  # fmt: skip
    now = timezone.now()
    publish(note="wrong", user=None, now=now)
    facts = ({"email": f"{name}@{name}.example", "country": "DE"} for name in ("kim", "lee"))
    leads = [receive_lead(facts=each, now=now).lead for each in facts]
    route_all(now=now)
    Rule.objects.filter(pk=rule.pk).update(pool=make_pool(make_rep("Greta Lund"), name="DACH"))
    return leads


def owners(leads: list[Lead]) -> list[str]:
    keys = [lead.pk for lead in leads]
    return list(Lead.objects.filter(pk__in=keys).values_list("owner__name", flat=True))


def test_a_change_is_simulated_replayed_and_published_and_old_decisions_are_repaired(
    boss: Page, germans: list[Lead]
) -> None:
    assert owners(germans) == ["Ana Diaz"] * 2
    boss.goto(PUBLISH)
    boss.get_by_role("link", name="Simulate one lead").click()
    boss.get_by_label("or one typed in").fill("email: mia@globex.de\ncountry: DE")
    boss.get_by_role("button", name="Simulate").click()
    expect(boss.get_by_role("region", name="Greta Lund")).to_contain_text("by the draft")

    boss.goto(PUBLISH)
    boss.get_by_role("link", name="Replay past leads").click()
    boss.get_by_label("The last days").fill("1")
    boss.get_by_role("button", name="Replay past leads").click()
    expect(boss.get_by_role("progressbar")).to_be_visible()
    work_off()
    expect(boss.get_by_role("heading", name=re.compile("^2 of . leads would change hands"))).to_be_visible()
    expect(boss.get_by_role("region", name="Leads that would change hands")).to_contain_text("Greta Lund")

    boss.goto(PUBLISH)
    boss.get_by_role("button", name="Publish now").click()
    expect(boss.get_by_text("Version 3 is live")).to_be_visible()
    boss.get_by_role("link", name="Repair decisions").click()
    boss.get_by_role("button", name="Repair decisions").click()
    work_off()
    expect(boss.get_by_role("heading", name=re.compile("^2 of . leads would move"))).to_be_visible()
    assert owners(germans) == ["Ana Diaz"] * 2
    boss.get_by_role("link", name="Apply the repair").click()
    boss.get_by_label("Move these leads now").check()
    boss.get_by_role("button", name="Apply the repair").click()
    work_off()
    expect(boss.get_by_role("heading", name=re.compile("^2 of . leads moved"))).to_be_visible()
    assert owners(germans) == ["Greta Lund"] * 2
