"""The local mailbox files mails as rows, whatever they hold."""

from __future__ import annotations

from datetime import datetime
from email.message import EmailMessage

import pytest

from routing.mailbox import file_mail
from routing.models import MailboxMessage


def make_mail(**headers: str) -> EmailMessage:
    mail = EmailMessage()
    for name, value in {"Subject": "New lead: Mia Chen", "Message-ID": "<alert.1@acme.example>", **headers}.items():
        mail[name] = value
    mail.set_content("Mia Chen wants a démo.\n")
    mail.add_alternative("<p>Mia Chen wants a démo.</p>\n", subtype="html")
    return mail


def file(content: bytes, now: datetime, *recipients: str) -> list[MailboxMessage]:
    return file_mail(
        sender="leads@acme.example", recipients=list(recipients or ("ana@acme.example",)), content=content, now=now
    )


@pytest.mark.django_db
def test_a_mail_is_filed_with_all_its_parts(now: datetime) -> None:
    file(make_mail().as_bytes(), now)

    mail = MailboxMessage.objects.get()
    assert (mail.sender, mail.recipient) == ("leads@acme.example", "ana@acme.example")
    assert (mail.subject, mail.message_id) == ("New lead: Mia Chen", "<alert.1@acme.example>")
    assert (mail.text, mail.html) == ("Mia Chen wants a démo.\n", "<p>Mia Chen wants a démo.</p>\n")
    assert mail.headers["Message-ID"] == "<alert.1@acme.example>"
    assert mail.received_at == now


@pytest.mark.django_db
def test_each_recipient_gets_a_copy(now: datetime) -> None:
    file(make_mail().as_bytes(), now, "ana@acme.example", "bob@acme.example")

    assert MailboxMessage.objects.filter(recipient__in=["ana@acme.example", "bob@acme.example"]).count() == 2


@pytest.mark.django_db
@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"no headers at all",
        b"Subject: a\0b\r\n\r\ntext\0text",
        b"Subject: =?utf-8?b?/w==?=\r\n\r\n\xff\xfe",
        b"Content-Type: text/plain; charset=nonsense\r\n\r\n\xff",
        b"Content-Type: multipart/mixed; boundary=x\r\n\r\n--x",
        b"Subject: " + b"x" * 5000 + b"\r\n\r\n",
    ],
)
def test_whatever_it_holds_it_is_filed(content: bytes, now: datetime) -> None:
    file(content, now)

    assert MailboxMessage.objects.count() == 1
