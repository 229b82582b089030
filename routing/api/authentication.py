"""Signing in with `Authorization: Bearer KEY`."""

from __future__ import annotations

import time
from datetime import datetime

from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from routing.api.arrival import arrived_at
from routing.api.throttling import count_refusal
from routing.models import ApiKey
from routing.services.api_keys import KeyRefused, Opened, digest_of, note_use, open_with

CACHE_SECONDS = 2.0
"""How long a key that was just used is trusted without a look at the database, and so works on after a revocation."""
_recent: dict[str, tuple[Opened, float]] = {}


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
        try:
            opened = _open(words[1].decode("latin-1"), now)
        except KeyRefused as refused:
            count_refusal(request)
            raise AuthenticationFailed(str(refused)) from refused
        note_use(key=opened.by, now=now)
        return None, opened.key

    def authenticate_header(self, request: Request) -> str:
        return "Bearer"


def _open(secret: str, now: datetime) -> Opened:
    digest = digest_of(secret)
    opened, fresh_until = _recent.get(digest, (None, 0.0))
    if opened and time.monotonic() < fresh_until:
        opened.check_time(now)
        return opened
    _recent.pop(digest, None)
    opened = open_with(secret=secret, now=now)
    _recent[digest] = opened, time.monotonic() + CACHE_SECONDS
    return opened
