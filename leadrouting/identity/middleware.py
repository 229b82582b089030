"""Nobody counts as signed in who has only taken the first of two steps, by whatever way they came."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from allauth.account.internal.flows.login import get_authentication_records
from allauth.mfa.models import Authenticator
from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponseBase
from django.urls import reverse
from django.utils.functional import SimpleLazyObject

KINDS = [Authenticator.Type.TOTP]


class SecondStepMiddleware:
    """Asked only where somebody asks who it is: pages for everybody cost nothing."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        by_password = request.user
        request.half_signed_in = SimpleLazyObject(lambda: _lacking(request, by_password))  # type: ignore[attr-defined]
        request.user = SimpleLazyObject(lambda: _strong(request, by_password))  # type: ignore[assignment]
        return self.get_response(request)


def _strong(request: HttpRequest, user: Any) -> Any:
    lacking = _lacking(request, user)
    if not lacking or (lacking == "new" and request.path_info.startswith(reverse("mfa_index"))):
        return user
    return AnonymousUser()


def _lacking(request: HttpRequest, user: Any) -> str:
    """Empty: nothing. `code`: they have a second step, and did not take it. `new`: they have yet to set one up."""
    if not user.is_authenticated:
        return ""
    if any(record.get("method") == "mfa" for record in get_authentication_records(request, user)):
        return ""
    if is_mfa_enabled(user, KINDS):
        return "code"
    return "new" if settings.MFA == "required" and user.is_staff else ""
