"""What can be done with a lead on its page: each asks once more before it happens."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
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
from routing.models import Account, Assignment, DeclineReason, Lead, Offer
from routing.services import lead_actions as do
from routing.services.teach_match import teach_match

Status = Lead.Status
CHANNELS = [("call", "A call"), ("mail", "A mail"), ("meeting", "A meeting"), ("other", "Something else")]
LONGEST_NOTE = 500
ACCOUNT = Lead._meta.get_field("account")
STYLED: dict[str, Any] = {
    "attrs": {"data-theme": "admin-autocomplete", "class": "unfold-admin-autocomplete admin-autocomplete"}
}


@dataclass(frozen=True, slots=True)
class Doing:
    """Who does what to which lead, and when."""

    lead: Lead
    data: Mapping[str, Any]
    now: datetime
    actor: str

    def owner(self) -> Rep:
        """Whom it is done on behalf of; nobody's lead is refused as the service would."""
        if self.lead.owner is None:
            raise do.NotTheirs(None)
        return self.lead.owner


class AskForm(forms.Form):
    """With the lead it is about."""

    def __init__(self, *args: Any, lead: Lead, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.lead = lead


def _note(label: str = "Note", *, longest: int = LONGEST_NOTE) -> forms.CharField:
    return forms.CharField(required=False, max_length=longest, label=label, widget=UnfoldAdminTextInputWidget())


class DeclineForm(AskForm):
    reason = forms.ChoiceField(choices=DeclineReason.choices, widget=UnfoldAdminSelectWidget())
    note = _note()


class RespondForm(AskForm):
    channel = forms.ChoiceField(label="How", choices=CHANNELS, widget=UnfoldAdminSelectWidget())
    note = _note()


class ClaimForm(AskForm):
    rep = forms.ModelChoiceField(Rep.objects.none(), label="For", widget=UnfoldAdminSelectWidget())

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        standing = Offer.objects.standing().filter(lead=self.lead)
        self.fields["rep"].queryset = Rep.objects.filter(pk__in=standing.values("rep"))  # type: ignore[attr-defined]


class ReassignForm(AskForm):
    rep = forms.ModelChoiceField(Rep.objects.active(), label="To", widget=UnfoldAdminSelect2Widget())
    reason = _note("Why", longest=200)
    counts = forms.BooleanField(
        required=False,
        initial=True,
        label="Counts as a turn",
        widget=UnfoldBooleanWidget(),
        help_text="If they are in the lead's pool, they wait longer for the next one.",
    )


class ReasonForm(AskForm):
    reason = _note("Why", longest=200)


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
        label="Comes back on", widget=UnfoldAdminSingleDateWidget(), validators=[validate_day]
    )
    reason = _note("Why", longest=200)

    class Media:
        js = ["admin/js/core.js"]


class OutcomeForm(AskForm):
    stage = forms.ChoiceField(choices=Lead.Outcome.choices[1:], widget=UnfoldAdminSelectWidget())
    amount = forms.DecimalField(
        required=False, max_digits=16, decimal_places=2, min_value=0, widget=UnfoldAdminDecimalFieldWidget()
    )
    reason = _note("Why", longest=200)


class MatchForm(AskForm):
    account = forms.ModelChoiceField(Account.objects.all(), widget=AutocompleteSelect(ACCOUNT, admin.site, **STYLED))
    same = forms.TypedChoiceField(
        label="Is it theirs?",
        coerce=lambda value: value == "yes",
        choices=[("yes", "Same company"), ("no", "Wrong company")],
        widget=UnfoldAdminSelectWidget(),
        help_text="Later leads like this one follow: the domain or the name is learned, or excluded.",
    )


def find_lead(text: str, *, besides: Lead) -> Lead | None:
    """The lead of this e-mail address (the oldest), id or key; None if there is none but this one."""
    text, others = text.strip(), Lead.objects.exclude(pk=besides.pk)
    if "@" in text:
        return others.filter(email=text.lower()).exclude(status=Status.DUPLICATE).order_by("submitted_at", "pk").first()
    if KEY.fullmatch(text):
        return others.filter(pk=int(text)).first()
    try:
        return others.filter(uuid=text).first()
    except ValidationError:
        return None


@dataclass(frozen=True, slots=True)
class LeadAction:
    """`allowed` says whether it makes sense for a lead; `own`: its owner may do it too."""

    name: str
    title: str
    hint: str
    button: str
    run: Callable[[Doing], Lead]
    allowed: Callable[[Lead], bool]
    form: type[AskForm] = AskForm
    own: bool = False
    red: bool = False


def _owned(lead: Lead) -> bool:
    return lead.status == Status.ASSIGNED


def _offered(lead: Lead) -> bool:
    return lead.status == Status.HELD and Offer.objects.standing().filter(lead=lead).exists()


def _in_routing(lead: Lead) -> bool:
    return lead.status in (Status.ASSIGNED, Status.HELD, Status.PENDING, Status.PARKED)


def _aside(lead: Lead) -> bool:
    return lead.status in (Status.QUARANTINED, Status.DUPLICATE, Status.PARKED)


def _has_outcomes(lead: Lead) -> bool:
    return lead.status in (Status.ASSIGNED, Status.CLOSED, Status.HELD, Status.PARKED)


def _not_taken(lead: Lead) -> bool:
    current = Assignment.objects.current().filter(lead=lead).first()
    return _owned(lead) and current is not None and current.accepted_at is None


def _accept(doing: Doing) -> Lead:
    return do.accept(lead=doing.lead, rep=doing.owner(), now=doing.now, actor=doing.actor, attempt=doing.lead.attempt)


def _respond(doing: Doing) -> Lead:
    return do.respond(lead=doing.lead, rep=doing.owner(), now=doing.now, actor=doing.actor, **doing.data)


def _decline(doing: Doing) -> Lead:
    return do.decline(lead=doing.lead, rep=doing.owner(), now=doing.now, actor=doing.actor, **doing.data)


def _plain(act: Callable[..., Lead]) -> Callable[[Doing], Lead]:
    """An act that takes what was asked by the same names."""
    return lambda doing: act(lead=doing.lead, now=doing.now, actor=doing.actor, **doing.data)


ACTIONS: Mapping[str, LeadAction] = {
    action.name: action
    for action in (
        LeadAction(
            "accept", "Accept", "The owner takes note of it. It is no answer yet.", "Accept", _accept, _not_taken,
            own=True,
        ),
        LeadAction(
            "respond", "Log an answer", "The owner got in touch with the lead: that stops the clock.", "Log the answer",
            _respond, _owned, RespondForm, own=True,
        ),
        LeadAction(
            "decline", "Decline", "It goes to the next rep at once, or to review if it is spam or a duplicate.",
            "Decline", _decline, _owned, DeclineForm, own=True, red=True,
        ),
        LeadAction(
            "claim", "Take up the offer", "The lead is offered and has no owner yet.", "Take it",
            _plain(do.claim), _offered, ClaimForm,
        ),
        LeadAction(
            "reassign", "Reassign", "Give it to somebody by hand. Leave, hours and limits are passed, with a warning.",
            "Reassign", _plain(do.reassign), _in_routing, ReassignForm,
        ),
        LeadAction(
            "release", "Release", "The owner gives it up: it is routed again, never back to them.", "Release",
            _plain(do.release), _owned, ReasonForm,
        ),
        LeadAction(
            "route", "Route again", "The rules decide anew, as if nobody had owned it. Turns taken stay taken.",
            "Route again", _plain(do.route_lead), _in_routing,
        ),
        LeadAction(
            "outcome", "Outcome", "What became of it. Won and lost close the lead.", "Save the outcome",
            _plain(do.set_outcome), _has_outcomes, OutcomeForm, own=True,
        ),
        LeadAction(
            "park", "Nurture", "Nobody for now: routed again on the day you choose, or when something new is heard.",
            "Send to nurture", _plain(do.park), _in_routing, ParkForm,
        ),
        LeadAction(
            "match", "Match to an account", "Say which account it belongs to, or does not.", "Save the match",
            _plain(teach_match), lambda lead: True, MatchForm,
        ),
        LeadAction(
            "duplicate", "Duplicate of …", "It joins the other lead; its turn is given back if the pool says so.",
            "It is a duplicate", _plain(do.mark_duplicate), _in_routing, DuplicateForm, red=True,
        ),
        LeadAction(
            "spam", "Spam", "It goes to review; its turn is given back if the pool says so. It can be restored.",
            "It is spam", _plain(do.quarantine), _in_routing, ReasonForm, red=True,
        ),
        LeadAction(
            "restore", "Restore", "Back to routing. It is neither screened nor compared again.", "Restore",
            _plain(do.restore), _aside,
        ),
    )
}  # fmt: skip
