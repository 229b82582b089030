"""Signing in with `Authorization: Bearer KEY`."""

from __future__ import annotations

import time
from datetime import datetime

from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from routing.api.arrival import arrived_at
from routing.models import ApiKey
from routing.services.api_keys import digest_of, note_use, usable_key

CACHE_SECONDS = 2.0
"""How long a key that was just used is trusted without a look at the database, and so works on after a revocation."""
_recent: dict[str, tuple[ApiKey, float]] = {}


def forget_keys() -> None:
    """Look every key up again."""
    _recent.clear()


def key_of(request: Request) -> ApiKey:
    """The key of a request that a view answers."""
    assert isinstance(request.auth, ApiKey)
    return request.auth


class ApiKeyAuthentication(BaseAuthentication):
    """`request.auth` is the ApiKey; there is no user behind it."""

    def authenticate(self, request: Request) -> tuple[None, ApiKey] | None:
        words = get_authorization_header(request).split()
        if not words:
            return None
        if len(words) != 2 or words[0].lower() != b"bearer":
            raise AuthenticationFailed("Send the key as “Authorization: Bearer KEY”.")
        now = arrived_at(request)
        key = _find(words[1].decode("latin-1"), now)
        if key is None:
            raise AuthenticationFailed("This key is unknown, revoked or expired.")
        note_use(key=key, now=now)
        return None, key

    def authenticate_header(self, request: Request) -> str:
        return "Bearer"


def _find(secret: str, now: datetime) -> ApiKey | None:
    digest = digest_of(secret)
    key, fresh_until = _recent.get(digest, (None, 0.0))
    if key and time.monotonic() < fresh_until:
        return key if key.expires_at is None or key.expires_at > now else None
    key = usable_key(secret=secret, now=now)
    if key:
        _recent[digest] = key, time.monotonic() + CACHE_SECONDS
    else:
        _recent.pop(digest, None)
    return key
