"""What can be imported from a file, by name."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from routing.models import Import
from routing.services.imports.leads.section import LEADS
from routing.services.imports.section import Section
from routing.services.imports.sections.all import TABLE_SECTIONS

SECTIONS: Mapping[str, Section] = MappingProxyType({Import.Section.LEADS.value: LEADS, **TABLE_SECTIONS})


def section_of(imported: Import) -> Section:
    return SECTIONS[imported.section]
