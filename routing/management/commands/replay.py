"""`manage.py replay --days N`: what the draft would have done with the leads of the last days."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from routing.management.run_work import ReportCommand
from routing.management.tables import columns
from routing.models import Work

COLUMNS = ("history", "published", "draft")
FIGURES = ("assigned", "unserved", "parked", "duplicates", "review", "breaches")


class Command(ReportCommand):
    help = "Run the leads of the last days through the draft and through what is published. Changes nothing."
    kind = Work.Kind.REPLAY

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--days", type=float, default=30, help="How many days back (30).")
        parser.add_argument("--to-version", default="draft", help="A version's number instead of the draft.")

    def params(self, options: dict[str, Any]) -> dict[str, Any]:
        version = options["to_version"]
        return {"days": options["days"], "version": int(version) if version.isdigit() else version}

    def told(self, report: dict[str, Any]) -> str:
        """The columns, who gains and loses, and how many leads change hands."""
        sides = [report["columns"][name] for name in COLUMNS]
        rows = [(name.capitalize(), *(str(side[name]) for side in sides)) for name in FIGURES]
        rows += [("Waited", *(_waited(side["waits"]) for side in sides))]
        people = [
            (line["name"], *(str(line[name]) for name in COLUMNS), f"{line['change']:+d}") for line in report["reps"]
        ]
        return "\n\n".join(
            [
                f"Leads from {report['from'][:10]} to {report['to'][:10]}: {report['leads']:,};"
                f" {report['changes']['count']:,} change hands.",
                columns(("", "History", "Published", "Draft"), rows),
                columns(("Rep", "History", "Published", "Draft", "Change"), people),
            ]
        )


def _waited(waits: dict[str, Any]) -> str:
    if not waits["leads"]:
        return "0"
    return f"{waits['leads']} (half up to {waits['p50_minutes']:.0f} min, 9 of 10 up to {waits['p90_minutes']:.0f})"
