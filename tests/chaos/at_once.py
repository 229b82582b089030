"""Several acts in one process, each in a thread and with a connection of its own, let go at the same moment."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from django.db import connection

from routing.services.lead_actions.refusals import Refusal


def at_once(*tasks: Callable[[], Any]) -> list[Any]:
    """What each of the tasks came to, all let go at the same moment: its answer, or its refusal."""
    start = threading.Barrier(len(tasks))

    def run(task: Callable[[], Any]) -> Any:
        try:
            start.wait(timeout=30)
            return task()
        except Refusal as refusal:
            return refusal
        finally:
            connection.close()

    with ThreadPoolExecutor(len(tasks)) as threads:
        return list(threads.map(run, tasks))
