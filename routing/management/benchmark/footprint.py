"""What everything costs that `up` starts, while nothing happens; how soon it is ready; how heavy its pages are."""

from __future__ import annotations

import re
import sysconfig
import time
from pathlib import Path
from typing import NamedTuple

from django.conf import settings
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client

from routing.clock import current_time
from routing.management.benchmark.company import make_company
from routing.management.benchmark.live import POOLS, REPS, RULES
from routing.management.benchmark.loopback import connect
from routing.management.benchmark.report import Row
from routing.management.benchmark.running import free_port, product
from routing.management.benchmark.watching import look

SETTLE, SECONDS = 15.0, 60.0
QUICK_SETTLE, QUICK_SECONDS = 2.0, 4.0
PAGES = {
    "dashboard": "/admin/",
    "list of leads": "/admin/routing/lead/",
    "list of rules": "/admin/routing/rule/",
    "sign in": "/admin/login/?next=/admin/",
}
PARTS = re.compile(r"""(?:src|href)=["'](/static/[^"'?]+\.(?:css|js|woff2|svg|png))["'?]""")
KIB, MIB = 1024, 1024 * 1024


class Weight(NamedTuple):
    """Bytes as they go over the line, compressed: of the page, and of all files that it asks for the first time."""

    page: int
    files: int


def measure(*, quick: bool) -> list[Row]:
    """After some seconds in which everything settles."""
    make_company(reps=REPS, rules=RULES, pools=POOLS, now=current_time())
    client = Client()
    client.force_login(User.objects.create_superuser("bench", "bench@bench.example", None))
    cookie = f"{settings.SESSION_COOKIE_NAME}={client.cookies[settings.SESSION_COOKIE_NAME].value}"
    connection.close()
    settle, seconds = (QUICK_SETTLE, QUICK_SECONDS) if quick else (SETTLE, SECONDS)
    begun = time.perf_counter()
    with product(smtp_port=free_port()) as (port, process):
        ready = time.perf_counter() - begun
        time.sleep(settle)
        first = look(process, 0.0)
        time.sleep(seconds)
        last = look(process, seconds)
        weights = {name: _weight(port, path, cookie) for name, path in PAGES.items()}
    rows = [
        Row("start to ready", connection.vendor, ready, "s"),
        Row(f"idle: memory of {len(last.memory)} processes", connection.vendor, sum(last.memory.values()) / MIB, "MiB"),
        Row("idle: processor, of one core", connection.vendor, (last.processor - first.processor) / seconds * 100, "%"),
        Row("installed packages", connection.vendor, _installed() / MIB, "MiB"),
    ]
    for name, weight in weights.items():
        rows += [
            Row(f"{name}: page", connection.vendor, weight.page / KIB, "KiB"),
            Row(f"{name}: files of the first visit", connection.vendor, weight.files / KIB, "KiB"),
        ]
    return rows


def _weight(port: int, path: str, cookie: str) -> Weight:
    text, size = _got(port, path, {} if "login" in path else {"Cookie": cookie}, whole=True)
    files = sorted(set(PARTS.findall(text)))
    return Weight(size, sum(_got(port, file, {})[1] for file in files))


def _got(port: int, path: str, headers: dict[str, str], *, whole: bool = False) -> tuple[str, int]:
    """The text, if it is wanted, and the bytes that came when a browser asks for it."""
    size = len(_body(port, path, headers | {"Accept-Encoding": "gzip, br"}))
    return (_body(port, path, headers).decode("utf-8", "replace") if whole else ""), size


def _body(port: int, path: str, headers: dict[str, str]) -> bytes:
    client = connect(port, patience=30)
    client.request("GET", path, headers=headers)
    answer = client.getresponse()
    body = answer.read()
    client.close()
    if answer.status != 200:
        raise AssertionError(f"{path} answers {answer.status}")
    return body


def _installed() -> int:
    """Bytes of all packages that are installed here, of development too."""
    packages = Path(sysconfig.get_paths()["purelib"])
    return sum(file.stat().st_size for file in packages.rglob("*") if file.is_file() and not file.is_symlink())
