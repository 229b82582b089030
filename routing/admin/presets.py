"""“How do you share leads?”: people, a way that is looked at first, what is still missing, and a test lead."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.html import format_html

from reps.models import Rep
from routing.admin.base import received_at, user_of
from routing.admin.decision_tables import decision_tables, why_in_short, winner_of
from routing.admin.first_steps import TEST_LEAD, first_steps
from routing.admin.new_people import PeopleForm
from routing.services.access import ROUTE_LEADS
from routing.services.presets import (
    Applied,
    CannotApply,
    NoSuchPreset,
    apply_preset,
    list_presets,
    preview_preset,
)
from routing.services.publish import draft_changes
from routing.services.receive_lead import receive_lead
from routing.services.route_again import route_again

RECOMMENDED = "recommended"
LOOK, ADD, ADD_PEOPLE = "look", "add", "reps.add_rep"
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
    """The ways; one looked at, before anything is made; and what came of it. It only changes the draft, and people."""
    if not page.has_view_permission(request):
        raise PermissionDenied
    if request.method != "POST":
        return _page(request, page)
    if ADD in request.POST:
        return _add_people(request, page)
    form = MembersForm(request.POST)
    if LOOK in request.POST:
        return _page(request, page, form=form, looked=apply(request, form, page, only_look=True))
    applied = apply(request, form, page)
    if applied:
        request.session[TEST_LEAD] = {"title": applied.preset.title, "facts": applied.test_lead}
    return _page(request, page, form=form, applied=applied)


def _add_people(request: HttpRequest, page: Any) -> HttpResponse:
    if not request.user.has_perm(ADD_PEOPLE):
        raise PermissionDenied
    form = PeopleForm(request.POST)
    if not form.is_valid():
        return _page(request, page, people=form)
    messages.success(request, form.save(received_at(request)))
    return HttpResponseRedirect(f"{reverse('admin:routing_rule_presets')}#ways")


def _page(
    request: HttpRequest,
    page: Any,
    *,
    form: MembersForm | None = None,
    people: PeopleForm | None = None,
    looked: Applied | None = None,
    applied: Applied | None = None,
) -> HttpResponse:
    presets = sorted(list_presets(), key=lambda preset: preset.name != RECOMMENDED)
    context = {
        **page.admin_site.each_context(request),
        "title": "How do you share leads?",
        "presets": [(preset, preset.name == RECOMMENDED) for preset in presets],
        "form": form or MembersForm(),
        "may": may_apply(request, page),
        "reps": Rep.objects.active().count(),
        "people_form": (people or PeopleForm()) if request.user.has_perm(ADD_PEOPLE) else None,
        "steps": first_steps(request),
        "here": request.path,
        "looked": shown(looked) if looked else None,
        "applied": shown(applied) if applied else None,
        "unpublished": bool(applied and draft_changes()),
        "may_send": may_send(request),
    }
    return TemplateResponse(request, "admin/routing/presets.html", context)


def may_apply(request: HttpRequest, page: Any) -> bool:
    return page.has_add_permission(request) and request.user.has_perm("routing.add_pool")


def apply(request: HttpRequest, form: MembersForm, page: Any, *, only_look: bool = False) -> Applied | None:
    """What came of the way that was chosen, or would come of it; None if it cannot be set up, and messages say why."""
    if not may_apply(request, page):
        raise PermissionDenied
    name = request.POST.get(LOOK if only_look else "name")
    if not name:
        messages.error(request, "Choose a way.")
    if not name or not form.is_valid():
        return None
    members = [rep.email for rep in form.cleaned_data["members"]]
    try:
        return (preview_preset if only_look else apply_preset)(
            name=name,
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
    told = "The test lead was sent: this page says where it went and why. It took nobody's turn."
    if first_steps(request):
        home = reverse("admin:index")
        told = format_html('{} <a class="lr-link" href="{}">What is left before real leads come</a>', told, home)
    messages.success(request, told)
    return HttpResponseRedirect(reverse("admin:routing_lead_change", args=[lead.pk]))
