"""Commands that run a piece of work and tell its report."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from routing.clock import current_time
from routing.models import Work
from routing.services.work import run_now
from routing.services.work_progress import CannotRun


class ReportCommand(BaseCommand):
    """Runs here and now, without a worker; the report is stored like any other."""

    kind: Work.Kind

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", metavar="FILE", help="Write the whole report as JSON.")

    def params(self, options: dict[str, Any]) -> dict[str, Any]:
        """What is asked, from the command line."""
        raise NotImplementedError

    def told(self, report: dict[str, Any]) -> str:
        """The report for people."""
        raise NotImplementedError

    def handle(self, *args: Any, **options: Any) -> None:
        """Raises CommandError for what cannot be run, and with the reason of a run that failed."""
        try:
            work = run_now(kind=self.kind, params=self.params(options), clock=current_time)
        except CannotRun as error:
            raise CommandError(str(error)) from error
        if work.report is None:
            raise CommandError(work.error or "The run was cancelled.")
        if options["json"]:
            Path(options["json"]).write_text(json.dumps(work.report, indent=1), encoding="utf-8")
        self.stdout.write(self.told(work.report))
