"""How long a file of leads takes: checked with a preview, then stored; and how much memory that needs."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path
from time import perf_counter
from typing import IO

from django.db import connection

from routing.clock import current_time
from routing.management.benchmark.company import make_company
from routing.management.benchmark.report import Row
from routing.models import Import, Lead
from routing.services.imports import start
from routing.services.work import run_next

REPS, RULES, POOLS = 20, 10, 2
HEADER = "email,first_name,last_name,company,country,city,job_title,phone,employees,source,message\n"
ROW = (
    "person{n}@company{c}.com,Mia{f},Chen{n},Company {c},{country},Berlin,Head of Sales,+4930{number},{size},fair,"
    "We need {n} seats of your product. Please call me back soon.\n"
)
COUNTRIES = ("DE", "US", "FR")
PROC = Path("/proc/self")


def measure(*, quick: bool) -> list[Row]:
    """Seconds until a file is checked, until its leads are stored, and by how much the process grew."""
    count = 500 if quick else 100_000
    make_company(reps=REPS, rules=RULES, pools=POOLS, now=current_time())
    with tempfile.TemporaryFile() as file:
        _write(file, count)
        imported = start.start_import(section="leads", file_name="list.csv", stream=file, now=current_time())
    start.choose_columns(imported=imported, mapping=None, options={}, now=current_time())
    before = _most_memory()
    checked = _took(lambda: start.check(imported=imported, now=current_time()))
    stored = _took(lambda: start.confirm(imported=imported, now=current_time()))
    if Lead.objects.count() != count:
        raise AssertionError(f"The import failed: {Import.objects.get(pk=imported.pk).error}")
    vendor = connection.vendor
    return [
        Row(f"CSV import of {count:,} leads: checked, with a preview", vendor, checked, "s"),
        Row(f"CSV import of {count:,} leads: stored", vendor, stored, "s"),
        Row(f"CSV import of {count:,} leads: both", vendor, checked + stored, "s"),
        Row("growth of the process that imports", vendor, _most_memory() - before, "MiB"),
    ]


def _write(file: IO[bytes], count: int) -> None:
    file.write(HEADER.encode())
    for n in range(count):
        line = ROW.format(
            n=n, c=n % 30_000, f=n % 500, country=COUNTRIES[n % 3], number=1_000_000 + n, size=n % 5_000 + 1
        )
        file.write(line.encode())
    file.seek(0)


def _took(begin: Callable[[], object]) -> float:
    """Seconds until all work is done that this puts in line."""
    began = perf_counter()
    begin()
    while run_next(clock=current_time):
        pass
    return perf_counter() - began


def _most_memory() -> float:
    """The most memory that the process ever had, in MiB."""
    lines = (PROC / "status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM"))
