"""Links with which somebody without a sign-in reads the story of one lead: they expire, and can be ended."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.contrib.auth.models import User
from django.core import signing
from django.db import transaction
from django.urls import reverse

from routing.models import Lead, SharedLink
from routing.services.privacy.audit_log import note

SALT = "leadrouting.shared.v1"
LONGEST = timedelta(days=30)
KEPT = timedelta(days=90)
"""After its end a link is kept so long, to say that it has ended; the audit log keeps who shared what."""


class SharedLinkInvalid(Exception):
    """The address was changed, or is none of ours; or its lead was erased."""


class SharedLinkEnded(SharedLinkInvalid):
    """The link was good: its time is over, somebody ended it, or whoever made it may no longer sign in."""


@transaction.atomic
def share_lead(*, lead: Lead, lasts: timedelta, user: User | None, now: datetime) -> SharedLink:
    """A new link that opens from now on, for so long. Raises ValueError for no time at all, or more than 30 days.

    `user`: who shares it; none, where a program does.
    """
    if not timedelta() < lasts <= LONGEST:
        raise ValueError(f"A link lasts up to {LONGEST.days} days.")
    SharedLink.objects.filter(ends_at__lt=now - KEPT).delete()
    link = SharedLink.objects.create(lead=lead, made_by=user, created_at=now, ends_at=now + lasts)
    note(action="lead.shared", user=user, subject=lead, detail={"until": link.ends_at.isoformat()}, now=now)
    return link


@transaction.atomic
def stop_sharing(*, link: SharedLink, user: User | None, now: datetime) -> None:
    """From now on it opens nothing. Once more does nothing."""
    if SharedLink.objects.standing(now).filter(pk=link.pk).update(revoked_at=now):
        note(action="lead.unshared", user=user, subject=link.lead, now=now)


def shared_url(link: SharedLink) -> str:
    """The whole address, for whoever may read it."""
    token = signing.Signer(salt=SALT).sign(link.uuid.hex)
    return f"{settings.PUBLIC_URL}{reverse('shared:lead', args=[token])}"


def open_shared(token: str, *, now: datetime) -> SharedLink:
    """The link of this address, with its lead. Raises SharedLinkEnded or SharedLinkInvalid."""
    try:
        name = UUID(signing.Signer(salt=SALT).unsign(token))
    except (signing.BadSignature, ValueError) as error:
        raise SharedLinkInvalid from error
    link = SharedLink.objects.select_related("lead__owner", "made_by").filter(uuid=name).first()
    if link is None:
        raise SharedLinkInvalid
    by_somebody_gone = link.made_by is not None and not link.made_by.is_active
    if link.revoked_at is not None or link.ends_at <= now or by_somebody_gone:
        raise SharedLinkEnded
    return link
