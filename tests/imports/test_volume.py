"""100,000 leads from one file, in little memory."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import pytest
from django.utils import timezone

from routing.models import Import, Lead
from routing.services.imports import start
from routing.services.publish import publish
from routing.services.work import run_next
from tests.factories import make_catch_all, make_pool, make_rep, make_settings
from tests.imports.doing import fresh

pytestmark = [pytest.mark.django_db, pytest.mark.long]
LEADS = 100_000
MOST_GROWTH = 60


@pytest.fixture
def file() -> Iterator[IO[bytes]]:
    make_settings()
    make_catch_all(make_pool(*(make_rep(f"Rep {n}") for n in range(20)), name="SMB"))
    publish(note="", user=None, now=timezone.now())
    with tempfile.TemporaryFile() as file:
        file.write(b"email,first_name,last_name,company,country,phone,message\n")
        for n in range(LEADS):
            file.write(
                f"p{n}@company{n % 30_000}.com,Mia,Chen{n},Company {n % 30_000},DE,+4930{1_000_000 + n},"
                f"We need {n} seats of it. Call me.\n".encode()
            )
        file.seek(0)
        yield file


def most_memory() -> float:
    """The most that this process ever had, in MiB."""
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM"))


def work_off() -> None:
    while run_next(clock=timezone.now):
        pass


def test_a_hundred_thousand_leads_come_in_flat_memory(file: IO[bytes]) -> None:
    imported = start.start_import(section="leads", file_name="big.csv", stream=file, now=timezone.now())
    start.choose_columns(imported=imported, mapping=None, options={}, now=timezone.now())
    before = most_memory()

    start.check(imported=imported, now=timezone.now())
    work_off()
    start.confirm(imported=imported, now=timezone.now())
    work_off()

    assert fresh(imported).status == Import.Status.DONE
    assert Lead.objects.count() == LEADS
    assert most_memory() - before < MOST_GROWTH
