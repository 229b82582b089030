"""Browsers in which somebody has signed in before: known by a signed cookie, which opens nothing by itself.

Guessing from elsewhere makes new browsers wait, and never those: so nobody can be locked out of their own sign-in.
"""

from __future__ import annotations

import secrets
from typing import NamedTuple

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponseBase

SALT = "leadrouting.known_browser"
MOST_USERS = 8
YEAR = 365 * 86_400


class Browser(NamedTuple):
    """Its own random name, and who has signed in in it, the latest last."""

    name: str
    users: list[int]


def browser_of(request: HttpRequest, user_id: int) -> str:
    """The name of this browser if that person has signed in in it before; else empty."""
    browser = _read(request)
    return browser.name if browser and user_id in browser.users else ""


def remember(request: HttpRequest, response: HttpResponseBase, user_id: int) -> None:
    """This browser is one of theirs."""
    known = _read(request) or Browser(secrets.token_urlsafe(16), [])
    users = [*(known_id for known_id in known.users if known_id != user_id), user_id][-MOST_USERS:]
    response.set_cookie(
        settings.BROWSER_COOKIE_NAME,
        signing.dumps([known.name, users], salt=SALT),
        max_age=YEAR,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


def _read(request: HttpRequest) -> Browser | None:
    try:
        name, users = signing.loads(request.COOKIES.get(settings.BROWSER_COOKIE_NAME, ""), salt=SALT, max_age=YEAR)
    except (signing.BadSignature, ValueError, TypeError):
        return None
    return Browser(name, users)
