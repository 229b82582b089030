"""`manage.py evaluate`: what ways of sharing leads are worth, in simulated worlds or on a CSV of past deals."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from routing.evaluation.compare import Comparison, alike, by_expertise, simulate
from routing.evaluation.deals import Columns, Deals, read_deals
from routing.evaluation.past import evaluate_past
from routing.evaluation.policies import FIRST, INTENT, KNOWS_SPREADS, POLICIES
from routing.evaluation.refusals import CannotEvaluate
from routing.evaluation.report import of_past, of_simulation
from routing.evaluation.world import Terms
from routing.management.evaluated import told_of_past, told_of_simulation
from routing.spreadsheets.read import CSV, Limits, NotATable, Table, read_table

LIMITS = Limits(size=2**31, rows=2_000_000)
TO_SCREEN = "-"
OF_DEALS = ("rep", "outcome", "won", "date")
OF_EXPERTISE = (FIRST, INTENT)
OF_ALIKE = frozenset(POLICIES) - {KNOWS_SPREADS}
RANGES = {
    "seeds": (1, 10_000), "reps": (2, 200), "segments": (1, 100), "leads": (200, 1_000_000), "seed": (0, 2**31),
}  # fmt: skip


class Command(BaseCommand):
    """Reads and writes no database."""

    help = "Runs ways of sharing leads in simulated worlds (--simulate, the default) or on past deals (--csv FILE)."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--simulate", action="store_true", help="In worlds whose truth is known. The default.")
        parser.add_argument("--seeds", type=int, default=6, help="Simulation: how many worlds of each sort (6).")
        parser.add_argument("--seed", type=int, default=1, help="Simulation: the seed of the first world (1).")
        parser.add_argument("--reps", type=int, default=12, help="Simulation: reps (12).")
        parser.add_argument("--leads", type=int, default=8_000, help="Simulation: leads of a year (8000).")
        parser.add_argument("--steady", action="store_true", help="Simulation: nobody joins or changes team.")
        parser.add_argument("--band", type=float, default=1.0, help="The turn tolerance, in leads (1).")
        parser.add_argument("--csv", metavar="FILE", help="Past deals, a row each; the first row names the columns.")
        parser.add_argument("--rep", metavar="COLUMN", help="Past deals: who had the lead.")
        parser.add_argument("--outcome", metavar="COLUMN", help="Past deals: what became of it.")
        parser.add_argument("--won", metavar="VALUE", help="Past deals: the outcome of those that were won.")
        parser.add_argument("--date", metavar="COLUMN", help="Past deals: when the lead came.")
        parser.add_argument(
            "--segments", metavar="COLUMN,COLUMN|NUMBER",
            help="Past deals: what was known when the lead came, coarsest first. Simulation: the number of kinds (8).",
        )  # fmt: skip
        parser.add_argument("--json", metavar="FILE", help=f"Writes the report as JSON; {TO_SCREEN}: the table only.")

    def handle(self, *args: Any, **options: Any) -> None:
        """Raises CommandError for whatever cannot be judged: what is wrong, where, and what to do."""
        if options["csv"] and options["simulate"]:
            raise CommandError("Either --simulate or --csv FILE, not both.")
        band = options["band"]
        if not 0 <= band <= 1_000:
            raise CommandError(f"--band {band:g}: give a number of leads from 0 to 1000.")
        to = Path(options["json"]) if options["json"] and options["json"] != TO_SCREEN else None
        if to and not to.parent.is_dir():
            raise CommandError(f"{to} cannot be written: there is no folder {to.parent}.")
        report = _of_deals(options, band) if options["csv"] else _of_worlds(options, band)
        if to:
            _write(to, report)
        self.stdout.write(told_of_past(report) if options["csv"] else told_of_simulation(report))


def _of_worlds(options: Mapping[str, Any], band: float) -> dict[str, Any]:
    given = [f"--{name}" for name in OF_DEALS if options[name]]
    if given:
        raise CommandError(f"{given[0]} is for past deals: give their file with --csv FILE.")
    numbers = {name: _within(name, options[name]) for name in ("seeds", "seed", "reps", "leads")}
    kinds = _within("segments", options["segments"] or 8)
    moving = 0 if options["steady"] else 1
    terms = Terms(reps=numbers["reps"], kinds=kinds, leads=numbers["leads"], joining=moving, moving=moving)
    seeds = range(numbers["seed"], numbers["seed"] + numbers["seeds"])

    def worlds(of: Terms, policies: Collection[str] = POLICIES) -> Comparison:
        return simulate(of, seeds=seeds, band=band, policies=policies)

    beside = {"expertise": worlds(by_expertise(terms), OF_EXPERTISE), "alike": worlds(alike(terms), OF_ALIKE)}
    return of_simulation(worlds(terms), beside)


def _within(name: str, given: Any) -> int:
    least, most = RANGES[name]
    try:
        number = int(given)
    except ValueError:
        raise CommandError(f"--{name} {given}: a simulation takes a whole number here.") from None
    if not least <= number <= most:
        raise CommandError(f"--{name} {number}: give a number from {least:,} to {most:,}.")
    return number


def _of_deals(options: Mapping[str, Any], band: float) -> dict[str, Any]:
    missing = [f"--{name}" for name in OF_DEALS if not options[name]]
    if missing:
        raise CommandError(f"Past deals need {', '.join(missing)} too: which column says what.")
    segments = tuple(name.strip() for name in (options["segments"] or "").split(",") if name.strip())
    chosen = Columns(options["rep"], options["outcome"], options["won"], options["date"], segments)
    try:
        deals = _read(options["csv"], chosen)
        return of_past(evaluate_past(deals, band=band), deals.warnings)
    except (CannotEvaluate, NotATable) as error:
        raise CommandError(f"{options['csv']}: {error}") from error


def _read(file: str, chosen: Columns) -> Deals:
    try:
        with Path(file).open("rb") as stream:
            table = read_table(stream, CSV, LIMITS)
            deals = read_deals(table.header, _rows(table), chosen)
            return replace(deals, warnings=(*table.notes, *deals.warnings))
    except OSError as error:
        raise CommandError(f"{file} cannot be read: {error.strerror}.") from error


def _rows(table: Table) -> Iterator[tuple[int, Mapping[str, object]]]:
    """Rows as a text editor numbers them where no cell has several lines: the header is row 1."""
    for row in table.rows:
        if row.problem:
            raise NotATable(f"Row {row.number + 1}: {row.problem}")
        yield row.number + 1, row.values


def _write(path: Path, report: Mapping[str, Any]) -> None:
    try:
        path.write_text(json.dumps(report, indent=1, allow_nan=False) + "\n", encoding="utf-8")
    except OSError as error:
        raise CommandError(f"{path} cannot be written: {error.strerror}.") from error
