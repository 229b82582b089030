"""Connection settings of the services we use, each read from one URL."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

SQLITE_OPTIONS = {
    "transaction_mode": "IMMEDIATE",
    "timeout": 20,
    "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;",
}
POSTGRES_OPTIONS = " ".join(
    f"-c {name}={value}"
    for name, value in {
        "lock_timeout": "5s",
        "statement_timeout": "15s",
        "idle_in_transaction_session_timeout": "15s",
    }.items()
)


def database(url: str, data_dir: Path) -> dict[str, Any]:
    """Django's settings of the database at `url`; of a SQLite file in `data_dir` if it is empty."""
    parts = urlsplit(url or f"sqlite:///{data_dir / 'leadrouting.sqlite3'}")
    if parts.scheme in ("postgres", "postgresql"):
        return {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": unquote(parts.path.lstrip("/")),
            "USER": unquote(parts.username or ""),
            "PASSWORD": unquote(parts.password or ""),
            "HOST": unquote(parts.hostname or dict(parse_qsl(parts.query)).get("host", "")),
            "PORT": str(parts.port or ""),
            "CONN_MAX_AGE": 600,
            "CONN_HEALTH_CHECKS": True,
            "OPTIONS": {"options": POSTGRES_OPTIONS, "connect_timeout": 5},
        }
    if parts.scheme == "sqlite":
        return {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": unquote(parts.path[1:] if parts.path.startswith("//") else parts.path),
            "CONN_MAX_AGE": 600,
            "OPTIONS": dict(SQLITE_OPTIONS),
            "TEST": {"NAME": str(data_dir / "test.sqlite3")},
        }
    raise ImproperlyConfigured(f"DATABASE_URL: “{parts.scheme}” is not known. Use postgres://… or sqlite:////path.")


def mail_server(url: str) -> dict[str, Any]:
    """Django's settings of the SMTP server at `url`; of the local mailbox if it is empty."""
    parts = urlsplit(url or "smtp://127.0.0.1:1025")
    if parts.scheme not in ("smtp", "smtps", "smtp+tls"):
        raise ImproperlyConfigured(f"EMAIL_URL: “{parts.scheme}” is not known. Use smtp://, smtp+tls:// or smtps://.")
    default_port = {"smtp": 25, "smtps": 465, "smtp+tls": 587}[parts.scheme]
    return {
        "host": parts.hostname or "127.0.0.1",
        "port": parts.port or default_port,
        "username": unquote(parts.username or ""),
        "password": unquote(parts.password or ""),
        "use_tls": parts.scheme == "smtp+tls",
        "use_ssl": parts.scheme == "smtps",
    }
