"""What a mail to one address has outside of itself: the keys of its messages, and the domain of its Message-ID."""

from __future__ import annotations

from collections.abc import Sequence
from email.utils import parseaddr

from django.conf import settings

from routing.notifications.briefs import Brief
from routing.notifications.messages import Envelope


def envelope_of(briefs: Sequence[Brief]) -> Envelope:
    domain = parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition("@")[2] or "localhost"
    return Envelope(tuple(brief.message.key for brief in briefs), domain)
