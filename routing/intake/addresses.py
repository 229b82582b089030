"""Addresses of the web that people name: origins that may embed, hosts to go on to, pages to book a time on."""

from __future__ import annotations

import re
from urllib.parse import SplitResult, urlsplit

HOST = re.compile(r"(?!-)[a-z0-9-]{1,63}(?<!-)(?:\.(?!-)[a-z0-9-]{1,63}(?<!-))*")
UNSAFE = re.compile(r"[\s\x00-\x20\x7f\\<>\"'`{}|^]")
PORTS = {"http": 80, "https": 443}
MOST_PAGE = 500
AN_ORIGIN = "Give an origin such as https://www.example.com, without a path."
A_HOST = "Give a host name such as www.example.com."
AN_ADDRESS = "Give an address that begins with https://."


def read_origin(text: str) -> str:
    """An origin as browsers send it: scheme, host in lower case, and a port if it is not the scheme's own.

    Raises ValueError that says what to give.
    """
    parts = _split(text.strip().removesuffix("/"))
    if parts is None or parts.scheme not in PORTS or parts.path or parts.query or parts.fragment:
        raise ValueError(AN_ORIGIN)
    return _origin(parts)


def read_host(text: str) -> str:
    """A host name in lower case, with a port if one is given. Raises ValueError."""
    host, colon, port = text.strip().lower().partition(":")
    if not HOST.fullmatch(host) or (colon and not (port.isascii() and port.isdigit() and 0 < int(port) < 65536)):
        raise ValueError(A_HOST)
    return f"{host}{colon}{port}"


def read_https(text: str) -> str:
    """An address that browsers are sent to. Raises ValueError."""
    parts = _split(text.strip())
    if parts is None or parts.scheme != "https":
        raise ValueError(AN_ADDRESS)
    return text.strip()


def may_go_to(address: str, hosts: object) -> bool:
    """Whether the address is a plain one of the web whose host is named among `hosts`."""
    parts = _split(address)
    if parts is None or parts.scheme not in PORTS or not isinstance(hosts, list | tuple):
        return False
    return parts.netloc.lower() in {host for host in hosts if isinstance(host, str)}


def origin_of(address: str) -> str:
    """The origin of an address; empty if it is none."""
    parts = _split(address)
    return _origin(parts) if parts is not None and parts.scheme in PORTS else ""


def bare_page(address: str) -> str:
    """An address without what may name somebody: no query, no fragment; empty if it is none of the web."""
    parts = _split(address.split("#", 1)[0].split("?", 1)[0][:MOST_PAGE])
    if parts is None or parts.scheme not in PORTS:
        return ""
    return f"{parts.scheme}://{parts.netloc}{parts.path}"[:MOST_PAGE]


def _origin(parts: SplitResult) -> str:
    port = "" if parts.port in (None, PORTS[parts.scheme]) else f":{parts.port}"
    return f"{parts.scheme}://{parts.hostname}{port}"


def _split(text: str) -> SplitResult | None:
    """The parts of an address with a proper host, without user name and without what browsers read otherwise."""
    if UNSAFE.search(text):
        return None
    try:
        parts = urlsplit(text)
        _ = parts.port
    except ValueError:
        return None
    if "@" in parts.netloc or not HOST.fullmatch(parts.hostname or ""):
        return None
    return parts
