"""Simulate: what would become of one lead, real or typed in, at any moment, by the draft or any version."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.admin import AdminSite
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminSplitDateTimeWidget, UnfoldAdminTextInputWidget

from reps.admin_base import validate_day
from reps.admin_display import exact
from routing.admin.base import received_at
from routing.admin.decision_tables import decision_tables, why_in_short, winner_of
from routing.admin.labels import METHODS, OUTCOMES, label_of
from routing.admin.lead_action_forms import find_lead
from routing.admin.line_fields import FactsField
from routing.admin.work import version_choices
from routing.intake import InvalidLead
from routing.models import Lead
from routing.services.access import SEE_ALL_LEADS
from routing.services.simulate import simulate
from routing.services.which_version import DRAFT, NoSuchVersion


class SimulateForm(forms.Form):
    lead = forms.CharField(
        required=False,
        max_length=320,
        label="A lead that came in",
        widget=UnfoldAdminTextInputWidget(),
        help_text="Its e-mail address, or its id.",
    )
    facts = FactsField(
        label="or one typed in",
        help_text="One fact a line, as a form would send it: email: mia@globex.de, then country: DE.",
    )
    at = forms.SplitDateTimeField(
        required=False,
        label="At the moment",
        widget=UnfoldAdminSplitDateTimeWidget(),
        validators=[validate_day],
        help_text="In your time zone. Empty: now.",
    )
    version = forms.ChoiceField(
        label="By",
        widget=UnfoldAdminSelectWidget(),
        initial=DRAFT,
        help_text="Which rulebook decides: the draft, the published one, or an earlier version.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["version"].choices = version_choices()  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or self.cleaned_data
        if self.errors:
            return data
        if data["lead"]:
            data["subject"] = find_lead(data["lead"], besides=Lead())
            if data["subject"] is None:
                self.add_error("lead", "There is no lead of this address or id.")
        elif data["facts"]:
            data["subject"] = data["facts"]
        else:
            self.add_error("facts", "Name a lead, or type one in.")
        return data


def simulate_view(request: HttpRequest, site: AdminSite) -> HttpResponse:
    """Writes nothing, whatever it is asked."""
    if not (request.user.has_perm("routing.view_rule") and request.user.has_perm(SEE_ALL_LEADS)):
        raise PermissionDenied
    form = SimulateForm(request.GET or None)
    result = _result(request, form) if request.GET and form.is_valid() else None
    context = {**site.each_context(request), "title": "Simulate", "form": form, "result": result}
    return TemplateResponse(request, "admin/routing/simulate.html", context)


def _result(request: HttpRequest, form: SimulateForm) -> dict[str, Any] | None:
    data = form.cleaned_data
    try:
        found = simulate(
            lead=data["subject"], at=data["at"], version=data["version"], now=received_at(request)
        ).decision
    except InvalidLead as refused:
        for field, texts in refused.errors.items():
            form.add_error("facts", [f"{field}: {text}" for text in texts])
        return None
    except NoSuchVersion as refused:
        form.add_error("version", str(refused))
        return None
    trace = found["trace"]
    return {
        "outcome": label_of(OUTCOMES, found["outcome"]),
        "winner": winner_of(trace),
        "method": label_of(METHODS, found["method"] or ""),
        "pool": found["pool"],
        "rule": found["rule"],
        "at": exact(found["decided_at"]),
        "version": found["rulebook_version"],
        "sentences": why_in_short(found["reason"], trace),
        "tables": decision_tables(trace),
        "score": trace["score"],
        "grade": trace["grade"],
    }
