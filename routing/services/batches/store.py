"""The decisions of a batch → rows: a handful of statements, however many leads."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

from routing import crash, outbox
from routing.engine.types import (
    Alert,
    Assigned,
    Held,
    HeldReason,
    LedgerKey,
    Quarantined,
    Rule,
)
from routing.models import (
    Assignment,
    Decision,
    DecisionSnapshot,
    Identity,
    Lead,
    OutboxMessage,
    Posting,
    WebhookEvent,
)
from routing.models.bulk import update_rows
from routing.models.fresh import fresh_row
from routing.models.inserting import insert_rows
from routing.services.account_suggestions import store_suggestions
from routing.services.batches.decide import NOBODYS, OUTCOMES, Decided, Outcomes, Superseded
from routing.services.batches.lead_columns import store_leads
from routing.services.batches.messages import messages_of
from routing.services.batches.offers import store_offers
from routing.services.duplicates import because, let_go_of_reviewed
from routing.services.sla.clock import start_silently
from routing.services.sla.messages import offered
from routing.services.webhooks.publish import publish_events
from routing.snapshots.frozen_decisions import Place, has_savings, pack_trace, shared_by, store_snapshot
from routing.snapshots.postings import posting_row, store_accounts
from routing.snapshots.rulebook import Published

BELONGS = 0.95
"""From this confidence on, a person is known to belong to the matched account."""


class Messenger(Protocol):
    """Which messages the decisions of a batch cause."""

    def __call__(
        self, told: Sequence[Decided], assignments: Mapping[int, Assignment], published: Published, *, now: datetime
    ) -> list[OutboxMessage]: ...


def store_outcomes(outcomes: Outcomes, *, now: datetime, messages: Messenger = messages_of) -> None:
    """Write everything that a batch came to, inside the caller's transaction."""
    told = [decided for decided in outcomes.decided if not _says_nothing_new(decided)]
    snapshot = _store_snapshot(told, outcomes, now=now)
    postings = _store_postings(told, snapshot, now=now)
    crash.crash_point("after_turn_before_assignment")
    assignments = _store_assignments(told, outcomes.published, postings, now=now)
    decisions = _store_decisions(told, outcomes, snapshot, postings, now=now)
    offers = store_offers(told, decisions, outcomes.published, now=now)
    store_accounts(outcomes.batch.changed_accounts())
    store_leads(outcomes, now=now)
    _let_go_duplicates(outcomes, now=now)
    _store_belonging(told)
    found = {decided.row.pk: outcomes.suggestions.get(decided.row.pk, ()) for decided in outcomes.decided}
    store_suggestions(suggestions=found, now=now)
    outbox.publish(
        [
            *messages(told, assignments, outcomes.published, now=now),
            *(offered(offer, now=now) for offer in offers),
        ]
    )
    publish_events(_events(told), now=now)


def _events(told: Sequence[Decided]) -> dict[WebhookEvent, list[int]]:
    """What webhooks hear of: leads with their first owner, with another one, and those that wait."""
    events: dict[WebhookEvent, list[int]] = {}
    for decided in told:
        if isinstance(decided.decision, Assigned):
            event = WebhookEvent.LEAD_REASSIGNED if decided.row.attempt else WebhookEvent.LEAD_ASSIGNED
            events.setdefault(event, []).append(decided.row.pk)
        elif isinstance(decided.decision, Held):
            events.setdefault(WebhookEvent.LEAD_HELD, []).append(decided.row.pk)
    return events


def _says_nothing_new(decided: Decided) -> bool:
    """A waiting lead that waits on for the same reason needs no further decision row, unless it is offered anew."""
    decision, row = decided.decision, decided.row
    if not isinstance(decision, Held) or decision.held_reason is HeldReason.OFFERED:
        return False
    return row.status == Lead.Status.HELD and row.held_reason == decision.held_reason


def _store_snapshot(told: Sequence[Decided], outcomes: Outcomes, *, now: datetime) -> DecisionSnapshot | None:
    """What the batch saw of people and ledgers; nothing if no decision depends on it."""
    depending = [decided for decided in told if not isinstance(decided.decision, NOBODYS)]
    if not depending:
        return None
    ledgers = {selection.ledger for decided in depending if (selection := decided.decision.trace.selection)}
    return store_snapshot(outcomes.people, ledgers=ledgers, now=now)


def _store_postings(told: Sequence[Decided], snapshot: DecisionSnapshot | None, *, now: datetime) -> dict[int, Posting]:
    """Postings by lead, in the order of the decisions; their keys rise in that order."""
    rows = [
        posting_row(posting, now=now, lead_id=decided.row.pk, snapshot_id=snapshot.pk if snapshot else None)
        for decided in told
        if isinstance(decided.decision, Assigned) and (posting := decided.decision.posting)
    ]
    return {row.lead_id: row for row in insert_rows(rows, with_keys=True) if row.lead_id}


def _store_assignments(
    told: Sequence[Decided], published: Published, postings: Mapping[int, Posting], *, now: datetime
) -> dict[int, Assignment]:
    rules = {rule.id: rule for rule in published.rulebook.rules}
    given = [
        (decided, decided.decision, rules.get(decided.decision.rule or 0))
        for decided in told
        if isinstance(decided.decision, Assigned)
    ]
    rows = [_assignment(decided, decision, rule, published, postings, now=now) for decided, decision, rule in given]
    start_silently([row for row in rows if row.alert == Alert.NONE], now=now)
    return {assignment.lead_id: assignment for assignment in insert_rows(rows, with_keys=True)}


def _alert_of(rule: Rule | None) -> Alert:
    return rule.alert if rule else Alert.NOW


def _assignment(
    decided: Decided,
    decision: Assigned,
    rule: Rule | None,
    published: Published,
    postings: Mapping[int, Posting],
    *,
    now: datetime,
) -> Assignment:
    pool = published.rulebook.pools.get(decision.pool) if decision.pool else None
    posting = postings.get(decided.row.pk)
    terms, alert = published.sla_of(rule), _alert_of(rule)
    return fresh_row(
        Assignment,
        lead_id=decided.row.pk,
        attempt=decided.row.attempt + 1,
        rep_id=decision.rep,
        pool_id=decision.pool,
        rule_id=decision.rule,
        method=decision.method.value,
        strategy=pool.strategy.value if pool else "",
        rulebook_version=published.number,
        sla=terms.name,
        units=decision.units,
        released=decided.facts.released,
        posting_id=posting.pk if posting else None,
        alert=alert.value,
        assigned_at=now,
    )


def _store_decisions(
    told: Sequence[Decided],
    outcomes: Outcomes,
    snapshot: DecisionSnapshot | None,
    postings: Mapping[int, Posting],
    *,
    now: datetime,
) -> list[Decision]:
    first = min((posting.pk for posting in postings.values()), default=None)
    posted: Counter[LedgerKey] = Counter()
    savings, shared = has_savings(outcomes.people), shared_by(outcomes.people, outcomes.published.rulebook)
    rules = {rule.id: rule.name for rule in outcomes.published.rulebook.rules}
    rows = []
    for decided in told:
        decision, selection = decided.decision, decided.decision.trace.selection
        posting = postings.get(decided.row.pk)
        place = Place(first, posted[selection.ledger] if selection else 0, savings)
        rows.append(
            fresh_row(
                Decision,
                lead_id=decided.row.pk,
                outcome=OUTCOMES[type(decision)].value,
                method=decision.method.value if isinstance(decision, Assigned) else "",
                rep_id=getattr(decision, "rep", None),
                pool_id=getattr(decision, "pool", None),
                rule_name=rules.get(getattr(decision, "rule", None) or 0, ""),
                rulebook_version=outcomes.published.number,
                reason=decision.reason[:500],
                trace=pack_trace(decision, decided.facts, shared=shared, earlier=decided.earlier, place=place),
                snapshot_id=None if snapshot is None or isinstance(decision, NOBODYS) else snapshot.pk,
                posting_id=posting.pk if posting else None,
                decided_at=now,
            )
        )
        if posting and selection:
            posted[selection.ledger] += 1
    return insert_rows(rows, with_keys=_has_offers(told))


def _has_offers(told: Sequence[Decided]) -> bool:
    """Whether any row will refer to these decisions."""
    return any(isinstance(decided.decision, Held) and decided.decision.offers for decided in told)


def _let_go_duplicates(outcomes: Outcomes, *, now: datetime) -> None:
    """Nothing stays joined to a lead that goes to review, as it may once its address was changed."""
    reviewed = {
        decided.row.pk: because(f"went to review: {decided.decision.reason}")
        for decided in outcomes.decided
        if isinstance(decided.decision, Quarantined)
    }
    if reviewed and not let_go_of_reviewed(reviewed, now=now):
        raise Superseded


def _store_belonging(told: Sequence[Decided]) -> None:
    """Persons matched with confidence belong to that account from now on, unless they already belong to one."""
    belong = {
        identity: match.id
        for decided in told
        if (match := decided.facts.match) and match.confidence >= BELONGS and not decided.facts.test
        for identity in (decided.row.email_identity_id, decided.row.phone_identity_id)
        if identity
    }
    if belong:
        strangers = Identity.objects.filter(pk__in=belong, account=None).values_list("pk", flat=True)
        update_rows(Identity, ("account",), [(pk, belong[pk]) for pk in strangers])
