"""My settings: how alerts reach me, when chat and SMS stay silent, and whether it works."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from routing.inbox.forms import QuietForm, WayForm
from routing.inbox.visit import Visit, for_reps
from routing.notifications.chat import masked
from routing.services.change_rep import change_rep
from routing.services.rep_channels import (
    NoSuchWay,
    add_way,
    name_of,
    remove_way,
    switch,
    try_earlier,
    ways_to,
)
from routing.services.test_alerts import last_test_alerts, send_test_alert


@require_safe
@for_reps
def settings(visit: Visit) -> HttpResponse:
    return _settings(visit)


def _settings(visit: Visit, *, new: WayForm | None = None, quiet: QuietForm | None = None) -> HttpResponse:
    """With a form that could not be saved as it was filled in."""
    shown = {
        "ways": [_shown(visit, way) for way in ways_to(visit.rep)], "tests": last_test_alerts(rep=visit.rep),
        "new": new or WayForm(), "quiet": quiet or QuietForm(initial=_quiet_hours(visit)),
        "zone": timezone.get_current_timezone_name(),
    }  # fmt: skip
    return visit.page("settings.html", shown, status=400 if new or quiet else 200)


def _shown(visit: Visit, way: Any) -> dict[str, Any]:
    """Never an address that is a secret."""
    mail = way.kind == way.Kind.EMAIL
    where = visit.rep.email if mail else masked(way.address)
    return {
        "name": name_of(way), "kind": way.get_kind_display(), "where": where, "mail": mail,
        "active": way.active or mail, "failed_at": way.failed_at, "error": way.error,
    }  # fmt: skip


def _quiet_hours(visit: Visit) -> dict[str, Any]:
    return {"quiet_from": visit.rep.quiet_from, "quiet_until": visit.rep.quiet_until}


@require_POST
@for_reps
def arrange(visit: Visit) -> HttpResponse:
    """One place up, on, off, or removed."""
    rep, name, act = visit.rep, visit.request.POST.get("way", ""), visit.request.POST.get("do", "")
    try:
        if act == "earlier":
            try_earlier(rep=rep, name=name)
        elif act in ("on", "off"):
            switch(rep=rep, name=name, on=act == "on")
        elif act == "remove":
            remove_way(rep=rep, name=name)
        else:
            raise Http404
    except NoSuchWay as error:
        raise Http404 from error
    return visit.go("settings", told="Changed. Alerts go this way from now on.")


@require_POST
@for_reps
def add(visit: Visit) -> HttpResponse:
    form = WayForm(visit.request.POST)
    if form.is_valid():
        try:
            add_way(rep=visit.rep, **form.cleaned_data)
            return visit.go("settings", told="Added. Send yourself a test alert to see whether it works.")
        except ValidationError as error:
            form.add_error(None, error)
    return _settings(visit, new=form)


@require_POST
@for_reps
def quiet(visit: Visit) -> HttpResponse:
    form = QuietForm(visit.request.POST)
    if not form.is_valid():
        return _settings(visit, quiet=form)
    change_rep(rep=visit.rep, changes=form.cleaned_data, now=visit.now, reason="Quiet hours changed in the inbox")
    told = "Chat and SMS stay silent then." if form.cleaned_data["quiet_from"] else "There are no quiet hours now."
    return visit.go("settings", told=told)


@require_POST
@for_reps
def test_alert(visit: Visit) -> HttpResponse:
    sent = send_test_alert(rep=visit.rep, now=visit.now)
    return visit.go("settings", told="A test alert is on its way." if sent else "One is on its way already.")
