"""Buying signals, as they came in over the API, with the topics that are found in them."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.contrib import admin
from django.urls import path, reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from unfold.contrib.filters.admin import RangeDateTimeFilter
from unfold.decorators import display

from reps.admin_base import RecordAdmin
from reps.admin_display import NOTHING, moment, quiet, two_lines
from routing.admin.topics_page import topics_view
from routing.models import Signal
from routing.snapshots.rulebook import current_rulebook
from routing.snapshots.signals import topics_of_signals


@admin.register(Signal)
class SignalAdmin(RecordAdmin):
    list_display = ["what", "subject", "kind", "strength", "observed"]
    list_display_links = ["what"]
    list_select_related = ["lead"]
    list_filter = [("observed_at", RangeDateTimeFilter)]
    search_fields = ["title", "kind", "domain", "email"]
    empty_hint = (
        "Signals come over the API: a pricing visit, a funding round, new hires. They say what a lead is about."
    )
    publishing_note = "Topics are those of the published rulebook, as routing finds them."
    fields = ["title", "subject", ("kind", "strength"), ("observed", "half_life"), "text", "found", "source_url"]
    readonly_fields = ["subject", "observed", "half_life", "found"]

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view(partial(topics_view, page=self))
        return [path("topics/", view, name="routing_signal_topics"), *super().get_urls()]

    @display(description="signal", ordering="title")
    def what(self, signal: Signal) -> str:
        return str(signal)

    @display(description="about")
    def subject(self, signal: Signal) -> SafeString | str:
        if signal.lead:
            address = reverse("admin:routing_lead_change", args=[signal.lead_id])
            return format_html('<a class="lr-link" href="{}">{}</a>', address, signal.lead.label)
        return signal.email or signal.domain or NOTHING

    @display(description="observed", ordering="observed_at")
    def observed(self, signal: Any) -> SafeString:
        return moment(signal.observed_at, signal.seen_at)

    @display(description="half-life")
    def half_life(self, signal: Signal) -> SafeString | str:
        return f"{signal.half_life_days:g} days" if signal.half_life_days else quiet("the company's")

    @display(description="topics")
    def found(self, signal: Signal) -> SafeString:
        """What the signal is about, each with the words that show it."""
        published = current_rulebook()
        if published is None:
            return quiet("Nothing is published yet.")
        tags = topics_of_signals([signal], published.rulebook)[signal.pk]
        if not tags:
            return quiet("None of the published topics.")
        return format_html_join(
            "", "{}", ((two_lines(f"{tag.topic} ({tag.confidence:.0%})", f"“{tag.quote}”"),) for tag in tags)
        )
