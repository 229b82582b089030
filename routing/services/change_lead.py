"""New facts about a lead: from a person, a program or an enrichment. Whoever works on the lead already keeps it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from copy import copy
from dataclasses import replace
from datetime import datetime
from typing import Any

from django.db import transaction

from routing.doorbell import ring_after_commit
from routing.engine.types import Assigned, Decision, HeldReason, Method, Outcome, Refusal
from routing.engine.types import Held as HeldDecision
from routing.engine.types import Lead as LeadFacts
from routing.intake import FIELDS, CleanFacts, InvalidLead, prepare
from routing.intake.screen import screen_reason
from routing.models import Assignment, EndReason, Lead, LeadEvent
from routing.services.dry_run import DryRun, dry_run
from routing.services.identities import IDENTITIES, set_identities
from routing.services.lead_actions.ownership import (
    CORRECTION,
    assignment_of,
    end_ownership,
    is_in_review,
    lock_lead,
    note_event,
    send_to_routing,
)
from routing.services.lead_actions.refusals import AskedToBeErased, Invalid
from routing.services.privacy.consents import note_consent
from routing.services.privacy.screening import KNOWN_BY, refused_facts
from routing.services.source_waits import still_unknown
from routing.snapshots.progress import read_moved, read_progress, write_progress
from routing.snapshots.rulebook import current_rulebook

Status = Lead.Status
PLACE = ("region", "postal_code", "city")
"""What says nothing once the lead is in another country."""
NAMES_A_COUNTRY = ("country", "region")
"""A number or a domain of another country moves nobody there."""
MERGED = ("attributes", "utm")
"""Objects: what is given is added to them, and null takes an entry away."""
ALSO_READ = frozenset({"employees"})
"""Given, though `derived` says how the number was read."""
FOLLOWING = ("domain", "name_key", "derived", "screen_reason")
"""Columns that follow from the facts."""
BY_HAND = frozenset({Method.MANUAL, Method.MANAGER, Method.CLAIM})
"""Somebody chose this owner: new facts do not."""

LACKING = frozenset({Refusal.LANGUAGE, Refusal.SKILL, Refusal.TOPIC})
"""What the new facts ask for and the owner has not."""


@transaction.atomic
def change_lead(*, lead: Lead, facts: Mapping[str, Any], now: datetime, actor: str, origin: str = "") -> Lead:
    """Replace the facts given; what was derived is derived anew. Raises Invalid, and then has changed nothing.

    A consent is kept with its `origin`, or else with the actor. The address of somebody who asked never to be taken in
    again is refused; on a lead that has it already it stays.
    A lead that waits is looked at again. One that is owned is routed again only if nobody chose its owner, accepted
    or answered it, and only if the rules send it somewhere else now.
    """
    row = lock_lead(lead)
    clean, before = _prepared(row, facts), row.attributes
    changed = _apply(row, clean)
    if not changed:
        return row
    _refuse_erased(row, changed, before)
    if not IDENTITIES.keys().isdisjoint(changed):
        set_identities([row])
    row.save()
    if "consent" in changed:
        note_consent(row, origin=origin or actor, now=now)
    given = [name for name in FIELDS if name in changed]
    moved = go_on(row, now=now)
    text = f"Changed: {', '.join(given)}" + ("; routed again" if moved else "")
    note_event(row, LeadEvent.Kind.EDITED, text, actor=actor, now=now)
    if clean.stripped:
        stripped = f"Characters that cannot be stored were removed from: {', '.join(clean.stripped)}"
        note_event(row, LeadEvent.Kind.CLEANED, stripped, actor=actor, now=now)
    return row


def what_changes(*, lead: Lead, facts: Mapping[str, Any]) -> list[str]:
    """The fields that `change_lead` would change, as the lead stands; writes nothing. Raises Invalid."""
    row = copy(lead)
    same = {name: value for name, value in facts.items() if name != "external_id" or value != lead.external_id}
    changed = _apply(row, _prepared(row, same))
    return [name for name in FIELDS if name in changed]


# --- the facts ---------------------------------------------------------------------------------------------------


def _prepared(row: Lead, facts: Mapping[str, Any]) -> CleanFacts:
    """All facts of the lead as intake would have them: those it has, and over them those given."""
    _check_fixed(row, facts)
    have = {name: getattr(row, name) for name in FIELDS if name not in row.derived or name in ALSO_READ}
    given = {name: _merged(have.get(name), value) if name in MERGED else value for name, value in facts.items()}
    elsewhere = {name: value for name, value in have.items() if name not in PLACE}
    try:
        clean = prepare(have | given)
        moves = clean.values["country"] != row.country and any(facts.get(name) for name in NAMES_A_COUNTRY)
        return prepare(elsewhere | given) if moves else clean
    except InvalidLead as error:
        if "region" not in error.errors or "region" in facts:
            raise Invalid(error.errors) from error
    try:
        return prepare(elsewhere | given)
    except InvalidLead as error:
        raise Invalid(error.errors) from error


def _check_fixed(row: Lead, facts: Mapping[str, Any]) -> None:
    """Raises Invalid for what cannot change so."""
    errors: dict[str, list[str]] = {}
    if facts.get("test") not in (None, row.test):
        errors["test"] = ["A lead stays a test lead, or a real one. Send it anew."]
    external_id = facts.get("external_id")
    if external_id and Lead.objects.filter(external_id=str(external_id).strip()).exclude(pk=row.pk).exists():
        errors["external_id"] = ["Another lead has it."]
    if errors:
        raise Invalid(errors)


def _refuse_erased(row: Lead, changed: Collection[str], before: Mapping[str, Any]) -> None:
    """Raises AskedToBeErased. Looked up only where an address or a number is new, also as an attribute."""
    new = {name: value for name, value in row.attributes.items() if before.get(name) != value}
    known_by = {name: getattr(row, name) for name in KNOWN_BY if name in changed}
    (errors,) = refused_facts([known_by | {"attributes": new, "country": row.country}])
    if errors:
        raise AskedToBeErased(errors)


def _merged(have: Mapping[str, Any] | None, given: Any) -> Any:
    return {**(have or {}), **given} if isinstance(given, Mapping) else given


def _apply(row: Lead, clean: CleanFacts) -> set[str]:
    """Write the facts into the row; which of its columns changed."""
    unknown = Lead()
    values = {name: clean.values.get(name, getattr(unknown, name)) for name in (*FIELDS, *FOLLOWING)}
    if values["employees"] == row.employees and "employees" in row.derived:
        values["derived"] = {"employees": row.derived["employees"]} | values["derived"]
    by_address = row.screen_reason == screen_reason(email=row.email)
    kept = values["email"] == row.email or not (by_address or values["screen_reason"])
    if kept or is_in_review(row):  # it is told why, until somebody restores it
        values["screen_reason"] = row.screen_reason
    changed = {name for name, value in values.items() if getattr(row, name) != value}
    for name in changed:
        setattr(row, name, values[name])
    return changed


# --- and what follows from them ----------------------------------------------------------------------------------


def go_on(row: Lead, *, now: datetime) -> bool:
    """Let routing look at the lead if the facts may matter; whether that takes it from its owner."""
    if row.status == Status.PENDING:
        _stop_waiting(row, now=now)
    elif row.status == Status.HELD and row.held_reason != HeldReason.OFFERED:
        _, first_reached = read_progress(row.resume)
        row.route_after, row.resume = now, write_progress(None, first_reached, read_moved(row.resume))
        row.save(update_fields=["route_after", "resume"])
        ring_after_commit("routing")
    elif row.status == Status.PARKED and _parked_by_rule(row):
        send_to_routing(row, now=now, screen_reason=row.screen_reason)
    elif row.status == Status.ASSIGNED:
        return _reroute(row, now=now)
    return False


def _parked_by_rule(row: Lead) -> bool:
    """Rules may see it otherwise now; what somebody parked stays so."""
    last = row.decisions.order_by("-pk").values_list("outcome", flat=True).first()
    return last == Outcome.PARKED.value


def _stop_waiting(row: Lead, *, now: datetime) -> None:
    """The source waited for facts: once all are known the lead is routed at once."""
    if not row.waits_for:
        return
    row.waits_for = still_unknown(row, row.waits_for)
    if not row.waits_for:
        row.route_after = now
        ring_after_commit("routing")
    row.save(update_fields=["waits_for", "route_after"])


def _reroute(row: Lead, *, now: datetime) -> bool:
    """Take the lead from an owner who has not touched it, if it is another's by the rules; its turn is given back."""
    assignment, published = assignment_of(row), current_rulebook()
    if assignment is None or published is None or not _untouched(row, assignment):
        return False
    (run,) = dry_run([row], published=published, now=now, known_as=lambda lead: _without_later(row, lead))
    if _stays(assignment, run.decision):
        _note_match(row, run)
        return False
    end_ownership(row, EndReason.ROUTED_AGAIN, now=now, credit_reason=CORRECTION)
    send_to_routing(row, now=now, screen_reason=row.screen_reason)
    return True


def _untouched(row: Lead, assignment: Assignment) -> bool:
    touched = assignment.accepted_at or assignment.responded_at or row.outcome
    return not touched and assignment.method not in BY_HAND


def _without_later(row: Lead, lead: LeadFacts) -> LeadFacts:
    """Leads that came in later say nothing of whose this one is."""
    before = [other for other in lead.earlier if (other.submitted_at, other.id) < (row.submitted_at, row.pk)]
    return replace(lead, earlier=tuple(before))


def _stays(assignment: Assignment, decision: Decision) -> bool:
    """Whether the rules still lead to this owner, or to the pool that chose them and they have what the lead needs.

    Nobody loses a lead to waiting.
    """
    if isinstance(decision, HeldDecision):
        return True
    if not isinstance(decision, Assigned):
        return False
    if decision.rep == assignment.rep_id:
        return True
    selection = decision.trace.selection
    refused = selection.refusals.get(assignment.rep_id) if selection else None
    same_pool = decision.pool is not None and (decision.rule, decision.pool) == (assignment.rule_id, assignment.pool_id)
    return same_pool and (refused is None or refused[0] not in LACKING)


def _note_match(row: Lead, run: DryRun) -> None:
    """The account and the territory that the new facts lead to."""
    match = run.match
    row.account_id, row.account_evidence = (match.id, match.evidence) if match else (None, "")
    row.account_confidence = match.confidence if match else None
    row.territory_id = run.territory.id if run.territory else None
    row.save(update_fields=["account", "account_evidence", "account_confidence", "territory"])
