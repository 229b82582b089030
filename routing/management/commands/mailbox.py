"""manage.py mailbox: the local mailbox on its own, for a system whose processes are started one by one."""

from __future__ import annotations

import socket
from typing import Any

from django.conf import settings
from django.core.management.base import CommandError

from routing import mailbox
from routing.clock import current_time
from routing.management.starting import CheckedCommand


class Command(CheckedCommand):
    help = "Takes mail on MAILBOX_PORT and files it in the mailbox that the admin shows."

    def handle(self, *args: Any, **options: Any) -> None:
        host, port = settings.MAILBOX_ADDRESS
        try:
            listener = socket.create_server((host, port))
        except OSError as error:
            raise CommandError(f"MAILBOX_PORT: cannot listen on {host}:{port}: {error.strerror}.") from error
        mailbox.serve(listener, current_time)
