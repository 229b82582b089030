"""The Content-Security-Policy: strict everywhere, and what the admin's interface needs under its own address."""

from __future__ import annotations

from csp.constants import NONE, SELF, UNSAFE_EVAL, UNSAFE_INLINE
from csp.middleware import CSPMiddleware, PolicyParts
from django.http import HttpRequest, HttpResponseBase
from django.urls import reverse

# Alpine.js compiles the admin's attributes with Function(), and htmx adds one style element. No inline script runs.
ADMIN_SOURCES = {
    "script-src": [SELF, UNSAFE_EVAL],
    "style-src": [SELF, UNSAFE_INLINE],
    "frame-src": [NONE],
}


class ContentSecurityPolicyMiddleware(CSPMiddleware):
    """django-csp with a policy of its own for the admin."""

    def get_policy_parts(
        self, request: HttpRequest, response: HttpResponseBase, report_only: bool = False
    ) -> PolicyParts:
        parts = super().get_policy_parts(request, response, report_only)
        if request.path_info.startswith(reverse("admin:index")) and not report_only:
            parts.replace = ADMIN_SOURCES | (parts.replace or {})
        return parts
