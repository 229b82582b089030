"""Members of pools as rows, one for each person in each pool. They are live at once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from typing import Any

from routing.models import Pool, PoolMember
from routing.rulebook.config.documents import load_names, member_document
from routing.rulebook.config.errors import ConfigError
from routing.rulebook.config.known import Known, known_to
from routing.rulebook.config.pools import MemberSpec, read_members
from routing.rulebook.config.reader import Reader
from routing.services.importing.pools import import_members
from routing.services.importing.rows import Import, reps_by_email
from routing.services.imports.sections.cells import EMAIL, INSTANT, NUMBER, WHOLE
from routing.services.imports.sections.columns import Column, Document
from routing.services.imports.sections.kinds import (
    Documents,
    Key,
    Kind,
    Report,
    caps,
    others_of_the_same,
    read_documents,
    without_empty,
)

COLUMNS = (
    Column("pool", "Pool", "pool", example="SMB", hint="A pool that is there.", required=True,
           words=("pool name", "queue", "group", "round robin", "gruppe", "warteschlange", "poolname")),
    Column("rep", "Rep", "rep", EMAIL, "ana@acme.example", "The e-mail address of a rep.", required=True,
           words=("e-mail", "email", "mail", "rep e-mail", "e-mail address", "member", "sales rep", "salesperson",
                  "user", "name", "e-mail-adresse", "mitglied", "mitarbeiter", "vertriebler", "verkäufer", "person")),
    Column("weight", "Weight", "weight", NUMBER, "1", "Twice the weight is twice the leads.",
           words=("share", "ratio", "gewicht", "gewichtung", "anteil")),
    *caps("Of this pool alone."),
    Column("ramp_weeks", "Ramp, in weeks", "ramp.weeks", WHOLE, "", "Over so many weeks the weight grows.",
           words=("ramp weeks", "ramp", "ramp-up weeks", "ramp-up", "einarbeitung in wochen", "einarbeitungswochen",
                  "einarbeitung", "hochlauf in wochen")),
    Column("ramp_from", "Ramp from", "ramp.from", INSTANT, "", "Such as 2026-12-01T09:00:00+01:00. Empty: now.",
           words=("ramp start", "ramp-up from", "ramp-up start", "start date", "einarbeitung ab", "hochlauf ab",
                  "startdatum")),
)  # fmt: skip


def _existing(keys: Collection[Key] | None = None) -> dict[Key, Document]:
    emails = load_names().emails
    members = PoolMember.objects.filter(pool__archived_at=None).select_related("pool").order_by("pool__name", "pk")
    rows = ({"pool": member.pool.name, **member_document(member, emails)} for member in members)
    return {(row["pool"], row["rep"]): row for row in rows}


def _read_one(row: Reader, known: Known) -> MemberSpec | None:
    """A member as the pool's own reader reads it, and the pool that it is of."""
    pool = row.reference("pool", known.pools, "pool")
    if not row.has("pool"):
        row.error("pool", "this is missing.")
    given = {name: row.raw(name) for name in ("rep", "weight", "caps", "ramp") if row.gives(name)}
    before = len(row.errors.found)
    specs = read_members(Reader({"members": [given]}, "", row.errors), known)
    found = row.errors.found
    found[before:] = [ConfigError(e.path.removeprefix("members[0]").lstrip("."), e.message) for e in found[before:]]
    return specs[0] if specs and pool else None


def _read(documents: Documents, existing: Documents, report: Report) -> dict[Key, Any]:
    return read_documents(documents, _read_one, known_to({}), report)


def _write(run: Import, specs: Mapping[Key, Any], gone: Collection[Key]) -> None:
    """Members that the file does not name stay, since a pool is written as a whole."""
    names = {key[0] for key in (*specs, *gone)}
    pools = {pool.name: pool for pool in Pool.objects.current().filter(name__in=names)}
    kept = _read({k: row for k, row in _existing().items() if k[0] in names}, {}, lambda key, error: None)
    wanted: defaultdict[str, list[MemberSpec]] = defaultdict(list, {name: [] for name in pools})
    for key, spec in {**kept, **specs}.items():
        if key not in gone:
            wanted[key[0]].append(spec)
    import_members(run, wanted, pools, reps_by_email())


MEMBERS = Kind(
    section="members",
    one="member",
    many="members",
    columns=COLUMNS,
    keys=("pool", "rep"),
    existing=_existing,
    read=_read,
    write=_write,
    gone=others_of_the_same,
    whole="Whoever is in one of these pools, and not in the file, leaves the pool.",
    fold=without_empty("caps", "ramp"),
)
