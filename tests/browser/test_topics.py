"""The test box of topics in a real browser: it needs no JavaScript."""

from __future__ import annotations

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Page, expect

from reps.models import Expertise
from routing.intent import embeddings
from routing.models import RoutingSettings, Topic
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
    expect(plain.locator("tr.lr-won")).to_contain_text("observability 3 (expert)")


def test_topics_show_how_sure_they_are_and_why_keywords_stand_in_for_the_model(
    plain: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(embeddings, "_folder", lambda: None)
    RoutingSettings.objects.update(extractor="embeddings")
    Topic.objects.create(name="observability", keywords=["tracing"])
    publish(note="", user=None, now=timezone.now())

    plain.goto(reverse("admin:routing_signal_topics"))
    expect(plain.get_by_text("Keywords find them for now: the extra for it is not installed")).to_be_visible()
    plain.get_by_label("Message").fill("Do you do tracing?")
    plain.get_by_role("button", name="Show the experts").click()

    found = plain.get_by_role("listitem").filter(has_text="observability")
    expect(found).to_contain_text("60% sure, from the message")
    expect(found.locator("blockquote")).to_have_text("“Do you do tracing”")
    expect(plain.get_by_text("Topics were found by keywords: the extra for it is not installed")).to_be_visible()
