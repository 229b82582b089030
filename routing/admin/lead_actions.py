"""What can be done with a lead on its page: each asks once more before it happens."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from reps.models import Rep
from routing.admin.lead_action_forms import (
    AskForm,
    ClaimForm,
    DeclineForm,
    DuplicateForm,
    MatchForm,
    OutcomeForm,
    ParkForm,
    ReasonForm,
    ReassignForm,
    RespondForm,
)
from routing.models import Assignment, Lead, Offer
from routing.services import lead_actions as do
from routing.services.teach_match import teach_match

Status = Lead.Status


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
