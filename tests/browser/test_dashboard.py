"""The pictures of the first page in a real browser: drawn, a way to their rows, alive after a refresh."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.utils import timezone
from playwright.sync_api import Page, expect

from routing.models import Assignment, Rule
from tests.browser.axe import faults_of
from tests.browser.conftest import sign_in_quietly
from tests.factories import make_owned_lead, make_pool, make_rep

pytestmark = pytest.mark.browser

BLANK = """() => [...document.querySelectorAll("#dashboard canvas")].filter((canvas) =>
    !canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data.some((value) => value)).length"""
FLOW = "canvas[data-lr-chart=flow]"
MIDDLE_OF_FIRST_FLOW = f"""() => {{
    const flow = Chart.getChart(document.querySelector("{FLOW}")).getDatasetMeta(0).data[0]
    return {{x: (flow.x + flow.x2) / 2, y: (flow.y + flow.y2 + flow.height) / 2}}
}}"""
REFRESH = "() => htmx.ajax('GET', '/admin/', {target: '#dashboard', select: '#dashboard', swap: 'outerHTML'})"
CHARTS = "() => Object.keys(Chart.instances).length"


@pytest.fixture
def boss(page: Page, site: str) -> Page:
    """On the dashboard of a house where leads of one source went to two reps."""
    now = timezone.now() - timedelta(hours=1)
    pool = make_pool(name="Inbound")
    rule = Rule.objects.create(name="Europe", position=7, pool=pool)
    parts = {"system_seconds": 1, "nobody_seconds": 0, "outside_seconds": 60, "rep_seconds": 100}
    answered = {"first_response_at": now + timedelta(seconds=161)} | parts
    for name, leads in (("Ana Diaz", 3), ("Ben Carter", 1)):
        rep = make_rep(name)
        for _ in range(leads):
            lead = make_owned_lead(now, rep, source="webinar", **answered)
            Assignment.objects.create(
                lead=lead, rep=rep, rule=rule, pool=pool, method="round_robin", assigned_at=now,
                responded_at=answered["first_response_at"],
            )  # fmt: skip
    sign_in_quietly(page, site, User.objects.get(username="boss"))
    page.goto("/admin/")
    expect(page.get_by_role("link", name="webinar 4")).to_be_visible()
    return page


def test_every_picture_is_drawn(boss: Page) -> None:
    assert boss.locator("#dashboard canvas").count() >= 4
    assert boss.evaluate(BLANK) == 0


def test_a_place_of_the_flow_leads_to_its_leads(boss: Page) -> None:
    boss.get_by_role("link", name="Ana Diaz 3").click()

    expect(boss.locator("#result_list tbody tr")).to_have_count(3)


def test_a_flow_leads_to_its_leads(boss: Page) -> None:
    picture = boss.locator(FLOW)
    picture.scroll_into_view_if_needed()
    picture.click(position=boss.evaluate(MIDDLE_OF_FIRST_FLOW))

    expect(boss.locator("#result_list tbody tr")).to_have_count(4)


def test_the_pictures_are_drawn_anew_after_a_refresh_and_the_old_ones_are_gone(boss: Page) -> None:
    before = boss.evaluate(CHARTS)
    old = boss.locator("#dashboard").element_handle()
    boss.evaluate(REFRESH)

    assert old and not old.evaluate("(node) => node.isConnected")
    assert boss.evaluate(BLANK) == 0
    assert boss.evaluate(CHARTS) == before
    expect(boss.get_by_role("link", name="webinar 4")).to_have_count(1)


def test_the_colours_change_with_the_page(boss: Page) -> None:
    colour = f"() => Chart.getChart(document.querySelector('{FLOW}')).getDatasetMeta(0).data[0].options.colorFrom"
    light = boss.evaluate(colour)
    boss.evaluate("() => document.documentElement.classList.toggle('dark')")

    boss.wait_for_function(f"(light) => ({colour})() !== light", arg=light)
    assert boss.evaluate(BLANK) == 0


@pytest.mark.parametrize("width", [360, 820, 1600])
def test_the_page_fits(width: int, boss: Page) -> None:
    boss.set_viewport_size({"width": width, "height": 900})

    boss.wait_for_function("(width) => document.documentElement.scrollWidth <= width", arg=width)


def test_everybody_can_use_it(boss: Page) -> None:
    assert faults_of(boss, "#main") == []


def test_it_refreshes_every_minute_but_not_while_something_is_read(boss: Page) -> None:
    boss.clock.install()
    boss.goto("/admin/")
    expect(boss.get_by_role("link", name="webinar 4")).to_be_visible()
    table = boss.locator("#flow-table")
    asked: list[str] = []
    boss.on("request", lambda request: asked.append(request.url))
    table.locator("summary").click()
    boss.clock.run_for(61_000)
    expect(table.get_by_text("Ana Diaz")).to_be_visible()
    assert asked == []

    table.locator("summary").click()
    with boss.expect_response("/admin/"):
        boss.clock.run_for(61_000)
    assert boss.evaluate(BLANK) == 0
