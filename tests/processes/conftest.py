"""Data folders and servers whose database has its tables already."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from tests import migrated
from tests.chaos.harness.cluster import Cluster


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A data folder with an empty database."""
    return _with_database(tmp_path / "data")


@pytest.fixture(scope="module")
def shared_data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One that the tests of a file share."""
    return _with_database(tmp_path_factory.mktemp("shared") / "data")


def _with_database(folder: Path) -> Path:
    folder.mkdir()
    migrated.sqlite(folder / "leadrouting.sqlite3")
    return folder


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    """A PostgreSQL of the file's own, with the tables in its database `tables`."""
    with TemporaryDirectory(prefix="leadrouting-cluster-") as folder:
        Path(folder).chmod(0o711)  # the server runs under another name
        migrated.cluster(Path(folder) / "cluster")
        cluster = Cluster(Path(folder) / "cluster")
        cluster.start()
        yield cluster
        cluster.stop(signal.SIGQUIT)
