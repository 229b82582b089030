"""The test box of topics in a real browser: it needs no JavaScript."""

from __future__ import annotations

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Page, expect

from reps.models import Expertise
from routing.models import Topic
from routing.services.publish import publish
from tests.factories import make_pool, make_rep

pytestmark = pytest.mark.browser


def test_a_pasted_message_finds_its_expert_without_scripts(plain: Page) -> None:
    ana = make_rep("Ana Diaz")
    Expertise.objects.create(rep=ana, topic="observability", level=3)
    Topic.objects.create(name="observability", keywords=["tracing"])
    make_pool(ana, make_rep("Bob Ray"), name="Experts", strategy="intent")
    publish(note="", user=None, now=timezone.now())

    plain.goto(reverse("admin:routing_signal_topics"))
    plain.get_by_label("Message").fill("Do you do tracing? <img src=x onerror=alert(1)>")
    plain.get_by_role("button", name="Show the experts").click()

    expect(plain.get_by_role("heading", name="Ana Diaz would get it")).to_be_visible()
    expect(plain.locator("blockquote").first).to_contain_text("Do you do tracing")
    expect(plain.get_by_role("row").filter(has_text="Ana Diaz")).to_contain_text("observability 3 (expert)")
