"""manage.py up: everything on one terminal, in one command, until Ctrl-C."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import partial
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import CommandParser
from django.db import connections

from leadrouting import startup, web
from leadrouting.first_start import example_key, greeting, make_first_things
from leadrouting.logs import held_back
from leadrouting.processes import Program, Supervisor
from routing import doorbell, mailbox
from routing.clock import current_time
from routing.management.commands import clock, worker
from routing.management.starting import CheckedCommand, load_addresses


class Command(CheckedCommand):
    help = "Runs the web server, the workers, the clock, the mailbox and, without REDIS_URL, an embedded Redis."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--no-demo", dest="demo", action="store_false", help="Start without the demo company, as in production."
        )
        parser.add_argument("--data", metavar="DIR", help="Folder for everything that is kept (LEADROUTING_DATA).")

    def handle(self, *args: Any, demo: bool, **options: Any) -> None:
        try:
            lock = startup.lock_data_folder(settings.DATA_DIR)
            startup.check_database()
            redis = startup.open_redis()
            listener = startup.open_web()
            mailbox_listener = startup.open_mailbox()
        except startup.CannotStart as reason:
            sys.exit(str(reason))
        startup.migrate()
        programs = [
            *redis,
            Program("mailbox", partial(mailbox.serve, mailbox_listener, current_time), mailbox_listener, True),
            Program("web", partial(web.serve, listener), listener),
            *[Program(f"{queue} worker", partial(call_command, worker.Command(), queue)) for queue in doorbell.JOBS],
            Program("clock", partial(call_command, clock.Command())),
        ]
        with held_back() as write_logs, lock:
            text = _make_ready(demo=demo and not settings.PRODUCTION)
            Supervisor(programs).run(started=partial(self._greet, text, write_logs))

    def _greet(self, text: str, write_logs: Callable[[], None]) -> None:
        """The terminal begins with what people need; how it came about follows."""
        self.stdout.write(text)
        self.stdout.flush()
        write_logs()


def _make_ready(*, demo: bool) -> str:
    """All that is done once, before the children are forked; the greeting."""
    with doorbell.muted():
        sign_ins = make_first_things(demo=demo)
        text = greeting(sign_ins, "" if settings.PRODUCTION else example_key())
    load_addresses()
    connections.close_all()
    return text
