"""The rows of the people and companies behind leads: what later leads are matched by."""

from __future__ import annotations

from collections.abc import Collection
from typing import TypeAlias

from routing.models import Identity, Lead

IdentityKey: TypeAlias = tuple[str, str]
IDENTITIES = {
    "email": Identity.Kind.EMAIL,
    "phone": Identity.Kind.PHONE,
    "domain": Identity.Kind.DOMAIN,
}
"""Field of a lead → the kind of identity that its value is."""


def set_identities(leads: Collection[Lead]) -> None:
    """Make the rows of these people and companies that are missing, and point the leads (not saved) at them."""
    wanted = {
        (kind, key): None for lead in leads for field, kind in IDENTITIES.items() if (key := getattr(lead, field))
    }
    if not wanted:
        return
    # in one order everywhere, so that two transactions that make the same rows wait instead of blocking each other
    Identity.objects.bulk_create([Identity(kind=kind, key=key) for kind, key in sorted(wanted)], ignore_conflicts=True)
    ids: dict[IdentityKey, int] = {}
    rows = Identity.objects.filter(kind__in={kind for kind, _ in wanted}, key__in={key for _, key in wanted})
    for pk, kind, key in rows.order_by().values_list("pk", "kind", "key"):
        ids[kind, key] = pk
    for lead in leads:
        lead.email_identity_id = ids.get((Identity.Kind.EMAIL, lead.email))
        lead.phone_identity_id = ids.get((Identity.Kind.PHONE, lead.phone))
        lead.company_identity_id = ids.get((Identity.Kind.DOMAIN, lead.domain))
