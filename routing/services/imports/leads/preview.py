"""Who would get the leads of a file: the published rules over its first rows, in their order. Nothing is written."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import islice
from typing import Any

from reps.models import Rep
from routing.engine.types import Assigned, Held
from routing.engine.types import Lead as LeadFacts
from routing.intake import InvalidLead, prepare
from routing.matching import match_accounts
from routing.models import Identity, ImportRow, Lead
from routing.models.reading import in_batches
from routing.services.batches.decide import OUTCOMES
from routing.services.dry_run import in_turn
from routing.services.identities import IDENTITIES
from routing.services.imports.leads.identity import submission
from routing.services.imports.leads.reading import facts_of
from routing.services.imports.section import Task
from routing.snapshots.earlier_of_one import earlier_of_one, is_of_person
from routing.snapshots.leads import load_leads
from routing.snapshots.rulebook import Published, current_rulebook

MOST_LEADS = 5_000
COST_OF_KNOWN = 5
"""A lead whose person or company is known is looked up by itself: it counts as so many."""
CHUNK = 500
NO_RULES = "No rulebook is published, so nobody would get them. Publish one first."


def preview(task: Task) -> dict[str, Any]:
    """Leads by rep, in numbers of those looked at and estimated for all, and what becomes of the others."""
    total = task.imported.rows.filter(state=ImportRow.State.NEW).count()
    if not total:
        return {"leads": 0, "looked_at": 0, "reps": [], "outcomes": {}}
    published = current_rulebook()
    if published is None:
        return {"leads": total, "looked_at": 0, "reps": [], "outcomes": {}, "problem": NO_RULES}
    reps: Counter[int] = Counter()
    outcomes: Counter[str] = Counter()
    waits: Counter[str] = Counter()
    decided = in_turn(_facts(task, published), published=published, now=task.now, alive=task.alive)
    for _, decision, _ in decided:
        outcomes[OUTCOMES[type(decision)].value] += 1
        if isinstance(decision, Assigned):
            reps[decision.rep] += 1
        elif isinstance(decision, Held):
            waits[decision.held_reason.value] += 1
    looked_at = outcomes.total()
    return {
        "leads": total,
        "looked_at": looked_at,
        "reps": _by_rep(reps, total=total, looked_at=looked_at),
        "outcomes": {name: _share(number, total, looked_at) for name, number in outcomes.items()},
        "waits": dict(waits),
    }


def _by_rep(counts: Counter[int], *, total: int, looked_at: int) -> list[dict[str, Any]]:
    people = Rep.objects.in_bulk(list(counts))
    return [
        {"rep": people[key].email, "name": people[key].name, "looked_at": number,
         "leads": _share(number, total, looked_at)}
        for key, number in counts.most_common()
        if key in people
    ]  # fmt: skip


def _share(number: int, total: int, looked_at: int) -> int:
    """Of all, as it is of those that were looked at."""
    return round(number * total / looked_at) if looked_at else 0


def _facts(task: Task, published: Published) -> Iterator[LeadFacts]:
    people = _People()
    spent = 0
    rows = task.imported.rows.filter(state=ImportRow.State.NEW)
    for some in islice(in_batches(rows, CHUNK, by="number"), MOST_LEADS // CHUNK):
        leads = [lead for row in some if (lead := _lead(task, row))]
        people.recognise(leads)
        matches = match_accounts(leads, published.rulebook.settings)
        loaded = load_leads(leads, published=published, matches=matches, now=task.now)
        for lead, (facts, _) in zip(leads, loaded, strict=True):
            known = people.knows(lead) or facts.match is not None
            spent += COST_OF_KNOWN if known else 1
            if spent > MOST_LEADS:
                return
            yield _acquainted(lead, facts, published, task) if known else facts


def _lead(task: Task, row: ImportRow) -> Lead | None:
    """As it would be stored; its key is none that a lead has."""
    try:
        clean = prepare(submission(facts_of(task, row.values)))
    except InvalidLead:
        return None
    return Lead(
        pk=-row.number, submitted_at=task.now, route_after=task.now, priority=Lead.Priority.IMPORTED, **clean.values
    )


def _acquainted(lead: Lead, facts: LeadFacts, published: Published, task: Task) -> LeadFacts:
    earlier = earlier_of_one(lead, settings=published.rulebook.settings, match=facts.match, now=task.now)
    returning = any(other.owner for other in earlier if is_of_person(facts, other))
    return replace(facts, earlier=earlier, facts={**facts.facts, "returning": returning})


class _People:
    """Persons and companies of the file: those that are known, and those that only the file knows, by made-up keys."""

    def __init__(self) -> None:
        self._keys: dict[tuple[str, str], int] = {}

    def recognise(self, leads: Sequence[Lead]) -> None:
        wanted = {
            (kind.value, key) for lead in leads for field, kind in IDENTITIES.items() if (key := getattr(lead, field))
        }
        new = wanted - self._keys.keys()
        rows = Identity.objects.filter(key__in={key for _, key in new})
        found = {(kind, key): pk for pk, kind, key in rows.values_list("pk", "kind", "key")}
        for one in sorted(new):
            self._keys[one] = found.get(one) or -len(self._keys) - 1
        for lead in leads:
            lead.email_identity_id = self._keys.get((Identity.Kind.EMAIL.value, lead.email))
            lead.phone_identity_id = self._keys.get((Identity.Kind.PHONE.value, lead.phone))
            lead.company_identity_id = self._keys.get((Identity.Kind.DOMAIN.value, lead.domain))

    def knows(self, lead: Lead) -> bool:
        keys = (lead.email_identity_id, lead.phone_identity_id, lead.company_identity_id)
        return any(key is not None and key > 0 for key in keys)
