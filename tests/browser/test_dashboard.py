"""The pictures of the first page in a real browser: drawn, a way to their rows, alive after a refresh."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Browser, Page, expect

from routing.models import Assignment, Rule
from tests.browser.axe import faults_of
from tests.browser.conftest import open_page
from tests.factories import make_owned_lead, make_pool, make_rep

pytestmark = pytest.mark.browser

BLANK = """() => [...document.querySelectorAll("#dashboard canvas")].filter((canvas) =>
    !canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data.some((value) => value)).length"""
FLOW = "canvas[data-lr-chart=flow]"
MIDDLE_OF_FIRST_FLOW = f"""() => {{
    const flow = Chart.getChart(document.querySelector("{FLOW}")).getDatasetMeta(0).data[0]
    return {{x: (flow.x + flow.x2) / 2, y: (flow.y + flow.y2 + flow.height) / 2}}
}}"""
SCROLLS = """() => document.querySelector("#flow-table .lr-scroll").scrollWidth >
    document.querySelector("#flow-table .lr-scroll").clientWidth"""
REFRESH = "() => htmx.ajax('GET', '/admin/', {target: '#dashboard', select: '#dashboard', swap: 'outerHTML'})"
CHARTS = "() => Object.keys(Chart.instances).length"


@pytest.fixture
def boss(boss: Page) -> Page:
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
    boss.goto("/admin/")
    expect(boss.get_by_role("link", name="webinar 4")).to_be_visible()
    return boss


def test_the_pictures_are_drawn_in_every_look_and_anew_after_a_refresh(boss: Page) -> None:
    assert boss.locator("#dashboard canvas").count() >= 4
    assert boss.evaluate(BLANK) == 0
    assert faults_of(boss, "#main") == []
    for width in (360, 820, 1600):
        boss.set_viewport_size({"width": width, "height": 900})
        boss.wait_for_function("(width) => document.documentElement.scrollWidth <= width", arg=width)
        expect(boss.locator(FLOW)).to_be_visible(visible=width > 600)
        expect(boss.locator("#flow-table table")).to_be_visible(visible=width < 600)
        assert width > 600 or not boss.evaluate(SCROLLS)

    colour = f"() => Chart.getChart(document.querySelector('{FLOW}')).getDatasetMeta(0).data[0].options.colorFrom"
    light = boss.evaluate(colour)
    boss.evaluate("() => document.documentElement.classList.toggle('dark')")
    boss.wait_for_function(f"(light) => ({colour})() !== light", arg=light)
    assert boss.evaluate(BLANK) == 0

    before = boss.evaluate(CHARTS)
    old = boss.locator("#dashboard").element_handle()
    boss.evaluate(REFRESH)
    assert old and not old.evaluate("(node) => node.isConnected")
    assert boss.evaluate(BLANK) == 0
    assert boss.evaluate(CHARTS) == before
    expect(boss.get_by_role("link", name="webinar 4")).to_have_count(1)


def test_a_flow_and_a_place_of_it_lead_to_their_leads(boss: Page) -> None:
    picture = boss.locator(FLOW)
    picture.scroll_into_view_if_needed()
    picture.click(position=boss.evaluate(MIDDLE_OF_FIRST_FLOW))
    expect(boss.locator("#result_list tbody tr")).to_have_count(4)

    boss.go_back()
    boss.get_by_role("link", name="Ana Diaz 3").click()
    expect(boss.locator("#result_list tbody tr")).to_have_count(3)


def test_it_refreshes_every_minute_but_not_while_something_is_read(browser: Browser, boss: Page, site: str) -> None:
    with open_page(browser, site, storage_state=boss.context.storage_state()) as page:
        page.clock.install()
        page.goto("/admin/")
        expect(page.get_by_role("link", name="webinar 4")).to_be_visible()
        table = page.locator("#flow-table")
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        table.locator("summary").click()
        page.clock.run_for(61_000)
        expect(table.get_by_text("Ana Diaz")).to_be_visible()
        assert asked == []

        table.locator("summary").click()
        with page.expect_response("/admin/"):
            page.clock.run_for(61_000)
        assert page.evaluate(BLANK) == 0
