"""What is known of somebody: every copy by place, counted and linked; and all of it as a document for them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction

from routing.models import Decision, ImportChunk
from routing.services.backup.content import encoded
from routing.services.privacy.audit_log import note
from routing.services.privacy.people import Person
from routing.services.privacy.place import Fate, Place
from routing.services.privacy.places import PLACES
from routing.services.privacy.spooled import spooled_naming
from routing.services.time_limits import take_your_time
from routing.snapshots.columns import unpack_json

SHOWN = 10
"""So many links are shown of a place."""
OWN_AS_A_WHOLE = (Fate.REMOVED, Fate.EMPTIED)
NOT_FOR_THEM = frozenset(
    {"visitor", "fingerprint", "body_hash", "idempotency_key", "name_key", "held_by", "lease_until"}
)
"""Columns that only say how the system did it."""


@dataclass(frozen=True, slots=True)
class Found:
    """Copies in one place. `fate`: what an erasure does with those that only name them."""

    name: str
    title: str
    kept: str
    fate: Fate
    linked: int
    named: int
    links: tuple[tuple[str, str], ...]

    @property
    def count(self) -> int:
        return self.linked + self.named


@dataclass(frozen=True, slots=True)
class Known:
    """Everything that a search found. `backups`: files in the data folder that may hold more, put beyond use."""

    person: Person
    places: tuple[Found, ...]
    spooled: int
    backups: tuple[tuple[str, datetime], ...]

    @property
    def count(self) -> int:
        return sum(place.count for place in self.places) + self.spooled


@transaction.atomic
def look_up(*, person: Person, now: datetime) -> Known:
    """Search every place. That somebody looked is noted, without whom they looked for."""
    take_your_time()
    found = tuple(_found(place, person) for place in PLACES)
    known = Known(person, tuple(row for row in found if row.count), len(spooled_naming(person)), backups(now))
    note(action="person.looked_up", detail={"copies": known.count}, now=now)
    return known


@transaction.atomic
def export_person(*, person: Person, now: datetime) -> dict[str, Any]:
    """All of it, for them: rows about them as they are; of rows that are about others, only where they are named."""
    take_your_time()
    places = [exported for place in PLACES if (exported := _exported(place, person))["rows"]]
    document = {
        "made_at": now.isoformat(),
        "about": {"email": sorted(person.emails), "phone": sorted(person.phones)},
        "places": places,
        "waiting_on_disk": [path.name for path in spooled_naming(person)],
        "backups": [{"file": name, "made_at": at.isoformat()} for name, at in backups(now)],
    }
    note(action="person.exported", detail={"copies": sum(len(place["rows"]) for place in places)}, now=now)
    return document


def backups(now: datetime) -> tuple[tuple[str, datetime], ...]:
    """Backups in the data folder, newest first. Others lie where whoever runs the product keeps them."""
    folder = Path(settings.DATA_DIR)
    files = [path for pattern in ("*.backup", "backups/*") for path in folder.glob(pattern) if path.is_file()]
    dated = [(path.name, datetime.fromtimestamp(path.stat().st_mtime, tz=now.tzinfo)) for path in files]
    return tuple(sorted(dated, key=lambda pair: pair[1], reverse=True))


def kept_for(place: Place) -> str:
    """How long, with the settings as they are: 30 days."""
    return " and ".join(_days(word) for word in place.kept.split(", "))


def _days(word: str) -> str:
    if not word.isupper():
        return word
    days = getattr(settings, word)
    return f"{days} days" if days > 0 else f"for ever ({word})"


def _found(place: Place, person: Person) -> Found:
    linked, named = place.linked_rows(person), place.named_rows(person)
    counts = linked.count(), named.count()
    some = (
        [*linked.order_by("-pk")[:SHOWN], *(named.order_by("-pk")[:SHOWN] if counts[1] else ())] if any(counts) else []
    )
    links = {(str(row), link): None for row in some[:SHOWN] if (link := place.link(row))}
    return Found(place.name, place.title, kept_for(place), place.fate, *counts, tuple(links))


def _exported(place: Place, person: Person) -> dict[str, Any]:
    rows = [_whole(place, row) for row in place.linked_rows(person).order_by("pk")]
    for row in place.named_rows(person).order_by("pk"):
        own = place.fate in OWN_AS_A_WHOLE and place.name != "mails"
        rows.append(_whole(place, row) if own else _mention(place, row, person))
    return {"name": place.name, "title": place.title, "kept": kept_for(place), "rows": rows}


def _whole(place: Place, row: Any) -> dict[str, Any]:
    if isinstance(row, ImportChunk):  # the file tells of others, too; their own rows stand with the rows
        return {"file": row.imported.file_name, "piece": row.number}
    values: Mapping[str, Any] = {field.name: getattr(row, field.attname) for field in row._meta.concrete_fields}
    if isinstance(row, Decision):
        values = {**values, "trace": unpack_json(row.trace)}
    return {
        name: value if isinstance(value, dict | list) else encoded(value)
        for name, value in values.items()
        if value not in (None, "") and name not in NOT_FOR_THEM
    }


def _mention(place: Place, row: Any, person: Person) -> dict[str, Any]:
    """Where they are named, and as what; the rest is about somebody else."""
    return {"id": row.pk, "named_in": place.columns_naming(row, person)}
