"""Import a CSV, XLSX or JSON Lines file from the command line."""

from __future__ import annotations

import sys
import time
from argparse import ArgumentParser
from collections.abc import Sequence
from pathlib import Path
from typing import IO, Any

from django.core.management.base import CommandError

from routing.clock import current_time
from routing.doorbell import unless_nobody_hears
from routing.engine.counting import counted
from routing.management.starting import CheckedCommand
from routing.models import Import
from routing.services.imports import start
from routing.services.imports.all_sections import SECTIONS, section_named
from routing.services.imports.mapping import TO_ATTRIBUTES
from routing.services.imports.rows_out import error_file, rejected_rows, said
from routing.services.imports.state import UNDER_WAY, settled
from routing.services.lead_actions.refusals import WrongState
from routing.services.work import run_next
from routing.services.work_progress import CannotRun

MOST_SHOWN = 10
PAUSE = 0.5
FROM_PIPE = "-"


class Command(CheckedCommand):
    """The check runs here and now; a worker that is faster is waited for."""

    help = "Checks a file of leads, reps or other things and says what it would do; imports it with --route."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", help=f"CSV, XLSX or JSON Lines. {FROM_PIPE} reads standard input.")
        parser.add_argument(
            "--section", default="leads", choices=list(SECTIONS), type=section_named, help="What the rows are; leads."
        )
        parser.add_argument(
            "--mapping", action="append", default=[], metavar="COLUMN=FIELD",
            help="Which column is which field; once for each. Columns that are not named are left out. "
            "Without it the names of the columns tell.",
        )  # fmt: skip
        parser.add_argument(
            "--default", action="append", default=[], metavar="FIELD=VALUE", help="For rows that do not say it."
        )
        parser.add_argument("--sheet", default="", help="Of an Excel file; the first.")
        parser.add_argument("--delimiter", default="", help="comma, semicolon, tab or bar; else it is recognised.")
        parser.add_argument("--attributes", action="store_true", help="Leads: columns without a field as attributes.")
        parser.add_argument("--test", action="store_true", help="Leads: all are test leads.")
        parser.add_argument("--whole", action="store_true", help="Other sections: what the file does not name goes.")
        parser.add_argument("--route", action="store_true", help="Imports what was checked; leads are routed.")
        parser.add_argument(
            "--errors", metavar="FILE",
            help="Writes the rejected rows, each with its reason: as CSV; those of JSON Lines as JSON Lines.",
        )  # fmt: skip

    def handle(self, *, file: str, section: str, route: bool, errors: str | None, **options: Any) -> None:
        try:
            with unless_nobody_hears():
                imported = _checked(file, section, options)
                self._tell(imported)
                if errors:
                    _write(Path(errors), imported)
                if route:
                    start.confirm(imported=imported, now=current_time())
                    self._tell_done(_followed(imported))
        except CannotRun as error:
            raise CommandError(
                "\n".join(f"{name}: {' '.join(texts)}" for name, texts in error.errors.items())
            ) from error
        except WrongState as error:
            raise CommandError(str(error)) from error

    def _tell(self, imported: Import) -> None:
        report = imported.report
        states = ", ".join(f"{number:,} {name}" for name, number in report["states"].items()) or "nothing"
        self.stdout.write(f"{counted(report['rows'], 'row')}: {states}.")
        for sentence, number in report["notes"].items():
            self.stdout.write(f"{number:,} {sentence}" if sentence[:1].islower() else sentence)
        for row, _ in zip(rejected_rows(imported), range(MOST_SHOWN), strict=False):
            self.stdout.write(f"  row {row.number + 1}: {' '.join(said(row.errors).split())}")
        if (rejected := report["states"].get("rejected", 0)) > MOST_SHOWN:
            self.stdout.write(f"  … and {rejected - MOST_SHOWN:,} more; --errors FILE writes all of them.")
        for rep in report.get("preview", {}).get("reps", []):
            self.stdout.write(f"  {rep['name']} would get about {counted(rep['leads'], 'lead')}")

    def _tell_done(self, imported: Import) -> None:
        applied = ", ".join(f"{number:,} {name}" for name, number in imported.report["applied"].items() if number)
        self.stdout.write(self.style.SUCCESS(f"Imported: {applied or 'nothing'}. Its id is {imported.uuid}."))


def _checked(file: str, section: str, options: dict[str, Any]) -> Import:
    asked = {
        "sheet": options["sheet"], "delimiter": options["delimiter"], "test": options["test"],
        "whole": options["whole"], "unmapped": TO_ATTRIBUTES if options["attributes"] else "",
        "defaults": _pairs(options["default"], "FIELD=VALUE"),
    }  # fmt: skip
    asked = {name: value for name, value in asked.items() if value}
    mapping = _pairs(options["mapping"], "COLUMN=FIELD") or None
    with _opened(file) as stream:
        sent = start.send_file(
            section=section, file_name="" if file == FROM_PIPE else Path(file).name, stream=stream, mapping=mapping,
            options=asked, now=current_time(), api_key=None,
        )  # fmt: skip
    return _followed(sent.imported)


def _followed(imported: Import) -> Import:
    """Once its run has ended. Raises CommandError if that did not end well."""
    while True:
        row = settled(Import.objects.select_related("work").get(pk=imported.pk))
        if row.status not in UNDER_WAY:
            break
        if not run_next(clock=current_time):
            time.sleep(PAUSE)
    if row.status in (Import.Status.FAILED, Import.Status.CANCELLED):
        raise CommandError(row.error or "It was cancelled.")
    return row


def _pairs(given: Sequence[str], form: str) -> dict[str, str]:
    pairs = [one.partition("=") for one in given]
    if wrong := [name for name, sign, _ in pairs if not (sign and name)]:
        raise CommandError(f"{wrong[0]}: write it as {form}.")
    return {name: value for name, _, value in pairs}


def _opened(file: str) -> IO[bytes]:
    try:
        return sys.stdin.buffer if file == FROM_PIPE else Path(file).open("rb")
    except OSError as error:
        raise CommandError(f"{file} cannot be read: {error.strerror}.") from error


def _write(path: Path, imported: Import) -> None:
    with path.open("wb") as target:
        target.writelines(error_file(imported))
