"""The pages that ask before something is done with a lead, and who may do it."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse

from reps.admin_choices import KEY
from routing.admin.base import actor_of, received_at
from routing.admin.lead_action_forms import AskForm
from routing.admin.lead_actions import ACTIONS, Doing, LeadAction
from routing.models import Lead
from routing.services.access import ROUTE_LEADS, rep_of
from routing.services.lead_actions.refusals import Invalid, Refusal

FIRST = ("accept", "respond", "claim", "restore", "reassign", "outcome")
"""What stands in front, in this order, of what can be done."""
MOST_FIRST = 3


def may_do(request: HttpRequest, lead: Lead, action: LeadAction) -> bool:
    """Whoever routes leads may do everything; an owner what is theirs to do."""
    if request.user.has_perm(ROUTE_LEADS):
        return True
    viewer = rep_of(request.user) if action.own else None
    return viewer is not None and viewer.pk == lead.owner_id


def buttons(request: HttpRequest, lead: Lead) -> list[dict[str, Any]]:
    """What the viewer can do with the lead now, and what each does; `first`: what is most often wanted."""
    viewer = rep_of(request.user)
    routes, owns = request.user.has_perm(ROUTE_LEADS), viewer is not None and viewer.pk == lead.owner_id
    allowed = [action for action in ACTIONS.values() if (routes or (owns and action.own)) and action.allowed(lead)]
    names = {action.name for action in allowed}
    first = [name for name in FIRST if name in names][:MOST_FIRST]
    return [
        {
            "title": action.title,
            "hint": action.hint,
            "url": reverse("admin:routing_lead_do", args=[lead.pk, action.name]),
            "red": action.red,
            "first": action.name in first,
        }
        for action in allowed
    ]


def ask_view(request: HttpRequest, key: int, name: str, *, page: Any) -> HttpResponse:
    """GET asks, POST does it. `page` is the admin of leads: nobody reaches a lead that they may not see."""
    action = ACTIONS.get(name)
    lead: Lead | None = page.get_object(request, str(key)) if KEY.fullmatch(str(key)) else None
    if action is None or lead is None:
        raise Http404("There is no such lead or action.")
    if not may_do(request, lead, action):
        raise PermissionDenied
    initial = {field: request.GET[field] for field in ("account", "same") if field in request.GET}
    form = action.form(request.POST if request.method == "POST" else None, lead=lead, initial=initial)
    back = reverse("admin:routing_lead_change", args=[lead.pk])
    if request.method == "POST" and form.is_valid() and _done(request, lead, action, form):
        return HttpResponseRedirect(back)
    context = {
        **page.admin_site.each_context(request),
        "title": f"{action.title}: {lead.label}",
        "hint": _hint(request, lead, action),
        "form": form,
        "button": action.button,
        "red": action.red,
        "back": back,
    }
    return TemplateResponse(request, "admin/routing/ask.html", context)


def _hint(request: HttpRequest, lead: Lead, action: LeadAction) -> str:
    viewer = rep_of(request.user)
    if action.own and lead.owner and (viewer is None or viewer.pk != lead.owner_id):
        return f"{action.hint} You do this on behalf of {lead.owner.name}."
    return action.hint


def _done(request: HttpRequest, lead: Lead, action: LeadAction, form: AskForm) -> bool:
    """Whether it was done; if not, the form says why."""
    try:
        fresh = action.run(Doing(lead, form.cleaned_data, received_at(request), actor_of(request)))
    except Invalid as refused:
        for field, texts in refused.errors.items():
            form.add_error(field if field in form.fields else None, list(texts))
        return False
    except Refusal as refused:
        form.add_error(None, str(refused))
        return False
    messages.success(request, f"{action.title}: done. The lead is now: {fresh.get_status_display().lower()}.")
    return True
