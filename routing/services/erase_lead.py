"""Erase a lead with everything that hangs on it. What was posted stays: balances go on adding up."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from django.db import transaction
from django.db.models import Q
from django.urls import reverse

from routing.models import Assignment, Decision, Identity, Lead, MailboxMessage, OutboxMessage, Signal
from routing.notifications.messages import Envelope
from routing.services.duplicates import duplicates_in, lock_family
from routing.services.lead_actions.ownership import lock_around
from routing.services.waiting import look_again_after_commit


@transaction.atomic
def erase_lead(*, lead: Lead, now: datetime) -> None:
    """The lead with its duplicates, their events, decisions, offers, mails, and signals that only name its address."""
    family = lock_family(lead)
    rows = [family[lead.pk], *duplicates_in(family, lead)]
    lock_around(lead, reps={row.owner_id for row in rows})
    keys = [row.pk for row in rows]
    _erase_mails(keys, {row.email for row in rows} - {""} | {str(row.uuid) for row in rows})
    Decision.objects.filter(lead__in=keys).delete()
    Assignment.objects.filter(lead__in=keys).delete()
    Lead.objects.filter(pk__in=keys).delete()
    _erase_signals({row.email for row in rows} - {""})
    _erase_identities({key for row in rows for key in (row.email_identity_id, row.phone_identity_id) if key})
    look_again_after_commit(now=now)


def _erase_mails(keys: Collection[int], names: Collection[str]) -> None:
    """Those that told of these leads alone, and mails about many that have their address, or a link to their page."""
    about = Q(pk=None)
    for key in OutboxMessage.objects.filter(lead__in=keys).values_list("key", flat=True):
        about |= Q(message_id__startswith=Envelope((key,), "").message_id.removesuffix(">"))
    for name in names:
        about |= Q(text__icontains=name)
    for lead in keys:
        about |= Q(text__contains=reverse("admin:routing_lead_change", args=[lead]))
    MailboxMessage.objects.filter(about).delete()


def _erase_signals(addresses: set[str]) -> None:
    """Those of addresses that no other lead has; what also names a company stays the company's."""
    gone = addresses - set(Lead.objects.filter(email__in=addresses).values_list("email", flat=True))
    signals = Signal.objects.filter(email__in=gone, lead=None)
    signals.filter(domain="").delete()
    signals.update(email="")


def _erase_identities(keys: set[int]) -> None:
    """Persons whom no other lead knows."""
    known = Lead.objects.filter(Q(email_identity__in=keys) | Q(phone_identity__in=keys))
    still = {key for pair in known.values_list("email_identity", "phone_identity") for key in pair}
    Identity.objects.filter(pk__in=keys - still).delete()
