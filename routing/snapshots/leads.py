"""Lead rows → the engine's leads: facts, account, territory, and the earlier leads of the same person or company."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from routing.engine.types import EarlierLead, FactValue, MatchedAccount, Territory
from routing.engine.types import Lead as LeadFacts
from routing.intake.normalise import is_role_mailbox
from routing.models import Assignment, Lead
from routing.snapshots.earlier import load_earlier
from routing.snapshots.progress import read_progress
from routing.snapshots.rulebook import Published

PLAIN_FACTS = (
    "email", "domain", "kind", "form", "campaign", "country", "region", "postal_code", "city", "company", "industry",
    "employees", "annual_revenue", "expected_amount", "job_title", "source", "language", "product_interest", "message",
    "first_name", "last_name", "phone", "website", "submitted_at",
)  # fmt: skip


def load_leads(
    rows: Sequence[Lead], *, published: Published, matches: Mapping[int, MatchedAccount | None], now: datetime
) -> list[tuple[LeadFacts, Territory | None]]:
    """Each row as the engine's lead with the territory it lies in. A constant number of queries."""
    earlier = load_earlier(rows, settings=published.rulebook.settings, matches=matches, now=now)
    owned_before = _owned_before(rows)
    loaded = []
    for row in rows:
        match = matches.get(row.pk)
        facts = lead_facts(row, match)
        territory = published.atlas.locate(facts.get, now)
        facts["territory"] = territory.name if territory else None
        facts["returning"] = any(other.owner for other in earlier[row.pk] if _is_of_person(row, other))
        loaded.append((_lead(row, facts, match, tuple(earlier[row.pk]), owned_before[row.pk]), territory))
    return loaded


def lead_facts(row: Lead, match: MatchedAccount | None) -> dict[str, FactValue]:
    """The fields that conditions may name, with their values."""
    facts: dict[str, FactValue] = {name: _plain(getattr(row, name)) for name in PLAIN_FACTS}
    facts["stage"] = row.outcome
    for prefix, values in (("utm", row.utm), ("attributes", row.attributes)):
        for key, value in values.items():
            facts[f"{prefix}.{key}"] = tuple(value) if isinstance(value, list) else value
    if match is not None:
        facts.update(match.facts)
    return facts


def _lead(
    row: Lead,
    facts: Mapping[str, FactValue],
    match: MatchedAccount | None,
    earlier: tuple[EarlierLead, ...],
    owned_before: frozenset[int],
) -> LeadFacts:
    resume, first_reached = read_progress(row.resume)
    return LeadFacts(
        id=row.pk,
        key=str(row.uuid),
        label=row.label,
        submitted_at=row.submitted_at,
        facts=facts,
        derived=row.derived,
        form=row.form,
        email=row.email,
        phone=row.phone,
        name_key=row.name_key,
        role_mailbox=is_role_mailbox(row.email),
        email_identity=row.email_identity_id,
        phone_identity=row.phone_identity_id,
        company_identity=row.company_identity_id,
        match=match,
        screen_reason=row.screen_reason,
        earlier=earlier,
        first_reached=first_reached,
        resume=resume,
        owned_before=owned_before,
        hold_deadline_at=row.hold_deadline_at,
        undecidable=row.undecidable,
        test=row.test,
    )


def _plain(value: Any) -> FactValue:
    return float(value) if isinstance(value, Decimal) else value


def _is_of_person(row: Lead, other: EarlierLead) -> bool:
    by_email = row.email_identity_id is not None and row.email_identity_id == other.email_identity
    return by_email or (row.phone_identity_id is not None and row.phone_identity_id == other.phone_identity)


def _owned_before(rows: Sequence[Lead]) -> defaultdict[int, frozenset[int]]:
    owned: defaultdict[int, frozenset[int]] = defaultdict(frozenset)
    again = [row.pk for row in rows if row.attempt]
    if again:
        for lead, rep in Assignment.objects.filter(lead__in=again).values_list("lead_id", "rep_id"):
            owned[lead] |= {rep}
    return owned
