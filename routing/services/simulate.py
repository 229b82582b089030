"""What would become of one lead, real or typed in, at any moment, by the draft or any version. Writes nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from routing.engine.types import Assigned
from routing.engine.types import Lead as LeadFacts
from routing.intake import prepare
from routing.models import Assignment, Decision, Lead
from routing.models.bounds import TOO_FAR, is_far_away
from routing.services.batches.decide import OUTCOMES
from routing.services.dry_run import DryRun, dry_run
from routing.services.which_version import Version, number_of, which_version
from routing.services.work_progress import CannotRun
from routing.snapshots.earlier_of_one import earlier_of_one, is_of_person, recognise
from routing.snapshots.rulebook import Published
from routing.snapshots.traces import expand_unsaved

TYPED_IN = -1
"""The key of a lead that is in no table: no other lead has it."""


@dataclass(frozen=True, slots=True)
class Simulation:
    """`decision` is what GET /leads/{id}/decisions would show; `run` what it was made of."""

    decision: dict[str, Any]
    run: DryRun


def simulate(*, lead: Lead | Mapping[str, Any], at: datetime | None, version: Version, now: datetime) -> Simulation:
    """Decide about one lead as if it came in at `at` (None: now), with turns and open leads as they stand today.

    Working hours, leave and pauses are those of that moment. A lead that was routed before is decided as if it were
    new; who lost or declined it stays excluded. Raises InvalidLead for typed facts, NoSuchVersion, and CannotRun for a
    moment that is too far away.
    """
    moment = at or now
    if is_far_away(moment):
        raise CannotRun({"at": [TOO_FAR]})
    published = which_version(version)
    row = _as_new(lead, moment) if isinstance(lead, Lead) else _typed_in(lead, moment)
    lost = frozenset(_lost_it(row))

    def known_as(facts: LeadFacts) -> LeadFacts:
        earlier = earlier_of_one(row, settings=published.rulebook.settings, match=facts.match, now=moment)
        returning = any(other.owner for other in earlier if is_of_person(facts, other))
        return replace(facts, earlier=earlier, owned_before=lost, facts={**facts.facts, "returning": returning})

    (run,) = dry_run([row], published=published, now=moment, known_as=known_as)
    return Simulation(told(run, published, moment), run)


def told(run: DryRun, published: Published, moment: datetime) -> dict[str, Any]:
    """What GET /leads/{id}/decisions would show of it."""
    decision, rulebook = run.decision, published.rulebook
    rules = {rule.id: rule.name for rule in rulebook.rules}
    pool = rulebook.pools.get(getattr(decision, "pool", None) or 0)
    row = Decision(rep_id=getattr(decision, "rep", None))
    trace = expand_unsaved(row, decision, run.facts, people=run.people, rulebook=rulebook)
    return {
        "outcome": OUTCOMES[type(decision)].value,
        "method": decision.method.value if isinstance(decision, Assigned) else None,
        "rep": trace["winner"],
        "pool": pool.name if pool else None,
        "rule": rules.get(getattr(decision, "rule", None) or 0),
        "rulebook_version": number_of(published),
        "reason": decision.reason,
        "trace": trace,
        "decided_at": moment,
    }


def _typed_in(facts: Mapping[str, Any], moment: datetime) -> Lead:
    row = Lead(pk=TYPED_IN, submitted_at=moment, route_after=moment, **prepare(facts).values)
    recognise(row)
    return row


def _as_new(lead: Lead, moment: datetime) -> Lead:
    """A copy of the row as it was before anybody decided."""
    row = Lead.objects.get(pk=lead.pk)
    row.submitted_at = moment if row.submitted_at > moment else row.submitted_at
    row.status, row.owner, row.resume = Lead.Status.PENDING, None, None
    row.held_since = row.hold_deadline_at = None
    row.held_reason, row.route_tries = "", 0
    return row


def _lost_it(row: Lead) -> list[int]:
    return list(Assignment.objects.filter(lead=row.pk, ended_at__isnull=False).values_list("rep_id", flat=True))
