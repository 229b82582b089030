"""The one step on a link's page that a person takes at a glance, and a mail scanner that clicks and submits does not.

A scanner opens the links of a mail, runs the scripts of the page, and may press buttons or submit forms. The page asks
to tap one number of nine, the first and the last of which are always wrong. Whoever taps a wrong one, or none, must
type two digits from then on, in whatever browser; whoever goes on failing must sign in.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.utils.crypto import constant_time_compare, salted_hmac

COOKIE = "leadrouting_step"
SALT = "leadrouting.step.v1"
NUMBERS = range(1, 10)
"""In order, as on a telephone: a person finds one at a glance."""
MISSES_TO_TYPE = 1
MISSES_TO_SIGN_IN = 6


@dataclass(frozen=True, slots=True)
class Step:
    """What this browser is asked on the page of one link. `passed`: it answered rightly before."""

    token: str
    secret: str
    passed: bool = False

    @property
    def proof(self) -> str:
        """Goes into the form: only a page that was made for this browser's cookie knows it."""
        return salted_hmac(SALT, f"proof/{self.secret}/{self.token}", algorithm="sha256").hexdigest()

    @property
    def answer(self) -> int:
        """The number to tap."""
        possible = NUMBERS[1:-1]
        return possible[int.from_bytes(self._digest("answer")[:4], "big") % len(possible)]

    @property
    def code(self) -> str:
        """Two digits to type."""
        return str(10 + int.from_bytes(self._digest("code")[:4], "big") % 90)

    def _digest(self, purpose: str) -> bytes:
        return salted_hmac(SALT, f"{purpose}/{self.secret}/{self.token}", algorithm="sha256").digest()


def step_of(request: HttpRequest, token: str) -> Step | None:
    """The step that this browser was asked for, by its cookie."""
    try:
        kept = signing.loads(request.COOKIES.get(COOKIE, ""), salt=SALT)
        return Step(token, str(kept["secret"]), bool(kept["passed"]) and kept["token"] == token)
    except (signing.BadSignature, KeyError, TypeError):
        return None


def new_step(token: str) -> Step:
    return Step(token, secrets.token_urlsafe(16))


def is_this_page(request: HttpRequest, step: Step) -> bool:
    """Whether what was posted comes from the page that this browser was given."""
    return constant_time_compare(request.POST.get("proof", ""), step.proof)


def is_right(request: HttpRequest, step: Step, misses: int) -> bool:
    """Whether what was tapped, or must be typed by now, is right."""
    if misses >= MISSES_TO_SIGN_IN:
        return False
    if misses >= MISSES_TO_TYPE:
        return constant_time_compare(request.POST.get("code", "").strip(), step.code)
    return request.POST.get("tap", "") == str(step.answer)


def keep(response: HttpResponse, step: Step, *, secure: bool, path: str, seconds: int) -> None:
    """Give the browser the cookie of the step, for this link's address alone."""
    value = signing.dumps({"secret": step.secret, "passed": step.passed, "token": step.token}, salt=SALT)
    response.set_cookie(COOKIE, value, max_age=seconds, path=path, secure=secure, httponly=True, samesite="Lax")
