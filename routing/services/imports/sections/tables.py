"""Lookup tables as rows, one for each key: the rows of one table are added to those that it has."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from typing import Any

from routing.models import LookupTable
from routing.models.bounds import LONGEST_TABLE_KEY
from routing.rulebook.check import keys_alike
from routing.rulebook.config.errors import ConfigError
from routing.rulebook.config.known import Known, known_to
from routing.rulebook.config.places import Place, read_place
from routing.rulebook.config.reader import Reader
from routing.rulebook.config.samples import TableSpec
from routing.services.importing.rows import Import, pools_by_name, reps_by_email
from routing.services.importing.samples import import_tables
from routing.services.importing.shown import documents_of, rows_of
from routing.services.imports.sections.cells import REP_OF_A_PLACE
from routing.services.imports.sections.columns import Column, Document
from routing.services.imports.sections.kinds import (
    Documents,
    Key,
    Kind,
    Report,
    one_place,
    others_of_the_same,
    read_documents,
)
from routing.services.manage.archive import retire

COLUMNS = (
    Column("table", "Table", "table", example="Partners", hint="A new name makes a new table.", required=True,
           words=("table name", "list", "lookup table", "look-up table", "tabelle", "tabellenname", "liste",
                  "nachschlagetabelle")),
    Column("key", "Key", "key", example="ACME-1", hint="What leads are looked up by.", required=True,
           words=("value", "code", "id", "lookup", "partner", "schlüssel", "wert", "kennung", "kürzel")),
    Column("rep", "Rep", "to.rep", REP_OF_A_PLACE, "bob@acme.example", "A rep, or a pool in the next column.",
           words=("owner", "sales rep", "salesperson", "rep e-mail", "e-mail", "email", "mail", "assigned to",
                  "besitzer", "mitarbeiter", "vertriebler", "verkäufer", "zuständig", "eigentümer", "e-mail-adresse")),
    Column("pool", "Pool", "to.pool", example="",
           words=("pool name", "queue", "gruppe", "warteschlange")),
)  # fmt: skip


def _existing(keys: Collection[Key] | None = None) -> dict[Key, Document]:
    return {
        (table["name"], key): {"table": table["name"], "key": key, "to": place}
        for table in documents_of("tables", list(rows_of("tables")))
        for key, place in table["rows"].items()
    }


def _read_one(row: Reader, known: Known) -> Place | None:
    row.text("table", limit=100, required=True)
    row.text("key", limit=LONGEST_TABLE_KEY, required=True)
    if not row.has("to"):
        row.raw("to")
        row.error("to", "name a rep or a pool.")
        return None
    return read_place(row, "to", known, active=True)


def _read(documents: Documents, existing: Documents, report: Report) -> dict[Key, Any]:
    specs = read_documents(documents, _read_one, known_to({}), report)
    keys: defaultdict[str, list[str]] = defaultdict(list)
    for table, key in {**dict.fromkeys(existing), **dict.fromkeys(specs)}:
        keys[table].append(key)
    alike: set[Key] = {(table, name) for table, names in keys.items() for name in keys_alike(names)}
    for thing in alike.intersection(specs):
        message = "another row of this table has the same key but for case or accents. Keep one of them."
        report(thing, ConfigError("key", message))
    return specs


def _write(run: Import, specs: Mapping[Key, Any], gone: Collection[Key]) -> None:
    """Tables of which no row is left go, unless rules ask them."""
    rows = _rows_after(specs, gone)
    reps, pools = reps_by_email(), pools_by_name()
    import_tables(run, [TableSpec(name, places) for name, places in rows.items() if places], reps, pools)
    emptied = LookupTable.objects.current().filter(name__in=[name for name, places in rows.items() if not places])
    unused = [table for table in emptied if not table.rules.filter(archived_at=None).exists()]
    import_tables(run, [TableSpec(table.name, {}) for table in emptied if table not in unused], reps, pools)
    retire(rows=unused, now=run.now)


def _rows_after(specs: Mapping[Key, Any], gone: Collection[Key]) -> Mapping[str, Mapping[str, Place]]:
    """All rows of the tables that the file names; those that it does not name stay, since a table is written whole."""
    names = {key[0] for key in (*specs, *gone)}
    rows: defaultdict[str, dict[str, Place]] = defaultdict(dict)
    for table in documents_of("tables", list(rows_of("tables").filter(name__in=names))):
        rows[table["name"]] = {key: Place(**(place or {})) for key, place in table["rows"].items()}
    for (name, key), place in specs.items():
        rows[name][key] = place
    for name, key in gone:
        rows[name].pop(key, None)
    return rows


TABLES = Kind(
    section="tables",
    one="row of a table",
    many="rows of tables",
    columns=COLUMNS,
    keys=("table", "key"),
    existing=_existing,
    read=_read,
    write=_write,
    gone=others_of_the_same,
    draft=True,
    whole="Keys of these tables that the file does not name are taken out of the draft.",
    fold=one_place("rep", "pool", "to"),
)
