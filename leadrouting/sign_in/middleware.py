"""What follows a sign-in, by whatever way: the browser is known from then on; a refusal says when to come back."""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus

from django.contrib.auth import SESSION_KEY
from django.http import HttpRequest, HttpResponseBase

from leadrouting.sign_in.browsers import browser_of, remember
from routing.clock import current_time
from routing.services.privacy.audit_log import note


class SignInMiddleware:
    """Outside of everything that asks who somebody is."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if wait := getattr(request, "sign_in_wait", 0):
            response.status_code = HTTPStatus.TOO_MANY_REQUESTS
            response["Retry-After"] = str(wait)
        elif request.session.modified and SESSION_KEY in request.session:
            self._signed_in(request, response)
        return response

    def _signed_in(self, request: HttpRequest, response: HttpResponseBase) -> None:
        user_id = int(request.session[SESSION_KEY])
        let_in = getattr(request, "let_in", None)
        if let_in is not None and let_in.pk == user_id:
            note(action="signed_in", user=let_in, now=current_time())
        if not browser_of(request, user_id):
            remember(request, response, user_id)
