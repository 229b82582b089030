"""Consent as it was given, and as it was withdrawn: a row for each time somebody said so."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from routing.models import Consent, Lead, LeadEvent
from routing.services.privacy.audit_log import note
from routing.services.privacy.people import Person

LONGEST_ORIGIN = 150
BY_REQUEST = "withdrawn on request"


def note_consent(lead: Lead, *, origin: str, now: datetime) -> None:
    """What the lead says of it now, after it has changed."""
    if lead.consent is not None:
        Consent.objects.create(lead=lead, given=lead.consent, origin=origin[:LONGEST_ORIGIN], given_at=now)


@transaction.atomic
def withdraw_consent(*, person: Person, actor: str, now: datetime) -> int:
    """They agree to nothing any more; of how many leads that was new."""
    leads = Lead.objects.filter(pk__in=person.keys).exclude(consent=False)
    rows = list(leads.order_by("pk").select_for_update(no_key=True))
    for lead in rows:
        lead.consent = False
        note_consent(lead, origin=BY_REQUEST, now=now)
    Lead.objects.bulk_update(rows, ["consent"])
    LeadEvent.objects.bulk_create(
        [
            LeadEvent(lead=lead, kind=LeadEvent.Kind.EDITED, text="Consent withdrawn", actor=actor, happened_at=now)
            for lead in rows
        ]
    )
    note(action="consent.withdrawn", detail={"leads": [str(lead.uuid) for lead in rows]}, now=now)
    return len(rows)
