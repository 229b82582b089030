"""The instant at which a request arrived: asked of the clock once, then the same for everything the request does."""

from __future__ import annotations

from datetime import datetime

from rest_framework.request import Request

from routing.clock import current_time


def arrived_at(request: Request) -> datetime:
    """When this request arrived."""
    instant = getattr(request, "arrived_at", None)
    if instant is None:
        instant = current_time()
        setattr(request, "arrived_at", instant)  # noqa: B010  a Request declares no such attribute
    return instant
