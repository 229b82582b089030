"""Claimed messages → what each is about and who gets it: the rows a mail needs, in a constant number of queries."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
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


@dataclass(frozen=True, slots=True)
class _Rows:
    """What the messages of a batch are about, by key, each kind in one query."""

    leads: Mapping[int, Lead]
    assignments: Mapping[int, Assignment]
    reps: Mapping[int, Rep]
    reasons: Mapping[tuple[int | None, int | None], str]
    failures: Mapping[int | None, str]
    joined: Mapping[int, str]


def load_briefs(messages: Sequence[OutboxMessage]) -> list[Brief]:
    """A brief for each message, in the same order."""
    rows = _rows(messages)
    return _kept_local([_brief(message, rows) for message in messages])


def _rows(messages: Sequence[OutboxMessage]) -> _Rows:
    leads = Lead.objects.select_related("account", "territory", "api_key", "submitted_by__rep").in_bulk(
        _keys(message.lead_id for message in messages)
    )
    undelivered = (message for message in messages if message.kind == OutboxMessage.Kind.UNDELIVERED)
    return _Rows(
        leads=leads,
        assignments=Assignment.objects.select_related("rep__team", "pool").in_bulk(
            _keys(message.assignment_id for message in messages)
        ),
        reps=Rep.objects.select_related("team").in_bulk(_keys(message.rep_id for message in messages)),
        reasons=_reasons(leads),
        failures=_failures(_keys(message.lead_id for message in undelivered)),
        joined=_joined(leads.values()),
    )


def _keys(keys: Iterable[int | None]) -> set[int]:
    return {key for key in keys if key}


def _brief(message: OutboxMessage, rows: _Rows) -> Brief:
    lead = rows.leads.get(message.lead_id or 0)
    assignment = rows.assignments.get(message.assignment_id or 0)
    recipient, address = _addressee(message, lead, rows.reps)
    reason = rows.failures.get(message.lead_id) or rows.reasons.get((message.lead_id, _owner_id(assignment)), "")
    return Brief(
        message=message,
        lead=lead,
        assignment=assignment,
        recipient=recipient,
        address=address,
        local=_is_demo(lead, assignment, recipient),
        reason=reason,
        joins=rows.joined.get(message.lead_id or 0, ""),
        not_sent=_not_sent(message, lead, assignment, address),
    )


def _addressee(message: OutboxMessage, lead: Lead | None, reps: Mapping[int, Rep]) -> tuple[Rep | None, str]:
    """Who gets it, and at which address; of a test lead only whoever sent that in hears."""
    if lead and lead.test:
        return None, _tester(lead) if message.kind in TELLS_THE_OWNER else ""
    if message.address:
        return None, message.address
    recipient = reps.get(message.rep_id or 0)
    return recipient, recipient.email if recipient else ""


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


def _failures(leads: Collection[int]) -> dict[int | None, str]:
    """What was said when the mail to the owner of each lead could not be delivered."""
    if not leads:
        return {}
    events = LeadEvent.objects.filter(lead__in=leads, kind=LeadEvent.Kind.ALERT_FAILED).order_by("pk")
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
