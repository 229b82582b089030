"""Which column means what: guessed from names, remembered for files with the same header, checked before use."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from hashlib import sha256
from typing import Any

from rapidfuzz import fuzz, process

from routing.intake.clean import strip_unstorable
from routing.intake.folding import fold
from routing.models import ColumnMapping
from routing.services.imports.rows_out import ROW, WRONG
from routing.services.imports.section import Errors, Field, Section

SURE = 88
"""From this likeness on (of 100) a name is taken for another spelling."""
SHORTEST = 4
"""Shorter names are not guessed at: “plz” is not “piz”."""
UNMAPPED = "unmapped"
TO_ATTRIBUTES = "attributes"
MOST_TOLD = 30


def guess(section: Section, header: Sequence[str]) -> dict[str, str]:
    """Column → field, "" where nobody knows. What was chosen for this header last wins; each field is taken once."""
    known = ColumnMapping.objects.filter(section=section.name, header=header_digest(header)).first()
    if known is not None and known.mapping.keys() == set(header):
        return _still_known(section, known.mapping)
    return _guessed(section, header)


def _still_known(section: Section, mapping: Mapping[str, str]) -> dict[str, str]:
    """Without fields that the section no longer has."""
    names = {field.name for field in section.fields}
    return {column: field if field in names or prefix_of(section, field) else "" for column, field in mapping.items()}


def _guessed(section: Section, header: Sequence[str]) -> dict[str, str]:
    """By their names first, of which a field's own come before others; then by names that are much alike."""
    mapping = dict.fromkeys(header, "")
    for field, column in _named(section, header):
        if not mapping[column] and field not in mapping.values():
            mapping[column] = field
    for find in (_prefixed, _by_likeness):
        for column in header:
            found = "" if mapping[column] else find(section, column, mapping.values())
            if found and found not in mapping.values():
                mapping[column] = found
    return mapping


def _named(section: Section, header: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Field and column, where the column is called as the field may be; the likeliest first."""
    columns: dict[str, str] = {}
    for column in header:
        columns.setdefault(fold(column), column)
    for field in section.fields:
        for word in () if field.prefix else _names(field):
            if word in columns:
                yield field.name, columns[word]


def remembered_options(section: Section, header: Sequence[str]) -> dict[str, Any]:
    """What was chosen beside the columns, last time."""
    known = ColumnMapping.objects.filter(section=section.name, header=header_digest(header)).first()
    return dict(known.options) if known is not None else {}


def remember(
    section: Section, header: Sequence[str], mapping: Mapping[str, str], options: Mapping[str, Any], *, now: datetime
) -> None:
    """For the next file with this header."""
    ColumnMapping.objects.bulk_create(
        [
            ColumnMapping(
                section=section.name, header=header_digest(header), mapping=dict(mapping), options=dict(options),
                used_at=now,
            )
        ],
        update_conflicts=True,
        unique_fields=["section", "header"],
        update_fields=["mapping", "options", "used_at"],
    )  # fmt: skip


def header_digest(header: Sequence[str]) -> str:
    """The same for the same columns in another order."""
    return sha256("\n".join(sorted(header)).encode()).hexdigest()


def check_mapping(
    section: Section, header: Sequence[str], mapping: Mapping[str, Any], defaults: Mapping[str, Any]
) -> tuple[dict[str, str], Errors]:
    """The mapping of all columns, and what is wrong with it by column."""
    errors: Errors = {}
    chosen = dict.fromkeys(header, "")
    by_field: dict[str, str] = {}
    for column, field in strip_unstorable(mapping)[0].items():
        path = f"mapping.{column}"
        if column not in chosen:
            errors[path] = [f"The file has no such column. It has: {', '.join(header[:30])}."]
        elif not isinstance(field, str):
            errors[path] = ["Send the name of a field, or an empty text to leave the column out."]
        elif not field:
            continue
        elif not is_field(section, field):
            errors[path] = [f"There is no field “{field[:60]}”. Choose one of: {', '.join(field_names(section))}."]
        elif field in by_field:
            errors[path] = [f"“{by_field[field]}” is mapped to {field} already. Leave one of the two out."]
        else:
            chosen[column], by_field[field] = field, column
    errors |= _missing(section, by_field, defaults)
    return chosen, errors


def left_out(columns: Sequence[str], mapping: Mapping[str, str], options: Mapping[str, Any]) -> list[str]:
    """The columns that nothing is made of, but for those that our own file of errors adds."""
    if options.get("unmapped") == TO_ATTRIBUTES:
        return []
    return [column for column in columns if not mapping.get(column) and column not in (ROW, WRONG)]


def told(columns: Sequence[str]) -> dict[str, int]:
    """The same as a note."""
    names = ", ".join(f"“{column}”" for column in columns[:MOST_TOLD])
    more = f" and {len(columns) - MOST_TOLD} more" if len(columns) > MOST_TOLD else ""
    was = "column was" if len(columns) == 1 else "columns were"
    return {f"{was} left out: {names}{more}": len(columns)} if columns else {}


def is_field(section: Section, name: str) -> bool:
    return any(not field.prefix and field.name == name for field in section.fields) or bool(prefix_of(section, name))


def prefix_of(section: Section, name: str) -> str:
    """The prefix with which the name begins: attributes.size begins with “attributes.”."""
    found = (field.name for field in section.fields if field.prefix)
    return next((prefix for prefix in found if name.startswith(prefix) and len(name) > len(prefix)), "")


def field_names(section: Section) -> list[str]:
    return [field.name + "…" * field.prefix for field in section.fields]


def _missing(section: Section, by_field: Mapping[str, str], defaults: Mapping[str, Any]) -> Errors:
    given = by_field.keys() | defaults.keys()
    errors = {field.name: [f"No column is mapped to {field.label}."] for field in section.fields
              if field.required and field.name not in given}  # fmt: skip
    labels = {field.name: field.label for field in section.fields}
    for group in section.one_of:
        if given.isdisjoint(group):
            errors[group[0]] = [f"Map a column to {' or '.join(labels[name] for name in group)}."]
    return errors


def _names(field: Field) -> Iterator[str]:
    """What its column may be called, the likeliest first."""
    return map(fold, (field.name, field.label, *field.words))


def own_name(field: Field, column: str) -> str:
    """What a column is called behind a prefix: utm.source of utm_source, attributes.size of Size. Empty if of nothing.

    A guess is always one of these, so that people can be shown it, and choose it.
    """
    name = _behind(field, column) or as_name(column)
    return f"{field.name}{name}" if name else ""


def as_name(column: str) -> str:
    """Size of team as size_of_team."""
    return "_".join(column.casefold().split())


def _behind(field: Field, column: str) -> str:
    """What follows the prefix that the column itself begins with: source of utm_source and UTM Source."""
    stem = field.name.rstrip(".")
    start, rest = column[: len(stem) + 1].casefold(), column[len(stem) + 1 :]
    if start[:-1] != stem or start[-1:] not in (".", "_", " ", "-"):
        return ""
    return rest if start[-1] == "." else as_name(rest)


def _prefixed(section: Section, column: str, taken: Collection[str]) -> str:
    """utm_source and UTM Source are utm.source."""
    return next((own_name(field, column) for field in section.fields if field.prefix and _behind(field, column)), "")


def _by_likeness(section: Section, column: str, taken: Collection[str]) -> str:
    name = fold(column)
    free = [field for field in section.fields if not field.prefix and field.name not in taken]
    known = {word: field.name for field in free for word in _names(field) if len(word) >= SHORTEST}
    if len(name) < SHORTEST or not known:
        return ""
    found, likeness, _ = process.extractOne(name, list(known), scorer=fuzz.ratio)
    return known[found] if likeness >= SURE else ""
