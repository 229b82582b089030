"""The six sections of configuration that come as tables, by name."""

from __future__ import annotations

from collections.abc import Mapping

from routing.services.imports.sections.accounts import ACCOUNTS
from routing.services.imports.sections.kinds import Kind
from routing.services.imports.sections.members import MEMBERS
from routing.services.imports.sections.reps import REPS
from routing.services.imports.sections.table_section import TableSection
from routing.services.imports.sections.tables import TABLES
from routing.services.imports.sections.territories import TERRITORIES
from routing.services.imports.sections.time_off import TIME_OFF

KINDS: Mapping[str, Kind] = {kind.section: kind for kind in (REPS, MEMBERS, TERRITORIES, ACCOUNTS, TABLES, TIME_OFF)}
TABLE_SECTIONS: Mapping[str, TableSection] = {name: TableSection(kind) for name, kind in KINDS.items()}
"""As the engine of imports knows them."""
