"""A real SMTP server inside the test process that keeps what it takes and refuses what it is told to."""

from __future__ import annotations

import asyncio
import socket
from collections import Counter
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

HANG_SECONDS = 30.0
"""Longer than anybody waits."""


class Sink:
    """`rcpt` maps a recipient to the answer it gets, `data` to the next answers to a text; all else is taken.

    `drop_after`: close each connection after so many mails. `hang_up`: recipients at whose mail the server hangs up;
    `hang`: recipients whose mail it takes so often without ever saying so.
    """

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []
        self.to: list[str] = []
        self.rcpt: dict[str, str] = {}
        self.data: dict[str, list[str]] = {}
        self.sender = ""
        self.hang_up: Counter[str] = Counter()
        self.hang: Counter[str] = Counter()
        self.drop_after = 0
        self.connections = 0
        self.port = free_port()
        self._controller = Controller(self, hostname="127.0.0.1", port=self.port)

    def __enter__(self) -> Sink:
        self._controller.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._controller.stop()

    @property
    def subjects(self) -> list[str]:
        return [str(mail["Subject"]) for mail in self.mails]

    def of(self, address: str) -> list[EmailMessage]:
        return [mail for mail, to in zip(self.mails, self.to, strict=True) if to == address]

    async def handle_EHLO(self, server: SMTP, session: Session, envelope: Envelope, hostname: str, answers: Any) -> Any:
        session.host_name = hostname
        session.taken = 0  # type: ignore[attr-defined]
        self.connections += 1
        return answers

    async def handle_MAIL(self, server: SMTP, session: Session, envelope: Envelope, address: str, options: Any) -> str:
        if self.sender:
            return self.sender
        if self.drop_after and session.taken >= self.drop_after:  # type: ignore[attr-defined]
            server.transport.close()
            return "421 too many mails"
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(self, server: SMTP, session: Session, envelope: Envelope, address: str, options: Any) -> str:
        if address in self.rcpt:
            return self.rcpt[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        [address] = envelope.rcpt_tos
        if self.hang_up[address] > 0:
            self.hang_up[address] -= 1
            server.transport.close()
            return "421 gone"
        if self.data.get(address):
            return self.data[address].pop(0)
        session.taken += 1  # type: ignore[attr-defined]
        self.to.append(address)
        self.mails.append(message_from_bytes(envelope.content or b"", policy=policy.default))  # type: ignore[arg-type]
        if self.hang[address] > 0:
            self.hang[address] -= 1
            await asyncio.sleep(HANG_SECONDS)
        return "250 OK"


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def use(settings: Any, *, real: Sink | None, local: Sink) -> None:
    """Have mail go out through these servers."""
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_URL = f"smtp://127.0.0.1:{real.port}" if real else ""
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", real.port if real else local.port
    settings.MAILBOX_ADDRESS = ("127.0.0.1", local.port)
    settings.DEFAULT_FROM_EMAIL = "Lead routing <leads@acme.example>"
    settings.PUBLIC_URL = "https://leads.acme.example"


def plain(mail: EmailMessage) -> str:
    return _part(mail, "plain")


def html(mail: EmailMessage) -> str:
    return _part(mail, "html")


def _part(mail: EmailMessage, kind: str) -> str:
    part = mail.get_body(preferencelist=(kind,))
    assert part is not None
    return str(part.get_content())
