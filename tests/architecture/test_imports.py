"""The house keeps its arrows, and each contract really fails when it is broken."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
BREAKERS = {
    "apps": ("reps/schedules.py", "import routing.clock"),
    "rooms": ("routing/models/keys.py", "import routing.services.route_pending"),
    "pure": ("routing/engine/ledger.py", "import django.utils.dates"),
    "clock": ("routing/services/route_pending.py", "import routing.clock"),
}


def lint(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache", *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def test_all_contracts_are_kept() -> None:
    result = lint(ROOT)

    assert result.returncode == 0, result.stdout


@pytest.mark.parametrize("contract", BREAKERS)
def test_a_contract_fails_when_it_is_broken(contract: str, tmp_path: Path) -> None:
    for name in ("leadrouting", "routing", "reps"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    file, line = BREAKERS[contract]
    (tmp_path / file).write_text((tmp_path / file).read_text() + f"\n{line}\n")

    result = lint(tmp_path, "--contract", contract)

    assert result.returncode == 1, result.stdout
    assert "BROKEN" in result.stdout
