"""The page of whoever is not let in."""

from __future__ import annotations

import logging
from http import HTTPStatus

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

logger = logging.getLogger(__name__)
AWAY = "The other service did not answer as it should. Try again in a moment, or ask whoever runs it."
TURNED_BACK = "You were not signed in there. Try again, or ask whoever runs it."


def refused(
    request: HttpRequest, why: str, error: object = None, *, status: HTTPStatus = HTTPStatus.FORBIDDEN
) -> HttpResponse:
    """Why, and back to the sign-in. What went wrong inside is for the log."""
    if error:
        logger.warning("sign_in_refused", extra={"error": f"{type(error).__name__}: {error}"[:300]})
    return render(request, "identity/refused.html", {"why": why}, status=status)
