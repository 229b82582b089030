"""What every answer must tell the browser."""

from __future__ import annotations

from typing import Any

from tests.security.access_table import ANONYMOUS

HEADERS = {
    "X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY", "Cross-Origin-Opener-Policy": "same-origin",
}  # fmt: skip
ONE_OF = {"Referrer-Policy": ("same-origin", "no-referrer"), "Cross-Origin-Resource-Policy": ("same-origin",)}
OFF = {"camera", "display-capture", "geolocation", "microphone", "payment", "usb"}
"""Of what a page could ask a browser for."""


def wrong_headers(headers: Any, role: str) -> list[str]:
    wrong = [name for name, value in HEADERS.items() if headers.get(name) != value]
    wrong += [name for name, values in ONE_OF.items() if headers.get(name) not in values]
    asked = headers.get("Permissions-Policy", "").split(", ")
    wrong += ["Permissions-Policy"] if not {f"{name}=()" for name in OFF} <= {*asked} else []
    policy = headers.get("Content-Security-Policy", "")
    script = next((part for part in policy.split("; ") if part.startswith("script-src")), "'unsafe-inline'")
    wrong += ["Content-Security-Policy"] if "'unsafe-inline'" in script or "default-src" not in policy else []
    wrong += ["Cache-Control"] if role != ANONYMOUS and "no-store" not in headers.get("Cache-Control", "") else []
    return wrong
