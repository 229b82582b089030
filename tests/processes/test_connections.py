"""Addresses of services as people write them, and what is said about those that cannot be read."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from leadrouting import env
from leadrouting.connections import database, mail_server, mailbox_address

HERE = Path("/data")


@pytest.mark.parametrize(
    ("url", "host", "port"),
    [
        ("postgres://me:p%40ss@db:6432/leads", "db", "6432"),
        ("postgresql://me:p%40ss@/leads?host=/run/postgresql", "/run/postgresql", ""),
        ("postgresql://me:p%40ss@%2Frun%2Fpostgresql/leads", "/run/postgresql", ""),
    ],
)
def test_a_postgres_url(url: str, host: str, port: str) -> None:
    settings = database(url, HERE)

    assert (settings["HOST"], settings["PORT"], settings["PASSWORD"]) == (host, port, "p@ss")


def test_parameters_of_a_postgres_url_reach_the_driver() -> None:
    assert database("postgres://db/leads?sslmode=require", HERE)["OPTIONS"]["sslmode"] == "require"


@pytest.mark.parametrize(
    ("url", "name"), [("", "/data/leadrouting.sqlite3"), ("sqlite:////srv/leads.sqlite3", "/srv/leads.sqlite3")]
)
def test_a_sqlite_url(url: str, name: str) -> None:
    assert database(url, HERE)["NAME"] == name


@pytest.mark.parametrize("url", ["mysql://me:secret@db/leads", "postgres://me:sec/ret@db/leads", "leads.sqlite3"])
def test_a_database_url_that_cannot_be_read_is_refused_without_its_password(url: str) -> None:
    with pytest.raises(ImproperlyConfigured, match=r"^DATABASE_URL: ") as refusal:
        database(url, HERE)

    assert "sec" not in str(refusal.value)


@pytest.mark.parametrize(
    ("url", "port", "tls", "ssl"),
    [
        ("smtp://mail.example", 25, False, False),
        ("smtp+tls://me:p%40ss@mail.example", 587, True, False),
        ("smtps://me:p%40ss@mail.example", 465, False, True),
        ("smtp://mail.example:2525", 2525, False, False),
    ],
)
def test_a_mail_url(url: str, port: int, tls: bool, ssl: bool) -> None:
    server = mail_server(url, ("127.0.0.1", 1025))

    assert (server["host"], server["port"], server["use_tls"], server["use_ssl"]) == ("mail.example", port, tls, ssl)


def test_without_a_mail_url_mail_goes_to_the_mailbox() -> None:
    server = mail_server("", ("127.0.0.1", 1025))

    assert (server["host"], server["port"]) == ("127.0.0.1", 1025)


def test_the_mailbox_is_where_it_was_last_time(tmp_path: Path) -> None:
    (tmp_path / "mailbox_port").write_text("4711")

    assert mailbox_address(0, tmp_path) == ("127.0.0.1", 4711)


def test_a_setting_can_lie_in_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    secret = tmp_path / "secret"
    secret.write_text("given\n")
    monkeypatch.setenv("SECRET_KEY_FILE", str(secret))
    monkeypatch.delenv("SECRET_KEY", raising=False)
    monkeypatch.setattr(env, "VARIABLES", {})

    assert env.text("SECRET_KEY", "", "") == "given"


@pytest.mark.parametrize(("name", "value"), [("PORT", "many"), ("SECRET_KEY_FILE", "/nowhere")])
def test_a_setting_that_cannot_be_read_is_named(name: str, value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, value)
    monkeypatch.setattr(env, "VARIABLES", {})

    with pytest.raises(ImproperlyConfigured, match=f"^{name}: "):
        env.number(name.removesuffix("_FILE"), 0, "")
