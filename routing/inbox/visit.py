"""A rep's visit to the inbox: who, when, in which zone; and what every page of it has in common."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.contrib.auth.models import User
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone

from reps.models import Rep
from routing.clock import current_time
from routing.models import RoutingSettings
from routing.services.access import rep_of
from routing.services.lead_actions import Invalid, WrongState
from routing.services.lead_actions.refusals import Refusal

logger = logging.getLogger(__name__)
Given = ParamSpec("Given")
Response = TypeVar("Response", bound=HttpResponseBase)
PRIVATE = {"Cache-Control": "no-store", "Referrer-Policy": "same-origin", "X-Robots-Tag": "noindex"}


@dataclass(frozen=True, slots=True)
class Visit:
    """A request of a signed-in rep, at one instant."""

    request: HttpRequest
    rep: Rep
    now: datetime

    @property
    def who(self) -> dict[str, Any]:
        """Who acts, and when, as the actions on leads want to know it."""
        return {"now": self.now, "actor": self.rep.name}

    def page(self, template: str, context: Mapping[str, Any], status: int = 200) -> HttpResponse:
        shown = {"rep": self.rep, "now": self.now, **context}
        return render(self.request, f"inbox/{template}", shown, status=status)

    def go(self, name: str, *args: Any, told: str = "") -> HttpResponse:
        """On to another page, which says what was done."""
        if told:
            messages.success(self.request, told)
        return HttpResponseRedirect(reverse(f"inbox:{name}", args=args))

    def refused(self, refusal: Refusal) -> HttpResponse:
        """Why nothing was done, and what to do now."""
        texts = [text for found in refusal.errors.values() for text in found] if isinstance(refusal, Invalid) else []
        shown = {"texts": texts or [str(refusal)], "stale": not isinstance(refusal, Invalid | WrongState)}
        return self.page("refused.html", shown, status=400 if texts else 409)


def for_reps(
    view: Callable[Concatenate[Visit, Given], HttpResponse],
) -> Callable[Concatenate[HttpRequest, Given], HttpResponse]:
    """The view for a signed-in rep, in their zone; others are sent to the sign-in. Nothing of it is kept anywhere."""

    @wraps(view)
    def visited(request: HttpRequest, /, *args: Given.args, **kwargs: Given.kwargs) -> HttpResponse:
        return private(_answer(request, lambda visit: view(visit, *args, **kwargs)))

    return visited


def _answer(request: HttpRequest, view: Callable[[Visit], HttpResponse]) -> HttpResponse:
    if not request.user.is_authenticated:
        query = urlencode({"next": request.get_full_path()}) if request.method == "GET" else ""
        return HttpResponseRedirect(reverse("inbox:login") + (f"?{query}" if query else ""))
    rep = rep_of(request.user)
    if rep is None or not rep.active:  # to whom links in mails are closed, too
        return render(request, "inbox/no_rep.html", {"staff": request.user.is_staff}, status=403)
    with timezone.override(zone_of(rep)):
        visit = Visit(request, rep, current_time())
        try:
            return view(visit)
        except Http404:
            logger.warning("not_found_in_inbox", extra={"rep": rep.pk, "path": request.path})
            return visit.page("not_found.html", {}, status=404)
        except Refusal as refusal:
            return visit.refused(refusal)


def private(response: Response) -> Response:
    """Kept in no cache, told to nobody."""
    for name, value in PRIVATE.items():
        response[name] = value
    return response


def zone_of(rep: Rep) -> ZoneInfo:
    """The rep's own zone, else the team's, else the company's."""
    own = rep.timezone or (rep.team.timezone if rep.team else "")
    return ZoneInfo(own or RoutingSettings.objects.values_list("timezone", flat=True).first() or "UTC")


def signed_in_rep(request: HttpRequest) -> Rep | None:
    """The rep who is signed in in this browser, if one is."""
    return rep_of(request.user) if isinstance(request.user, User) else None
