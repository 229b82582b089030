"""What the plugins of chat and SMS services take for `requests`: each of their calls goes the one checked way out.

Their own calls would know no end: a service that answers a byte at a time would hold them for ever.
"""

from __future__ import annotations

import io
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

import requests
from apprise import NotifyBase
from requests.structures import CaseInsensitiveDict

from routing.notifications.http import Caller

OURS = {"host", "user-agent"}
"""Headers that the way out sets itself."""


@dataclass(slots=True)
class Errand:
    """One message: who carries it, until when, however many calls it takes, and how many of them were answered."""

    caller: Caller
    until: float
    end: float = 0.0
    answers: int = 0

    def begin_text(self) -> None:
        """All calls for one text take together no longer than one call may."""
        self.end = min(self.until, time.monotonic() + self.caller.seconds)


_errand: ContextVar[Errand] = ContextVar("errand")


@contextmanager
def carried_by(caller: Caller, *, calls: int) -> Iterator[Errand]:
    """All that plugins do within takes together no longer than so many calls of this caller may."""
    errand = Errand(caller, time.monotonic() + calls * caller.seconds)
    token = _errand.set(errand)
    try:
        yield errand
    finally:
        _errand.reset(token)


class _WayOut:
    """As much of `requests` as the plugins use. Time-outs, redirects and proxies are not theirs to choose."""

    codes = requests.codes
    RequestException = requests.RequestException

    def request(self, method: str, url: str, **options: Any) -> requests.Response:
        given = {name: options.get(name) for name in ("headers", "data", "params", "auth")}
        asked = requests.Request(method, url, **given).prepare()
        headers = {name: str(value) for name, value in asked.headers.items() if name.lower() not in OURS}
        body: Any = asked.body or b""
        errand = _errand.get()
        answer = errand.caller.call(
            asked.method or method,
            asked.url or url,
            headers=headers | {"Accept-Encoding": "identity"},
            content=body.encode() if isinstance(body, str) else body,
            end=errand.end,
        )
        errand.answers += 1
        response = requests.Response()
        response.status_code, response.headers = answer.status, CaseInsensitiveDict(answer.headers)
        response.raw = io.BytesIO(answer.body)
        return response

    def get(self, url: str, **options: Any) -> requests.Response:
        return self.request("GET", url, **options)

    def post(self, url: str, **options: Any) -> requests.Response:
        return self.request("POST", url, **options)


def take_the_way_out(plugins: Iterable[type[NotifyBase]]) -> None:
    """From now on these plugins make no call of their own."""
    for plugin in plugins:
        vars(sys.modules[plugin.__module__])["requests"] = _WayOut()
