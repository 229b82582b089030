"""`python -m tests.benchmarks.side_by_side`: the product beside what most systems do, on the same database in one run.

The same number of processes works off the same number of leads: rate and fairness. Then once more, with processes
killed in the midst of it: what is lost.
"""

from __future__ import annotations

import json
import logging
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from argparse import ArgumentParser
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "leadrouting.settings")
django.setup()
logging.getLogger("routing.doorbell").setLevel(logging.ERROR)  # nobody has to be rung for: all are at it

from django.db import connection  # noqa: E402  Django must be set up first
from django.db.models import Count  # noqa: E402
from redis import Redis  # noqa: E402

from reps.models import Rep  # noqa: E402
from routing.clock import current_time  # noqa: E402
from routing.management.benchmark.company import make_company, store_leads  # noqa: E402
from routing.management.commands.benchmark import TEMPLATES  # noqa: E402
from routing.models import Assignment, Lead  # noqa: E402
from routing.services.route_pending import route_pending  # noqa: E402
from tests.benchmarks import plain  # noqa: E402
from tests.valkey import running_valkey  # noqa: E402

HEAD = ("| system | database | processes | leads | kills | leads/s | leads a rep | lost |", "|" + "---|" * 8)
INSIDE = "SIDE_BY_SIDE"
REPS, RULES = 100, 50
KILLS = 20
KILLS_BETWEEN = 0.1, 0.4
"""Seconds from one kill to the next."""
PATIENCE = 30.0
"""Seconds without any lead done after which what is left never will be."""
Step = Callable[[], bool]


@dataclass(frozen=True, slots=True)
class Found:
    """`fewest` and `most` leads of one rep, of those that have an owner. `lost`: accepted, and nobody's for ever."""

    system: str
    database: str
    processes: int
    leads: int
    kills: int
    seconds: float
    fewest: int
    most: int
    lost: int

    def line(self) -> str:
        rate = f"{(self.leads - self.lost) / self.seconds:,.0f}" if not self.kills else "–"
        cells = (self.system, self.database, self.processes, f"{self.leads:,}", self.kills, rate)
        return "| " + " | ".join(map(str, (*cells, f"{self.fewest} to {self.most}", self.lost))) + " |"


def main() -> None:
    parser = ArgumentParser(prog="python -m tests.benchmarks.side_by_side", description=__doc__)
    parser.add_argument("--leads", type=int, default=10_000)
    parser.add_argument("--processes", type=int, default=4)
    parser.add_argument("--database", choices=TEMPLATES, default="postgresql")
    parser.add_argument("--json", type=Path, metavar="FILE")
    asked = parser.parse_args()
    if INSIDE in os.environ:
        found = [*_plain(asked.leads, asked.processes), *_ours(asked.leads, asked.processes)]
        sys.stdout.write("\n".join((*HEAD, *(one.line() for one in found))) + "\n")
        if asked.json:
            asked.json.write_text(json.dumps([asdict(one) for one in found], indent=1))
        return
    with tempfile.TemporaryDirectory(prefix="side-by-side-") as name, TEMPLATES[asked.database](Path(name)) as template:
        scratch = Path(name) / "scratch"
        url = template(scratch)
        scratch.mkdir(exist_ok=True)
        environment = os.environ | {INSIDE: "1", "LEADROUTING_DATA": str(scratch), "DATABASE_URL": url}
        environment["XDG_RUNTIME_DIR"] = str(scratch)
        command = [sys.executable, "-m", "tests.benchmarks.side_by_side", *sys.argv[1:]]
        sys.exit(subprocess.run(command, env=environment, check=False).returncode)


def _plain(leads: int, processes: int) -> list[Found]:
    found = []
    with tempfile.TemporaryDirectory() as folder, running_valkey(Path(folder)) as url:
        for kills in (False, True):
            plain.set_up(Redis.from_url(url), leads=leads)

            def begin() -> Step:
                queue = Redis.from_url(url)  # of this process alone
                return lambda: plain.route_one(queue, reps=REPS)

            def left() -> int:
                return int(Redis.from_url(url).llen(plain.QUEUE))  # type: ignore[arg-type]

            seconds, killed = _work_off(begin, processes, kills=kills, left=left)
            shares, lost = plain.shares(REPS), plain.without_owner()
            found.append(
                Found("one lead a transaction, a counter", connection.vendor, processes, leads, killed, seconds,
                      min(shares), max(shares), lost)
            )  # fmt: skip
    return found


def _ours(leads: int, processes: int) -> list[Found]:
    make_company(reps=REPS, rules=RULES, pools=1, now=current_time())
    found = []
    for number, kills in enumerate((False, True)):
        store_leads(leads, start=number * leads, now=current_time())
        before = _shares()
        seconds, killed = _work_off(
            lambda: lambda: bool(route_pending(now=current_time()).worked), processes, kills=kills, left=_unowned
        )
        shares = [after - earlier for after, earlier in zip(_shares(), before, strict=True)]
        lost = Lead.objects.filter(owner=None).count()
        found.append(
            Found("leadrouting", connection.vendor, processes, leads, killed, seconds, min(shares), max(shares), lost)
        )
    return found


def _shares() -> list[int]:
    held = dict(Assignment.objects.values_list("rep").annotate(Count("pk")))
    return [held.get(rep, 0) for rep in Rep.objects.order_by("pk").values_list("pk", flat=True)]


def _unowned() -> int:
    return Lead.objects.filter(owner=None).count()


def _work_off(begin: Callable[[], Step], processes: int, *, kills: bool, left: Callable[[], int]) -> tuple[float, int]:
    """Seconds until nothing is left to do, and how many processes were killed; each is followed by another."""
    connection.close()
    dice, killed, begun = random.Random(1), 0, time.perf_counter()
    workers = [_fork(begin) for _ in range(processes)]
    known, until = -1, 0.0
    try:
        while (now_left := left()) and (now_left != known or time.perf_counter() < until):
            if now_left != known:
                known, until = now_left, time.perf_counter() + PATIENCE
            time.sleep(dice.uniform(*KILLS_BETWEEN) if kills else 0.05)
            if kills and killed < KILLS:
                place = dice.randrange(processes)
                _end(workers[place])
                workers[place], killed = _fork(begin), killed + 1
        time.sleep(0.2)  # the last one may still be in hand
        return time.perf_counter() - begun - 0.2, killed
    finally:
        for worker in workers:
            _end(worker)


def _fork(begin: Callable[[], Step]) -> int:
    connection.close()
    if child := os.fork():
        return child
    with suppress(BaseException):
        step = begin()
        while True:
            if not step():
                time.sleep(0.005)
    os._exit(1)


def _end(child: int) -> None:
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)


if __name__ == "__main__":
    main()
