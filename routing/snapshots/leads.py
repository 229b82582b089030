"""Lead rows → the engine's leads: facts, account, territory, and the earlier leads of the same person or company."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import OuterRef, Q, QuerySet, Subquery

from routing.engine.types import EarlierLead, FactValue, MatchedAccount, Rulebook, Territory
from routing.engine.types import Lead as LeadFacts
from routing.intake.normalise import is_role_mailbox
from routing.models import Account, Assignment, Lead
from routing.snapshots.progress import read_progress
from routing.snapshots.rulebook import Published

PLAIN_FACTS = (
    "email", "domain", "kind", "form", "campaign", "country", "region", "postal_code", "city", "company", "industry",
    "employees", "annual_revenue", "expected_amount", "job_title", "source", "language", "product_interest", "message",
    "first_name", "last_name", "phone", "website", "submitted_at",
)  # fmt: skip
NEVER_THE_ORIGINAL = (Lead.Status.QUARANTINED, Lead.Status.DUPLICATE)


def load_leads(
    rows: Sequence[Lead], *, published: Published, matches: Mapping[int, MatchedAccount | None], now: datetime
) -> list[tuple[LeadFacts, Territory | None]]:
    """Each row as the engine's lead with the territory it lies in. A constant number of queries."""
    earlier = _earlier_leads(rows, rulebook=published.rulebook, matches=matches, now=now)
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


def _earlier_leads(
    rows: Sequence[Lead], *, rulebook: Rulebook, matches: Mapping[int, MatchedAccount | None], now: datetime
) -> defaultdict[int, list[EarlierLead]]:
    """For each lead, the few others that can make it a duplicate, returning, or of the same company.

    Each is found by one probe of an index, so a company with ten thousand leads costs no more than one with two.
    """
    company_since = now - timedelta(days=rulebook.settings.company_days)
    found: dict[int, set[int]] = {
        pk: {other for other in others if other is not None}
        for pk, *others in Lead.objects.filter(pk__in=[row.pk for row in rows])
        .annotate(
            twin_by_email=_newest(_same_person("email_identity"), _twins()),
            twin_by_phone=_newest(_same_person("phone_identity"), _twins()),
            owned_by_email=_newest(_same_person("email_identity"), Q(owner__isnull=False)),
            owned_by_phone=_newest(_same_person("phone_identity"), Q(owner__isnull=False)),
            owned_by_company=_newest_owned(Q(company_identity=OuterRef("company_identity")), company_since),
        )
        .values_list("pk", "twin_by_email", "twin_by_phone", "owned_by_email", "owned_by_phone", "owned_by_company")
    }
    by_account = _newest_of_accounts({match.id for match in matches.values() if match}, company_since)
    for row in rows:
        match = matches.get(row.pk)
        if match and (newest := by_account.get(match.id)):
            found[row.pk].add(newest)
    wanted = {other for others in found.values() for other in others}
    values = {row.pk: earlier_lead(row) for row in Lead.objects.filter(pk__in=wanted)} if wanted else {}
    earlier: defaultdict[int, list[EarlierLead]] = defaultdict(list)
    for pk, others in found.items():
        earlier[pk] = [values[other] for other in sorted(others) if other in values and other != pk]
    return earlier


def _same_person(identity: str) -> Q:
    same = Q(**{identity: OuterRef(identity)})
    if identity == "email_identity":
        return same
    # two people may share a phone: only if one side has no e-mail, or the names agree
    return same & (Q(email="") | Q(name_key=OuterRef("name_key")) | Q(email=OuterRef("email")))


def _twins() -> Q:
    """Whether it was a moment ago is the engine's question."""
    return Q(form=OuterRef("form"), pk__lt=OuterRef("pk")) & ~Q(status__in=NEVER_THE_ORIGINAL)


def _newest(*conditions: Q) -> Subquery:
    return Subquery(Lead.objects.filter(*conditions).order_by("-submitted_at").values("pk")[:1])


def _newest_owned(condition: Q, since: datetime) -> Subquery:
    return Subquery(_open_or_recent(Lead.objects.filter(condition, owner__isnull=False), since).values("pk")[:1])


def _open_or_recent(leads: QuerySet[Lead], since: datetime) -> QuerySet[Lead]:
    return leads.filter(Q(closed_at=None) | Q(owned_at__gte=since)).order_by("-owned_at")


def _newest_of_accounts(accounts: set[int], since: datetime) -> dict[int, int | None]:
    if not accounts:
        return {}
    newest = _newest_owned(Q(account=OuterRef("pk")), since)
    return dict(Account.objects.filter(pk__in=accounts).annotate(newest=newest).values_list("pk", "newest"))


def earlier_lead(row: Lead) -> EarlierLead:
    """A lead row as the ladder compares others with it."""
    return EarlierLead(
        id=row.pk,
        label=row.label,
        submitted_at=row.submitted_at,
        form=row.form,
        email=row.email,
        phone=row.phone,
        name_key=row.name_key,
        email_identity=row.email_identity_id,
        phone_identity=row.phone_identity_id,
        company_identity=row.company_identity_id,
        account=row.account_id,
        undecided=row.owner_id is None,
        owner=row.owner_id,
        owned_at=row.owned_at,
        open=row.closed_at is None,
    )
