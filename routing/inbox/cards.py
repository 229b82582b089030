"""What a lead looks like in the list and on its page: who, what they want, until when, and how late it is there."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from routing.intake.local_time import zone_of_lead
from routing.intake.normalise import country_name, language_name, region_name
from routing.models import Assignment, Lead, Offer
from routing.notifications.cleaning import mail_link, phone_link
from routing.services.lead_cards import plain_text

LONG_MESSAGE = 220
FACTS = ("job_title", "company", "website", "industry", "employees", "annual_revenue", "expected_amount",
         "product_interest", "language", "city", "postal_code", "region", "country", "source", "form",
         "campaign")  # fmt: skip
NAMED: Mapping[str, Callable[[str], str]] = {
    "country": country_name, "region": region_name, "language": language_name,
}  # fmt: skip
EARLY, LATE, WEEKEND = 8, 20, (5, 6)
"""Outside these hours few want to be called."""


@dataclass(frozen=True, slots=True)
class LocalTime:
    """What the clock shows where the lead lives. `remark`: why few want to be called then, "" if it is a good hour."""

    clock: str
    place: str
    remark: str


@dataclass(frozen=True, slots=True)
class Card:
    """One lead in the list."""

    lead: Lead
    row: Assignment | Offer
    due_at: datetime | None
    late: bool
    local: LocalTime | None

    @property
    def tel(self) -> str:
        return phone_link(self.lead.phone)

    @property
    def mailto(self) -> str:
        return mail_link(self.lead.email)

    @property
    def message(self) -> str:
        text = " ".join(self.lead.message.split())
        return text if len(text) <= LONG_MESSAGE else f"{text[:LONG_MESSAGE].rstrip()}…"


def card(row: Assignment | Offer, *, now: datetime) -> Card:
    due_at = row.until if isinstance(row, Offer) else row.due_at
    return Card(row.lead, row, due_at, due_at is not None and due_at <= now, local_time(row.lead, now=now))


def local_time(lead: Lead, *, now: datetime) -> LocalTime | None:
    """None where it is not known well enough."""
    zone = zone_of_lead(
        country=lead.country, region=lead.region, postal_code=lead.postal_code, phone=lead.phone, now=now
    )
    if zone is None:
        return None
    there = now.astimezone(zone)
    place = lead.city or zone.key.rpartition("/")[2].replace("_", " ")
    return LocalTime(f"{there:%H:%M}", place, _remark(there))


def _remark(there: datetime) -> str:
    if there.weekday() in WEEKEND:
        return f"{there:%A}"
    if EARLY <= there.hour < LATE:
        return ""
    return "early" if there.hour < EARLY else "late"


def facts(lead: Lead) -> Iterator[tuple[str, str, str]]:
    """Label, value, and how it was derived, of everything that is known."""
    if lead.account:
        yield "Account", lead.account.name, lead.account_evidence
    for name in FACTS:
        value = getattr(lead, name)
        if value not in (None, ""):
            field = Lead._meta.get_field(name)
            label = str(getattr(field, "verbose_name", name)).replace("_", " ")
            yield label[:1].upper() + label[1:], _shown(name, value), lead.derived.get(name, "")
    if lead.territory:
        yield "Territory", lead.territory.name, ""
    for name, value in lead.attributes.items():
        yield str(name).replace("_", " "), plain_text(value), ""


def _shown(name: str, value: Any) -> str:
    return NAMED[name](value) if name in NAMED else plain_text(value)
