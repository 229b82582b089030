"""Claimed messages → what each is about and who gets it: the rows a mail needs, in a constant number of queries."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from django.db.models import OuterRef, Q, Subquery

from reps.models import Rep
from routing.engine.types import Method, Outcome
from routing.models import Assignment, Decision, Lead, LeadEvent, OutboxMessage

TELLS_THE_OWNER = frozenset({OutboxMessage.Kind.ALERT, OutboxMessage.Kind.LAST_RESORT, OutboxMessage.Kind.MOVED_HERE})


@dataclass(frozen=True, slots=True)
class Brief:
    """A message with everything its mail is made of. `not_sent` says why it must not leave, if it must not.

    `recipient` is the rep who gets it, None for other addresses; `local`: it must never leave this machine.
    `reason` is the sentence that explains the message; `joins` the person whose lead this one joins.
    """

    message: OutboxMessage
    lead: Lead | None
    assignment: Assignment | None
    recipient: Rep | None
    address: str
    local: bool = False
    reason: str = ""
    joins: str = ""
    not_sent: str = ""

    @property
    def owner(self) -> Rep | None:
        return self.assignment.rep if self.assignment else None


def load_briefs(messages: Sequence[OutboxMessage]) -> list[Brief]:
    """A brief for each message, in the same order."""
    leads = Lead.objects.select_related("account", "territory", "api_key", "submitted_by__rep").in_bulk(
        {m.lead_id for m in messages if m.lead_id}
    )
    assignments = Assignment.objects.select_related("rep__team", "pool").in_bulk(
        {m.assignment_id for m in messages if m.assignment_id}
    )
    reps = Rep.objects.select_related("team").in_bulk({m.rep_id for m in messages if m.rep_id})
    reasons = _reasons(leads)
    failures = _failures({m.lead_id for m in messages if m.kind == OutboxMessage.Kind.UNDELIVERED})
    joined = _joined(leads.values())
    briefs = []
    for message in messages:
        lead = leads.get(message.lead_id or 0)
        assignment = assignments.get(message.assignment_id or 0)
        recipient = None if message.address else reps.get(message.rep_id or 0)
        address = message.address or (recipient.email if recipient else "")
        if lead and lead.test:
            recipient, address = None, _tester(lead) if message.kind in TELLS_THE_OWNER else ""
        briefs.append(
            Brief(
                message=message,
                lead=lead,
                assignment=assignment,
                recipient=recipient,
                address=address,
                local=_is_demo(lead, assignment, recipient),
                reason=failures.get(message.lead_id) or reasons.get((message.lead_id, _owner_id(assignment)), ""),
                joins=joined.get(message.lead_id or 0, ""),
                not_sent=_not_sent(message, lead, assignment, address),
            )
        )
    return _kept_local(briefs)


def _owner_id(assignment: Assignment | None) -> int | None:
    return assignment.rep_id if assignment else None


def _not_sent(message: OutboxMessage, lead: Lead | None, assignment: Assignment | None, address: str) -> str:
    """Why the message is no longer true, or nobody may get it."""
    if lead is None:
        return "The lead is gone."
    if _has_moved_on(message, lead, assignment):
        return "The lead has moved on."
    if not address:
        return "A test lead, and nobody to tell." if lead.test else "There is no address to send it to."
    return ""


def _has_moved_on(message: OutboxMessage, lead: Lead, assignment: Assignment | None) -> bool:
    if message.kind == OutboxMessage.Kind.MOVED_AWAY:
        return lead.owner_id == message.rep_id
    if assignment is None:
        return lead.owner_id is None or lead.owner_id != message.rep_id
    return lead.owner_id != assignment.rep_id or assignment.ended_at is not None


def _tester(lead: Lead) -> str:
    """Who sent in a test lead: the key's test address, else the signed-in user."""
    if lead.api_key and lead.api_key.test_email:
        return lead.api_key.test_email
    return lead.submitted_by.email if lead.submitted_by else ""


def _is_demo(lead: Lead | None, assignment: Assignment | None, recipient: Rep | None) -> bool:
    if recipient is not None:
        return recipient.demo
    return bool((lead and lead.demo) or (assignment and assignment.rep.demo))


def _kept_local(briefs: list[Brief]) -> list[Brief]:
    """With every brief marked local whose address belongs to a made-up person of the demo company."""
    addresses = {brief.address.lower() for brief in briefs if not brief.local and brief.address}
    made_up = set(Rep.objects.filter(demo=True, email__in=addresses).values_list("email", flat=True))
    if not made_up:
        return briefs
    return [replace(brief, local=brief.local or brief.address.lower() in made_up) for brief in briefs]


def _reasons(leads: Iterable[int]) -> dict[tuple[int | None, int | None], str]:
    """The sentence of the newest decision that gave each lead to each of its owners."""
    rows = Decision.objects.filter(lead__in=list(leads), outcome=Outcome.ASSIGNED.value).order_by("pk")
    return {(lead, rep): reason for lead, rep, reason in rows.values_list("lead_id", "rep_id", "reason")}


def _failures(leads: Iterable[int | None]) -> dict[int | None, str]:
    """What was said when the mail to the owner of each lead could not be delivered."""
    wanted = list(leads)
    if not wanted:
        return {}
    events = LeadEvent.objects.filter(lead__in=wanted, kind=LeadEvent.Kind.ALERT_FAILED).order_by("pk")
    return dict(events.values_list("lead_id", "text"))


def _joined(leads: Iterable[Lead]) -> dict[int, str]:
    """For leads that came to the owner of their company: the person whose lead they join."""
    wanted = [lead.pk for lead in leads if lead.method == Method.SAME_COMPANY]
    if not wanted:
        return {}
    of_the_company = Q(company_identity__isnull=False, company_identity=OuterRef("company_identity")) | Q(
        account__isnull=False, account=OuterRef("account")
    )
    earlier = Lead.objects.filter(of_the_company, owner=OuterRef("owner"), pk__lt=OuterRef("pk")).order_by("-owned_at")
    found = dict(
        Lead.objects.filter(pk__in=wanted).annotate(joins=Subquery(earlier.values("pk")[:1])).values_list("pk", "joins")
    )
    names = {lead.pk: lead.name or lead.email for lead in Lead.objects.filter(pk__in=filter(None, found.values()))}
    return {pk: names[joins] for pk, joins in found.items() if joins in names}
