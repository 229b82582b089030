"""“How do you share leads?”: one button a way, then what is still missing, and a test lead that shows it."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse

from reps.models import Rep
from routing.admin.base import received_at, user_of
from routing.admin.lead_page import candidates, rule_rows, why_in_short
from routing.services.presets import Applied, CannotApply, NoSuchPreset, apply_preset, list_presets

RECOMMENDED = "recommended"


class MembersForm(forms.Form):
    members = forms.ModelMultipleChoiceField(
        Rep.objects.active(), required=False, label="Who takes part", widget=forms.CheckboxSelectMultiple()
    )


def presets_view(request: HttpRequest, *, page: Any) -> HttpResponse:
    """The list, and after a button what came of it. It only changes the draft."""
    if not page.has_view_permission(request):
        raise PermissionDenied
    form = MembersForm(request.POST or None)
    applied = apply(request, form, page) if request.method == "POST" else None
    presets = sorted(list_presets(), key=lambda preset: preset.name != RECOMMENDED)
    context = {
        **page.admin_site.each_context(request),
        "title": "How do you share leads?",
        "presets": [(preset, preset.name == RECOMMENDED) for preset in presets],
        "form": form,
        "may": may_apply(request, page),
        "reps": Rep.objects.active().count(),
        "applied": shown(applied) if applied else None,
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
    names = {row["rep"]: row["name"] for row in trace["candidates"]}
    return {
        "preset": applied.preset,
        "changed": applied.changed,
        "created": applied.created,
        "missing": applied.missing,
        "lead": [(name.replace("_", " "), value) for name, value in applied.test_lead.items() if name != "test"],
        "winner": names.get(trace["winner"], trace["winner"]),
        "sentences": why_in_short(decision["reason"], trace),
        "candidates": candidates(trace, viewer=None, sees_all=True),
        "has_scores": any(row["score"] is not None for row in trace["candidates"]),
        "rules": rule_rows(trace),
    }
