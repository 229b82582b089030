"""Territories as a map: who owns which country and state, where nobody does, and where two claim the same."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse

from routing.admin.base import draft_context, received_at
from routing.admin.maps.chart import Chart, draft_territories, load_chart
from routing.admin.maps.pictures import picture
from routing.admin.maps.shapes import EUROPE, UNITED_STATES, WORLD
from routing.admin.maps.words import (
    conflicts_in_words,
    gaps_in_words,
    place_in_words,
    places_in_words,
    territories_in_words,
)
from routing.services.publish import published
from routing.services.which_version import PUBLISHED


def map_view(request: HttpRequest, page: Any) -> HttpResponse:
    """The map of the draft, or of the published version; one place of it looked at closely. Writes nothing."""
    page.require_view(request)
    newest = published()
    version = PUBLISHED if newest and request.GET.get("version") == PUBLISHED else ""
    content = newest.content if newest and version else draft_territories()
    chart = load_chart(content, version=version, now=received_at(request))
    context = {
        **page.admin_site.each_context(request),
        **draft_context(),
        "title": "Territory map",
        "model_admin": page,
        "version": version,
        "newest": newest,
        "may_edit": page.has_change_permission(request),
        **_context(chart, request.GET.get("place", "")),
    }
    return TemplateResponse(request, "admin/routing/territory_map.html", context)


def _context(chart: Chart, place: str) -> dict[str, Any]:
    looks = list(chart.looks.values())
    return {
        "maps": [
            picture(chart, WORLD, "The world by country", place),
            picture(chart, EUROPE, "Europe by country", place),
            picture(chart, UNITED_STATES, "The United States by state", place),
        ],
        "legend": looks,
        "grains": {look.fill: look for look in looks if look.fill}.values(),
        "place": place_in_words(chart, place) if place in chart.drawn.places else None,
        "conflicts": conflicts_in_words(chart),
        "gaps": gaps_in_words(chart),
        "territories": territories_in_words(chart),
        "table": places_in_words(chart),
    }
