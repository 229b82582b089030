"""One lead: everything that its owner may know, and what they can do with it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import Http404, HttpResponse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from routing.engine.explain import discreet_text
from routing.inbox.cards import card, facts, local_time
from routing.inbox.forms import AnswerForm, DeclineForm, OutcomeForm, PassForm
from routing.inbox.visit import Visit, for_reps
from routing.models import Assignment, Decision, Lead, Offer
from routing.services import lead_actions as acts
from routing.services import rep_acts
from routing.services.explain import explain
from routing.services.rep_desk import Seat, gone, hiding_pools, seat_of
from routing.services.timeline import timeline


@require_safe
@for_reps
def lead(visit: Visit, uuid: UUID) -> HttpResponse:
    """As its owner sees it, as one whom it is offered to does, or as one who had it."""
    found, seat, row = _seat(visit, uuid)
    if isinstance(row, Offer):
        hidden = row.pool_id in hiding_pools()
        return visit.page("offer.html", {"card": card(row, now=visit.now), "hidden": hidden, "decline": DeclineForm()})
    if seat == Seat.GONE:
        return visit.page("gone.html", {"gone": gone(row)})
    return visit.page("lead.html", _whole(visit, found, row))


def _whole(visit: Visit, found: Lead, row: Assignment, **forms: Any) -> dict[str, Any]:
    return {
        "lead": found, "row": row, "card": card(row, now=visit.now), "local": local_time(found, now=visit.now),
        "facts": list(facts(found)), "why": _why(visit, found), "closed": found.status == Lead.Status.CLOSED,
        "timeline": timeline(found, for_rep=True), "decline": DeclineForm(), "answer": AnswerForm(),
        "outcome": OutcomeForm(initial={"stage": found.outcome, "amount": found.amount,
                                        "reason": found.outcome_reason}),
        "pass_on": PassForm(rep=visit.rep), **forms,
    }  # fmt: skip


def _why(visit: Visit, found: Lead) -> list[str]:
    """Why it is theirs, in sentences, of the decision that gave it to them."""
    decision = Decision.objects.filter(lead=found, rep=visit.rep).select_related("rep", "pool").order_by("-pk").first()
    if decision is None:
        return []
    told = explain(decision=decision, rep=None, now=visit.now, for_rep=visit.rep)
    return told.sentences or [discreet_text(decision.reason)]


def _seat(visit: Visit, uuid: UUID) -> tuple[Lead, Seat, Any]:
    """Raises Http404 for a lead that never was theirs nor is offered to them."""
    found = seat_of(rep=visit.rep, lead_id=uuid)
    if found is None:
        raise Http404
    return found


def _mine(visit: Visit, uuid: UUID) -> tuple[Lead, Assignment]:
    """A lead to act on. Raises NotTheirs, with who has it now, once it left them."""
    found, seat, row = _seat(visit, uuid)
    if seat != Seat.OWNER:
        raise acts.NotTheirs(found.owner)
    return found, row


@require_POST
@for_reps
def accept(visit: Visit, uuid: UUID) -> HttpResponse:
    found, row = _mine(visit, uuid)
    acts.accept(lead=found, rep=visit.rep, attempt=row.attempt, **visit.who)
    return visit.go("lead", uuid, told=f"You accepted {found.label}.")


@require_POST
@for_reps
def take(visit: Visit, uuid: UUID) -> HttpResponse:
    found, seat, _ = _seat(visit, uuid)
    if seat == Seat.GONE:
        raise acts.NotTheirs(found.owner)
    acts.claim(lead=found, rep=visit.rep, **visit.who)
    return visit.go("lead", uuid, told="It is yours. Call now.")


@require_http_methods(["GET", "HEAD", "POST"])
@for_reps
def decline(visit: Visit, uuid: UUID) -> HttpResponse:
    """Asks why; a list of reasons on a page of its own works everywhere."""
    found, seat, row = _seat(visit, uuid)
    posted = visit.request.method == "POST"
    if seat == Seat.GONE:
        if posted and rep_acts.declined_before(lead=found, rep=visit.rep, attempt=None):
            return visit.go("leads", told="You declined it. It is with somebody else now.")
        raise acts.NotTheirs(found.owner)
    form = DeclineForm(visit.request.POST if posted else None)
    hidden = isinstance(row, Offer) and row.pool_id in hiding_pools()
    if not posted or not form.is_valid():
        shown = {"lead": found, "row": row, "form": form, "hidden": hidden}
        return visit.page("decline.html", shown, status=400 if posted else 200)
    attempt = row.attempt if isinstance(row, Assignment) else None
    rep_acts.decline(lead=found, rep=visit.rep, attempt=attempt, **form.cleaned_data, **visit.who)
    return visit.go("leads", told="You declined it. Somebody else gets it." if hidden else f"Declined: {found.label}.")


@require_POST
@for_reps
def answer(visit: Visit, uuid: UUID) -> HttpResponse:
    found, row = _mine(visit, uuid)
    form = AnswerForm(visit.request.POST)
    if not form.is_valid():
        return visit.page("lead.html", _whole(visit, found, row, answer=form), status=400)
    rep_acts.answer(lead=found, rep=visit.rep, **form.cleaned_data, **visit.who)
    return visit.go("lead", uuid, told="Noted. Well done." if row.responded_at is None else "Noted.")


@require_POST
@for_reps
def call(visit: Visit, uuid: UUID) -> HttpResponse:
    """Notes the call and says which number to dial; a script has dialled already."""
    return _reached(visit, uuid, "call")


@require_POST
@for_reps
def mail(visit: Visit, uuid: UUID) -> HttpResponse:
    """Notes the mail and says whom to write to."""
    return _reached(visit, uuid, "mail")


def _reached(visit: Visit, uuid: UUID, channel: str) -> HttpResponse:
    found, row = _mine(visit, uuid)
    rep_acts.answer(lead=found, rep=visit.rep, channel=channel, note="", **visit.who)
    if visit.request.headers.get("X-Requested-With") == "fetch":
        return HttpResponse(status=204)
    return visit.page("reach.html", {"lead": found, "card": card(row, now=visit.now), "channel": channel})


@require_POST
@for_reps
def outcome(visit: Visit, uuid: UUID) -> HttpResponse:
    found, row = _mine(visit, uuid)
    form = OutcomeForm(visit.request.POST)
    if not form.is_valid():
        return visit.page("lead.html", _whole(visit, found, row, outcome=form), status=400)
    rep_acts.note_outcome(lead=found, rep=visit.rep, **form.cleaned_data, **visit.who)
    told = f"{found.label}: {dict(Lead.Outcome.choices)[form.cleaned_data['stage']].lower()}."
    return visit.go("lead", uuid, told=told)


@require_POST
@for_reps
def pass_on(visit: Visit, uuid: UUID) -> HttpResponse:
    """To a colleague, with the reason, which the colleague reads."""
    found, seat, row = _seat(visit, uuid)
    form = PassForm(visit.request.POST, rep=visit.rep)
    if seat == Seat.OFFERED or (seat == Seat.GONE and not form.is_valid()):  # an offer may hide whose lead it is
        raise acts.NotTheirs(found.owner)
    if not form.is_valid():
        return visit.page("lead.html", _whole(visit, found, row, pass_on=form), status=400)
    to = form.cleaned_data["to"]
    rep_acts.pass_on(lead=found, rep=visit.rep, to=to, reason=form.cleaned_data["reason"], **visit.who)
    return visit.go("leads", told=f"{found.label} is with {to.name} now.")
