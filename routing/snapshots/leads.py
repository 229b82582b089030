"""Lead rows → the engine's leads: facts, account, territory, and the earlier leads of the same person or company."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from routing.engine.types import (
    EarlierLead,
    FactValue,
    MatchedAccount,
    Territory,
)
from routing.engine.types import Lead as LeadFacts
from routing.intake.normalise import is_role_mailbox
from routing.models import Lead
from routing.snapshots.earlier import load_earlier
from routing.snapshots.had_before import declined_offer, owned_before, parked_before, repeated, restored, told_apart
from routing.snapshots.progress import read_moved, read_progress
from routing.snapshots.released import released
from routing.snapshots.rulebook import Published
from routing.snapshots.scores import Versions, load_versions, scored
from routing.snapshots.signals import Intent, load_signals

PLAIN_FACTS = (
    "email", "domain", "kind", "form", "campaign", "country", "region", "postal_code", "city", "company", "industry",
    "employees", "annual_revenue", "expected_amount", "job_title", "source", "language", "product_interest", "message",
    "first_name", "last_name", "phone", "website", "submitted_at",
)  # fmt: skip


def load_leads(
    rows: Sequence[Lead], *, published: Published, matches: Mapping[int, MatchedAccount | None], now: datetime
) -> list[tuple[LeadFacts, Territory | None]]:
    """Each row as the engine's lead with the territory it lies in. A constant number of queries."""
    known = Known(
        earlier=load_earlier(rows, settings=published.rulebook.settings, matches=matches, now=now),
        owned_before=owned_before(rows),
        declined_offer=declined_offer(rows),
        signals=load_signals(rows, published=published, now=now),
        released=released(rows),
        parked_before=parked_before(rows, published.rulebook),
    )
    acquainted = [pk for pk, others in known.earlier.items() if others]
    versions = load_versions(published.rulebook, since=now, until=now)
    apart = restored(acquainted) | repeated(acquainted)
    loaded = []
    for row in rows:
        match = matches.get(row.pk)
        facts, territory = _located(row, match, published, now)
        facts["returning"] = any(other.owner for other in known.earlier[row.pk] if _is_of_person(row, other))
        lead = scored(_lead(row, facts, match, known), published.rulebook, versions, now)
        if row.pk in apart:
            lead = replace(lead, earlier=told_apart(lead, published.rulebook.settings))
        loaded.append((lead, territory))
    return loaded


def load_leads_as_new(
    rows: Sequence[Lead], *, published: Published, matches: Mapping[int, MatchedAccount | None]
) -> list[LeadFacts]:
    """Each row as it was at the instant at which it came in: undecided, and without earlier leads. One query or two.

    Topics are those that can be told from what is known at the instant of the last of these rows.
    """
    last = max((row.submitted_at for row in rows), default=None)
    signals = load_signals(rows, published=published, now=last) if last else {}
    first = min((row.submitted_at for row in rows), default=None)
    versions = load_versions(published.rulebook, since=first, until=last) if first and last else Versions()
    return [_as_new(row, matches.get(row.pk), signals.get(row.pk, Intent()), published, versions) for row in rows]


def _as_new(
    row: Lead,
    match: MatchedAccount | None,
    heard: Intent,
    published: Published,
    versions: Versions,
) -> LeadFacts:
    at = row.submitted_at
    facts, _ = _located(row, match, published, at)
    signals = tuple(signal for signal in heard.signals if signal.observed_at <= at)
    lead = _lead(row, facts | {"stage": "", "returning": False}, match, Known({row.pk: []}, {}, {}, {}))
    lead = replace(
        lead, signals=signals, topics=heard.topics, topics_note=heard.note,
        first_reached={}, resume=None, moved=None, hold_deadline_at=None,
        undecidable=False,
    )  # fmt: skip
    return scored(lead, published.rulebook, versions, at)


def _located(
    row: Lead, match: MatchedAccount | None, published: Published, now: datetime
) -> tuple[dict[str, FactValue], Territory | None]:
    """The facts, and the territory that they lie in."""
    facts = lead_facts(row, match)
    territory = published.atlas.locate(facts.get, now)
    facts["territory"] = territory.name if territory else None
    return facts, territory


@dataclass(frozen=True, slots=True)
class Known:
    """What other rows say of the leads of a batch, by lead."""

    earlier: Mapping[int, list[EarlierLead]]
    owned_before: Mapping[int, frozenset[int]]
    declined_offer: Mapping[int, frozenset[int]]
    signals: Mapping[int, Intent]
    released: frozenset[int] = frozenset()
    parked_before: frozenset[int] = frozenset()


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
    known: Known,
) -> LeadFacts:
    resume, first_reached = read_progress(row.resume)
    moved = read_moved(row.resume)
    heard = known.signals.get(row.pk, Intent())
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
        earlier=tuple(known.earlier[row.pk]),
        first_reached=first_reached,
        resume=resume,
        owned_before=known.owned_before.get(row.pk, frozenset()),
        hold_deadline_at=row.hold_deadline_at,
        undecidable=row.undecidable,
        test=row.test,
        released=row.pk in known.released or (moved is not None and moved.paced),
        parked_before=row.pk in known.parked_before,
        signals=heard.signals,
        topics_note=heard.note,
        topics=heard.topics,
        declined_offer=known.declined_offer.get(row.pk, frozenset()),
        moved=moved,
    )


def _plain(value: Any) -> FactValue:
    return float(value) if isinstance(value, Decimal) else value


def _is_of_person(row: Lead, other: EarlierLead) -> bool:
    by_email = row.email_identity_id is not None and row.email_identity_id == other.email_identity
    return by_email or (row.phone_identity_id is not None and row.phone_identity_id == other.phone_identity)
