"""What can be imported from a file, by name."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from routing.models import Import
from routing.services.imports.leads.section import LEADS
from routing.services.imports.section import Section
from routing.services.imports.sections.all import TABLE_SECTIONS

SECTIONS: Mapping[str, Section] = MappingProxyType({Import.Section.LEADS.value: LEADS, **TABLE_SECTIONS})


def section_named(text: str) -> str:
    """A section however it is written: time_off for “time-off” and “Time off”. What is none stays as it is."""
    name = "_".join(text.strip().casefold().replace("-", " ").replace("_", " ").split())
    return name if name in SECTIONS else text


def section_of(imported: Import) -> Section:
    return SECTIONS[imported.section]
