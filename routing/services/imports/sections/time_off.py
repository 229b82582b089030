"""Time off as rows, one for each leave: a person, and when it begins, say which leave it is."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from reps.models import TimeOff
from routing.rulebook.config.documents import time_off_document
from routing.rulebook.config.known import known_to
from routing.rulebook.config.people import read_time_off
from routing.rulebook.content import current_settings
from routing.services.importing.people import import_time_off
from routing.services.importing.rows import Import, reps_by_email
from routing.services.imports.sections.cells import EMAIL, MOMENT
from routing.services.imports.sections.columns import Column, Document
from routing.services.imports.sections.kinds import Documents, Key, Kind, Report, others_of_the_same, read_documents

COLUMNS = (
    Column("rep", "Rep", "rep", EMAIL, "ana@acme.example", "The e-mail address of a rep.", required=True),
    Column("from", "From", "from", MOMENT, "2026-12-20", "The first day, or an instant with its zone.", required=True),
    Column("to", "To", "to", MOMENT, "2027-01-03", "The last day away, or an instant.", required=True),
    Column("reason", "Reason", "reason", example="holiday"),
    Column("hand_over", "Hand over open leads to", "hand_over", example="", hint="backup, routing or nothing."),
    Column("hand_over_leads", "Which open leads", "hand_over_leads", example="", hint="unanswered or all."),
)


def _rows() -> list[tuple[Key, TimeOff, Document]]:
    """Without what calendars say: it comes again by itself."""
    settings = current_settings()
    leaves = TimeOff.objects.filter(calendar_uid="").select_related("rep__team").order_by("rep__email", "starts_at")
    found = ((leave, time_off_document(leave, settings)) for leave in leaves)
    return [((row["rep"], row["from"]), leave, row) for leave, row in found]


def _existing(keys: Collection[Key] | None = None) -> dict[Key, Document]:
    return {key: row for key, _, row in _rows()}


def _read(documents: Documents, existing: Documents, report: Report) -> dict[Key, Any]:
    return read_documents(documents, read_time_off, known_to({}), report)


def _write(run: Import, specs: Mapping[Key, Any], gone: Collection[Key]) -> None:
    if gone:
        keys = [leave.pk for key, leave, _ in _rows() if key in gone]
        TimeOff.objects.filter(pk__in=keys).delete()
    import_time_off(run, list(specs.values()), reps_by_email())


TIME_OFF = Kind(
    section="time_off",
    one="leave",
    many="leaves",
    columns=COLUMNS,
    keys=("rep", "from"),
    existing=_existing,
    read=_read,
    write=_write,
    gone=others_of_the_same,
    whole="Leaves of these people that the file does not name are removed, but for those from their calendars.",
)
