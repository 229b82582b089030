"""A process that routes small batches until nothing is due. Run by tests: `python -m tests.chaos.router LIMIT`."""

from __future__ import annotations

import os
import sys
import time

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "leadrouting.settings")
django.setup()

from routing.clock import current_time  # noqa: E402  Django must be set up first
from routing.models import Lead  # noqa: E402
from routing.services.route_pending import route_pending  # noqa: E402

PATIENCE = 120.0


def main(limit: int) -> None:
    """Route until no lead is undecided; what another process holds just now may come back."""
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        if route_pending(now=current_time(), limit=limit).worked:
            continue
        if not Lead.objects.filter(status=Lead.Status.PENDING).exists():
            return
        time.sleep(0.01)
    raise SystemExit("Leads are still pending.")


if __name__ == "__main__":
    main(int(sys.argv[1]))
