"""{rep: EMAIL} or {pool: NAME}, as territories, tables and examples write it."""

from __future__ import annotations

from dataclasses import dataclass

from routing.rulebook.config.known import Known
from routing.rulebook.config.reader import Reader


@dataclass(frozen=True, slots=True)
class Place:
    """A rep, by e-mail address, or a pool, by name."""

    rep: str | None = None
    pool: str | None = None


def read_place(row: Reader, key: str, known: Known, *, active: bool = False) -> Place:
    """{rep: EMAIL} or {pool: NAME}."""
    child = row.child(key)
    place = Place(
        rep=child.reference("rep", known.reps, "rep", email=True),
        pool=child.reference("pool", known.pools, "pool"),
    )
    child.close()
    if child.has("rep") == child.has("pool"):
        row.error(key, "write either {rep: EMAIL} or {pool: NAME}.")
    if active and place.rep in known.inactive:
        child.error("rep", f"{place.rep} is not active. Choose somebody else, or make them active.")
    return place
