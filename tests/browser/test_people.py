"""Who is away, who leaves, and who may see what, in a real browser; and the colours that somebody has chosen."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.contrib.auth.models import Group, User
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Page, expect

from reps.models import Rep, TimeOff
from routing.models import Lead, Rule
from routing.services.access import Role
from tests.browser.conftest import sign_in_quietly
from tests.factories import make_owned_lead, make_pool, make_rep
from tests.inbox.conftest import own

pytestmark = pytest.mark.browser


@pytest.fixture
def ana(site: str) -> Rep:
    """With a colleague in her pool, and a lead that she has not answered."""
    ana = make_rep("Ana Diaz")
    make_pool(ana, make_rep("Ben Ray"), name="SMB")
    now = timezone.now()
    own(make_owned_lead(now, ana, first_name="Zoe"), ana, now)
    return ana


def somebody(role: Role) -> User:
    user = User.objects.create_user(role.value, is_staff=True)
    user.groups.add(Group.objects.get(name=role.value))
    return user


def statuses(page: Page, *addresses: str) -> list[int]:
    """What they answer to whoever is signed in, without a way to another page."""
    return [page.request.get(address, max_redirects=0).status for address in addresses]


def test_a_rep_is_put_on_leave_and_then_leaves_for_good(boss: Page, ana: Rep) -> None:
    boss.goto(reverse("admin:reps_rep_change", args=[ana.pk]))
    boss.get_by_role("link", name="On leave").click()
    today = timezone.localdate()
    boss.get_by_label("First day").fill((today - timedelta(days=1)).isoformat())
    boss.get_by_label("Last day").fill((today + timedelta(days=2)).isoformat())
    boss.get_by_role("button", name="Save", exact=True).click()
    expect(boss.get_by_role("row", name="Ana Diaz")).to_contain_text("Away now")
    leave = TimeOff.objects.get(rep=ana)
    assert leave.ends_at - leave.starts_at == timedelta(days=4)

    boss.goto(reverse("admin:reps_rep_change", args=[ana.pk]))
    boss.get_by_role("link", name="Is leaving").click()
    boss.get_by_label("Open leads").select_option(label="Ben Ray")
    boss.get_by_role("button", name="Hand everything over").click()
    expect(boss.get_by_role("link", name="Is leaving")).to_have_count(0)
    ana.refresh_from_db()
    assert not ana.active
    assert Lead.objects.get(first_name="Zoe").owner == Rep.objects.get(name="Ben Ray")


def test_who_may_only_look_is_offered_nothing_to_change(page: Page, site: str) -> None:
    sign_in_quietly(page, site, somebody(Role.READ_ONLY))
    rule, lead = Rule.objects.earliest("pk"), Lead.objects.earliest("pk")
    page.goto(reverse("admin:routing_rule_change", args=[rule.pk]))
    expect(page.get_by_role("heading", name=rule.name).first).to_be_visible()
    expect(page.get_by_role("button", name="Save")).to_have_count(0)
    expect(page.get_by_role("link", name="API keys")).to_have_count(0)
    page.goto(reverse("admin:routing_lead_change", args=[lead.pk]))
    expect(page.get_by_role("link", name="Reassign")).to_have_count(0)
    page.goto(reverse("admin:routing_rulebookversion_publish"))
    expect(page.get_by_role("button", name="Publish now")).to_have_count(0)

    refused = ("routing_rule_add", "routing_apikey_changelist", "auth_user_changelist", "routing_suppression_person")
    assert statuses(page, *(reverse(f"admin:{name}") for name in refused)) == [403] * 4
    assert statuses(page, reverse("admin:routing_lead_do", args=[lead.pk, "reassign"])) == [403]


def test_a_rep_finds_their_own_leads_and_nothing_else(page: Page, site: str, ana: Rep) -> None:
    user = somebody(Role.REP)
    Rep.objects.filter(pk=ana.pk).update(user=user)
    sign_in_quietly(page, site, user)
    hers, others = Lead.objects.get(first_name="Zoe"), Lead.objects.earliest("pk")
    page.goto(reverse("admin:index"))
    menu = page.locator("#nav-sidebar a[href^='/admin/routing/'], #nav-sidebar a[href^='/admin/reps/']")
    assert [link.get_attribute("href") for link in menu.all()] == [reverse("admin:routing_lead_changelist")]
    page.get_by_role("link", name="Zoe").click()
    expect(page.get_by_role("heading", name="What happened")).to_be_visible()
    page.goto(f"/inbox/leads/{hers.uuid}/")
    expect(page.get_by_role("heading", name="Zoe")).to_be_visible()

    theirs = (reverse("admin:routing_lead_change", args=[others.pk]), f"/inbox/leads/{others.uuid}/")
    assert statuses(page, *theirs) == [404, 404]
    refused = ("routing_rule_changelist", "routing_pool_changelist", "reps_rep_changelist", "routing_territory_map")
    assert statuses(page, *(reverse(f"admin:{name}") for name in refused)) == [403] * 4


def test_the_colours_are_those_of_the_device_until_somebody_chooses(boss: Page) -> None:
    def ink() -> str:
        boss.goto("/admin/reps/skill/")
        colour: str = boss.evaluate("() => getComputedStyle(document.querySelector('#main')).color")
        return colour

    light = ink()
    boss.emulate_media(color_scheme="dark")
    dark = ink()
    assert dark != light

    boss.emulate_media(color_scheme="light")
    assert ink() == light
    boss.locator("#nav-sidebar").get_by_text("boss", exact=True).click()
    boss.get_by_role("button", name="Dark").click()
    expect(boss.locator("html")).to_have_class(re.compile("dark"))
    assert ink() == dark
