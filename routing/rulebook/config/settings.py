"""The sections about the company as a whole: settings and SLA policies."""

from __future__ import annotations

from dataclasses import dataclass, field

from reps.schedules import Block
from routing.models import RoutingSettings, SlaClock
from routing.models.rulebook import LONGEST_DAYS, LONGEST_MINUTES
from routing.rulebook.config.errors import shown
from routing.rulebook.config.known import Known
from routing.rulebook.config.people import ALWAYS, read_hours
from routing.rulebook.config.reader import Reader


@dataclass(frozen=True, slots=True)
class SlaSpec:
    name: str
    first_response_minutes: float = 5
    clock: str = SlaClock.REP_HOURS.value


@dataclass(frozen=True, slots=True)
class SettingsSpec:
    timezone: str = "UTC"
    blocks: tuple[Block, ...] | None = None
    duplicate_minutes: float = 10
    returning_days: float = 90
    company_days: float = 90
    same_company: bool = True
    hold_deadline_hours: float = 72
    taper_days: float = 2
    match_threshold: float = 0.75
    account_hierarchy: str = RoutingSettings.Hierarchy.CHILD.value
    sla: str | None = None
    last_resort: list[str] = field(default_factory=list)


def read_settings(row: Reader, known: Known) -> SettingsSpec:
    spec = SettingsSpec(
        timezone=row.timezone("timezone", "UTC"),
        blocks=_company_hours(row),
        duplicate_minutes=row.number("duplicate_minutes", 10, high=LONGEST_MINUTES),
        returning_days=row.number("returning_days", 90, high=LONGEST_DAYS),
        company_days=row.number("company_days", 90, high=LONGEST_DAYS),
        same_company=row.flag("same_company", True),
        hold_deadline_hours=row.number("hold_deadline_hours", 72, high=LONGEST_DAYS * 24, above=True),
        taper_days=row.number("taper_days", 2, high=LONGEST_DAYS),
        match_threshold=row.number("match_threshold", 0.75, high=1),
        account_hierarchy=row.choice("account_hierarchy", "child", [h.value for h in RoutingSettings.Hierarchy]),
        sla=row.reference("sla", known.sla_policies, "SLA policy"),
        last_resort=_last_resort(row, known),
    )
    row.later("release_burst", 3)
    row.later("score", [])
    row.later("grades", {})
    row.later("intent", {}, {"extractor": "keywords"})
    row.later("signals", {}, {"half_life_days": 30})
    return spec


def read_sla(row: Reader, known: Known) -> SlaSpec:
    spec = SlaSpec(
        name=row.text("name", limit=100, required=True),
        first_response_minutes=row.number("first_response_minutes", 5, high=LONGEST_MINUTES, above=True),
        clock=row.choice("clock", SlaClock.REP_HOURS.value, [c.value for c in SlaClock], later=("pool_hours",)),
    )
    row.later("accept_minutes", 15)
    row.later("accept_counts", False)
    row.later("take_away", False)
    row.later("max_attempts", 3)
    row.later("steps", [])
    return spec


def _company_hours(row: Reader) -> tuple[Block, ...] | None:
    hours = read_hours(row)
    if hours == ALWAYS:
        row.error("working_hours", 'write the hours of the company, such as {mon-fri: ["09:00-18:00"]}.')
    return hours if isinstance(hours, tuple) else None


def _last_resort(row: Reader, known: Known) -> list[str]:
    emails: list[str] = []
    for value, path in row.items("last_resort"):
        email = row.named(path, value, known.reps, "rep", email=True)
        if email in emails:
            row.errors.add(path, f"{shown(email)} is there twice. Keep one of them.")
        elif email:
            emails.append(email)
    return emails
