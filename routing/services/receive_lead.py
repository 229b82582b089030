"""Take submissions in: pending leads with their identities, committed before anybody hears of them.

A pending row is itself the message to the router; no other row is needed. A replay answers with the first lead, and
what comes with a known external id is news about that lead. Whoever asked never to be taken in again waits in review,
by whatever door they come.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.db.models import Q

from routing import crash, doorbell
from routing.intake import CleanFacts, InvalidLead, external_id_of, prepare
from routing.intake.clean import Errors
from routing.models import ApiKey, Consent, Lead, LeadEvent, Submission, UsedKey, WebhookEvent
from routing.services.access import leads_of_key
from routing.services.change_lead import change_lead
from routing.services.identities import set_identities
from routing.services.lead_actions import Invalid
from routing.services.lead_actions.ownership import lock_owned
from routing.services.lead_actions.refusals import AskedToBeErased
from routing.services.privacy.screening import KNOWN_BY, have_people_look, refused_facts, to_tell
from routing.services.privacy.turns import keep_erasures_out
from routing.services.source_waits import set_waits
from routing.services.submissions import store
from routing.services.webhooks.publish import publish_lead_events

BULK = 1_000
"""Submissions stored by one set of statements."""
LONGEST_EVENT = 500
LONGEST_REASON = 200


@dataclass(frozen=True, slots=True)
class Received:
    """`changed`: it is a lead that was known by its external id, with the facts that came now."""

    lead: Lead
    replayed: bool
    changed: bool = False


@dataclass(frozen=True, slots=True)
class GivenConsent:
    """What somebody agreed to, or did not: the words they saw, at which door, and on which page."""

    given: bool
    wording: str = ""
    origin: str = ""
    page: str = ""


class KeyReused(Exception):
    """The idempotency key came before, with another body."""

    says = "This Idempotency-Key was used before, with another body. Take a new key for a new lead."


class NotTakenIn(InvalidLead):
    """News about a known lead are of somebody who asked never to be taken in again: none of them is written."""


def receive_lead(
    *,
    facts: Mapping[str, Any],
    now: datetime,
    api_key: ApiKey | None = None,
    idempotency_key: str = "",
    body_hash: str = "",
    priority: int = Lead.Priority.LIVE,
    demo: bool = False,
    honeypot: str = "",
    submitted_by: User | None = None,
    quarantine: str = "",
    consent: GivenConsent | None = None,
    submission: Submission | None = None,
    defaults: Mapping[str, Any] | None = None,
) -> Received:
    """Store one submission. Raises InvalidLead or KeyReused, and then has written nothing.

    What a rep's key sends about a known lead changes it only if it is the rep's. Raises NotTheirs once it moved on.
    `quarantine` is a reason why people look at it before it is routed. `submission` is what was kept of it as it
    came: it becomes one lead, whoever tries at the same time; news of a known lead need not say how to reach it then.
    `defaults` are facts of a new lead that says nothing else; what is known changes by its own facts alone.
    """
    origin = consent.origin if consent else ""
    try:
        clean = prepare({**(defaults or {}), **facts}, honeypot=honeypot)
    except InvalidLead:
        if submission and (earlier := _earlier(Lead(external_id=external_id_of(facts)), facts, origin, now=now)):
            return _accepted(earlier, submission, now=now)
        raise
    lead = _lead(clean, now=now, priority=priority, demo=demo)
    lead.screen_reason = lead.screen_reason or quarantine[:LONGEST_REASON]
    lead.api_key, lead.idempotency_key, lead.body_hash = api_key, idempotency_key, body_hash
    lead.submitted_by = submitted_by
    if earlier := _earlier(lead, facts, origin, now=now):
        return _accepted(earlier, submission, now=now)
    try:
        return _stored(lead, clean, consent, submission, now=now)
    except IntegrityError:
        if earlier := _earlier(lead, facts, origin, now=now):  # a twin was faster
            return _accepted(earlier, submission, now=now)
        raise


@transaction.atomic
def _stored(
    lead: Lead, clean: CleanFacts, consent: GivenConsent | None, submission: Submission | None, *, now: datetime
) -> Received:
    """Raises IntegrityError if a twin was faster."""
    have_people_look([lead])  # before the submission is locked, which an erasure wants, too
    if submission and (known := store.lock(submission).lead):
        return Received(known, replayed=True)
    set_waits([lead])
    set_identities([lead])
    lead.save(force_insert=True)
    LeadEvent.objects.bulk_create(_cleaned_events([(lead, clean)]))
    Consent.objects.bulk_create(_consents(lead, consent, now=now))
    received = _accepted(Received(lead, replayed=False), submission, now=now)
    crash.crash_point("after_lead_before_commit")
    publish_lead_events(WebhookEvent.LEAD_RECEIVED, to_tell([lead]), now=now)
    doorbell.ring_after_commit("routing")
    return received


def receive_leads(
    *,
    submissions: Sequence[Mapping[str, Any]],
    now: datetime,
    priority: int = Lead.Priority.IMPORTED,
    demo: bool = False,
    api_key: ApiKey | None = None,
    submitted_by: User | None = None,
    refuse_erased: bool = False,
) -> list[Lead]:
    """Store many, all or none, in their order. Each may say when it came in (`submitted_at`, aware; else now).

    Raises InvalidLead with errors by “row.field” (rows from 1). The number of queries grows only with thousands.
    `refuse_erased`: who asked never to be taken in again is such an error, and does not wait in review.
    """
    prepared = _prepare_all(submissions, now=now, priority=priority, demo=demo)
    for lead, _ in prepared:
        lead.api_key, lead.submitted_by = api_key, submitted_by
    with transaction.atomic():
        keep_erasures_out(getattr(lead, name) for lead, _ in prepared for name in KNOWN_BY)  # of all at once, in order
        if refuse_erased:
            _raise_by_row(dict(enumerate(refused_facts([clean.values for _, clean in prepared]), start=1)))
        for start in range(0, len(prepared), BULK):
            chunk = prepared[start : start + BULK]
            leads = [lead for lead, _ in chunk]
            if not refuse_erased:
                have_people_look(leads)
            set_waits(leads)
            set_identities(leads)
            Lead.objects.bulk_create(leads)
            LeadEvent.objects.bulk_create(_cleaned_events(chunk))
            publish_lead_events(WebhookEvent.LEAD_RECEIVED, to_tell(leads), now=now)
        doorbell.ring_after_commit("routing")
    return [lead for lead, _ in prepared]


def _prepare_all(
    submissions: Sequence[Mapping[str, Any]], *, now: datetime, priority: int, demo: bool
) -> list[tuple[Lead, CleanFacts]]:
    prepared: list[tuple[Lead, CleanFacts]] = []
    errors: dict[int, Errors] = {}
    for number, submission in enumerate(submissions, start=1):
        submitted_at = submission.get("submitted_at", now)
        try:
            clean = prepare({name: value for name, value in submission.items() if name != "submitted_at"})
        except InvalidLead as invalid:
            errors[number] = invalid.errors
        else:
            prepared.append((_lead(clean, now=submitted_at, priority=priority, demo=demo), clean))
    _raise_by_row(errors)
    return prepared


def _raise_by_row(rows: Mapping[int, Errors]) -> None:
    errors = {f"{number}.{field}": texts for number, found in rows.items() for field, texts in found.items()}
    if errors:
        raise InvalidLead(errors)


def _lead(clean: CleanFacts, *, now: datetime, priority: int, demo: bool) -> Lead:
    return Lead(
        **clean.values,
        status=Lead.Status.PENDING,
        submitted_at=now,
        route_after=now,
        priority=priority,
        demo=demo,
    )


def _accepted(received: Received, submission: Submission | None, *, now: datetime) -> Received:
    if submission:
        store.accept(submission, received.lead, now)
    return received


def _consents(lead: Lead, consent: GivenConsent | None, *, now: datetime) -> list[Consent]:
    """One row if the lead agreed to something, or did not; no word was said of it otherwise."""
    if consent is None and lead.consent is None:
        return []
    said = consent or GivenConsent(given=bool(lead.consent), origin=lead.api_key.name if lead.api_key else "")
    return [
        Consent(lead=lead, given=said.given, wording=said.wording, origin=said.origin, page=said.page, given_at=now)
    ]


def _earlier(lead: Lead, facts: Mapping[str, Any], origin: str, *, now: datetime) -> Received | None:
    """The lead that this submission already became, if it is a replay, or that it brings news about."""
    same_key = Q(api_key=lead.api_key, idempotency_key=lead.idempotency_key) & ~Q(idempotency_key="")
    same_id = Q(external_id=lead.external_id) & ~Q(external_id="")
    asked = [condition for condition, given in ((same_key, lead.idempotency_key), (same_id, lead.external_id)) if given]
    if not asked:
        return None
    found = list(Lead.objects.filter(asked[0] | asked[-1]).order_by())
    for other in found:
        if lead.idempotency_key and (other.api_key_id, other.idempotency_key) == (
            lead.api_key_id,
            lead.idempotency_key,
        ):
            return _replay(lead, other, other.body_hash)
    return _change(found[0], lead, facts, origin, now=now) if found else None


def _replay(lead: Lead, other: Lead, body_hash: str) -> Received:
    if body_hash != lead.body_hash:
        raise KeyReused(lead.idempotency_key)
    return Received(other, replayed=True)


def _change(known: Lead, lead: Lead, facts: Mapping[str, Any], origin: str, *, now: datetime) -> Received:
    """News about a known lead, once for each idempotency key."""
    try:
        with transaction.atomic():
            if replay := _used(lead):
                return replay
            _refuse_others(lead.api_key, known)
            if lead.idempotency_key:
                UsedKey.objects.create(
                    api_key=lead.api_key, key=lead.idempotency_key, body_hash=lead.body_hash, lead=known
                )
            actor = lead.api_key.name if lead.api_key else ""
            changed = change_lead(lead=known, facts=facts, now=now, actor=actor, origin=origin)
            return Received(changed, replayed=False, changed=True)
    except AskedToBeErased as error:
        raise NotTakenIn(error.errors) from error
    except Invalid as error:
        raise InvalidLead(error.errors) from error
    except IntegrityError:
        if replay := _used(lead):  # a twin was faster
            return replay
        raise


def _refuse_others(key: ApiKey | None, known: Lead) -> None:
    """A lead that never was theirs is not there for the key of a rep; its id is taken all the same."""
    if key is None or key.rep_id is None:
        return
    if not leads_of_key(key, Lead.objects.filter(pk=known.pk)).exists():
        raise InvalidLead({"external_id": ["Another lead has it."]})
    lock_owned(known, rep_id=key.rep_id)


def _used(lead: Lead) -> Received | None:
    """What an earlier submission with this key changed."""
    if not lead.idempotency_key:
        return None
    used = UsedKey.objects.filter(api_key=lead.api_key, key=lead.idempotency_key).select_related("lead").first()
    return _replay(lead, used.lead, used.body_hash) if used else None


def _cleaned_events(prepared: Iterable[tuple[Lead, CleanFacts]]) -> list[LeadEvent]:
    return [
        LeadEvent(
            lead=lead,
            kind=LeadEvent.Kind.CLEANED,
            text=f"Characters that cannot be stored were removed from: {', '.join(clean.stripped)}"[:LONGEST_EVENT],
            happened_at=lead.submitted_at,
        )
        for lead, clean in prepared
        if clean.stripped
    ]
