"""The embedded Redis: found, private, durable, and never left behind."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
from redis.exceptions import AuthenticationError

from leadrouting import local_redis
from tests.valkey import running_valkey, start_valkey

LONG = "a" * 120


def test_it_answers_on_a_socket_in_the_data_folder(tmp_path: Path) -> None:
    with running_valkey(tmp_path) as url, local_redis.client(url, timeout=1) as client:
        assert url.startswith("unix://")
        assert client.config_get("maxmemory-policy") == {"maxmemory-policy": "noeviction"}
        assert client.config_get("append*") | {"appendonly": "yes", "appendfsync": "everysec"} == client.config_get(
            "append*"
        )


def test_where_a_socket_path_would_be_too_long_it_answers_on_loopback_with_a_password(tmp_path: Path) -> None:
    folder = tmp_path / LONG

    with running_valkey(folder) as url, local_redis.client(url, timeout=1) as client:
        assert client.ping()
        port = client.connection_pool.connection_kwargs["port"]
        stranger = local_redis.client(f"redis://127.0.0.1:{port}", timeout=1)
        with stranger, pytest.raises(AuthenticationError):
            stranger.ping()


def test_its_address_stays_the_same(tmp_path: Path) -> None:
    folder = tmp_path / LONG

    assert local_redis.address(folder) == local_redis.address(folder)


@pytest.mark.parametrize("name", ["address", "redis.conf"])
def test_its_password_is_for_the_owner_only(tmp_path: Path, name: str) -> None:
    folder = tmp_path / LONG
    local_redis.write_configuration(folder, local_redis.address(folder))

    assert stat.S_IMODE((folder / "redis" / name).stat().st_mode) == 0o600


def test_what_it_was_told_survives_being_killed(tmp_path: Path) -> None:
    with running_valkey(tmp_path) as url, local_redis.client(url, timeout=1) as client:
        client.set("a", "b")

    with running_valkey(tmp_path) as url, local_redis.client(url, timeout=1) as client:
        assert client.get("a") == b"b"


def test_one_that_a_predecessor_left_is_ended(tmp_path: Path) -> None:
    url = local_redis.address(tmp_path)
    leftover = start_valkey(tmp_path, url)

    local_redis.end_leftover(url)

    assert leftover.wait(timeout=5) == 0


def test_without_the_wheel_an_installed_one_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "redis-server"
    program.touch(mode=0o755)
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    monkeypatch.setenv("PATH", str(tmp_path))

    assert local_redis.find_program() == program


def test_without_any_there_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    monkeypatch.setenv("PATH", "")

    assert local_redis.find_program() is None
