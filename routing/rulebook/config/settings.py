"""The sections about the company as a whole: settings, stages and SLA policies."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from reps.schedules import Block
from routing.models import RoutingSettings, SlaPolicy
from routing.rulebook.config.errors import shown
from routing.rulebook.config.known import Known
from routing.rulebook.config.people import ALWAYS, read_hours
from routing.rulebook.config.reader import Reader
from routing.rulebook.keys import SETTINGS, SLA, STAGES


@dataclass(frozen=True, slots=True)
class SlaSpec:
    """`columns` are fields of SlaPolicy."""

    name: str
    columns: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class SettingsSpec:
    """`columns` are fields of RoutingSettings."""

    columns: Mapping[str, Any]
    timezone: str = "UTC"
    blocks: tuple[Block, ...] | None = None
    sla: str | None = None
    last_resort: list[str] = field(default_factory=list)


def read_settings(row: Reader, known: Known) -> SettingsSpec:
    return SettingsSpec(
        columns=row.columns(SETTINGS, RoutingSettings, known.named),
        timezone=row.timezone("timezone", "UTC"),
        blocks=_company_hours(row),
        sla=row.reference("sla", known.sla_policies, "SLA policy"),
        last_resort=_last_resort(row, known),
    )


def read_stages(file: Reader, known: Known) -> dict[str, str]:
    """Stage → what happens there. The section is a key of the file itself."""
    stages: dict[str, str] = file.columns(STAGES, RoutingSettings, known.named)["stages"]
    return stages


def read_sla(row: Reader, known: Known) -> SlaSpec:
    return SlaSpec(
        name=row.text("name", limit=100, required=True),
        columns=row.columns(SLA, SlaPolicy, known.named),
    )


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
