"""Links in alerts with which a rep answers without signing in: signed, for one lead, rep and attempt, for some hours."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from urllib.parse import urlencode

from django.conf import settings
from django.core import signing
from django.urls import reverse

SALT = "leadrouting.action.v1"


class Act(StrEnum):
    """What a link offers to do. The page asks first: opening it changes nothing."""

    ACCEPT = "accept"
    DECLINE = "decline"
    CALL = "call"
    MAIL = "mail"
    CLAIM = "claim"


@dataclass(frozen=True, slots=True)
class ActionLink:
    """Whom a link is for: the lead, the rep, and either the attempt (they own it) or the offer (it is theirs to take)."""

    lead_id: int
    rep_id: int
    attempt: int = 0
    offer_id: int = 0


class LinkInvalid(Exception):
    """The link was changed, or is none of ours."""


class LinkExpired(LinkInvalid):
    """The link was good, but is too old."""


def action_url(link: ActionLink, act: Act | None = None) -> str:
    """The whole address, as it stands in an alert."""
    query = f"?{urlencode({'do': act.value})}" if act else ""
    return f"{settings.PUBLIC_URL}{reverse('inbox:link', args=[sign(link)])}{query}"


def sign(link: ActionLink) -> str:
    """The token of a link, signed now."""
    values = {"l": link.lead_id, "r": link.rep_id, "a": link.attempt, "o": link.offer_id}
    return signing.dumps(values, salt=SALT)


def read(token: str) -> ActionLink:
    """Whom the token is for. Raises LinkExpired or LinkInvalid; whether it is still true, the rows say."""
    try:
        values = signing.loads(token, salt=SALT, max_age=timedelta(hours=settings.LINK_HOURS))
        return ActionLink(int(values["l"]), int(values["r"]), int(values["a"]), int(values["o"]))
    except signing.SignatureExpired as error:
        raise LinkExpired from error
    except (signing.BadSignature, KeyError, TypeError, ValueError) as error:
        raise LinkInvalid from error
