"""The earlier leads that matter to one lead at any moment, whether it is stored or only typed in.

What routing looks up for a batch (snapshots/earlier.py) is found here by the lead's values, since there may be no row.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.db.models import Q

from routing.engine.types import EarlierLead, MatchedAccount, Settings
from routing.engine.types import Lead as LeadFacts
from routing.intake.normalise import is_role_mailbox
from routing.models import Identity, Lead
from routing.snapshots.earlier import NEVER_THE_ORIGINAL, earlier_lead

KINDS = {
    "email_identity_id": (Identity.Kind.EMAIL, "email"),
    "phone_identity_id": (Identity.Kind.PHONE, "phone"),
    "company_identity_id": (Identity.Kind.DOMAIN, "domain"),
}
"""Which identity of a lead is known by which kind and field."""


def recognise(row: Lead) -> None:
    """Point a lead that is not stored at the identities that are known already. Makes none."""
    for column, (kind, field) in KINDS.items():
        key = getattr(row, field)
        known = Identity.objects.filter(kind=kind, key=key).values_list("pk", flat=True).first() if key else None
        setattr(row, column, known)


def earlier_of_one(
    row: Lead, *, settings: Settings, match: MatchedAccount | None, now: datetime
) -> tuple[EarlierLead, ...]:
    """The newest lead of the same person or company in each of the ways in which routing looks, oldest first."""
    before = Lead.objects.filter(test=row.test, submitted_at__lte=row.submitted_at).exclude(pk=row.pk)
    found: dict[int, Lead] = {}
    for condition in _same_person(row):
        for which, order in ((_twin(row), "-submitted_at"), (Q(owner__isnull=False), "-submitted_at")):
            found |= {lead.pk: lead for lead in before.filter(condition, which).order_by(order)[:1]}
    since = now - timedelta(days=settings.company_days)
    owned = before.filter(Q(closed_at=None) | Q(owned_at__gte=since), owner__isnull=False)
    for condition in _same_company(row, match):
        found |= {lead.pk: lead for lead in owned.filter(condition).order_by("-owned_at")[:1]}
    return tuple(earlier_lead(found[pk]) for pk in sorted(found))


def is_of_person(lead: LeadFacts, other: EarlierLead) -> bool:
    """Whether an earlier lead came from the same address or number."""
    by_email = lead.email_identity is not None and lead.email_identity == other.email_identity
    return by_email or (lead.phone_identity is not None and lead.phone_identity == other.phone_identity)


def _same_person(row: Lead) -> Iterator[Q]:
    same_name = Q(name_key=row.name_key) if row.name_key else Q(pk=None)
    if row.email_identity_id:
        same_email = Q(email_identity=row.email_identity_id)
        yield same_email & same_name if is_role_mailbox(row.email) else same_email
    if row.phone_identity_id:
        same_phone = Q(phone_identity=row.phone_identity_id)
        yield same_phone & (Q(email="") | Q(email=row.email) | same_name) if row.email else same_phone


def _twin(row: Lead) -> Q:
    same_form = Q(form=row.form) if row.form else Q(form="", kind=row.kind)
    return same_form & ~Q(status__in=NEVER_THE_ORIGINAL)


def _same_company(row: Lead, match: MatchedAccount | None) -> Iterator[Q]:
    if row.company_identity_id:
        yield Q(company_identity=row.company_identity_id)
    if match is not None:
        yield Q(account=match.id)
