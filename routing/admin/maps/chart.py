"""What a page about the places of territories knows: whose each place is, and how many leads came from it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django.urls import reverse
from django.utils import timezone

from routing.admin.maps.looks import Look, Owner, looks, main_territory, owner_key, owner_name
from routing.admin.maps.shapes import place_names
from routing.engine.counting import counted
from routing.engine.types import Territory, TerritoryId
from routing.insights.periods import Period
from routing.insights.territories import Origin, TerritoryMap, leads_by_place, territory_map
from routing.models import Territory as TerritoryRow
from routing.rulebook.content import current_settings, draft_section, settings_content
from routing.rulebook.mend import FORMAT, mend
from routing.rulebook.words import Names, load_names
from routing.snapshots.territories import compile_territory

DAYS = timedelta(days=30)
"""Leads are counted over so many days."""


@dataclass(frozen=True)
class Chart:
    """`rows` are the territories as a version says them; `editable`, those that the draft still has.

    `version` is part of every link, so that one stays with the draft or with what is published.
    """

    version: str
    rows: Mapping[TerritoryId, Mapping[str, Any]]
    territories: Mapping[TerritoryId, Territory]
    drawn: TerritoryMap
    origins: list[Origin]
    names: Names
    editable: frozenset[TerritoryId]
    period: Period

    @cached_property
    def leads(self) -> Counter[str]:
        """By country, and by region."""
        found: Counter[str] = Counter()
        for origin in self.origins:
            for code in {origin.country, origin.region} - {""}:
                found[code] += origin.leads
        return found

    @cached_property
    def leads_of(self) -> Counter[TerritoryId | None]:
        """By the territory that they lay in when they were routed."""
        found: Counter[TerritoryId | None] = Counter()
        for origin in self.origins:
            found[origin.territory] += origin.leads
        return found

    @cached_property
    def owned(self) -> dict[str, Owner]:
        """Place → whose it is, for each that a territory holds."""
        mains = {code: main_territory(place) for code, place in self.drawn.places.items()}
        return {code: owner_key(self.territories, main) for code, main in mains.items() if main}

    @cached_property
    def looks(self) -> dict[Owner, Look]:
        return looks(self.owned, self.names)

    def owner(self, territory: Territory) -> str:
        return owner_name(owner_key(self.territories, territory), self.names)

    def leads_text(self, code: str) -> str:
        return counted(self.leads[code], "lead")

    def place_url(self, code: str) -> str:
        """The same page, with this place looked at closely."""
        asked = {"place": code} | ({"version": self.version} if self.version else {})
        return f"?{urlencode(asked)}#place"

    def leads_url(self, **narrowed: object) -> str:
        """The list of the leads that are counted here."""
        start = timezone.localtime(self.period.start)
        since = {"submitted_at_from_0": f"{start:%Y-%m-%d}", "submitted_at_from_1": f"{start:%H:%M:%S}"}
        return f"{reverse('admin:routing_lead_changelist')}?{urlencode(narrowed | since)}"

    def edit_url(self, territory: TerritoryId) -> str:
        """Its form; nothing for one that only the published version still has."""
        return reverse("admin:routing_territory_change", args=[territory]) if territory in self.editable else ""


def draft_territories() -> dict[str, Any]:
    """As much of the draft as a map needs."""
    settings = settings_content(current_settings())
    return {"format": FORMAT, "settings": settings, "territories": draft_section("territories")}


def load_chart(content: Any, *, version: str, now: datetime) -> Chart:
    """In a constant number of queries. What cannot be read of the content is mended as routing mends it."""
    mended = mend(content).content
    territories = {row["id"]: compile_territory(row) for row in mended["territories"]}
    today = now.astimezone(ZoneInfo(mended["settings"]["timezone"])).date()
    period = Period.last(DAYS, now=now)
    return Chart(
        version=version,
        rows={row["id"]: row for row in mended["territories"]},
        territories=territories,
        drawn=territory_map(territories, places=list(place_names()), today=today),
        origins=leads_by_place(period),
        names=load_names(),
        editable=frozenset(TerritoryRow.objects.current().values_list("pk", flat=True)),
        period=period,
    )
