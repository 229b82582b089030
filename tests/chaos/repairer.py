"""A process that runs the work that waits, and ends. Run by tests: `python -m tests.chaos.repairer`."""

from __future__ import annotations

import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "leadrouting.settings")
django.setup()

from routing.clock import current_time  # noqa: E402  Django must be set up first
from routing.services.work import run_next  # noqa: E402

if __name__ == "__main__":
    run_next(clock=current_time)
