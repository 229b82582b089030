"""What leaves over HTTP goes to public addresses only, checked when they are connected to, and takes a bounded time."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any

import pytest
from httpcore import ConnectError, NetworkBackend, NetworkStream

from routing.notifications.http import Allowed, Answer, Caller, Refused, Unreachable, check_url, is_public, read_allowed
from tests.receiver import Reply, receiver

HERE = "127.0.0.1"
INWARD = [
    f"{scheme}{host}{port}/hook"
    for host in (
        "127.0.0.1", "127.1", "0x7f000001", "2130706433", "0177.0.0.1", "localhost", "0.0.0.0", "0",
        "[::1]", "[::]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[64:ff9b::7f00:1]", "[64:ff9b:1::7f00:1]",
        "[2002:7f00:1::]", "[2001:0:7f00:1::]", "[fe80::1]", "[fec0::1]", "[fc00::1]", "[ff02::1]",
        "169.254.169.254", "100.64.0.1", "10.0.0.1", "172.16.0.1", "192.168.0.1", "198.18.0.1", "224.0.0.1",
        "192.0.2.1", "240.0.0.1", "255.255.255.255", "192.88.99.1",
    )
    for scheme, port in (("https://", ""), ("https://", ":6379"))
]  # fmt: skip
ODD = [
    "file:///etc/passwd", "gopher://127.0.0.1:6379/_FLUSHALL", "ftp://example.com/", "dict://127.0.0.1:11211/",
    "http://example.com/", "https://example.com:22/", "https://user:secret@example.com/", "//example.com/",
    "example.com", "https://", "https://[::1", "javascript:alert(1)", "https://example.com:99999/",
]  # fmt: skip


class Recording(NetworkBackend):
    """Connects to nobody, and notes where to it was to be."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, int]] = []

    def connect_tcp(self, host: str, port: int, *args: Any, **kwargs: Any) -> NetworkStream:
        self.asked.append((host, port))
        raise ConnectError


def answering(*answers: Sequence[str]) -> Any:
    """A resolver that answers so one time after the other; the last answer stays."""
    left = list(answers)
    return lambda host, port: left.pop(0) if len(left) > 1 else left[0]


def local(host: str, **options: Any) -> Caller:
    return Caller(permitted=read_allowed([host]), **options)


@pytest.mark.parametrize("url", [*INWARD, *ODD])
def test_no_address_leads_inwards(url: str) -> None:
    backend = Recording()
    with pytest.raises((Refused, Unreachable)):
        Caller(permitted=Allowed(), backend=backend).call("POST", url)
    assert backend.asked == []


def test_a_listener_on_this_machine_is_never_reached(settings: Any) -> None:
    with canary() as (port, visits):
        for host in ("127.0.0.1", "127.1", "0x7f000001", "2130706433", "localhost", "[::ffff:127.0.0.1]"):
            for scheme in ("http", "https", "gopher"):
                with pytest.raises((Refused, Unreachable)):
                    Caller(permitted=Allowed()).call("POST", f"{scheme}://{host}:{port}/")
        assert visits == []


def test_a_name_that_changes_its_address_is_connected_to_where_it_was_checked() -> None:
    backend = Recording()
    caller = Caller(permitted=Allowed(), resolve=answering(["93.184.215.14"], [HERE]), backend=backend)
    with pytest.raises(Unreachable):
        caller.call("POST", "https://rebinding.example/")
    assert backend.asked == [("93.184.215.14", 443)]


def test_a_name_that_has_changed_its_address_is_checked_again() -> None:
    backend = Recording()
    caller = Caller(permitted=Allowed(), resolve=answering([HERE]), backend=backend)
    with pytest.raises(Refused, match="not at a public address"):
        caller.call("POST", "https://rebinding.example/")
    assert backend.asked == []


def test_one_private_address_among_public_ones_is_enough_to_refuse() -> None:
    caller = Caller(permitted=Allowed(), resolve=answering(["93.184.215.14", "10.0.0.1"]), backend=Recording())
    with pytest.raises(Refused):
        caller.call("POST", "https://mixed.example/")


def test_a_redirect_inwards_is_not_followed() -> None:
    with canary() as (port, visits), receiver() as target:
        target.answer = lambda call: Reply(307, {"Location": f"http://127.0.0.1:{port}/"})
        assert local(target.host).call("POST", target.url).status == 307
        assert visits == []


def test_what_is_allowed_is_called_as_the_name_that_was_given() -> None:
    with receiver() as target:
        port = int(target.host.partition(":")[2])
        caller = Caller(permitted=read_allowed([f"crm.internal:{port}"]), resolve=answering([HERE]))
        assert caller.call("POST", f"http://crm.internal:{port}/a?b=c", content=b"{}").ok
    [call] = target.calls
    assert (call.path, call.headers["host"], call.body) == ("/a?b=c", f"crm.internal:{port}", b"{}")


def test_a_range_is_allowed_for_names_that_lie_in_it() -> None:
    with receiver() as target:
        port = target.host.partition(":")[2]
        caller = Caller(permitted=read_allowed(["127.0.0.0/8"]), resolve=answering([HERE]))
        assert caller.call("POST", f"http://crm.internal:{port}/").ok


def test_what_another_host_is_allowed_does_not_count() -> None:
    caller = Caller(permitted=read_allowed(["crm.internal"]), resolve=answering([HERE]), backend=Recording())
    with pytest.raises(Refused):
        caller.call("POST", "https://other.internal/")


def test_little_is_read_of_a_large_answer() -> None:
    with receiver(lambda call: Reply(body=b"x" * 1_000_000)) as target:
        assert len(local(target.host).call("POST", target.url).body) == 64 * 1024


@pytest.mark.parametrize("part", [b"HTTP/1.1 200 OK\r\nX-", b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n"])
def test_whoever_answers_a_byte_at_a_time_is_left(part: bytes) -> None:
    with dripping(part) as port:
        began = time.monotonic()
        with pytest.raises(Unreachable, match="longer than"):
            local(HERE, seconds=0.5).call("POST", f"http://127.0.0.1:{port}/")
        assert time.monotonic() - began < 5


def test_whoever_takes_too_long_to_look_up_is_left() -> None:
    forever = threading.Event()

    def hang(host: str, port: int) -> list[str]:
        forever.wait(10)
        return []

    with pytest.raises(Unreachable, match="longer than"):
        Caller(permitted=Allowed(), resolve=hang, seconds=0.1).call("POST", "https://slow.example/")
    forever.set()


def test_nothing_that_is_not_http_is_believed() -> None:
    with dripping(b"SSH-2.0-OpenSSH\r\n") as port, pytest.raises(Unreachable):
        local(HERE, seconds=0.5).call("POST", f"http://127.0.0.1:{port}/")


def test_an_answer_is_good_from_200_to_299() -> None:
    assert [Answer(status, {}, b"").ok for status in (199, 200, 299, 300)] == [False, True, True, False]


@pytest.mark.parametrize("address", ["8.8.8.8", "93.184.215.14", "2606:4700::1111"])
def test_public_addresses_are_public(address: str) -> None:
    assert is_public(address)


def test_a_public_https_address_is_taken_as_it_is() -> None:
    assert check_url("https://hooks.example.com/a", Allowed()).host == "hooks.example.com"


@contextmanager
def canary() -> Iterator[tuple[int, list[Any]]]:
    """A listener that nobody may reach: its port, and who came."""
    visits: list[Any] = []
    with listening() as server:

        def watch() -> None:
            with suppress(OSError):
                while True:
                    connection, _ = server.accept()
                    visits.append(connection)

        threading.Thread(target=watch, daemon=True).start()
        yield server.getsockname()[1], visits


@contextmanager
def dripping(first: bytes) -> Iterator[int]:
    """A server that answers this much, and from then on a byte at a time."""
    stop = threading.Event()
    with listening() as server:

        def drip() -> None:
            with suppress(OSError):
                connection, _ = server.accept()
                with connection:
                    connection.sendall(first)
                    while not stop.wait(0.02):
                        connection.sendall(b"x")

        thread = threading.Thread(target=drip, daemon=True)
        thread.start()
        yield server.getsockname()[1]
        stop.set()
        thread.join(1)


@contextmanager
def listening() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server
        with suppress(OSError):
            server.shutdown(socket.SHUT_RDWR)
