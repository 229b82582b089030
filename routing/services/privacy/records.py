"""The record of processing in docs/privacy.md, made from the places."""

from __future__ import annotations

from routing.services.privacy.place import Fate, Place
from routing.services.privacy.places import PLACES

HEADER = "| what | kept | about them | names them |\n|---|---|---|---|"
FATES = {
    Fate.REMOVED: "removed",
    Fate.EMPTIED: "emptied",
    Fate.REDACTED: "stays, without their name",
    Fate.BY_HAND: "listed, change it by hand",
}
SPOOL = "| Submissions on disk | until the database is back | removed | removed |"
HASHES = "| Keyed hashes of who was erased | for good | stay, on purpose | — |"
BACKUPS = "| Backups | as you keep them | erased again after a restore | erased again after a restore |"


def records() -> str:
    """The table, one row a place."""
    return "\n".join([HEADER, *map(_row, PLACES), SPOOL, HASHES, BACKUPS])


def _row(place: Place) -> str:
    settings = " and ".join(f"`{name}`" if name.isupper() else name for name in place.kept.split(", "))
    own = "listed, change it by hand" if place.fate is Fate.BY_HAND else "emptied" if place.empty else "removed"
    if not place.is_linked:
        own = "—"
    return f"| {place.title} | {settings} | {own} | {FATES[place.fate] if place.named else '—'} |"
