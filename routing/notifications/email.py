"""The e-mail channel: one SMTP connection a server, and what a server's answer means."""

from __future__ import annotations

import re
import smtplib
from contextlib import suppress
from email.header import Header
from types import TracebackType

from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.core.mail.message import SafeMIMEMultipart, SafeMIMEText, sanitize_address

from routing.notifications.cleaning import one_line
from routing.notifications.messages import Message

PERMANENT = 500
SERVICE_CLOSING = 421
ANSWER_LENGTH = 300
POLICY = re.compile(r"^554|\b5\.7\.\d")
"""Refusals that may be meant for whoever sends: the same server gives them to every recipient."""


class Undeliverable(Exception):
    """It will never be taken. `theirs`: because of this address, and not of us or of what the mail says."""

    def __init__(self, words: str, *, theirs: bool = True) -> None:
        super().__init__(words)
        self.theirs = theirs


class ContentRefused(Undeliverable):
    """Mail for this address may be taken, but this text cannot be sent or is not wanted."""

    def __init__(self, words: str) -> None:
        super().__init__(words, theirs=False)


class TryLater(Exception):
    """Not now: the server said so, or the connection broke in the middle."""


class Unsure(TryLater):
    """The server did not say whether it has taken the mail: sending it again may make two."""


class Outage(Exception):
    """The server takes nothing at all now, whoever it is for."""


class _Dropped(Exception):
    """The server closed the connection."""


class Server:
    """One SMTP connection: opened when it is first needed, and again when it has broken."""

    def __init__(self, backend: BaseEmailBackend) -> None:
        self._backend = backend
        self._used = False

    def send(self, message: Message, to: str) -> None:
        """Hand the message over. Raises Undeliverable, ContentRefused, TryLater or Outage."""
        mail = _checked(message, to)
        if self._used:
            with suppress(_Dropped):  # as servers do after a while, or after so many mails; a fresh one decides
                return self._hand_over(mail)
        try:
            self._hand_over(mail)
        except _Dropped as error:
            raise Unsure(str(error)) from error

    def close(self) -> None:
        self._used = False
        with suppress(OSError):
            self._backend.close()

    def _hand_over(self, mail: Mail) -> None:
        try:
            self._backend.open()
        except OSError as error:  # every SMTP error is one
            self.close()
            raise Outage(_words(error)) from error
        try:
            self._backend.send_messages([mail])
        except OSError as error:
            refusal = _meaning(error)
            if isinstance(refusal, _Dropped) or not isinstance(error, smtplib.SMTPException):
                self.close()
            raise refusal from error
        self._used = True


def _checked(message: Message, to: str) -> Mail:
    """The mail, known to be one that can be written down."""
    try:
        sanitize_address(to, "utf-8")
    except Exception as error:  # the parser of addresses raises more than it documents
        raise Undeliverable(f"“{one_line(to)}” is not an e-mail address.") from error
    mail = as_mail(message, to)
    try:
        mail.message().as_bytes()
    except Exception as error:
        raise ContentRefused(f"The mail cannot be written down: {_words(error)}") from error
    return mail


def _meaning(error: OSError) -> Exception:
    """What a failed hand-over says about this message, this address or this server."""
    match error:
        case smtplib.SMTPRecipientsRefused():
            code, answer = next(iter(error.recipients.values()))
            words = _answer(code, answer)
            return Undeliverable(words, theirs=not POLICY.search(words)) if code >= PERMANENT else TryLater(words)
        case smtplib.SMTPSenderRefused(smtp_code=code, smtp_error=answer):
            if code == SERVICE_CLOSING:
                return _Dropped(_answer(code, answer))
            return (Outage if code >= PERMANENT else TryLater)(f"The sender was refused: {_answer(code, answer)}")
        case smtplib.SMTPResponseException(smtp_code=code, smtp_error=answer):
            return (ContentRefused if code >= PERMANENT else TryLater)(_answer(code, answer))
        case smtplib.SMTPNotSupportedError():
            return Undeliverable(_words(error))
        case smtplib.SMTPServerDisconnected() | ConnectionError():
            return _Dropped(_words(error))
        case _:  # a time-out
            return Unsure(_words(error))


class PostOffice:
    """The servers of one batch: the real one, and the local mailbox for people who must never get real mail."""

    def __init__(self) -> None:
        self._servers: dict[bool, Server] = {}

    def __enter__(self) -> PostOffice:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for server in self._servers.values():
            server.close()

    def server(self, *, local: bool) -> Server:
        """The server for an address; everything is local while no EMAIL_URL is set."""
        local = local or not settings.EMAIL_URL
        if local not in self._servers:
            self._servers[local] = Server(_local_backend() if local else get_connection())
        return self._servers[local]


class Mail(EmailMultiAlternatives):
    """A mail whose subject begins on the header's own line, where Django leaves that line empty before a long word."""

    def message(self) -> SafeMIMEText | SafeMIMEMultipart:
        mail = super().message()
        subject = str(self.subject)
        charset = "us-ascii" if subject.isascii() else "utf-8"
        mail.replace_header("Subject", Header(subject, charset, header_name="Subject"))
        return mail


def as_mail(message: Message, to: str) -> Mail:
    """The message as Django sends it: text and HTML as alternatives, to one address."""
    headers = dict(message.headers)
    reply_to = headers.pop("Reply-To", None)
    mail = Mail(
        subject=message.subject,
        body=message.text,
        to=[to],
        headers=headers,
        reply_to=[reply_to] if reply_to else None,
    )
    mail.attach_alternative(message.html, "text/html")
    return mail


def _local_backend() -> BaseEmailBackend:
    host, port = settings.MAILBOX_ADDRESS
    backend: BaseEmailBackend = get_connection(
        host=host, port=port, username="", password="", use_tls=False, use_ssl=False
    )
    return backend


def _answer(code: int, answer: bytes | str) -> str:
    text = answer.decode("utf-8", "replace") if isinstance(answer, bytes) else answer
    return one_line(f"{code} {text}", ANSWER_LENGTH)


def _words(error: Exception) -> str:
    return one_line(str(error) or type(error).__name__, ANSWER_LENGTH)
