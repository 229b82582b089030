"""Our answers to what django-allauth asks about signing in: who, and where to."""

from __future__ import annotations

import time
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.internal.flows.login import get_authentication_records
from django.contrib.auth.models import User
from django.http import HttpRequest
from django.urls import reverse

from routing.services.access import rep_of

JUST_NOW_SECONDS = 300


def home_of(user: User) -> str:
    """The inbox of whoever is a rep, else the admin."""
    rep = rep_of(user)
    return reverse("inbox:leads") if (rep and rep.active) or not user.is_staff else reverse("admin:index")


class Accounts(DefaultAccountAdapter):
    """Signing in and out."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def get_login_redirect_url(self, request: HttpRequest) -> str:
        return home_of(request.user)  # type: ignore[arg-type]

    def login(self, request: HttpRequest, user: User) -> None:
        super().login(request, user)
        request.let_in = user  # type: ignore[attr-defined]

    def add_message(self, *args: Any, **kwargs: Any) -> None:
        """The pages say what happened."""

    def is_reauthentication_required(self, *, app: str, **kwargs: Any) -> bool:
        """Not of whoever signed in a moment ago."""
        user: Any = self.request.user
        records = get_authentication_records(self.request, user)
        return not records or time.time() - float(records[-1]["at"]) > JUST_NOW_SECONDS
