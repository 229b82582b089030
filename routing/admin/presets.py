"""“How do you share leads?”: one button a way, then what is still missing, and a test lead that shows it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse

from reps.models import Rep
from routing.admin.base import received_at, user_of
from routing.admin.decision_tables import decision_tables, why_in_short, winner_of
from routing.services.access import ROUTE_LEADS
from routing.services.presets import Applied, CannotApply, NoSuchPreset, apply_preset, list_presets
from routing.services.publish import draft_changes
from routing.services.receive_lead import receive_lead
from routing.services.route_again import route_again

RECOMMENDED = "recommended"
TEST_LEAD = "test_lead"
"""Where the session keeps the lead that shows the way chosen last, until it is sent."""
NEEDED: Mapping[str, tuple[tuple[str, str], ...]] = {
    "round_robin": (("Pools", "routing_pool"),),
    "territory": (("Territories", "routing_territory"),),
    "account": (("Accounts", "routing_account"),),
    "performance": (("Pools", "routing_pool"), ("Leads", "routing_lead")),
    "intent": (("Topics", "routing_topic"), ("Reps", "reps_rep")),
    RECOMMENDED: (("Accounts", "routing_account"), ("Territories", "routing_territory"), ("Topics", "routing_topic")),
}
"""By way of sharing: the lists that it lives on."""


class MembersForm(forms.Form):
    members = forms.ModelMultipleChoiceField(
        Rep.objects.active(),
        required=False,
        label="Who takes part",
        widget=forms.CheckboxSelectMultiple(),
        help_text="They become members of the pools that are set up. Nobody ticked: everybody active.",
    )


def presets_view(request: HttpRequest, *, page: Any) -> HttpResponse:
    """The list, and after a button what came of it. It only changes the draft."""
    if not page.has_view_permission(request):
        raise PermissionDenied
    form = MembersForm(request.POST or None)
    applied = apply(request, form, page) if request.method == "POST" else None
    if applied:
        request.session[TEST_LEAD] = {"title": applied.preset.title, "facts": applied.test_lead}
    presets = sorted(list_presets(), key=lambda preset: preset.name != RECOMMENDED)
    context = {
        **page.admin_site.each_context(request),
        "title": "How do you share leads?",
        "presets": [(preset, preset.name == RECOMMENDED) for preset in presets],
        "form": form,
        "may": may_apply(request, page),
        "reps": Rep.objects.active().count(),
        "applied": shown(applied) if applied else None,
        "unpublished": bool(applied and draft_changes()),
        "may_send": may_send(request),
    }
    return TemplateResponse(request, "admin/routing/presets.html", context)


def may_apply(request: HttpRequest, page: Any) -> bool:
    return page.has_add_permission(request) and request.user.has_perm("routing.add_pool")


def apply(request: HttpRequest, form: MembersForm, page: Any) -> Applied | None:
    if not may_apply(request, page):
        raise PermissionDenied
    if not form.is_valid():
        return None
    members = [rep.email for rep in form.cleaned_data["members"]]
    try:
        return apply_preset(
            name=request.POST.get("name", ""),
            options={"members": members} if members else {},
            user=user_of(request),
            now=received_at(request),
        )
    except NoSuchPreset as error:
        raise Http404(str(error)) from error
    except CannotApply as refused:
        for texts in refused.errors.values():
            for text in texts:
                messages.error(request, text)
        return None


def shown(applied: Applied) -> dict[str, Any]:
    decision = applied.preview.decision
    trace = decision["trace"]
    return {
        "preset": applied.preset,
        "changed": applied.changed,
        "created": applied.created,
        "missing": applied.missing,
        "lead": [
            (name.replace("_", " ").capitalize(), value) for name, value in applied.test_lead.items() if name != "test"
        ],
        "needed": [(title, reverse(f"admin:{name}_changelist")) for title, name in NEEDED.get(applied.preset.name, ())],
        "winner": winner_of(trace),
        "sentences": why_in_short(decision["reason"], trace),
        "tables": decision_tables(trace),
    }


def may_send(request: HttpRequest) -> bool:
    """Whether there is a test lead to send, and the viewer may do so."""
    return TEST_LEAD in request.session and request.user.has_perm(ROUTE_LEADS)


def send_view(request: HttpRequest) -> HttpResponse:
    """Send the test lead of the way chosen last, route it, and show why it went where it went."""
    if not may_send(request):
        raise PermissionDenied
    now = received_at(request)
    chosen = request.session.pop(TEST_LEAD)
    lead = receive_lead(facts=chosen["facts"], now=now, submitted_by=user_of(request)).lead
    route_again(now=now, lead_ids=[lead.pk])
    messages.success(request, "The test lead was sent: this page says where it went and why. It took nobody's turn.")
    return HttpResponseRedirect(reverse("admin:routing_lead_change", args=[lead.pk]))
