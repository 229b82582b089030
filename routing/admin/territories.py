"""Territories: what divides the market, and who owns which part."""

from __future__ import annotations

from functools import partial
from typing import Any, ClassVar

from django.contrib import admin
from django.http import HttpRequest
from django.urls import path, reverse
from django.utils.safestring import SafeString
from django.views.decorators.http import require_GET
from unfold.contrib.filters.admin import AutocompleteSelectFilter, RelatedDropdownFilter
from unfold.decorators import display

from reps.admin_display import NOTHING, badge, person, two_lines
from reps.admin_fields import ListField, RangeField
from routing.admin.base import DraftAdmin, ManagedForm, draft_badge
from routing.admin.exports import Exported
from routing.admin.territory_map import map_view
from routing.models import Territory
from routing.rulebook.words import criteria_in_words
from routing.services import manage


class TerritoryForm(ManagedForm):
    countries = ListField(upper=True, help_text="ISO 3166-1 codes, such as US, CA. Empty: any.")
    regions = ListField(upper=True, help_text="ISO 3166-2 codes, such as US-CA, US-OR. Empty: any.")
    cities = ListField(help_text="Names, separated by commas, such as Berlin, Potsdam. Empty: any.")
    postal_codes = ListField(
        help_text="Codes, beginnings or ranges: 94*, 90000-96199, 10115. They need exactly one country."
    )
    industries = ListField(help_text="As leads say them, separated by commas, such as energy, retail. Empty: any.")
    sources = ListField(help_text="Where leads come from, separated by commas, such as website, webinar. Empty: any.")
    languages = ListField(lower=True, help_text="Language codes, such as en, es. Empty: any.")
    employees = RangeField(help_text="How many people the company has, both ends included. Empty: any number.")
    annual_revenue = RangeField(
        help_text="What the company takes in a year, in your currency, both ends included. Empty: any amount."
    )

    class Meta:
        model = Territory
        fields: ClassVar[list[str]] = []  # the page says which
        help_texts = {
            "name": "What rules, reports and the map call it, such as California.",
            "parent": "The territory that this one is part of: its criteria must hold too. Empty: none.",
            "owner_rep": "Who gets its leads. Neither rep nor pool: the owner of the territory around it.",
            "owner_pool": "Whose members take turns for its leads. Choose either a rep or a pool.",
            "start": "The first day on which it counts, in the company's time zone. Empty: at once.",
            "end": "The last day on which it counts. Empty: for ever.",
        }


@admin.register(Territory)
class TerritoryAdmin(Exported, DraftAdmin):
    exports = ("territories",)
    imports = "territories"
    archive = staticmethod(manage.archive_territory)
    archive_argument = "territory"
    form = TerritoryForm
    list_display = ["name_in_tree", "criteria", "owner", "priority", "draft"]
    list_display_links = ["name_in_tree"]
    list_select_related = ["parent", "owner_rep", "owner_pool"]
    list_filter = [
        ("owner_rep", AutocompleteSelectFilter),
        ("owner_pool", RelatedDropdownFilter),
        ("parent", RelatedDropdownFilter),
    ]
    search_fields = ["name"]
    autocomplete_fields = ["parent", "owner_rep", "owner_pool"]
    empty_hint = "Territories divide the market by place, size or industry. A rule can send leads to their owners."
    publishing_note = "Everything you fill in must hold. A territory inside another one inherits its criteria."
    fieldsets = [
        (None, {"fields": [("name", "parent"), ("owner_rep", "owner_pool"), "priority"]}),
        ("Where", {"fields": [("countries", "regions"), ("cities", "postal_codes")]}),
        (
            "What kind of company or request",
            {"fields": [("industries", "sources"), ("employees", "annual_revenue"), "languages"]},
        ),
        ("When", {"fields": [("start", "end")]}),
    ]

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view(require_GET(partial(map_view, page=self)))
        return [path("map/", view, name="routing_territory_map"), *super().get_urls()]

    def file_links(self, request: HttpRequest) -> dict[str, Any]:
        return super().file_links(request) | {"map": reverse("admin:routing_territory_map")}

    @display(description="territory", ordering="name")
    def name_in_tree(self, territory: Territory) -> SafeString:
        return two_lines(territory.name, f"in {territory.parent.name}" if territory.parent else "")

    @display(description="covers")
    def criteria(self, territory: Territory) -> SafeString | str:
        return criteria_in_words(partial(getattr, territory)) or badge("Everything", "amber", "No criteria are given")

    @display(description="owner")
    def owner(self, territory: Territory) -> SafeString:
        if territory.owner_rep:
            return person(territory.owner_rep.name)
        if territory.owner_pool:
            return two_lines(territory.owner_pool.name, "pool")
        return badge("The one around it", "neutral") if territory.parent else NOTHING

    @display(description="draft")
    def draft(self, territory: Any) -> SafeString | str:
        return draft_badge(territory.mark)
