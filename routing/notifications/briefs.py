"""Claimed messages → what each is about and who gets it: the rows a mail needs, in a constant number of queries."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from django.db.models import OuterRef, Q, Subquery

from reps.models import Rep
from routing.engine.types import Method, Outcome
from routing.models import Assignment, Decision, EndReason, Lead, LeadEvent, Offer, OutboxMessage

Kind = OutboxMessage.Kind
TELLS_THE_OWNER = frozenset({Kind.ALERT, Kind.LAST_RESORT, Kind.MOVED_HERE, Kind.EXHAUSTED, Kind.HANDED_OVER})
"""With these somebody learns that a lead is theirs, and its clock starts."""
WITHOUT_LEAD = frozenset(
    {
        Kind.TEST_ALERT, Kind.MANAGER_DIGEST, Kind.INVITATION, Kind.PASSWORD_RESET, Kind.PROBLEM, Kind.IMPORT_UNDONE,
    }
)  # fmt: skip
"""About no lead: what they say comes from their payload."""
FOR_TESTERS = TELLS_THE_OWNER | {Kind.REMIND, Kind.LATE, Kind.TAKEN_AWAY, Kind.OFFER}
"""What whoever sent in a test lead hears of it, instead of those whom a real lead would alert."""
UNTIL_ANSWERED = frozenset({Kind.ALERT, Kind.EXHAUSTED, Kind.REMIND, Kind.LATE})
"""No longer of use once the owner has answered."""
LEAVES_NOTES = frozenset(
    {EndReason.DECLINED, EndReason.REASSIGNED, EndReason.RELEASED, EndReason.HANDED_OVER, EndReason.LEFT}
)
"""How owners end of whom the next one reads what was said; else the note is the system's."""
UNTOLD = "untold"
"""Payload `cause` of an UNDELIVERED: not refused, but no alert could be sent for too long; the owner still owns it."""


@dataclass(frozen=True, slots=True)
class Note:
    """What somebody said when they gave a lead away."""

    author: str
    text: str


@dataclass(frozen=True, slots=True)
class Brief:
    """A message with everything its mail is made of. `not_sent` says why it must not leave, if it must not.

    `recipient` is the rep who gets it, None for other addresses; `local`: it must never leave this machine.
    `reason` is the sentence that explains the message; `joins` the person whose lead this one joins. `earlier` are
    those who had the lead before, first to last, and `note` is what the last of them said. `sender` is whose leads
    are handed over.
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
    offer: Offer | None = None
    earlier: tuple[Assignment, ...] = ()
    note: Note | None = None
    sender: Rep | None = None

    @property
    def owner(self) -> Rep | None:
        return self.assignment.rep if self.assignment else None


@dataclass(frozen=True, slots=True)
class _Rows:
    """What the messages of a batch are about, by key, each kind in one query."""

    leads: Mapping[int, Lead]
    assignments: Mapping[int, Assignment]
    offers: Mapping[int, Offer]
    reps: Mapping[int, Rep]
    reasons: Mapping[tuple[int | None, int | None], str]
    failures: Mapping[int | None, str]
    joined: Mapping[int, str]
    earlier: Mapping[int, tuple[Assignment, ...]]
    passed_by: Mapping[int, str]


def load_briefs(messages: Sequence[OutboxMessage]) -> list[Brief]:
    """A brief for each message, in the same order."""
    rows = _rows(messages)
    return _kept_local([_brief(message, rows) for message in messages])


def _rows(messages: Sequence[OutboxMessage]) -> _Rows:
    leads = Lead.objects.select_related("account", "territory", "owner", "api_key", "submitted_by__rep").in_bulk(
        _keys(message.lead_id for message in messages)
    )
    assignments = Assignment.objects.select_related("rep__team", "pool").in_bulk(
        _keys(message.assignment_id for message in messages)
    )
    undelivered = (message for message in messages if message.kind == Kind.UNDELIVERED)
    earlier = _earlier({one.lead_id for one in assignments.values() if one.attempt > 1})
    return _Rows(
        leads=leads,
        assignments=assignments,
        offers=_offers(_keys(message.offer_id for message in messages)),
        reps=Rep.objects.select_related("team").in_bulk(
            _keys(key for message in messages for key in (message.rep_id, _sender_id(message)))
        ),
        reasons=_reasons(leads),
        failures=_failures(_keys(message.lead_id for message in undelivered)),
        joined=_joined(leads.values()),
        earlier=earlier,
        passed_by=_passed_by({lead for lead, before in earlier.items() if before[-1].note}),
    )


def _keys(keys: Iterable[int | None]) -> set[int]:
    return {key for key in keys if key}


def _sender_id(message: OutboxMessage) -> int | None:
    sender = message.payload.get("from") if message.kind == Kind.HANDED_OVER else None
    return sender if isinstance(sender, int) else None


def _brief(message: OutboxMessage, rows: _Rows) -> Brief:
    lead = rows.leads.get(message.lead_id or 0)
    assignment = rows.assignments.get(message.assignment_id or 0)
    offer = rows.offers.get(message.offer_id or 0)
    recipient, address = _addressee(message, lead, rows.reps)
    failure = rows.failures.get(message.lead_id) if message.payload.get("cause") != UNTOLD else None
    reason = failure or rows.reasons.get((message.lead_id, _owner_id(assignment)), "")
    earlier = tuple(one for one in rows.earlier.get(message.lead_id or 0, ()) if _came_before(one, assignment))
    return Brief(
        message=message,
        lead=lead,
        assignment=assignment,
        recipient=recipient,
        address=address,
        local=_is_demo(lead, assignment, recipient),
        reason=reason,
        joins=rows.joined.get(message.lead_id or 0, ""),
        not_sent=_not_sent(message, lead, assignment, offer, address),
        offer=offer,
        earlier=earlier,
        note=_note(earlier, rows.passed_by),
        sender=rows.reps.get(_sender_id(message) or 0),
    )


def _came_before(one: Assignment, assignment: Assignment | None) -> bool:
    return assignment is not None and one.attempt < assignment.attempt


def _note(earlier: Sequence[Assignment], passed_by: Mapping[int, str]) -> Note | None:
    """What the last owner said, or whoever took the lead from them."""
    if not earlier or not earlier[-1].note or earlier[-1].end_reason not in LEAVES_NOTES:
        return None
    last = earlier[-1]
    passed_on = last.end_reason == EndReason.REASSIGNED and passed_by.get(last.lead_id)
    return Note(passed_on or last.rep.name, last.note)


def _addressee(message: OutboxMessage, lead: Lead | None, reps: Mapping[int, Rep]) -> tuple[Rep | None, str]:
    """Who gets it, and at which address; of a test lead only whoever sent that in hears."""
    if lead and lead.test:
        return None, _tester(lead) if message.kind in FOR_TESTERS else ""
    if message.address:
        return None, message.address
    recipient = reps.get(message.rep_id or 0)
    return recipient, recipient.email if recipient else ""


def _owner_id(assignment: Assignment | None) -> int | None:
    return assignment.rep_id if assignment else None


def _not_sent(
    message: OutboxMessage, lead: Lead | None, assignment: Assignment | None, offer: Offer | None, address: str
) -> str:
    """Why the message is no longer true, or nobody may get it."""
    if message.kind not in WITHOUT_LEAD:
        if lead is None:
            return "The lead is gone."
        if stale := _stale(message, lead, assignment, offer):
            return stale
    if not address:
        return "A test lead, and nobody to tell." if lead and lead.test else "There is no address to send it to."
    return ""


def _stale(message: OutboxMessage, lead: Lead, assignment: Assignment | None, offer: Offer | None) -> str:
    match message.kind:
        case Kind.OFFER:
            return "" if offer and offer.ended_at is None else "The offer is over."
        case Kind.TAKEN_AWAY | Kind.MOVED_AWAY | Kind.OFFER_GONE:
            return "The lead is theirs again." if lead.owner_id == message.rep_id else ""
        case Kind.UNDELIVERED if message.payload.get("cause") != UNTOLD:
            return ""
    if _has_moved_on(message, lead, assignment):
        return "The lead has moved on."
    answered = assignment is not None and assignment.responded_at is not None and message.kind in UNTIL_ANSWERED
    return "The lead has been answered." if answered else ""


def _has_moved_on(message: OutboxMessage, lead: Lead, assignment: Assignment | None) -> bool:
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


def _offers(keys: Collection[int]) -> dict[int, Offer]:
    return Offer.objects.select_related("rep__team", "pool").in_bulk(keys) if keys else {}


def _earlier(leads: Collection[int]) -> dict[int, tuple[Assignment, ...]]:
    """Who had each of these leads before, first to last."""
    found: defaultdict[int, list[Assignment]] = defaultdict(list)
    ended = Assignment.objects.filter(lead__in=leads, ended_at__isnull=False).select_related("rep")
    for assignment in ended.order_by("lead", "attempt") if leads else ():
        found[assignment.lead_id].append(assignment)
    return {lead: tuple(assignments) for lead, assignments in found.items()}


def _passed_by(leads: Collection[int]) -> dict[int, str]:
    """Who gave each of these leads to somebody else last."""
    if not leads:
        return {}
    events = LeadEvent.objects.filter(lead__in=leads, kind=LeadEvent.Kind.REASSIGNED).order_by("pk")
    return dict(events.values_list("lead_id", "actor"))


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
