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
from routing.services.imports.sections.cells import EMAIL, MOMENT, one_of
from routing.services.imports.sections.columns import Column, Document
from routing.services.imports.sections.kinds import Documents, Key, Kind, Report, others_of_the_same, read_documents

HAND_OVER = one_of(
    backup="to their backup,vertretung,stellvertretung", routing="routed anew,neu verteilen,neu geroutet",
    nothing="they keep them,keep,nobody,nichts,niemand,behalten",
)  # fmt: skip
WHICH_LEADS = one_of(unanswered="those without an answer,unbeantwortete", open="all,all that are open,alle,offene")
COLUMNS = (
    Column("rep", "Rep", "rep", EMAIL, "ana@acme.example", "The e-mail address of a rep.", required=True,
           words=("e-mail", "email", "mail", "rep e-mail", "e-mail address", "sales rep", "employee", "user",
                  "person", "name", "e-mail-adresse", "mitarbeiter", "mitarbeiterin", "vertriebler", "verkäufer")),
    Column("from", "From", "from", MOMENT, "2026-12-20", "The first day, or an instant with its zone.", required=True,
           words=("start", "start date", "starts", "begin", "begins", "first day", "from date", "von", "ab", "beginn",
                  "anfang", "startdatum", "erster tag")),
    Column("to", "To", "to", MOMENT, "2027-01-03", "The last day away, or an instant.", required=True,
           words=("until", "end", "end date", "ends", "last day", "to date", "through", "bis", "ende", "enddatum",
                  "letzter tag")),
    Column("reason", "Reason", "reason", example="holiday",
           words=("type", "kind", "note", "comment", "leave type", "absence type", "grund", "art", "abwesenheitsart",
                  "bemerkung", "kommentar")),
    Column("hand_over", "Hand over open leads to", "hand_over", HAND_OVER, "", hint="backup, routing or nothing.",
           words=("hand over", "handover", "hand over to", "coverage", "übergabe", "übergabe an", "übergeben an",
                  "vertretung")),
    Column("hand_over_leads", "Which open leads", "hand_over_leads", WHICH_LEADS, "", hint="unanswered or all.",
           words=("which leads", "leads to hand over", "hand over leads", "welche leads", "welche offenen leads")),
)  # fmt: skip


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
