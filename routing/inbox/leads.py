"""My leads: the list, and the small answer that keeps it up to date while the page is open."""

from __future__ import annotations

from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from django.views.decorators.http import require_safe

from reps.models import Rep
from routing.clock import current_time
from routing.inbox.cards import card
from routing.inbox.visit import Visit, for_reps, private, zone_of
from routing.models import DeclineReason
from routing.services.rep_desk import desk_of, pulse_of


@require_safe
@for_reps
def leads(visit: Visit) -> HttpResponse:
    """Newest and most urgent first."""
    found = pulse_of(user_id=visit.rep.user_id or 0)
    return visit.page("leads.html", _context(visit.rep, visit) | {"mark": found[1] if found else ""})


def _context(rep: Rep, visit: Visit) -> dict[str, object]:
    desk = desk_of(rep=rep, now=visit.now)
    return {
        "to_answer": [card(row, now=visit.now) for row in desk.to_answer],
        "offers": [(card(offer, now=visit.now), desk.hides(offer)) for offer in desk.offers],
        "answered": [card(row, now=visit.now) for row in desk.answered],
        "gone": desk.gone,
        "reasons": DeclineReason.choices,
    }


@require_safe
def pulse(request: HttpRequest) -> HttpResponse:
    """The list again if it changed, else 304: the session and one query."""
    user_id = int(request.session.get(SESSION_KEY, 0))
    found = pulse_of(user_id=user_id) if user_id else None
    if found is None or not _is_signed_in(request, found[0]):
        return private(HttpResponse(status=401))
    rep, mark = found
    if request.headers.get("If-None-Match") == f'"{mark}"':
        response = HttpResponse(status=304)
    else:
        with timezone.override(zone_of(rep)):
            visit = Visit(request, rep, current_time())
            response = render(
                request, "inbox/desk.html", _context(rep, visit) | {"rep": rep, "now": visit.now, "mark": mark}
            )
    response["ETag"] = f'"{mark}"'
    return private(response)


def _is_signed_in(request: HttpRequest, rep: Rep) -> bool:
    """As Django's own middleware asks, of the user who was read together with the desk."""
    kept = request.session.get(HASH_SESSION_KEY, "")
    return (
        rep.user is not None
        and BACKEND_SESSION_KEY in request.session
        and any(constant_time_compare(kept, known) for known in _hashes(rep.user))
    )


def _hashes(user: object) -> list[str]:
    """Of the key in use, and of those before it."""
    return [user.get_session_auth_hash(), *user.get_session_auth_fallback_hash()]  # type: ignore[attr-defined]
