"""Check the draft: dead rules, gaps, people who are gone."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from dataclasses import asdict
from itertools import groupby
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError

from routing.clock import current_time
from routing.engine.counting import counted
from routing.management.starting import CheckedCommand
from routing.rulebook.lint import Finding, Severity
from routing.rulebook.words import KINDS
from routing.services.lint import lint

HEADINGS = {
    Severity.ERROR: "Errors: to be mended first",
    Severity.WARNING: "Warnings: probably not meant",
    Severity.NOTE: "Notes: good to know",
}

SECTIONS = {**KINDS, "reps": "Rep", "teams": "Team", "accounts": "Account"}


class Command(CheckedCommand):
    help = "Checks the draft and the people it meets. Ends with 1 if there are errors."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", type=Path, dest="file", metavar="FILE", help="Also write the findings to a file.")

    def handle(self, *, file: Path | None, **options: Any) -> None:
        found = lint(now=current_time())
        if file:
            file.write_text(_as_json(found), encoding="utf-8")
        styles = {Severity.ERROR: self.style.ERROR, Severity.WARNING: self.style.WARNING}
        for severity, group in groupby(found, key=lambda finding: finding.severity):
            self.stdout.write(styles.get(severity, self.style.MIGRATE_HEADING)(HEADINGS[severity]))
            for finding in group:
                self.stdout.write(f"  {_where(finding)}{finding.message}")
        counts = [sum(finding.severity is severity for finding in found) for severity in Severity]
        total = ", ".join(map(counted, counts, ("error", "warning", "note"))) + "."
        if counts[0]:
            raise CommandError(total)
        self.stdout.write(self.style.SUCCESS(total))


def _as_json(found: list[Finding]) -> str:
    return json.dumps({"findings": [asdict(finding) for finding in found]}, indent=2, ensure_ascii=False) + "\n"


def _where(finding: Finding) -> str:
    """Which row it is about; the message of an example says so itself."""
    if finding.code == "example_fails" or not finding.name:
        return ""
    return f"{SECTIONS.get(finding.section, 'Settings')} “{finding.name}”: "
