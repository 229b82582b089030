"""A real Valkey for tests, in a folder of its own."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from redis import Redis
from redis.exceptions import RedisError

from leadrouting import local_redis
from routing import doorbell


@contextmanager
def running_valkey(folder: Path) -> Iterator[str]:
    """Its address, while it runs."""
    url = local_redis.address(folder)
    server = start_valkey(folder, url)
    try:
        yield url
    finally:
        server.kill()
        server.wait()


@contextmanager
def for_doorbells(address: str, settings: Any) -> Iterator[Redis]:
    """It is the product's Redis, and empty."""
    settings.REDIS_ADDRESS = address
    doorbell._line.cache_clear()
    with local_redis.client(address, timeout=1) as client:
        client.flushall()
        yield client
    doorbell._line.cache_clear()


def start_valkey(folder: Path, url: str) -> subprocess.Popen[bytes]:
    """Start the server and wait until it answers."""
    program = local_redis.find_program()
    assert program is not None
    server = subprocess.Popen([program, local_redis.write_configuration(folder, url)])
    client = local_redis.client(url, timeout=1)
    end = time.monotonic() + 10
    while time.monotonic() < end:
        with suppress(RedisError):
            client.ping()
            break
        time.sleep(0.01)
    client.close()
    return server
