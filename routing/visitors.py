"""Where a request comes from: what the connection says, or the proxies in front, as many as NUM_PROXIES names."""

from __future__ import annotations

from ipaddress import ip_address

from django.conf import settings
from django.http import HttpRequest


def address_of(request: HttpRequest) -> str:
    """The visitor's address. What visitors write into X-Forwarded-For themselves stands left of what is read."""
    connected: str = request.META.get("REMOTE_ADDR", "")
    if not settings.NUM_PROXIES:
        return connected
    passed = request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")
    if len(passed) < settings.NUM_PROXIES:
        return connected  # it came past the proxies
    return _bare(passed[-settings.NUM_PROXIES]) or connected


def _bare(text: str) -> str:
    """The address without blanks, brackets and port; empty if it is none."""
    text = text.strip()
    host = text[1:].partition("]")[0] if text.startswith("[") else text
    if host.count(":") == 1:
        host = host.partition(":")[0]
    try:
        return str(ip_address(host))
    except ValueError:
        return ""
