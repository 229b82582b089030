"""Clients that post: so many at once, each as soon as it is answered, or at a rate whatever the answers take."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from queue import Empty, SimpleQueue
from typing import NamedTuple

from routing.management.benchmark.loopback import BROKEN, Line, connect

PATIENCE = 30.0
LOST = 0
"""The status of what was not answered."""


class Answer(NamedTuple):
    """What a client sent and saw: when it was due to post (seconds of perf_counter), how long the answer took."""

    due: float
    seconds: float
    status: int
    body: bytes
    sent: bytes


@dataclass
class Clients:
    """So many clients of one address. `next_body` is called by one client at a time."""

    port: int
    path: str
    headers: Mapping[str, str]
    next_body: Callable[[], bytes]
    count: int = 8
    answers: list[Answer] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def post_for(self, seconds: float) -> float:
        """Each posts as soon as it is answered; how many answers a second there were."""
        begun = time.perf_counter()
        until = begun + seconds

        def dues() -> Iterator[float]:
            while (now := time.perf_counter()) < until:
                yield now

        before = len(self.answers)
        self._run(dues)
        return (len(self.answers) - before) / (time.perf_counter() - begun)

    def post_at(self, rate: float, seconds: float) -> None:
        """So many a second, however long answers take; time counts from when each was due."""
        waiting: SimpleQueue[float] = SimpleQueue()
        begun = time.perf_counter()
        for number in range(round(rate * seconds)):
            waiting.put(begun + number / rate)

        def dues() -> Iterator[float]:
            with suppress(Empty):
                while True:
                    due = waiting.get_nowait()
                    time.sleep(max(0.0, due - time.perf_counter()))
                    yield due

        self._run(dues)

    def _run(self, dues: Callable[[], Iterator[float]]) -> None:
        threads = [threading.Thread(target=self._post_all, args=(dues(),), daemon=True) for _ in range(self.count)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    def _post_all(self, dues: Iterator[float]) -> None:
        client = connect(self.port, patience=PATIENCE)
        for due in dues:
            with self._lock:
                body = self.next_body()
            status, answer = self._post(client, body)
            self.answers.append(Answer(due, time.perf_counter() - due, status, answer, body))
        client.close()

    def _post(self, client: Line, body: bytes) -> tuple[int, bytes]:
        try:
            client.request("POST", self.path, body, dict(self.headers))
            answer = client.getresponse()
            return answer.status, answer.read()
        except BROKEN:
            client.close()
            return LOST, b""
