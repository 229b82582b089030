"""What every answer tells the browser it may do: strict everywhere, and what the admin needs under its own address."""

from __future__ import annotations

from collections.abc import Callable

from csp.constants import NONE, SELF, UNSAFE_EVAL, UNSAFE_INLINE
from csp.middleware import CSPMiddleware, PolicyParts
from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from django.urls import reverse

# Alpine.js compiles the admin's attributes with Function(), and htmx adds one style element. No inline script runs.
ADMIN_SOURCES = {
    "script-src": [SELF, UNSAFE_EVAL],
    "style-src": [SELF, UNSAFE_INLINE],
    "frame-src": [NONE],
}

NOT_USED_HERE = (
    "accelerometer", "autoplay", "browsing-topics", "camera", "display-capture", "encrypted-media", "geolocation",
    "gyroscope", "magnetometer", "microphone", "midi", "payment", "usb", "xr-spatial-tracking",
)  # fmt: skip
EVERYWHERE = {
    "Permissions-Policy": ", ".join(f"{feature}=()" for feature in NOT_USED_HERE),
    "Cross-Origin-Resource-Policy": "same-origin",
}


class HeadersMiddleware:
    """A view that needs another value sets it itself. What somebody signed in is shown is kept by no cache."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        for name, value in EVERYWHERE.items():
            response.headers.setdefault(name, value)
        if settings.SESSION_COOKIE_NAME in request.COOKIES or "Authorization" in request.headers:
            response.headers.setdefault("Cache-Control", "no-store")
        return response


class ContentSecurityPolicyMiddleware(CSPMiddleware):
    """django-csp with a policy of its own for the admin."""

    def get_policy_parts(
        self, request: HttpRequest, response: HttpResponseBase, report_only: bool = False
    ) -> PolicyParts:
        parts = super().get_policy_parts(request, response, report_only)
        if request.path_info.startswith(reverse("admin:index")) and not report_only:
            parts.replace = ADMIN_SOURCES | (parts.replace or {})
        return parts
