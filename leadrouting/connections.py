"""Connection settings of the services we use, each read from one URL."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

SQLITE_OPTIONS = {
    "transaction_mode": "IMMEDIATE",
    "timeout": 20,
    "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;",
}
POSTGRES_SESSION = " ".join(
    f"-c {name}={value}"
    for name, value in {
        "lock_timeout": "5s",
        "statement_timeout": "15s",
        "idle_in_transaction_session_timeout": "15s",
    }.items()
)
POSTGRES_OPTIONS = {
    "options": POSTGRES_SESSION,
    "connect_timeout": 2,  # the least; leadrouting.postgresql ends it a little earlier
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 2,
    "tcp_user_timeout": 15_000,
}
LOOPBACK = "127.0.0.1"
USUAL_MAILBOX_PORT = 1025


def database(url: str, data_dir: Path) -> dict[str, Any]:
    """Django's settings of the database at `url`; of a SQLite file in `data_dir` if it is empty."""
    parts = _split("DATABASE_URL", url or f"sqlite:///{data_dir / 'leadrouting.sqlite3'}")
    if parts.scheme in ("postgres", "postgresql"):
        return _postgres(parts)
    if parts.scheme == "sqlite":
        return {
            "ENGINE": "leadrouting.sqlite",
            "NAME": unquote(parts.path[1:] if parts.path.startswith("//") else parts.path),
            "CONN_MAX_AGE": 600,
            "OPTIONS": dict(SQLITE_OPTIONS),
            "TEST": {"NAME": str(data_dir / "test.sqlite3")},
        }
    raise ImproperlyConfigured(f"DATABASE_URL: “{parts.scheme}” is not known. Use postgres://… or sqlite:////path.")


def _postgres(parts: SplitResult) -> dict[str, Any]:
    """Further parameters of the URL (sslmode, sslrootcert, …) go to the driver."""
    parameters = dict(parse_qsl(parts.query))
    host = unquote(parts.hostname or "") or parameters.pop("host", "")
    return {
        "ENGINE": "leadrouting.postgresql",
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": host,
        "PORT": str(parts.port or ""),
        "CONN_MAX_AGE": 600,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": POSTGRES_OPTIONS | parameters,
    }


def mailbox_address(port: int, data_dir: Path) -> tuple[str, int]:
    """Where the local mailbox takes mail: the port given, else the one that `up` chose and keeps in `data_dir`."""
    if port:
        return LOOPBACK, port
    try:
        return LOOPBACK, int(mailbox_port_file(data_dir).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return LOOPBACK, USUAL_MAILBOX_PORT


def mailbox_port_file(data_dir: Path) -> Path:
    return data_dir / "mailbox_port"


def mail_server(url: str, mailbox: tuple[str, int]) -> dict[str, Any]:
    """Django's settings of the SMTP server at `url`; of the local mailbox if it is empty."""
    parts = _split("EMAIL_URL", url or f"smtp://{mailbox[0]}:{mailbox[1]}")
    if parts.scheme not in ("smtp", "smtps", "smtp+tls"):
        raise ImproperlyConfigured(f"EMAIL_URL: “{parts.scheme}” is not known. Use smtp://, smtp+tls:// or smtps://.")
    default_port = {"smtp": 25, "smtps": 465, "smtp+tls": 587}[parts.scheme]
    return {
        "host": parts.hostname or LOOPBACK,
        "port": parts.port or default_port,
        "username": unquote(parts.username or ""),
        "password": unquote(parts.password or ""),
        "use_tls": parts.scheme == "smtp+tls",
        "use_ssl": parts.scheme == "smtps",
    }


def _split(variable: str, url: str) -> SplitResult:
    """The parts of a URL whose port, if any, is one. The URL itself is not repeated: it may hold a password."""
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        raise ImproperlyConfigured(
            f"{variable}: this is not a URL. Write special characters of a password as %40 (@), %2F (/), %3A (:)."
        ) from None
    return parts
