"""Which processes live: each says so under its role, its host and its number, so that none hides another."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

from routing.models import Heartbeat

SILENT = timedelta(seconds=60)
"""Who has not been heard of for so long is dead, hangs, or cannot reach the database."""
FORGOTTEN = timedelta(days=1)
"""A process that vanished with its host is spoken of for so long."""
AUDITOR = "auditor"
"""Not a process: when somebody last looked whether all is well."""
UNAUDITED = timedelta(minutes=3)
REQUIRED = frozenset({"clock routing", "clock alerts", "clock calls", "clock sla", "clock sweep", AUDITOR})
"""Without these nobody does what a doorbell did not; other processes count while they have a row."""
LONGEST_HOST = 22


def beat(role: str, *, now: datetime) -> None:
    """This process has just gone round in this role."""
    Heartbeat.objects.beat(own_name(role), now)


def sign_off(role: str) -> None:
    """This process ends, as it should."""
    Heartbeat.objects.filter(name=own_name(role)).delete()


def succeed(role: str) -> None:
    """This process begins: those of its role on this host that died without a word are missed no longer."""
    alike = Heartbeat.objects.filter(name__startswith=f"{role}@{_host()}:").values_list("name", flat=True)
    dead = [name for name in alike if not _lives(name.rpartition(":")[2])]
    Heartbeat.objects.filter(name__in=[*dead, role]).delete()  # the bare role: as earlier versions named it


def is_heard(role: str, *, now: datetime) -> bool:
    """Whether a process of this role lives, on any host."""
    return Heartbeat.objects.filter(name__startswith=f"{role}@", beat_at__gte=now - SILENT).exists()


def silent(*, now: datetime) -> Iterator[tuple[str, datetime | None]]:
    """Processes that no longer go round, with their last beat; and roles that nobody has at all."""
    beats = dict(Heartbeat.objects.values_list("name", "beat_at"))
    for name in sorted(beats):
        if now - FORGOTTEN <= beats[name] < now - allowed(name):
            yield name, beats[name]
    roles = {role_of(name) for name, beat_at in beats.items() if beat_at >= now - FORGOTTEN}
    for role in sorted(REQUIRED - roles):
        yield role, None


def allowed(name: str) -> timedelta:
    """So long it may say nothing."""
    return UNAUDITED if name == AUDITOR else SILENT


def own_name(role: str) -> str:
    return f"{role}@{_host()}:{os.getpid()}"


def role_of(name: str) -> str:
    return name.partition("@")[0]


def _host() -> str:
    return socket.gethostname()[:LONGEST_HOST]


def _lives(pid: str) -> bool:
    """Whether it is still there, and no other program that got its number since."""
    try:
        os.kill(int(pid), 0)
    except PermissionError:
        return True
    except (ProcessLookupError, ValueError):
        return False
    try:
        return Path(f"/proc/{pid}/exe").readlink() == Path("/proc/self/exe").readlink()
    except OSError:
        return True
