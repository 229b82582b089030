"""Which pages may show a form and send it: those of its own host, and of the origins that it names, exactly.

Forms have no cookie and no session: nothing that a browser sends along by itself counts here, so there is nothing that
another site could do in somebody's name, and no token is needed against it. For the same reason credentials are never
allowed to other origins. Origins are compared whole; `null` (a sandboxed frame, a local file) is nobody's.
"""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.cache import patch_vary_headers

from routing.intake.addresses import origin_of
from routing.services.forms.asked import AskedForm

PREFLIGHT_SECONDS = 600


def elsewhere(request: HttpRequest, asked: AskedForm | None) -> str:
    """The origin that a request was sent from, if it is one that may not; empty for good ones, and where none is told.

    Browsers always tell it where it is another than the form's own.
    """
    origin = request.headers.get("Origin", "")
    return "" if not origin or _is_own(request, origin) or _is_named(asked, origin) else origin[:200]


def allow(response: HttpResponse, request: HttpRequest, asked: AskedForm | None) -> HttpResponse:
    """Let the page read the answer, if it may."""
    patch_vary_headers(response, ["Origin"])
    origin = request.headers.get("Origin", "")
    if origin and _is_named(asked, origin):
        response["Access-Control-Allow-Origin"] = origin
        response["Access-Control-Expose-Headers"] = "Retry-After"
    return response


def preflight(request: HttpRequest, asked: AskedForm | None) -> HttpResponse:
    """The answer to a browser that asks before it sends."""
    response = HttpResponse(status=204)
    if "Origin" in request.headers and not _is_named(asked, request.headers["Origin"]):
        response.status_code = 403
    else:
        response["Access-Control-Allow-Methods"] = "GET, POST"
        response["Access-Control-Allow-Headers"] = "Accept, Content-Type"
        response["Access-Control-Max-Age"] = str(PREFLIGHT_SECONDS)
    response["Allow"] = "GET, HEAD, OPTIONS, POST"
    return allow(response, request, asked)


def _is_named(asked: AskedForm | None, origin: str) -> bool:
    return origin != "null" and asked is not None and origin in asked.form.origins


def _is_own(request: HttpRequest, origin: str) -> bool:
    """By the host alone: behind a proxy the scheme may have been lost on the way."""
    own = {origin_of(settings.PUBLIC_URL), *settings.CSRF_TRUSTED_ORIGINS}
    return origin in own or origin.partition("://")[2] == request.get_host()
