"""What is asked before something is done with a lead: each field says what it is for."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.admin.widgets import AutocompleteSelect
from django.core.exceptions import ValidationError
from unfold.widgets import (
    UnfoldAdminDecimalFieldWidget,
    UnfoldAdminSelect2Widget,
    UnfoldAdminSelectWidget,
    UnfoldAdminSingleDateWidget,
    UnfoldAdminTextInputWidget,
    UnfoldBooleanWidget,
)

from reps.admin_base import validate_day
from reps.admin_choices import KEY
from reps.models import Rep
from routing.models import Account, DeclineReason, Lead, Offer

CHANNELS = [("call", "A call"), ("mail", "A mail"), ("meeting", "A meeting"), ("other", "Something else")]
LONGEST_NOTE, LONGEST_REASON = 500, 200
ACCOUNT = Lead._meta.get_field("account")
STYLED: dict[str, Any] = {
    "attrs": {"data-theme": "admin-autocomplete", "class": "unfold-admin-autocomplete admin-autocomplete"}
}


class AskForm(forms.Form):
    """With the lead it is about; without one, where it is about many."""

    def __init__(self, *args: Any, lead: Lead | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.lead = lead


def _note(help_text: str, *, label: str = "Note", longest: int = LONGEST_NOTE) -> forms.CharField:
    widget = UnfoldAdminTextInputWidget()
    return forms.CharField(required=False, max_length=longest, label=label, widget=widget, help_text=help_text)


def _why(help_text: str) -> forms.CharField:
    return _note(help_text, label="Why", longest=LONGEST_REASON)


class DeclineForm(AskForm):
    reason = forms.ChoiceField(
        choices=DeclineReason.choices,
        widget=UnfoldAdminSelectWidget(),
        help_text="It decides where the lead goes: to the next rep, or to review.",
    )
    note = _note("Stands in the timeline, for whoever has it next.")


class RespondForm(AskForm):
    channel = forms.ChoiceField(
        label="How", choices=CHANNELS, widget=UnfoldAdminSelectWidget(), help_text="How the owner got in touch."
    )
    note = _note("What was said, in a few words; it stands in the timeline.")


class ClaimForm(AskForm):
    rep = forms.ModelChoiceField(
        Rep.objects.none(),
        label="For",
        widget=UnfoldAdminSelectWidget(),
        help_text="Those whom it is offered to now.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        standing = Offer.objects.standing().filter(lead=self.lead)
        self.fields["rep"].queryset = Rep.objects.filter(pk__in=standing.values("rep"))  # type: ignore[attr-defined]


class ReassignForm(AskForm):
    rep = forms.ModelChoiceField(
        Rep.objects.active(),
        label="To",
        widget=UnfoldAdminSelect2Widget(),
        help_text="It is theirs at once, with a new alert and a new time to answer.",
    )
    reason = _why("Stands on the page of the lead, and in the mail to whoever has it now.")
    counts = forms.BooleanField(
        required=False,
        initial=True,
        label="Counts as a turn",
        widget=UnfoldBooleanWidget(),
        help_text="If they are in the lead's pool, they wait longer for the next one.",
    )


class ReasonForm(AskForm):
    reason = _why("Stands in the timeline.")


class DuplicateForm(AskForm):
    of = forms.CharField(
        label="It repeats",
        max_length=320,
        widget=UnfoldAdminTextInputWidget(),
        help_text="The other lead's e-mail address, its id, or the number at the end of its page's address.",
    )

    def clean_of(self) -> Lead:
        found = find_lead(self.cleaned_data["of"], besides=self.lead)
        if found is None:
            raise ValidationError("There is no other lead of this address or id.")
        return found


class ParkForm(AskForm):
    review_date = forms.DateField(
        label="Comes back on",
        widget=UnfoldAdminSingleDateWidget(),
        validators=[validate_day],
        help_text="On that day it is routed again.",
    )
    reason = _why("Stands on the page of the lead as long as it rests.")

    class Media:
        js = ["admin/js/core.js"]


class OutcomeForm(AskForm):
    stage = forms.ChoiceField(
        choices=Lead.Outcome.choices[1:],
        widget=UnfoldAdminSelectWidget(),
        help_text="It counts for the results of whoever owns the lead.",
    )
    amount = forms.DecimalField(
        required=False,
        max_digits=16,
        decimal_places=2,
        min_value=0,
        widget=UnfoldAdminDecimalFieldWidget(),
        help_text="What the deal is worth, in your currency, without a sign.",
    )
    reason = _why("Such as the product that was bought, or what the deal was lost to.")


class MatchForm(AskForm):
    account = forms.ModelChoiceField(
        Account.objects.all(),
        widget=AutocompleteSelect(ACCOUNT, admin.site, **STYLED),
        help_text="Type a part of its name.",
    )
    same = forms.TypedChoiceField(
        label="Is it theirs?",
        coerce=lambda value: value == "yes",
        choices=[("yes", "Same company"), ("no", "Wrong company")],
        widget=UnfoldAdminSelectWidget(),
        help_text="Later leads like this one follow: the domain or the name is learned, or excluded.",
    )


def find_lead(text: str, *, besides: Lead | None) -> Lead | None:
    """The lead of this e-mail address (the oldest), id or key; None if there is none but this one."""
    text, others = text.strip(), Lead.objects.exclude(pk__in=[besides.pk] if besides else [])
    if "@" in text:
        return (
            others.filter(email=text.lower())
            .exclude(status=Lead.Status.DUPLICATE)
            .order_by("submitted_at", "pk")
            .first()
        )
    if KEY.fullmatch(text):
        return others.filter(pk=int(text)).first()
    try:
        return others.filter(uuid=text).first()
    except ValidationError:
        return None
