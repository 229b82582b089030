"""Processes that route small batches until nothing is due. Run by tests: `python -m tests.chaos.router LIMIT COUNT`.

They are forked from one that has loaded the product: loading takes longer than what most of them then do.
"""

from __future__ import annotations

import os
import sys
import time
import traceback

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "leadrouting.settings")
django.setup()

from routing.clock import current_time  # noqa: E402  Django must be set up first
from routing.models import Lead  # noqa: E402
from routing.services.route_pending import route_pending  # noqa: E402

PATIENCE = 120.0
"""Seconds without any lead decided, by whichever process, after which something is stuck."""


def main(limit: int) -> None:
    """Route until no lead is undecided; what another process holds just now may come back."""
    left, until = -1, 0.0
    while True:
        if route_pending(now=current_time(), limit=limit).worked:
            continue
        pending = Lead.objects.filter(status=Lead.Status.PENDING).count()
        if not pending:
            return
        if pending != left:
            left, until = pending, time.monotonic() + PATIENCE
        elif time.monotonic() > until:
            raise SystemExit(f"{pending} leads are still pending, and nobody decides them.")
        time.sleep(0.01)


def fork(limit: int, count: int) -> int:
    """So many at once; how many of them failed."""
    sys.stdout.flush()
    children = [_child(limit) for _ in range(count)]
    return sum(os.waitpid(child, 0)[1] != 0 for child in children)


def _child(limit: int) -> int:
    if child := os.fork():
        return child
    failed = 1
    try:
        main(limit)
        failed = 0
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(failed)


if __name__ == "__main__":
    sys.exit(fork(int(sys.argv[1]), int(sys.argv[2])))
