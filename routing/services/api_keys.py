"""Keys with which programs sign in: making one, exchanging its secret, finding one by what was sent, noting its use."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import NamedTuple

from django.db import transaction
from django.db.models import F, Q

from reps.models import Rep
from routing.models import ApiKey, Scope

SECRET_PREFIX = "lr_"
PREFIX_LENGTH = 10
FOR_REPS = (Scope.LEADS_READ, Scope.LEADS_WRITE, Scope.SIGNALS_WRITE)
"""Scopes that a rep's key can have: by the others it would see and change what is everybody's."""
USE_NOTED_EVERY = timedelta(minutes=1)
GRACE = timedelta(days=1)
"""So long the former secret of a key works too."""
WARNED_BEFORE, STILL_USED = timedelta(days=14), timedelta(days=1)
LONGEST_NAME, FORMER = 90, " (former)"


class UnknownScope(ValueError):
    """A scope that does not exist was asked for."""


class NotForReps(ValueError):
    """A rep's key was to do what is not about the rep's own leads."""


class CannotRotate(Exception):
    """The key keeps its secret; the text says why, and what to do."""


class KeyRefused(Exception):
    """What was sent opens nothing; the text says why."""


class NewKey(NamedTuple):
    """A key that was just made. The secret is shown once and kept nowhere."""

    key: ApiKey
    secret: str


INACTIVE = (
    "This key belongs to {rep}, who is inactive and has no access. "
    "Ask whoever runs this system to make {rep} active again, or for a key of your own."
)


class Opened(NamedTuple):
    """The key that a secret opens, and the row of that secret: another one while the former secret still works."""

    key: ApiKey
    by: ApiKey

    def check_time(self, now: datetime) -> None:
        """Raises KeyRefused once it is over."""
        for row in self:
            if row.expires_at and row.expires_at <= now:
                ended = f"{row.expires_at:%Y-%m-%d %H:%M} UTC"
                raise KeyRefused(f"This key ended on {ended}. Ask whoever runs this system for another.")


def digest_of(secret: str) -> str:
    """What is stored of a secret."""
    return hashlib.sha256(secret.encode()).hexdigest()


def create_api_key(
    *,
    name: str,
    scopes: Iterable[str],
    rep: Rep | None = None,
    test_email: str = "",
    expires_at: datetime | None = None,
    demo: bool = False,
) -> NewKey:
    """Make a key that may do what `scopes` say. Raises UnknownScope and NotForReps."""
    wanted = list(dict.fromkeys(scopes))
    if unknown := [scope for scope in wanted if scope not in Scope.values]:
        raise UnknownScope(f"There is no scope {', '.join(unknown)}. The scopes are: {', '.join(Scope.values)}.")
    if not wanted:
        raise UnknownScope(f"A key needs at least one scope. The scopes are: {', '.join(Scope.values)}.")
    if rep is not None:
        check_scopes_of_rep(wanted)
    secret = _new_secret()
    key = ApiKey.objects.create(
        name=name,
        prefix=secret[:PREFIX_LENGTH],
        digest=digest_of(secret),
        scopes=wanted,
        rep=rep,
        test_email=test_email,
        expires_at=expires_at,
        demo=demo,
    )
    return NewKey(key, secret)


def check_scopes_of_rep(scopes: Iterable[str]) -> None:
    """Raises NotForReps."""
    if refused := [scope for scope in scopes if scope not in FOR_REPS]:
        raise NotForReps(
            f"The key of a rep is for the rep's own leads, and {', '.join(refused)} shows what is everybody's. "
            f"Give it only: {', '.join(FOR_REPS)}; or leave the rep out."
        )


def rotate(*, key: ApiKey, grace: timedelta = GRACE, expires_at: datetime | None = None, now: datetime) -> NewKey:
    """Give a key a new secret; the former one opens the same for a while. Raises CannotRotate.

    The row stays the program's: what it sent in and may do is untouched, and a post repeated with the new secret is
    still known. The former secret gets a row of its own, so that one sees whether it is still used.
    """
    with transaction.atomic():
        locked = ApiKey.objects.select_for_update(no_key=True).get(pk=key.pk)
        _check_rotatable(locked)
        before = locked.replaces
        if before is not None and before.revoked_at is None:  # two secrets at a time, no more
            ApiKey.objects.filter(pk=before.pk).update(revoked_at=now)
        former = ApiKey(
            name=locked.name[:LONGEST_NAME] + FORMER, prefix=locked.prefix, digest=locked.digest,
            scopes=locked.scopes, rep=locked.rep, test_email=locked.test_email, last_used_at=locked.last_used_at,
            expires_at=min(locked.expires_at or now + grace, now + grace), demo=locked.demo,
        )  # fmt: skip
        secret = _new_secret()
        locked.expires_at = expires_at or _as_long_again(locked, before, now)
        locked.prefix, locked.digest, locked.last_used_at = secret[:PREFIX_LENGTH], digest_of(secret), None
        locked.save(update_fields=["prefix", "digest", "expires_at", "last_used_at"])
        former.save()
        ApiKey.objects.filter(pk=former.pk).update(created_at=now)
        ApiKey.objects.filter(pk=locked.pk).update(replaces=former)
        locked.replaces = former
    return NewKey(locked, secret)


def _check_rotatable(key: ApiKey) -> None:
    if key.revoked_at is not None:
        raise CannotRotate(f"{key.name} is revoked. Make a new key.")
    if main := key.replaced_by.first():
        raise CannotRotate(f"This is the former secret of {main.name}. Exchange that one.")


def _as_long_again(key: ApiKey, before: ApiKey | None, now: datetime) -> datetime | None:
    if key.expires_at is None:
        return None
    began = before.created_at if before else key.created_at
    return now + max(key.expires_at - began, timedelta(days=1))


def revoke(*, key: ApiKey, now: datetime) -> None:
    """From now on neither its secret nor the former one opens anything."""
    ApiKey.objects.filter(Q(pk=key.pk) | Q(replaced_by=key.pk), revoked_at=None).update(revoked_at=now)
    key.revoked_at = key.revoked_at or now


def open_with(*, secret: str, now: datetime) -> Opened:
    """What this secret opens. Raises KeyRefused, and says to whoever has the secret why."""
    digest = digest_of(secret)
    found = ApiKey.objects.filter(Q(digest=digest) | Q(replaces__digest=digest)).select_related("rep")
    rows = {row.digest: row for row in found}
    by = rows.pop(digest, None)
    if by is None or not hmac.compare_digest(by.digest, digest):
        raise KeyRefused("This key is unknown.")
    key = next(iter(rows.values()), by)  # a former secret opens the key that has a new one
    if by.revoked_at or key.revoked_at:
        raise KeyRefused("This key was revoked. Ask whoever runs this system for another.")
    if key.rep is not None and not key.rep.active:
        raise KeyRefused(INACTIVE.format(rep=key.rep))
    opened = Opened(key, by)
    opened.check_time(now)
    return opened


def usable_key(*, secret: str, now: datetime) -> ApiKey | None:
    """The key that this secret opens; None if there is none, or it is revoked or expired."""
    try:
        return open_with(secret=secret, now=now).key
    except KeyRefused:
        return None


def note_use(*, key: ApiKey, now: datetime) -> None:
    """Keep when a key was last used, to the minute, so that a request seldom writes."""
    if key.last_used_at is None or now - key.last_used_at >= USE_NOTED_EVERY:
        ApiKey.objects.filter(pk=key.pk).update(last_used_at=now)
        key.last_used_at = now


def to_look_after(*, now: datetime) -> list[ApiKey]:
    """Keys that soon end, or ended while they were in use; and former secrets that some program still sends."""
    living = ApiKey.objects.filter(revoked_at=None)
    ending = Q(expires_at__lte=now + WARNED_BEFORE, replaced_by=None) & (
        Q(expires_at__gt=now) | Q(last_used_at__gt=F("expires_at") - STILL_USED, expires_at__gt=now - WARNED_BEFORE)
    )
    late = Q(replaced_by__isnull=False, last_used_at__gt=now - STILL_USED, expires_at__gt=now)
    return list(living.filter(ending | late).order_by("expires_at", "pk").distinct())


def _new_secret() -> str:
    return SECRET_PREFIX + secrets.token_urlsafe(32)
