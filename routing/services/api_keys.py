"""Keys with which programs sign in: making one, finding one by what was sent, noting its use."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import NamedTuple

from reps.models import Rep
from routing.models import ApiKey, Scope

SECRET_PREFIX = "lr_"
PREFIX_LENGTH = 10
FOR_REPS = (Scope.LEADS_READ, Scope.LEADS_WRITE, Scope.SIGNALS_WRITE)
"""Scopes that a rep's key can have: by the others it would see and change what is everybody's."""
USE_NOTED_EVERY = timedelta(minutes=1)


class UnknownScope(ValueError):
    """A scope that does not exist was asked for."""


class NotForReps(ValueError):
    """A rep's key was to do what is not about the rep's own leads."""


class NewKey(NamedTuple):
    """A key that was just made. The secret is shown once and kept nowhere."""

    key: ApiKey
    secret: str


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
    secret = SECRET_PREFIX + secrets.token_urlsafe(32)
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


def usable_key(*, secret: str, now: datetime) -> ApiKey | None:
    """The key that this secret opens; None if there is none, or it is revoked or expired."""
    digest = digest_of(secret)
    key = ApiKey.objects.usable(now).filter(digest=digest).first()
    return key if key and hmac.compare_digest(key.digest, digest) else None


def note_use(*, key: ApiKey, now: datetime) -> None:
    """Keep when a key was last used, to the minute, so that a request seldom writes."""
    if key.last_used_at is None or now - key.last_used_at >= USE_NOTED_EVERY:
        ApiKey.objects.filter(pk=key.pk).update(last_used_at=now)
        key.last_used_at = now
