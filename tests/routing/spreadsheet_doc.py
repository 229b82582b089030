"""The tables of columns in docs/spreadsheets.md, as the code has them."""

from __future__ import annotations

from routing.services.imports.all_sections import SECTIONS
from routing.services.imports.sections.all import KINDS

MOST_WORDS = 5


def columns_table(section: str) -> list[str]:
    """The lines of the table of a section."""
    return _leads() if section == "leads" else _configuration(section)


def _configuration(section: str) -> list[str]:
    kind = KINDS[section]
    lines = ["| Column | Example | What to write |", "|---|---|---|"]
    for column in kind.columns:
        label = f"**{column.label}**" if column.required else column.label
        example = f"`{column.example}`" if column.example else ""
        lines.append(f"| {label} | {example} | {column.hint} |")
    return lines


def _leads() -> list[str]:
    lines = ["| Column | Is also recognised as | What to write |", "|---|---|---|"]
    for field in SECTIONS["leads"].fields:
        lines.append(f"| {field.label} | {', '.join(field.words[:MOST_WORDS])} | {field.hint} |")
    return lines
