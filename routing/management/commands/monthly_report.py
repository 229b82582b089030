"""`manage.py monthly_report --month 2026-10 --out FILE`: the report of a month as a workbook."""

from __future__ import annotations

import shutil
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError

from routing.clock import current_time
from routing.management.starting import CheckedCommand
from routing.services.monthly_report import NoSuchMonth, month_figures, read_month, write_workbook


class Command(CheckedCommand):
    help = "The report of a month as an Excel workbook: speed, reps, pools, sources, rules, territories, statements."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--month", required=True, help="Year and month, such as 2026-10.")
        parser.add_argument("--out", required=True, help="The file to write, such as october.xlsx.")

    def handle(self, *, month: str, out: str, **options: Any) -> None:
        now = current_time()
        try:
            chosen = read_month(month, now=now)
        except NoSuchMonth as error:
            raise CommandError(str(error)) from error
        figures = month_figures(chosen, now=now)
        try:
            with write_workbook(figures) as file, Path(out).open("wb") as target:
                shutil.copyfileobj(file, target)
        except OSError as error:
            raise CommandError(f"{out} cannot be written: {error.strerror}.") from error
        self.stdout.write(f"{chosen.title}: {figures['counts']['received']:,} leads. Written to {out}.")
