"""The one way out over HTTP: to public addresses only, checked as they are connected to, in a bounded time.

A name is looked up once; every address that it has must be a public one; the connection goes to that very address,
while certificate and Host are the name's. Nothing is followed, no proxy is asked, little is read. What
OUTGOING_ALLOWED names may be private, plain http, or on another port.
"""

from __future__ import annotations

import queue
import re
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Any

import httpcore
import httpx
from django.conf import settings
from httpcore import NetworkBackend, NetworkStream, SyncBackend

TOTAL_SECONDS = 15.0
MOST_BYTES = 64 * 1024
PIECE = 4096
"""So much is written at once: who reads slowly is noticed between two pieces."""
PORTS = {"https": 443, "http": 80}
NOT_PUBLIC: tuple[IPv4Network | IPv6Network, ...] = tuple(
    map(
        ip_network,
        ("64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "2001::/32", "fec0::/10", "100.64.0.0/10", "192.88.99.0/24"),
    )
)
"""Ranges that lead to others, or to a site's or a carrier's own; Python takes most of them for public."""
UNUSUAL = "Only https:// on port 443 is called. OUTGOING_ALLOWED can permit others."
SLOW = "It took longer than {seconds:g} seconds."
Resolve = Callable[[str, int], Sequence[str]]


class Refused(Exception):
    """This address must not be called. Says why, and what would do."""


class Unreachable(Exception):
    """Nobody answered, or not as HTTP asks, or not in time."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: the body is for machines, and never shown to people."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def ok(self) -> bool:
        return 200 <= self.status < 300


@dataclass(frozen=True, slots=True)
class Allowed:
    """What may be private, plain http, or on any port: names, names with a port, and address ranges."""

    names: frozenset[str] = frozenset()
    networks: tuple[IPv4Network | IPv6Network, ...] = ()

    def named(self, host: str, port: int) -> bool:
        return not self.names.isdisjoint({host, f"{host}:{port}"})

    def holds(self, address: str) -> bool:
        ip = _address(address)
        return any(ip.version == network.version and ip in network for network in self.networks)


def read_allowed(entries: Iterable[str]) -> Allowed:
    """The entries of OUTGOING_ALLOWED: host, host:port, an address, or a range such as 10.0.0.0/8."""
    names, networks = set(), []
    for entry in entries:
        try:
            networks.append(ip_network(entry.strip("[]"), strict=False))
        except ValueError:
            names.add(re.sub(r"[][\s]", "", entry).lower())
    return Allowed(frozenset(names), tuple(networks))


def allowed() -> Allowed:
    """What this installation allows."""
    return read_allowed(settings.OUTGOING_ALLOWED)


def check_url(url: str, permitted: Allowed | None = None) -> httpx.URL:
    """The address as it will be called. Raises Refused for what can be told without looking the name up."""
    permitted = permitted or allowed()
    target, port = _read_url(url)
    if target.scheme not in PORTS or not target.host:
        raise Refused("Only https:// addresses are called.")
    if target.userinfo:
        raise Refused("Give an address without user name and password.")
    if not _is_permitted(target.host, port, permitted):
        _check_for_everybody(target, port, permitted)
    return target


def _read_url(url: str) -> tuple[httpx.URL, int]:
    """The address, and the port that is its own or its scheme's."""
    try:
        target = httpx.URL(url)
        return target, target.port or PORTS.get(target.scheme, 0)
    except (httpx.InvalidURL, ValueError) as error:
        raise Refused("This is not an address. Give one such as https://example.com/path.") from error


def _is_permitted(host: str, port: int, permitted: Allowed) -> bool:
    """Whether OUTGOING_ALLOWED names it."""
    return permitted.named(host, port) or (_is_address(host) and permitted.holds(host))


def _check_for_everybody(target: httpx.URL, port: int, permitted: Allowed) -> None:
    """What holds for all that OUTGOING_ALLOWED does not name."""
    if _is_address(target.host) and not is_public(target.host):
        raise Refused(f"{target.host} is not a public address. OUTGOING_ALLOWED can permit it.")
    # what a range of OUTGOING_ALLOWED permits is known once the name is looked up
    if not _is_usual(target.scheme, port) and not permitted.networks:
        raise Refused(UNUSUAL)


def _is_usual(scheme: str, port: int) -> bool:
    return scheme == "https" and port == PORTS["https"]


def is_public(address: str) -> bool:
    """Whether everybody on the Internet would reach the same machine there."""
    ip = _address(address)
    embedded = any(ip.version == network.version and ip in network for network in NOT_PUBLIC)
    return ip.is_global and not ip.is_multicast and not ip.is_reserved and not embedded


def look_up(host: str, port: int) -> list[str]:
    """The addresses of a name, each once."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[4][0]) for address in found))


@dataclass(frozen=True, slots=True)
class Caller:
    """Makes calls. `resolve` looks names up, `backend` connects to addresses."""

    permitted: Allowed = field(default_factory=allowed)
    resolve: Resolve = look_up
    backend: NetworkBackend = field(default_factory=SyncBackend)
    seconds: float = TOTAL_SECONDS

    def call(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        content: bytes = b"",
        most_bytes: int = MOST_BYTES,
        end: float | None = None,
    ) -> Answer:
        """Make one call and read at most `most_bytes` of the answer. Raises Refused or Unreachable.

        `end`: when it is over at the latest, for a call that is one of several.
        """
        target = check_url(url, self.permitted)
        end = time.monotonic() + self.seconds if end is None else end
        road = _Road(self, target, end)
        own = {"Host": target.netloc.decode("ascii"), "User-Agent": "leadrouting"}
        given: list[tuple[bytes | str, bytes | str]] = [*own.items(), *(headers or {}).items()]
        with httpcore.ConnectionPool(ssl_context=_ssl_context(), network_backend=road) as pool:
            try:
                # `target` as httpx has read it: what is checked is what is called
                place = httpcore.URL(
                    scheme=target.raw_scheme, host=target.raw_host, port=target.port, target=target.raw_path
                )
                with pool.stream(method, place, headers=given, content=content) as response:
                    body = _read(response.iter_stream(), most_bytes)
                    names = {
                        name.decode("latin-1").lower(): value.decode("latin-1") for name, value in response.headers
                    }
                    return Answer(response.status, names, body)
            except httpcore.TimeoutException as error:
                raise Unreachable(SLOW.format(seconds=self.seconds)) from error
            except ssl.SSLCertVerificationError as error:
                raise Unreachable(f"Its certificate is not valid: {error.verify_message}.") from error
            except (httpcore.NetworkError, httpcore.ProtocolError, OSError) as error:
                raise Unreachable(_cause(error)) from error

    def address_of(self, host: str, port: int, scheme: str, *, end: float) -> str:
        """The address to connect to. Raises Refused unless every address of the name may be called."""
        addresses = self._looked_up(host, port, end)
        if not addresses:
            raise Unreachable(f"{host} has no address.")
        if self.permitted.named(host, port) or all(map(self.permitted.holds, addresses)):
            return addresses[0]
        if not all(map(is_public, addresses)):
            raise Refused(f"{host} is not at a public address. OUTGOING_ALLOWED can permit it.")
        if not _is_usual(scheme, port):
            raise Refused(UNUSUAL)
        return addresses[0]

    def _looked_up(self, host: str, port: int, end: float) -> Sequence[str]:
        """Looking up knows no time-out of its own: it is left behind if it takes too long."""
        found: queue.SimpleQueue[Sequence[str] | OSError] = queue.SimpleQueue()

        def ask() -> None:
            try:
                found.put(self.resolve(host, port))
            except (OSError, UnicodeError):
                found.put(OSError())

        threading.Thread(target=ask, daemon=True).start()
        try:
            answer = found.get(timeout=max(0.0, end - time.monotonic()))
        except queue.Empty as error:
            raise Unreachable(SLOW.format(seconds=self.seconds)) from error
        if isinstance(answer, OSError):
            raise Unreachable(f"{host} is not known.")
        return answer


def call(method: str, url: str, **options: Any) -> Answer:
    """One call as this installation allows. Raises Refused or Unreachable."""
    return Caller().call(method, url, **options)


@dataclass(frozen=True, slots=True)
class _Road(NetworkBackend):
    """Connects to an address that was checked a moment before, and only until `end`."""

    caller: Caller
    target: httpx.URL
    end: float

    def connect_tcp(self, host: str, port: int, *args: Any, **kwargs: Any) -> NetworkStream:
        address = self.caller.address_of(self.target.host, port, self.target.scheme, end=self.end)
        return _Bounded(self.caller.backend.connect_tcp(address, port, timeout=_left(self.end)), self.end)


@dataclass(frozen=True, slots=True)
class _Bounded(NetworkStream):
    """A connection that nothing keeps open beyond `end`, however slowly it is answered."""

    stream: NetworkStream
    end: float

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self.stream.read(max_bytes, _left(self.end))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        for start in range(0, len(buffer), PIECE):
            self.stream.write(buffer[start : start + PIECE], _left(self.end))

    def close(self) -> None:
        self.stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> NetworkStream:
        return _Bounded(self.stream.start_tls(ssl_context, server_hostname, _left(self.end)), self.end)

    def get_extra_info(self, info: str) -> Any:
        return self.stream.get_extra_info(info)


def _left(end: float) -> float:
    left = end - time.monotonic()
    if left <= 0:
        raise httpcore.ReadTimeout
    return left


def _read(pieces: Iterable[bytes], most_bytes: int) -> bytes:
    body = b""
    for piece in pieces:
        body += piece
        if len(body) >= most_bytes:
            break
    return body[:most_bytes]


def _address(text: str) -> Any:
    """An address; one of IPv4 in the clothes of IPv6 is what it stands for."""
    ip = ip_address(text.partition("%")[0])
    return ip.ipv4_mapped or ip if isinstance(ip, IPv6Address) else ip


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def _cause(error: BaseException) -> str:
    """What is wrong, without what the other side said."""
    inner = error.__cause__ or error.__context__ or error
    if isinstance(inner, ssl.SSLCertVerificationError):
        return f"Its certificate is not valid: {inner.verify_message}."
    if isinstance(inner, ConnectionRefusedError):
        return "The connection was refused."
    if isinstance(error, httpcore.ProtocolError):
        return "The answer is not HTTP."
    return "It cannot be reached."


@cache
def _ssl_context() -> ssl.SSLContext:
    return httpx.create_ssl_context()
