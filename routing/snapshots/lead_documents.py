"""A lead as JSON, as everybody outside gets it: over the API, by webhook, as an agent."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import F, Prefetch, QuerySet

from routing.models import AccountSuggestion, Assignment, Lead, Offer
from routing.models.leads import LeadQuerySet

COLUMNS: dict[str, str] = {
    "id": "uuid", "status": "status", "email": "email", "phone": "phone", "first_name": "first_name",
    "last_name": "last_name", "company": "company", "website": "website", "domain": "domain",
    "job_title": "job_title", "industry": "industry", "employees": "employees", "annual_revenue": "annual_revenue",
    "expected_amount": "expected_amount", "country": "country", "region": "region", "postal_code": "postal_code",
    "city": "city", "language": "language", "message": "message", "product_interest": "product_interest",
    "kind": "kind", "source": "source", "form": "form", "campaign": "campaign", "utm": "utm",
    "attributes": "attributes", "consent": "consent", "test": "test", "external_id": "external_id",
    "derived": "derived", "method": "method", "duplicate_of": "original", "account": "account_name",
    "account_evidence": "account_evidence", "account_confidence": "account_confidence",
    "territory": "territory_name", "score": "score", "grade": "grade", "waits_for": "waits_for",
    "screen_reason": "screen_reason", "held_reason": "held_reason", "held_since": "held_since",
    "hold_deadline_at": "hold_deadline_at", "park_reason": "park_reason", "review_date": "review_date",
    "outcome": "outcome", "amount": "amount", "outcome_reason": "outcome_reason", "outcome_at": "outcome_at",
    "closed_at": "closed_at", "owned_at": "owned_at", "submitted_at": "submitted_at",
    "first_response_at": "first_response_at", "system_seconds": "system_seconds", "nobody_seconds": "nobody_seconds",
    "outside_seconds": "outside_seconds", "rep_seconds": "rep_seconds",
}  # fmt: skip
"""What is shown, and which column of `lead_rows` it is."""
ASSIGNMENT: dict[str, str] = {
    "id": "uuid", "rep": "rep_email", "pool": "pool_name", "rule": "rule_name", "method": "method",
    "strategy": "strategy", "attempt": "attempt", "sla": "sla", "rulebook_version": "rulebook_version",
    "assigned_at": "assigned_at", "alerted_at": "alerted_at", "due_at": "due_at", "accepted_at": "accepted_at",
    "responded_at": "responded_at", "breached_at": "breached_at",
}  # fmt: skip
OFFER = {"rep": "rep_email", "kind": "kind", "pool": "pool_name", "offered_at": "offered_at", "until": "until"}
CONSENT = {"given": "given", "wording": "wording", "origin": "origin", "page": "page", "given_at": "given_at"}
SUGGESTION = {"account": "account_name", "confidence": "confidence", "evidence": "evidence"}


def lead_rows() -> LeadQuerySet:
    """Leads with everything that is shown of them, in five queries."""
    current: QuerySet[Assignment] = Assignment.objects.current().annotate(
        rep_email=F("rep__email"), pool_name=F("pool__name"), rule_name=F("rule__name")
    )
    offers = Offer.objects.standing().annotate(rep_email=F("rep__email"), pool_name=F("pool__name"))
    suggested = AccountSuggestion.objects.filter(dismissed_at=None).annotate(account_name=F("account__name"))
    return Lead.objects.annotate(
        owner_email=F("owner__email"),
        owner_name=F("owner__name"),
        account_name=F("account__name"),
        territory_name=F("territory__name"),
        original=F("duplicate_of__uuid"),
    ).prefetch_related(
        "consents",
        Prefetch("assignments", current, to_attr="current_assignments"),
        Prefetch("offers", offers, to_attr="standing_offers"),
        Prefetch("account_suggestions", suggested, to_attr="suggested"),
    )


def lead_document(lead: Any) -> dict[str, Any]:
    """A row of `lead_rows` as GET /leads/{id} shows it. What is not known is null."""
    assignment = lead.current_assignments[0] if lead.current_assignments else None
    return {
        **_shown(lead, COLUMNS),
        "owner": {"email": lead.owner_email, "name": lead.owner_name} if lead.owner_id else None,
        "assignment": _shown(assignment, ASSIGNMENT) if assignment else None,
        "offers": [_shown(offer, OFFER) for offer in lead.standing_offers],
        "consents": [_shown(consent, CONSENT) for consent in lead.consents.all()],
        "suggestions": [_shown(suggestion, SUGGESTION) for suggestion in lead.suggested],
    }


def instant_text(instant: datetime) -> str:
    """RFC 3339, in UTC."""
    return instant.isoformat().replace("+00:00", "Z")


def _shown(row: object, columns: dict[str, str]) -> dict[str, Any]:
    return {name: _plain(getattr(row, column)) for name, column in columns.items()}


def _plain(value: Any) -> Any:
    """A column's value in JSON; an empty text is not known."""
    if isinstance(value, datetime):
        return instant_text(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        number = float(value)
        return int(number) if number.is_integer() else number
    if isinstance(value, UUID):
        return str(value)
    return None if value == "" else value
