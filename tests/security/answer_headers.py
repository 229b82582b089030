"""What every answer must tell the browser."""

from __future__ import annotations

from typing import Any

from tests.security.access_table import ANONYMOUS

HEADERS = {
    "X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY", "Cross-Origin-Opener-Policy": "same-origin",
}  # fmt: skip
GIVEN = ("Permissions-Policy", "Referrer-Policy", "Cross-Origin-Resource-Policy")


def wrong_headers(headers: Any, role: str) -> list[str]:
    wrong = [name for name, value in HEADERS.items() if headers.get(name) != value]
    wrong += [name for name in GIVEN if name not in headers]
    policy = headers.get("Content-Security-Policy", "")
    script = next((part for part in policy.split("; ") if part.startswith("script-src")), "'unsafe-inline'")
    wrong += ["Content-Security-Policy"] if "'unsafe-inline'" in script or "default-src" not in policy else []
    wrong += ["Cache-Control"] if role != ANONYMOUS and "no-store" not in headers.get("Cache-Control", "") else []
    return wrong
