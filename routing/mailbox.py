"""The local mailbox: an SMTP server that files what it is sent, for people to look at in the admin."""

from __future__ import annotations

import asyncio
import logging
import signal
import socket
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from functools import partial
from typing import cast

from aiosmtpd.smtp import SMTP, Envelope, Session
from django.db import Error as DatabaseError
from django.db import close_old_connections

from routing.models import MailboxMessage

logger = logging.getLogger(__name__)

LARGEST_MAIL = 10 * 1024 * 1024
FILED = "250 Filed"
TRY_AGAIN = "451 The mailbox cannot be written now, try again"


def serve(listener: socket.socket, clock: Callable[[], datetime]) -> None:
    """Take mail on this socket until SIGTERM."""
    asyncio.run(_serve(listener, clock))


async def _serve(listener: socket.socket, clock: Callable[[], datetime]) -> None:
    loop = asyncio.get_running_loop()
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    with ThreadPoolExecutor(max_workers=1) as clerk:
        new_session = partial(SMTP, Filing(clerk, clock), data_size_limit=LARGEST_MAIL, hostname="localhost", loop=loop)
        server = await loop.create_server(new_session, sock=listener)
        await stop.wait()
        server.close()


class Filing:
    """What aiosmtpd calls with each mail. One thread does the filing, with one connection to the database."""

    def __init__(self, clerk: ThreadPoolExecutor, clock: Callable[[], datetime]) -> None:
        self.clerk = clerk
        self.clock = clock

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self.clerk, _file_safely, envelope, self.clock)


def _file_safely(envelope: Envelope, clock: Callable[[], datetime]) -> str:
    close_old_connections()
    try:
        file_mail(
            sender=envelope.mail_from or "",
            recipients=envelope.rcpt_tos,
            content=cast(bytes, envelope.original_content),
            now=clock(),
        )
    except DatabaseError as error:
        logger.warning("mail_not_filed", extra={"cause": type(error).__name__})
        return TRY_AGAIN
    return FILED


def file_mail(*, sender: str, recipients: list[str], content: bytes, now: datetime) -> list[MailboxMessage]:
    """Keep one copy for each recipient."""
    message = message_from_bytes(content, policy=policy.default)
    headers = {name: _clean(str(value)) for name, value in message.items()}
    parts = {
        "sender": sender[:320],
        "subject": headers.get("Subject", "")[:500],
        "text": _body(message, "plain"),
        "html": _body(message, "html"),
        "headers": headers,
        "message_id": headers.get("Message-ID", "")[:250],
        "received_at": now,
    }
    return MailboxMessage.objects.bulk_create(
        MailboxMessage(recipient=recipient[:320], **parts) for recipient in recipients
    )


def _body(message: EmailMessage, kind: str) -> str:
    part = message.get_body((kind,))
    if part is None:
        return ""
    try:
        return _clean(str(part.get_content()))
    except (LookupError, UnicodeError):
        return _clean(cast(bytes, part.get_payload(decode=True)).decode("utf-8", "replace"))


def _clean(text: str) -> str:
    """Without what a database refuses: NUL and lone surrogates."""
    return text.replace("\0", "").encode("utf-8", "replace").decode("utf-8")
