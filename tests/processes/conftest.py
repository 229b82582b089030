"""A data folder whose database is made already: migrating takes longer than everything else."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.processes.running import ROOT, SETTINGS_OF_TESTS


@pytest.fixture(scope="session")
def empty_system(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with an empty database."""
    folder = tmp_path_factory.mktemp("empty")
    kept = {name: value for name, value in os.environ.items() if name not in SETTINGS_OF_TESTS}
    subprocess.run(
        [sys.executable, "manage.py", "migrate", "--verbosity=0"],
        cwd=ROOT,
        env=kept | {"LEADROUTING_DATA": str(folder)},
        check=True,
    )
    return folder


@pytest.fixture
def data(empty_system: Path, tmp_path: Path) -> Path:
    """A copy of it for one test."""
    return Path(shutil.copytree(empty_system, tmp_path / "data"))
