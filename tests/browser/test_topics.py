"""The test box of topics in a real browser: it needs no JavaScript, and everybody can use what it answers."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from reps.models import Expertise
from routing.models import Topic
from routing.services.publish import publish
from tests.browser.axe import faults_of
from tests.browser.conftest import open_page, sign_in_quietly
from tests.factories import make_pool, make_rep

pytestmark = pytest.mark.browser


def test_a_pasted_message_finds_its_expert_and_everybody_can_read_why(browser: Any, site: str) -> None:
    ana = make_rep("Ana Diaz")
    Expertise.objects.create(rep=ana, topic="observability", level=3)
    Topic.objects.create(name="observability", keywords=["tracing"])
    make_pool(ana, make_rep("Bob Ray"), name="Experts", strategy="intent")
    publish(note="", user=None, now=timezone.now())

    for scripts in (False, True):
        size: Any = {"width": 360, "height": 740}
        with open_page(browser, site, java_script_enabled=scripts, viewport=size) as page:
            sign_in_quietly(page, site, User.objects.get(username="boss"))
            page.goto(reverse("admin:routing_signal_topics"))
            page.get_by_label("Message").fill("Do you do tracing? <img src=x onerror=alert(1)>")
            page.get_by_role("button", name="Show the experts").click()

            expect(page.get_by_role("heading", name="Ana Diaz would get it")).to_be_visible()
            expect(page.locator("blockquote").first).to_contain_text("Do you do tracing")
            expect(page.get_by_role("row").filter(has_text="Ana Diaz")).to_contain_text("observability 3 (expert)")
            if scripts:
                assert faults_of(page, "#main") == []
                assert page.evaluate("document.documentElement.scrollWidth") <= 360
