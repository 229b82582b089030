"""Who makes a request: for the audit log, which names them if something is noted."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponseBase

from routing.acting import Acting, acting


class ActorMiddleware:
    """After the sign-in. The API says itself with which key it was called."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        with acting(Acting(user=lambda: request.user)):
            return self.get_response(request)
