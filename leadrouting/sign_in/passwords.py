"""The one place where passwords are checked, whichever page they were typed on: as often as the limits say."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest

from leadrouting.sign_in.browsers import browser_of
from routing.clock import current_time
from routing.services.privacy.audit_log import note
from routing.services.sign_in_limits import Try, begin, succeeded
from routing.visitors import address_of


class LimitedPasswords(ModelBackend):
    """Django's own check, after the limits; a request that has to wait knows for how long: `sign_in_wait`."""

    def authenticate(
        self, request: HttpRequest | None, username: str | None = None, password: str | None = None, **kwargs: Any
    ) -> User | None:
        if username is None or password is None:
            return None
        if request is None:  # a command: who can run one needs no password
            return super().authenticate(request, username, password, **kwargs)  # type: ignore[return-value]
        now = current_time()
        known = User.objects.filter(username=username).first()
        tried = try_of(request, known, username)
        if has_to_wait(request, tried, known, now=now):
            raise PermissionDenied
        user = super().authenticate(request, username, password, **kwargs)
        if user is not None:
            succeeded(tried=tried, now=now)
            request.let_in = user  # type: ignore[attr-defined]
        return user  # type: ignore[return-value]


class NoPasswords(ModelBackend):
    """People and their permissions; nobody gets in by password, and whoever did before is out."""

    def authenticate(self, request: HttpRequest | None, *args: Any, **kwargs: Any) -> None:
        return None


def has_to_wait(request: HttpRequest, tried: Try, known: User | None, *, now: datetime) -> bool:
    """Count a try. True: refuse it without looking at what was given; `sign_in_wait` says for how long."""
    blocked = begin(tried=tried, now=now)
    if blocked is None:
        return False
    request.sign_in_wait = blocked.seconds  # type: ignore[attr-defined]
    if blocked.first:  # what was typed may be anything, a password too, and is not written down
        note(action="sign_in.blocked", subject=known, now=now)
    return True


def try_of(request: HttpRequest, user: User | None, typed: str, what: str = "password") -> Try:
    """A name that nobody has is limited like any other, so that the limits do not tell who has a sign-in."""
    account = f"user {user.pk}" if user else f"name {typed.casefold()}"
    return Try(account, address_of(request), browser_of(request, user.pk) if user else "", what)
