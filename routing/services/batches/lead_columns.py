"""The columns of the leads of a batch: what the decisions make of them, and of those that the next batch resumes."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from routing.engine.types import Assigned, Duplicate, Held, HeldReason, Moved, Parked, RuleId
from routing.models import Lead
from routing.models.bulk import update_rows
from routing.services.batches.decide import NOBODYS, OUTCOMES, Decided, Outcomes
from routing.services.hold_deadline import hold_deadline
from routing.snapshots.progress import read_moved, write_progress
from routing.snapshots.rulebook import Published

LOOK_AGAIN = timedelta(minutes=5)
"""A waiting lead is looked at this often even if nothing said that it should be."""
LEAD_COLUMNS = (
    "status", "owner", "owned_at", "first_owned_at", "method", "attempt", "held_reason", "held_since",
    "hold_deadline_at", "route_after", "route_tries", "resume", "duplicate_of", "park_reason", "review_date",
    "account", "account_evidence", "account_confidence", "territory", "score", "grade",
)  # fmt: skip


def store_leads(outcomes: Outcomes, *, now: datetime) -> None:
    """Write them in two statements, inside the caller's transaction."""
    update_rows(
        Lead, LEAD_COLUMNS, [_lead_values(decided, outcomes.published, now=now) for decided in outcomes.decided]
    )
    update_rows(
        Lead, ("route_after", "route_tries", "resume"),
        [
            (row.pk, now, 0, write_progress(deferred.resume, deferred.first_reached, read_moved(row.resume)))
            for row, deferred in outcomes.put_back
        ]
        + [(row.pk, again_at, 0, row.resume) for row, again_at in outcomes.behind],
    )  # fmt: skip


def _lead_values(decided: Decided, published: Published, *, now: datetime) -> tuple[Any, ...]:
    row, match = decided.row, decided.facts.match
    values: dict[str, Any] = {
        "status": OUTCOMES[type(decided.decision)].value, "owner": None, "owned_at": row.owned_at,
        "first_owned_at": row.first_owned_at, "method": "", "attempt": row.attempt, "held_reason": "",
        "held_since": None, "hold_deadline_at": None, "route_after": None, "route_tries": 0,
        "resume": write_progress(None, _first_reached(decided), _moved(decided)), "duplicate_of": None,
        "park_reason": "", "review_date": None,
        "account": match.id if match else None, "account_evidence": match.evidence if match else "",
        "account_confidence": match.confidence if match else None,
        "territory": decided.territory.id if decided.territory else None,
        "score": decided.facts.facts.get("score"), "grade": decided.facts.facts.get("grade") or "",
    }  # fmt: skip
    values |= _values_of(decided, published, now=now)
    return (row.pk, *(values[column] for column in LEAD_COLUMNS))


def _first_reached(decided: Decided) -> Mapping[RuleId, datetime]:
    """When the lead first reached which rule, whatever became of it: a wait that is over stays over."""
    decision = decided.decision
    return decided.facts.first_reached if isinstance(decision, NOBODYS) else decision.first_reached


def _moved(decided: Decided) -> Moved | None:
    """That the lead was taken from its last owner counts until it has another."""
    return decided.facts.moved if isinstance(decided.decision, Held) else None


def _values_of(decided: Decided, published: Published, *, now: datetime) -> dict[str, Any]:
    """The columns in which the outcomes differ. That an owned lead waited before stays known."""
    decision, row = decided.decision, decided.row
    if isinstance(decision, Assigned):
        return {
            "owner": decision.rep, "owned_at": now, "first_owned_at": row.first_owned_at or now,
            "method": decision.method.value, "attempt": row.attempt + 1, "held_since": row.held_since,
        }  # fmt: skip
    if isinstance(decision, Held):
        return _held_values(row, decision, published, now=now)
    if isinstance(decision, Parked):
        today = now.astimezone(ZoneInfo(published.rulebook.settings.timezone)).date()
        return {"park_reason": decision.reason[:200], "review_date": today + timedelta(days=decision.review_days)}
    if isinstance(decision, Duplicate):
        # the sweep of merges clears route_after: until then what the duplicate says anew is not yet merged in
        return {"duplicate_of": decision.of, "route_after": now}
    return {}


def _held_values(row: Lead, decision: Held, published: Published, *, now: datetime) -> dict[str, Any]:
    """A waiting lead's columns. The deadline counts from the first hold; failing to decide brings it forward."""
    again = min(decision.look_again_at or now + LOOK_AGAIN, now + LOOK_AGAIN)
    if decision.offers:
        again = max(offer.until for offer in decision.offers)
    due = row.hold_deadline_at or hold_deadline(now, published)
    since = row.held_since if row.held_since and row.hold_deadline_at else now
    if decision.held_reason is HeldReason.UNDECIDABLE and row.held_reason != HeldReason.UNDECIDABLE:
        due = again = now
    elif decision.held_reason is not HeldReason.PAUSED and due > now:
        again = min(again, due)
    return {
        "held_reason": decision.held_reason.value, "held_since": since, "hold_deadline_at": due,
        "route_after": max(again, now + timedelta(seconds=1)),
        "route_tries": row.route_tries if decision.held_reason is HeldReason.UNDECIDABLE else 0,
    }  # fmt: skip
