"""Sections of configuration as rows, with the columns that an import takes: what is exported can be imported again."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from django.db.models import QuerySet

from routing.models.reading import keys_as_listed
from routing.services.importing.shown import documents_of, rows_of
from routing.services.imports.sections.all import KINDS
from routing.services.imports.sections.columns import Column, Document, cells_of

AT_ONCE = 500


def header(section: str) -> list[str]:
    return [column.label for column in exported_columns(section)]


def exported_columns(section: str) -> Sequence[Column]:
    """Without what is a secret."""
    return [column for column in KINDS[section].columns if not column.secret]


def section_rows(section: str, listed: QuerySet[Any]) -> Iterator[list[Any]]:
    """Of what a page lists, in its order. Of pools these are their members, of tables their keys."""
    columns, flat = exported_columns(section), KINDS[section].flat
    for document in _documents(section, listed):
        yield from cells_of(columns, flat(document))


def _documents(section: str, listed: QuerySet[Any]) -> Iterator[Document]:
    source = {"members": "pools"}.get(section, section)
    found = listed.filter(calendar_uid="") if section == "time_off" else listed  # calendars say theirs again themselves
    for keys in keys_as_listed(found, AT_ONCE):
        rows = rows_of(source, keys=keys).in_bulk()
        for document in documents_of(source, [rows[key] for key in keys if key in rows]):
            yield from _things(section, document)


def _things(section: str, document: Document) -> Iterable[Document]:
    """Of one row of the configuration those that a table has a row for."""
    match section:
        case "members":
            return ({"pool": document["name"], **member} for member in document["members"])
        case "tables":
            return ({"table": document["name"], "key": key, "to": to} for key, to in document["rows"].items())
    return [document]
