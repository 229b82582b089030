"""Who looks at the admin, and when: the instant of the request and the viewer's time zone."""

from __future__ import annotations

from collections.abc import Callable
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponseBase
from django.urls import reverse
from django.utils import timezone

from routing.clock import current_time
from routing.models import RoutingSettings
from routing.services.access import rep_of


class ViewerMiddleware:
    """Under the admin's address: `request.received_at` is the instant, and times are shown in the viewer's zone."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if not request.path_info.startswith(reverse("admin:index")):
            return self.get_response(request)
        request.received_at = current_time()  # type: ignore[attr-defined]
        with timezone.override(self.zone_of(request)):
            return self.get_response(request)

    def zone_of(self, request: HttpRequest) -> ZoneInfo:
        """The rep's own zone, else the team's, else the company's."""
        rep = rep_of(request.user)
        own = (rep.timezone or (rep.team.timezone if rep.team else "")) if rep else ""
        company = own or RoutingSettings.objects.values_list("timezone", flat=True).first()
        return ZoneInfo(company or "UTC")
