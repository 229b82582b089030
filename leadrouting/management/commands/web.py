"""manage.py web: the web server alone, for hosts where each process is a service of its own."""

from __future__ import annotations

import sys
from typing import Any

from django.core.management.base import BaseCommand
from django.db import connections
from django.urls import get_resolver

from leadrouting import startup, web


class Command(BaseCommand):
    help = "Runs the web server (API, inbox, admin) on HOST and PORT until SIGTERM. `up` runs it with everything else."

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            listener = startup.open_web()
        except startup.CannotStart as reason:
            sys.exit(str(reason))
        get_resolver().url_patterns  # noqa: B018  loads every page before the children are forked
        connections.close_all()
        web.serve(listener)
