"""What a running product takes, looked at now and then from outside: memory, queues, Redis, the write-ahead log."""

from __future__ import annotations

import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from django.conf import settings
from django.db import connection
from redis import Redis

from routing.models import Lead, OutboxMessage

KB = 1024


class Sample(NamedTuple):
    """At so many seconds: proportional memory by process, write-ahead log and Redis in bytes, leads and messages that
    wait, keys in Redis, seconds of processor of all processes until then."""

    at: float
    memory: dict[int, int]
    leads_waiting: int
    messages_waiting: int
    wal: int
    redis: int
    keys: int
    processor: float


class Watch:
    """Looks every so many seconds, in a thread of its own, at all that one process has started."""

    def __init__(self, root: int, every: float) -> None:
        self.root, self.every = root, every
        self.samples: list[Sample] = []
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._look_often, daemon=True)

    def __enter__(self) -> Watch:
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._ended.set()
        self._thread.join()

    def _look_often(self) -> None:
        begun = time.perf_counter()
        while not self._ended.wait(self.every):
            self.samples.append(look(self.root, time.perf_counter() - begun))
        connection.close()


def look(root: int, at: float) -> Sample:
    """One sample of this process and all below it."""
    processes = family(root)
    with Redis.from_url(settings.REDIS_ADDRESS) as redis:
        used, keys = int(redis.info("memory")["used_memory"]), int(redis.dbsize())
    return Sample(
        at=at,
        memory={pid: size for pid in processes if (size := _proportional(pid))},
        leads_waiting=Lead.objects.filter(status=Lead.Status.PENDING).count(),
        messages_waiting=OutboxMessage.objects.waiting().count(),
        wal=_wal(),
        redis=used,
        keys=keys,
        processor=sum(map(_processor, processes)),
    )


def family(root: int) -> list[int]:
    """This process and all that it has started, and so on."""
    children: dict[int, list[int]] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError, ValueError):
            children.setdefault(int(_fields(stat)[1]), []).append(int(stat.parent.name))
    found = [root]
    for pid in found:
        found += children.get(pid, [])
    return found


def _fields(stat: Path) -> list[str]:
    """What follows the name, which may hold anything: state, parent, …"""
    return stat.read_text().rpartition(")")[2].split()


def _proportional(pid: int) -> int:
    """Its share of the memory in bytes, pages that several use counted in parts; 0 of one that has ended."""
    with suppress(OSError):
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) * KB
    return 0


def _processor(pid: int) -> float:
    """Seconds of processor that it has used, for itself and in the kernel."""
    with suppress(OSError, ValueError):
        fields = _fields(Path(f"/proc/{pid}/stat"))
        return (int(fields[11]) + int(fields[12])) / 100
    return 0.0


def _wal() -> int:
    if connection.vendor == "sqlite":
        log = Path(f"{connection.settings_dict['NAME']}-wal")
        return log.stat().st_size if log.exists() else 0
    with connection.cursor() as cursor:
        cursor.execute("SELECT COALESCE(sum(size), 0) FROM pg_ls_waldir()")
        return int(cursor.fetchone()[0])
