"""Mails with which somebody chooses a password: an invitation, or a new one for one that was forgotten."""

from __future__ import annotations

from collections.abc import Mapping

from routing.notifications.cleaning import one_line
from routing.notifications.messages import Envelope, Message, as_html, as_text, headers_of

NAME_LENGTH = 60


def invitation(name: str, link: str, username: str, hours: int, envelope: Envelope) -> Message:
    """To a rep who has no password yet."""
    who = one_line(name, NAME_LENGTH)
    context = {
        "subject": "Your leads are waiting: choose a password",
        "eyebrow": "Invitation",
        "heading": f"Welcome, {who}" if who else "Welcome",
        "intro": "In your inbox you see your leads, accept them with a tap, and say when you are away.",
        "button": "Choose a password",
        "footer": "You get this mail because somebody gave you a sign-in to answer leads.",
    }
    return _mail(context, link, username, hours, envelope)


def new_password(name: str, link: str, username: str, hours: int, envelope: Envelope) -> Message:
    """To somebody who says that they forgot theirs."""
    who = one_line(name, NAME_LENGTH)
    context = {
        "subject": "Choose a new password",
        "eyebrow": "Password",
        "heading": f"A new password for {who}" if who else "A new password",
        "intro": "Somebody, probably you, asked for a new password. If it was not you, do nothing: the old one stays.",
        "button": "Choose a new password",
        "footer": "You get this mail because somebody typed your address on the sign-in page.",
    }
    return _mail(context, link, username, hours, envelope)


def _mail(context: Mapping[str, str], link: str, username: str, hours: int, envelope: Envelope) -> Message:
    shown = {**context, "link": link, "username": username, "hours": hours}
    return Message(
        subject=context["subject"],
        text=as_text("sign_in", shown),
        html=as_html("sign_in", shown),
        headers=headers_of(envelope),
    )
