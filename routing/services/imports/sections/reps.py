"""Reps as rows, one each. Their addresses in chat are secrets, and no part of a table."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from django.db import transaction
from django.db.models import ProtectedError

from reps.models import Rep
from routing.rulebook.config.errors import ConfigError
from routing.rulebook.config.file import Config
from routing.rulebook.config.known import known_to
from routing.rulebook.config.people import read_rep
from routing.services.importing.people import import_people
from routing.services.importing.rows import Import
from routing.services.imports.sections.cells import (
    CODES,
    EMAIL,
    FLAG,
    HOURS,
    INSTANT,
    LANGUAGES,
    LEVELS,
    NUMBER,
    TIME,
    WHOLE,
    one_of,
)
from routing.services.imports.sections.columns import Column, Document, Thing
from routing.services.imports.sections.kinds import (
    Documents,
    Key,
    Kind,
    Report,
    all_others,
    caps,
    existing_by,
    read_documents,
)
from routing.services.manage.people import remove_rep
from routing.services.people.belongings import counts
from routing.services.people.deactivation import why_not_deactivate

KIND = one_of(human="person,mensch", agent="ai agent,bot,ki-agent")
COLUMNS = (
    Column("email", "E-mail", "email", EMAIL, "ana@acme.example", "Who it is: the address stays.", required=True,
           words=("mail", "e-mail address", "email address", "work email", "user", "login", "e-mail-adresse",
                  "mailadresse", "benutzer", "mitarbeiter-e-mail")),
    Column("name", "Name", "name", example="Ana Diaz", hint="A new rep needs one.",
           words=("full name", "rep", "sales rep", "rep name", "employee", "salesperson", "vor- und nachname",
                  "vollständiger name", "mitarbeiter", "vertriebler", "verkäufer")),
    Column("team", "Team", "team", example="West", hint="A team that is there.",
           words=("group", "department", "sales team", "gruppe", "abteilung", "mannschaft", "vertriebsteam")),
    Column("active", "Active", "active", FLAG, "yes", "yes or no.",
           words=("enabled", "is active", "status", "aktiv", "ist aktiv", "aktiviert")),
    Column("timezone", "Time zone", "timezone", example="America/Los_Angeles", hint="Empty: the team's.",
           words=("timezone", "tz", "zone", "zeitzone")),
    Column("working_hours", "Working hours", "working_hours", HOURS, "mon-fri 08:00-16:00; sat 22:00-02:00",
           "Days and times, or always. Empty: the team's.",
           words=("hours", "business hours", "office hours", "shift", "schedule", "availability", "arbeitszeit",
                  "arbeitszeiten", "dienstzeiten", "schicht", "erreichbarkeit", "verfügbarkeit")),
    Column("holidays", "Public holidays", "holidays", example="US-CA", hint="Such as US, US-CA or DE-BY.",
           words=("holidays", "holiday calendar", "bank holidays", "feiertage", "feiertagskalender",
                  "gesetzliche feiertage")),
    Column("languages", "Languages", "languages", LANGUAGES, "en; es", "Codes, such as en.",
           words=("language", "spoken languages", "sprache", "sprachen", "sprachkenntnisse")),
    Column("skills", "Skills", "skills", CODES, "", "Skills that are there.",
           words=("skill", "tags", "fähigkeit", "fähigkeiten", "kenntnisse")),
    Column("expertise", "Expertise", "expertise", LEVELS, "", "Topics with a level from 1 to 3: kubernetes 3.",
           words=("topics", "specialties", "know-how", "themen", "fachgebiete", "fachwissen", "expertise level")),
    Column("about", "About", "about",
           words=("bio", "description", "notes", "profile", "über", "beschreibung", "notizen", "bemerkung", "profil")),
    *caps("A number; write all after it if leads that did not come by turn count too."),
    Column("catch_up_share", "Earned on leave", "catch_up.share", NUMBER, "", "A share from 0 to 1.",
           words=("catch-up share", "share earned on leave", "anteil im urlaub", "verdient im urlaub")),
    Column("catch_up_cap", "Most saved on leave", "catch_up.cap", NUMBER, "", "In leads.",
           words=("catch-up cap", "catch-up limit", "höchstens angespart", "angespart höchstens")),
    Column("catch_up_max_rate", "Fastest catch-up", "catch_up.max_rate", NUMBER, "", "Such as 1.5 times one's share.",
           words=("catch-up rate", "max rate", "höchstes tempo", "schnellstes aufholen")),
    Column("paused", "Paused", "paused.on", FLAG, "no", "yes or no.",
           words=("on pause", "is paused", "pause", "pausiert", "in pause")),
    Column("paused_until", "Paused until", "paused.until", INSTANT, "",
           "Such as 2026-12-01T09:00:00+01:00. A day is its beginning.",
           words=("pause until", "pause ends", "back on", "pausiert bis", "pause bis")),
    Column("paused_reason", "Reason of the pause", "paused.reason",
           words=("pause reason", "reason", "grund der pause", "pausengrund", "grund")),
    Column("backup", "Backup", "backup", EMAIL, "bob@acme.example", "The e-mail address of another rep.",
           words=("substitute", "deputy", "stand-in", "cover", "vertretung", "stellvertreter", "stellvertretung",
                  "vertreter")),
    Column("kind", "Kind", "kind", KIND, example="human", hint="human or agent.",
           words=("type", "rep type", "art", "typ")),
    Column("webhook", "Webhook of an agent", "webhook", example="", hint="https://…",
           words=("webhook url", "agent url", "webhook-adresse")),
    Column("ack_seconds", "Seconds to acknowledge", "ack_seconds", WHOLE, "", "Of an agent.",
           words=("ack seconds", "acknowledge within", "bestätigen in sekunden", "sekunden zum bestätigen")),
    Column("quiet_from", "Quiet from", "quiet_hours.from", TIME, hint="Such as 20:00, in their own time zone.",
           words=("quiet hours from", "do not disturb from", "quiet start", "ruhe von", "ruhe ab", "ruhezeit von")),
    Column("quiet_until", "Quiet until", "quiet_hours.until", TIME, example="", hint="Such as 07:00.",
           words=("quiet hours until", "quiet to", "do not disturb until", "quiet end", "ruhe bis", "ruhezeit bis")),
    Column("calendar", "Calendar", "calendar", hint="The address of an iCal feed. Exports leave it out.", secret=True,
           words=("calendar url", "ical", "ics", "calendar feed", "kalender", "kalenderadresse")),
)  # fmt: skip


def _flat(document: Document) -> Document:
    paused = document.get("paused")
    pause = {"on": bool(paused), **(paused if isinstance(paused, dict) else {})}
    return {**document, "paused": pause}


def _fold(thing: Thing, document: Document) -> Document:
    """A pause that is not on is none, whatever else stands in the row. Whoever says until when says it is on."""
    pause = document.get("paused")
    if isinstance(pause, dict):
        on = pause.pop("on", None)
        said = thing.given.get("paused")
        on = bool(on or thing.given.get("paused_until")) if said is None else said
        document["paused"] = pause if on else None
        if document["paused"] == {}:
            document["paused"] = True
    for name in ("quiet_hours", "catch_up", "caps"):
        if document.get(name) == {}:
            document[name] = None
    return document


def _read(documents: Documents, existing: Documents, report: Report) -> dict[Key, Any]:
    known = known_to({"reps": list(documents.values())})
    specs = read_documents(documents, read_rep, known, report)
    leaving = [key for key, spec in specs.items() if not spec.active and existing.get(key, {}).get("active")]
    for rep in Rep.objects.filter(email__in=[key[0] for key in leaving]):
        if why := why_not_deactivate(rep):
            report((rep.email,), ConfigError("active", why))
    return specs


def _write(run: Import, specs: Mapping[Key, Any], gone: Collection[Key]) -> None:
    """Who is not in a file that is the whole list becomes inactive: their history stays."""
    import_people(run, Config(reps=list(specs.values()), pools=[], rules=[]))
    for rep in Rep.objects.filter(email__in=[key[0] for key in gone], active=True):
        rep._change_reason = run.reason or None  # type: ignore[attr-defined]  # of the history
        rep.active = False
        rep.save(update_fields=["active"])


def _unmake(run: Import, keys: Collection[Key]) -> None:
    """Whom the file brought goes again, unless something names them by now: then they become inactive."""
    for rep in Rep.objects.filter(email__in=[key[0] for key in keys]):
        if any(counts(rep).values()) or not _removed(rep, run):
            _write(run, {}, [(rep.email,)])


def _removed(rep: Rep, run: Import) -> bool:
    try:
        with transaction.atomic():
            remove_rep(rep=rep, now=run.now)
    except ProtectedError:
        return False
    return True


def _gone(named: Collection[Key], existing: Documents) -> list[Key]:
    """Those who are active and can be spared."""
    missing = [key for key in all_others(named, existing) if existing[key]["active"]]
    kept = [rep.email for rep in Rep.objects.filter(email__in=[k[0] for k in missing]) if why_not_deactivate(rep)]
    return [key for key in missing if key[0] not in kept]


REPS = Kind(
    section="reps",
    one="rep",
    many="reps",
    columns=COLUMNS,
    keys=("email",),
    existing=existing_by("reps", "email"),
    read=_read,
    write=_write,
    gone=_gone,
    unmake=_unmake,
    whole="Reps whom the file does not name become inactive. Nobody is deleted, and the last resort stays.",
    fold=_fold,
    flat=_flat,
)
