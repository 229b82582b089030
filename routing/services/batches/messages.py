"""Which messages the decisions of a batch cause."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from routing.engine.types import Alert, Assigned, Method, Rule
from routing.models import Assignment, OutboxMessage
from routing.models.fresh import fresh_row
from routing.services.batches.decide import Decided
from routing.services.sla.digest import next_digest
from routing.snapshots.rulebook import Published


def messages_of(
    told: Sequence[Decided], assignments: Mapping[int, Assignment], published: Published, *, now: datetime
) -> list[OutboxMessage]:
    """An alert to each new owner, and a copy to everybody whom the rule names."""
    rules = {rule.id: rule for rule in published.rulebook.rules}
    messages: list[OutboxMessage] = []
    for decided in told:
        if not isinstance(decided.decision, Assigned):
            continue
        assignment = assignments[decided.row.pk]
        rule = rules.get(decided.decision.rule or 0)
        if rule is None or rule.alert is not Alert.NONE:
            messages.append(_alert(decided, assignment, rule, now=now))
        if rule is not None:
            messages.extend(_copies(decided, assignment, rule.notify, now=now))
    return messages


TOLD_AS: Mapping[str, OutboxMessage.Kind] = {
    Method.LAST_RESORT: OutboxMessage.Kind.LAST_RESORT,
    Method.MANAGER: OutboxMessage.Kind.EXHAUSTED,
}
"""Ways of coming to an owner of which they hear in other words."""


def _alert(decided: Decided, assignment: Assignment, rule: Rule | None, *, now: datetime) -> OutboxMessage:
    kind = TOLD_AS.get(assignment.method, OutboxMessage.Kind.ALERT)
    message = to_owner(decided, assignment, kind=kind, now=now)
    if rule is not None and rule.alert is Alert.DIGEST:
        message.available_at = next_digest(now)
    return message


def _copies(
    decided: Decided, assignment: Assignment, addresses: Sequence[str], *, now: datetime
) -> Iterator[OutboxMessage]:
    for number, address in enumerate(addresses):
        key = f"notify:{decided.facts.key}:{assignment.attempt}:{number}"
        message = _about(decided, assignment, kind=OutboxMessage.Kind.NOTIFY, key=key, now=now)
        message.address = address
        yield message


def to_owner(decided: Decided, assignment: Assignment, *, kind: OutboxMessage.Kind, now: datetime) -> OutboxMessage:
    """What the owner of an assignment hears, once."""
    key = f"{kind}:{decided.facts.key}:{assignment.attempt}"
    return _about(decided, assignment, kind=kind, key=key, now=now)


def _about(
    decided: Decided, assignment: Assignment, *, kind: OutboxMessage.Kind, key: str, now: datetime
) -> OutboxMessage:
    return fresh_row(
        OutboxMessage,
        key=key,
        kind=kind,
        lead_id=decided.row.pk,
        assignment_id=assignment.pk,
        rep_id=assignment.rep_id,
        priority=decided.row.priority,
        created_at=now,
        available_at=now,
    )
