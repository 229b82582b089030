"""The mail server of the harness: takes everything, unless it is told to refuse, to be away or to hang."""

from __future__ import annotations

import asyncio
import re
import time
from collections import Counter, defaultdict
from contextlib import suppress
from dataclasses import dataclass, replace
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from tests.smtp import free_port

NAMED = re.compile(r"[a-z0-9-]+@[a-z0-9-]+-\d+\.example|\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b")
"""Addresses of leads, of which each lead of the harness has one of its own, and the ids in links to their pages."""


@dataclass(frozen=True, slots=True)
class Mail:
    """What arrived: when, for whom, with which Message-ID, and which leads it names, by address or by id."""

    at: float
    to: str
    message_id: str
    leads: frozenset[str]


class Sink:
    """`refuse`: recipient → answer to RCPT. `busy`: the answer to every sender. `hang`: one text in so many hangs."""

    def __init__(self) -> None:
        self.port = free_port()
        self.mails: list[Mail] = []
        self.refuse: dict[str, str] = {}
        self.refused: Counter[str] = Counter()
        self.busy = ""
        self.hang = 0
        self.hung = 0
        self._texts = 0
        self._controller: Controller | None = None

    def start(self) -> None:
        """Listen; nobody is there before, as with a server that is down."""
        if self._controller is None:
            self._controller = Controller(self, hostname="127.0.0.1", port=self.port)
            self._controller.start()

    def stop(self) -> None:
        """Be away: connections are refused."""
        if self._controller is not None:
            with suppress(RuntimeError):
                self._controller.stop()
            self._controller = None

    def reset(self) -> None:
        """Take everything again, and forget what came."""
        self.start()
        self.mails, self.refuse, self.busy, self.hang = [], {}, "", 0
        self.refused.clear()

    def happened_earlier(self, seconds: float) -> None:
        """Time has passed: what came so far came so much earlier."""
        self.mails = [replace(mail, at=mail.at - seconds) for mail in self.mails]

    def told(self) -> dict[tuple[str, str], list[Mail]]:
        """(recipient, lead's address or id) → the mails to them that name it."""
        found: defaultdict[tuple[str, str], list[Mail]] = defaultdict(list)
        for mail in list(self.mails):
            for lead in mail.leads:
                found[mail.to, lead].append(mail)
        return found

    async def handle_MAIL(self, server: SMTP, session: Session, envelope: Envelope, address: str, options: Any) -> str:
        if self.busy:
            return self.busy
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(self, server: SMTP, session: Session, envelope: Envelope, address: str, options: Any) -> str:
        if address in self.refuse:
            self.refused[address] += 1
            return self.refuse[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        self._texts += 1
        self._keep(envelope)
        if self.hang and self._texts % self.hang == 0:
            self.hung += 1
            await asyncio.sleep(60)
        return "250 OK"

    def _keep(self, envelope: Envelope) -> None:
        text: Any = message_from_bytes(envelope.content or b"", policy=policy.default)  # type: ignore[arg-type]
        named = frozenset(
            name.replace("-", "") if "@" not in name else name for name in NAMED.findall(_words(text).lower())
        )
        for to in envelope.rcpt_tos:
            self.mails.append(Mail(time.time(), to, str(text["Message-ID"]), named))


def _words(mail: EmailMessage) -> str:
    part = mail.get_body(preferencelist=("plain",))
    return f"{mail['Reply-To'] or ''}\n{part.get_content() if part else ''}"
