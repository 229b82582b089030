"""A file to begin with: the columns of a section, and a row that shows how they are filled in."""

from __future__ import annotations

from collections.abc import Mapping

from routing.services.imports.section import Section
from routing.services.imports.sections.all import KINDS

LEAD: Mapping[str, str] = {
    "email": "mia.chen@globex.example", "phone": "+49 30 901820", "first_name": "Mia", "last_name": "Chen",
    "company": "Globex", "website": "globex.example", "job_title": "Head of IT", "kind": "demo",
    "message": "Please show us the product.", "country": "DE", "postal_code": "01067", "city": "Dresden",
    "industry": "energy", "employees": "120", "language": "de", "source": "fair", "campaign": "Spring fair",
    "consent": "yes", "external_id": "CRM-1001",
}  # fmt: skip
"""Of leads those columns that most lists have."""


def template_rows(section: Section) -> tuple[list[str], list[list[str]]]:
    """The header, and one example row to be replaced."""
    if kind := KINDS.get(section.name):
        columns = [column for column in kind.columns if not column.secret]
        return [column.label for column in columns], [[column.example for column in columns]]
    fields = [field for field in section.fields if field.name in LEAD]
    return [field.label for field in fields], [[LEAD[field.name] for field in fields]]
