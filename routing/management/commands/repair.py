"""`manage.py repair --from N --to M`: decide again what a faulty version decided and nobody has answered."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from routing.engine.counting import counted
from routing.management.run_work import ReportCommand
from routing.management.tables import columns
from routing.models import Work

WHY = {
    "answered": "answered or accepted already",
    "given_by_hand": "given or taken by hand",
    "stays": "right where they are",
    "would_wait": "nobody could take them now",
}


class Command(ReportCommand):
    help = "Show which leads of version N version M would give to others; with --apply, give them."
    kind = Work.Kind.REPAIR

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--from", dest="wrong", type=int, required=True, metavar="N", help="The faulty version.")
        parser.add_argument("--to", dest="right", type=int, metavar="M", help="The right one (what is published).")
        parser.add_argument("--since", metavar="INSTANT", help="Decided since; else since N was published.")
        parser.add_argument("--until", metavar="INSTANT", help="Decided until; else until now.")
        parser.add_argument("--apply", action="store_true", help="Move the leads, after a look without this.")

    def params(self, options: dict[str, Any]) -> dict[str, Any]:
        asked = {"from": options["wrong"], "to": options["right"], "apply": options["apply"]}
        return asked | {name: options[name] for name in ("since", "until") if options[name]}

    def told(self, report: dict[str, Any]) -> str:
        """How many move, between whom, and why the others stay."""
        moved = report["moves"]["count"]
        verb = "moved" if report["applied"] else "would move"
        parts = [f"Version {report['from']} by version {report['to']}: {counted(moved, 'lead')} {verb}."]
        people = [(line["name"], str(line["loses"]), str(line["gains"])) for line in report["reps"]]
        if people:
            parts.append(columns(("Rep", "Loses", "Gains"), people))
        parts += [f"{number:,} stay: {WHY[why]}." for why, number in report["untouched"].items() if number]
        if moved and not report["applied"]:
            parts.append("Nothing was changed. Say --apply to move them.")
        return "\n\n".join(parts)
