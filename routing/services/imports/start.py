"""What people and programs do with an import: hand in a file, choose columns, check, confirm, cancel, undo."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from itertools import islice
from typing import IO, Any

from django.contrib.auth.models import User
from django.db import IntegrityError, transaction

from routing.models import ApiKey, Import, Work
from routing.services.imports import files
from routing.services.imports.all_sections import SECTIONS, section_named, section_of
from routing.services.imports.mapping import check_mapping, guess, remember, remembered_options
from routing.services.imports.options import DEFAULTS, OF_ONE_FILE, OF_READING, read_options
from routing.services.imports.state import TO_APPLY, lock, settled
from routing.services.lead_actions.refusals import WrongState
from routing.services.privacy import audit_log
from routing.services.receive_lead import KeyReused
from routing.services.work_progress import CannotRun
from routing.services.work_queue import AlreadyFinished, put_in_line
from routing.services.work_queue import cancel as cancel_work
from routing.spreadsheets.read import NotATable, format_of, read_table, sheet_names

Status = Import.Status
LONGEST_NAME = 200
KEPT_SHEETS = 50
SAMPLES = 5
BEFORE_APPLYING = (Status.MAPPING, Status.READY, Status.CANCELLED, Status.FAILED)


@dataclass(frozen=True, slots=True)
class Sent:
    """`replayed`: this key and file came before."""

    imported: Import
    replayed: bool


def start_import(
    *,
    section: str,
    file_name: str,
    stream: IO[bytes],
    now: datetime,
    format: str = "",
    user: User | None = None,
    reading: Mapping[str, str] | None = None,
) -> Import:
    """Keep a file and read its header; columns are guessed. Nothing else happens before `check`.

    `format` settles what the file itself does not tell: CSV or JSON Lines. `reading`: sheet and delimiter, if named.
    Raises CannotRun for what is no table, FileTooLarge.
    """
    section = section_named(section)
    options = _reading(section, reading or {})
    with tempfile.TemporaryFile(prefix="leadrouting-") as file:
        taken = files.take(stream, file)
        imported = _new(section, file_name, taken, now=now, requested_by=user, options=options)
        _look(imported, file, format)
        imported.options = {**remembered_options(SECTIONS[section], imported.columns), **options}
        with transaction.atomic():
            _store(imported, file, now=now)
    return imported


def send_file(
    *,
    section: str,
    file_name: str,
    stream: IO[bytes],
    mapping: Mapping[str, Any] | None,
    options: Mapping[str, Any],
    now: datetime,
    api_key: ApiKey | None,
    user: User | None = None,
    format: str = "",
    idempotency_key: str = "",
) -> Sent:
    """A file with everything that is to be said of it, all or nothing: kept, and its check put in line.

    The same key and file again is the same import. Raises CannotRun, FileTooLarge, KeyReused.
    """
    section = section_named(section)
    reading = _reading(section, {name: options[name] for name in OF_READING if name in options})
    with tempfile.TemporaryFile(prefix="leadrouting-") as file:
        taken = files.take(stream, file)
        said = json.dumps([taken.digest, section, mapping, dict(options)], sort_keys=True)
        body_hash = sha256(said.encode()).hexdigest() if idempotency_key else ""
        if earlier := _earlier(api_key, idempotency_key, body_hash):
            return Sent(earlier, replayed=True)
        imported = _new(
            section, file_name, taken, now=now, requested_by=user, api_key=api_key, options=reading,
            idempotency_key=idempotency_key, body_hash=body_hash,
        )  # fmt: skip
        _look(imported, file, format)
        try:
            with transaction.atomic():
                _store(imported, file, now=now)
                choose_columns(imported=imported, mapping=mapping, options=options, now=now)
                return Sent(check(imported=imported, now=now, user=user), replayed=False)
        except IntegrityError:
            if earlier := _earlier(api_key, idempotency_key, body_hash):  # a twin was faster
                return Sent(earlier, replayed=True)
            raise


def _reading(section: str, given: Mapping[str, Any]) -> dict[str, Any]:
    if section not in SECTIONS:
        raise CannotRun({"section": [f"Choose one of: {', '.join(SECTIONS)}."]})
    options, errors = read_options(SECTIONS[section], given)
    if errors:
        raise CannotRun(errors)
    return options


def _new(section: str, file_name: str, taken: files.Taken, *, now: datetime, **columns: Any) -> Import:
    name = file_name.replace("\x00", "")[:LONGEST_NAME]
    return Import(
        section=section, file_name=name, size=taken.size, digest=taken.digest, report={"lines": taken.lines},
        created_at=now, **columns,
    )  # fmt: skip


def _store(imported: Import, file: IO[bytes], *, now: datetime) -> None:
    imported.save(force_insert=True)
    files.keep(imported, file)
    user, key = imported.requested_by, imported.api_key
    actor = key.name if key is not None else ""
    audit_log.note(
        action="import.sent", subject=imported, user=user, actor=actor, detail={"section": imported.section}, now=now
    )


def _earlier(api_key: ApiKey | None, idempotency_key: str, body_hash: str) -> Import | None:
    """The import that this key was used for. Raises KeyReused if it was another."""
    if not idempotency_key:
        return None
    found = Import.objects.filter(api_key=api_key, idempotency_key=idempotency_key).first()
    if found is not None and found.body_hash != body_hash:
        raise KeyReused(idempotency_key)
    return found


def choose_columns(
    *, imported: Import, mapping: Mapping[str, Any] | None, options: Mapping[str, Any], now: datetime
) -> Import:
    """Say which column is which field, and what holds for all rows. With another sheet the columns are read anew.

    Columns that `mapping` does not name are left out; without a mapping the guess stays. Raises CannotRun, WrongState.
    """
    section = section_of(imported)
    clean, errors = read_options(section, options)
    with transaction.atomic():
        row = _open_for_change(imported)
        if any(clean.get(name) != row.options.get(name) for name in OF_READING):
            row.options = clean
            with files.opened(row) as file:
                _look(row, file, row.format)
        chosen, wrong = check_mapping(
            section, row.columns, row.mapping if mapping is None else mapping, clean.get(DEFAULTS) or {}
        )
        if errors := errors | wrong:
            raise CannotRun(errors)
        row.mapping, row.options, row.status, row.error = chosen, clean, Status.MAPPING, ""
        row.save()
        if row.api_key is None:  # programs say what they mean each time
            kept = {name: value for name, value in clean.items() if name not in OF_ONE_FILE}
            remember(section, row.columns, chosen, kept, now=now)
    return row


def check(*, imported: Import, now: datetime, user: User | None = None) -> Import:
    """Have every row compared with what is there. Nothing but the rows of the import is written."""
    with transaction.atomic():
        row = _open_for_change(imported)
        _, errors = check_mapping(section_of(row), row.columns, row.mapping, row.options.get(DEFAULTS) or {})
        if errors:
            raise CannotRun(errors)
        row.report = {name: value for name, value in row.report.items() if name != "checked"}
        row.save(update_fields=["report"])
        return _run(row, Status.CHECKING, Work.Kind.CHECK_FILE, user=user, now=now)


def confirm(*, imported: Import, now: datetime, user: User | None = None) -> Import:
    """Make what was shown true: leads are routed, sections written. Goes on where a run was cancelled or failed."""
    with transaction.atomic():
        row = _locked(imported)
        if row.options.get("dry_run"):
            raise WrongState("This was a dry run. Send the file again without dry_run.")
        again = row.status in (Status.CANCELLED, Status.FAILED) and row.report.get("checked")
        if row.status != Status.READY and not again:
            raise WrongState(_cannot("confirmed", row, "Wait until it is checked."))
        audit_log.note(action="import.confirmed", subject=row, user=user, detail=_detail(row), now=now)
        return _run(row, Status.RUNNING, Work.Kind.IMPORT, user=user, now=now)


def cancel(*, imported: Import, now: datetime, user: User | None = None) -> Import:
    """Stop. What was stored until then stays; it can be confirmed again, or undone."""
    with transaction.atomic():
        row = _locked(imported)
        if row.status in (Status.MAPPING, Status.READY):
            row.status, row.finished_at = Status.CANCELLED, now
            row.save(update_fields=["status", "finished_at"])
        elif row.status in (Status.CHECKING, Status.RUNNING, Status.UNDOING) and row.work is not None:
            try:
                cancel_work(work=row.work)
            except AlreadyFinished as error:
                raise WrongState(str(error)) from error
        else:
            raise WrongState(_cannot("cancelled", row, ""))
        audit_log.note(action="import.cancelled", subject=row, user=user, detail=_detail(row), now=now)
    return row


def undo(*, imported: Import, now: datetime, user: User | None = None) -> Import:
    """Take back what the import made, as far as nobody has worked on it. Raises WrongState."""
    with transaction.atomic():
        row = _locked(imported)
        applied = row.rows.filter(applied=True)
        if row.status == Status.UNDONE:
            raise WrongState("It was undone already. To have it again, send the file again.")
        if row.status not in (Status.DONE, Status.CANCELLED, Status.FAILED) or not applied.exists():
            raise WrongState(_cannot("undone", row, "Only what was imported can be taken back."))
        audit_log.note(action="import.undone", subject=row, user=user, detail=_detail(row), now=now)
        return _run(row, Status.UNDOING, Work.Kind.UNDO, user=user, now=now)


def to_do(imported: Import) -> int:
    """How many rows are still to be applied."""
    return imported.rows.filter(applied=False, state__in=TO_APPLY).count()


def _look(imported: Import, file: IO[bytes], format: str) -> None:
    """Read the header and guess what it means."""
    try:
        found = format_of(file, name=imported.file_name)
        imported.format = format if format and Import.Format.XLSX not in (found, format) else found
        limits = files.limits()
        table = read_table(
            file, imported.format, limits, sheet=imported.options.get("sheet", ""),
            delimiter=imported.options.get("delimiter", ""),
        )  # fmt: skip
        first = [dict(row.values) for row in islice(table.rows, SAMPLES)]
        sheets = sheet_names(file, limits)[:KEPT_SHEETS] if imported.format == Import.Format.XLSX else []
    except NotATable as error:
        raise CannotRun({"file": [str(error)]}) from error
    imported.columns = list(table.header)
    imported.mapping = guess(SECTIONS[imported.section], table.header)
    if imported.format == Import.Format.XLSX:
        imported.report["lines"] = 0  # packed: how many there are is known once they were read
    imported.report = {**imported.report, "sheets": sheets, "sample": first, "notes": dict(table.notes)}


def _run(row: Import, status: Status, kind: Work.Kind, *, user: User | None, now: datetime) -> Import:
    row.work = put_in_line(kind=kind, params={"import": row.pk}, user=user, now=now)
    row.status, row.error, row.finished_at = status, "", None
    row.save(update_fields=["work", "status", "error", "finished_at"])
    return row


def _locked(imported: Import) -> Import:
    return settled(lock(imported.pk))


def _open_for_change(imported: Import) -> Import:
    row = _locked(imported)
    if row.status not in BEFORE_APPLYING or row.rows.filter(applied=True).exists():
        raise WrongState(_cannot("changed", row, "Send the file again."))
    return row


def _cannot(what: str, row: Import, instead: str) -> str:
    return f"It cannot be {what}: it is {row.get_status_display().lower()}. {instead}".strip()


def _detail(row: Import) -> dict[str, Any]:
    return {"section": row.section, "states": row.report.get("states", {})}
