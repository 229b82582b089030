"""The product's processes, each a child of this one and brought back as soon as it is gone: `python -m … SETUP`.

The product's own Supervisor does that, with pauses that suit hundreds of kills.
"""

from __future__ import annotations

import ctypes
import os
import random
import signal
import socket
import sys
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import django
import time_machine
from apprise.plugins.slack import NotifySlack

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "leadrouting.settings")
django.setup()

from django.core.management import call_command  # noqa: E402  Django must be set up first
from django.db import connections  # noqa: E402
from django.urls import get_resolver  # noqa: E402

from leadrouting import processes, web  # noqa: E402
from routing import crash, doorbell  # noqa: E402
from routing.clock import current_time  # noqa: E402
from routing.management.commands import clock, worker  # noqa: E402
from routing.models import Lead  # noqa: E402
from routing.services.batches import decide as deciding  # noqa: E402
from routing.services.receive_lead import receive_leads  # noqa: E402
from tests.chaos.harness.setup import WORKERS, Setup, read  # noqa: E402

PR_SET_NAME = 15
LONGEST_PAUSE = 0.2


def main(setup: Setup) -> None:
    """Fork its programs, and keep them until told to stop."""
    processes.end_with_parent(os.getppid())
    listener = socket.create_server(("127.0.0.1", setup.port), backlog=2048)
    programs = [
        processes.Program(role, partial(_as, role, setup, partial(_run, role, listener)))
        for name, count in setup.roles.items()
        for role in (doorbell.JOBS if name == WORKERS else (name,))
        for _ in range(count)
    ]
    if setup.preload:
        _preload(setup.preload)
    get_resolver().url_patterns  # noqa: B018  loads every page before the children are forked
    connections.close_all()
    processes.LONGEST_PAUSE = LONGEST_PAUSE
    processes.Supervisor(programs).run(started=_say_so)


def _say_so() -> None:
    sys.stdout.write("started\n")
    sys.stdout.flush()


def _run(role: str, listener: socket.socket) -> None:
    if role == "web":
        web.serve(listener)
    elif role == "clock":
        call_command(clock.Command())
    else:
        call_command(worker.Command(), role)


def _as(role: str, setup: Setup, run: Callable[[], object]) -> None:
    """In a child: carry the role's name, take on what this child is to suffer from, and run."""
    ctypes.CDLL(None).prctl(PR_SET_NAME, role.encode(), 0, 0, 0)
    if setup.poison:
        _die_of(setup.poison)
    if setup.crash:
        crash.crash_point = _any_of(setup.crash, setup.nth)
    if setup.stop_at:
        crash.crash_point = partial(_stop_at, setup)
    NotifySlack.webhook_url = setup.chat
    if minutes := setup.skew_minutes.get(role):
        time_machine.travel(datetime.now().astimezone() + timedelta(minutes=minutes), tick=True).start()
    run()


def _any_of(points: list[str], nth: int) -> Callable[[str], None]:
    """Death at whichever of these points this life comes to as often as chance wants."""
    chance = random.Random()
    deaths: dict[int, dict[str, Callable[[str], None]]] = {}

    def pass_by(name: str) -> None:
        if os.getpid() not in deaths:  # a process of its own, also if the web server forked it
            chance.seed(os.urandom(8))
            deaths[os.getpid()] = {point: crash.armed(f"{point}:{chance.randint(1, nth)}") for point in points}
        if die := deaths[os.getpid()].get(name):
            die(name)

    return pass_by


def _die_of(domain: str) -> None:
    """Such a lead ends the process that reads what it says, as a crash in a C library would."""
    decide = deciding.decide  # type: ignore[attr-defined]

    def deadly(facts: Any, *rest: Any) -> Any:
        if facts.email.endswith(domain) and not facts.undecidable:
            os.kill(os.getpid(), signal.SIGKILL)
        return decide(facts, *rest)

    deciding.decide = deadly  # type: ignore[attr-defined, assignment]


def _stop_at(setup: Setup, name: str) -> None:
    """The first process that comes by stops for ever, with all that it holds."""
    if name == setup.stop_at and not Path(setup.once).exists():
        Path(setup.once).write_text(str(os.getpid()), encoding="utf-8")
        os.kill(os.getpid(), signal.SIGSTOP)


def _preload(count: int) -> None:
    """Leads that wait already when the processes start, as after an outage."""
    with doorbell.muted():
        receive_leads(
            submissions=[
                {"email": f"p{n}@backlog-{n}.example", "first_name": "Mia", "external_id": f"backlog-{n}"}
                for n in range(count)
            ],
            now=current_time() - timedelta(seconds=10),
            priority=Lead.Priority.IMPORTED,
        )


if __name__ == "__main__":
    main(read(sys.argv[1]))
