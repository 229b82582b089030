"""manage.py web: the web server alone, for hosts where each process is a service of its own."""

from __future__ import annotations

import sys
from typing import Any

from django.db import connections

from leadrouting import startup, web
from routing.management.starting import CheckedCommand, load_addresses


class Command(CheckedCommand):
    help = "Runs the web server (API, inbox, admin) on HOST and PORT until SIGTERM. `up` runs it with everything else."

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            listener = startup.open_web()
        except startup.CannotStart as reason:
            sys.exit(str(reason))
        load_addresses()
        connections.close_all()
        web.serve(listener)
