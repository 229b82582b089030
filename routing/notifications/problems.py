"""Mails about the system itself: something is wrong, or is over."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass

from routing.notifications.cleaning import one_line
from routing.notifications.messages import Envelope, Message, as_html, as_text, headers_of

LONGEST = 500


@dataclass(frozen=True, slots=True)
class Trouble:
    """One thing that is wrong, since when, and until when if it is over."""

    text: str
    since: str
    until: str = ""


def problem(title: str, troubles: Sequence[Trouble], url: str, envelope: Envelope, *, over: bool) -> Message:
    """To those who look after the system."""
    subject = f"Over: {title}" if over else title
    context = {
        "subject": subject,
        "title": title,
        "over": over,
        "troubles": [asdict(trouble) | {"text": one_line(trouble.text, LONGEST)} for trouble in troubles],
        "url": url,
        "footer": "You get this mail because you are a last resort or an admin of the lead routing.",
    }
    return Message(subject, as_text("problem", context), as_html("problem", context), headers_of(envelope))
