"""What a duplicate says that its original did not is added to the original. Nothing is overwritten."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction

from routing.intake.clean import MOST_ENTRIES
from routing.intake.facts import LONGEST_MESSAGE
from routing.intake.normalise import person_key
from routing.models import Lead, LeadEvent
from routing.services.change_lead import go_on
from routing.services.free_leads import lock_free_leads
from routing.services.identities import IDENTITIES, set_identities
from routing.services.privacy.screening import KNOWN_BY, refused_facts

ALONE = (
    "phone", "company", "website", "domain", "job_title", "industry", "language", "product_interest", "campaign",
    "employees", "annual_revenue", "expected_amount", "consent",
)  # fmt: skip
NAME = ("first_name", "last_name")
PLACE = ("country", "region", "postal_code", "city")
ENTRIES = ("attributes", "utm")
FOLLOWING = ("name_key", "derived", "email_identity", "phone_identity", "company_identity")
"""Columns that follow from the merged ones."""
LONGEST_EVENT = 500


@dataclass(slots=True)
class Merge:
    """What one duplicate brought: the fields that were filled, and those for which there was no more room."""

    filled: list[str] = field(default_factory=list)
    too_much: list[str] = field(default_factory=list)


def merge_duplicates(*, now: datetime) -> int:
    """Merge the duplicates that routing has found since the last time; how many were dealt with."""
    with transaction.atomic():
        duplicates = lock_free_leads(Lead.objects.filter(status=Lead.Status.DUPLICATE, route_after__isnull=False))
        if not duplicates:
            return 0
        keys = {duplicate.duplicate_of_id for duplicate in duplicates}
        originals = {lead.pk: lead for lead in lock_free_leads(Lead.objects.filter(pk__in=keys))}
        pairs = [
            (original, duplicate)
            for duplicate in duplicates
            if (original := originals.get(duplicate.duplicate_of_id or 0))
        ]
        _merge_pairs([(original, duplicate) for original, duplicate in pairs if original.test == duplicate.test], now)
        Lead.objects.filter(pk__in=[duplicate.pk for _, duplicate in pairs]).update(route_after=None)
    return len(pairs)


def _merge_pairs(pairs: Sequence[tuple[Lead, Lead]], now: datetime) -> None:
    refused = _refused(pairs)
    merges = [
        (original, duplicate, Merge() if duplicate.pk in refused else _merge(original, duplicate))
        for original, duplicate in pairs
    ]
    changed = {original.pk: original for original, _, merge in merges if merge.filled}
    known_by_more = {original.pk for original, _, merge in merges if not IDENTITIES.keys().isdisjoint(merge.filled)}
    set_identities([changed[pk] for pk in known_by_more])
    Lead.objects.bulk_update(changed.values(), (*ALONE, *NAME, *PLACE, "message", *ENTRIES, *FOLLOWING))
    LeadEvent.objects.bulk_create(_event(*merge, now=now) for merge in merges)
    for original in changed.values():
        if original.status in (Lead.Status.PENDING, Lead.Status.HELD):  # what it waits for may be there now
            go_on(original, now=now)


def _refused(pairs: Sequence[tuple[Lead, Lead]]) -> set[int]:
    """Duplicates of somebody who asked to be erased, who is not known by that to the original: they bring nothing."""
    new = [
        {name: getattr(duplicate, name) for name in KNOWN_BY if getattr(duplicate, name) != getattr(original, name)}
        for original, duplicate in pairs
    ]
    return {duplicate.pk for (_, duplicate), errors in zip(pairs, refused_facts(new), strict=True) if errors}


def _event(original: Lead, duplicate: Lead, merge: Merge, *, now: datetime) -> LeadEvent:
    text = f"{duplicate.label} posted again"
    text += f"; new: {', '.join(merge.filled)}" if merge.filled else ""
    text += f"; too much to add: {', '.join(merge.too_much)}" if merge.too_much else ""
    return LeadEvent(lead=original, kind=LeadEvent.Kind.MERGED, text=text[:LONGEST_EVENT], happened_at=now)


def _merge(original: Lead, duplicate: Lead) -> Merge:
    merge = Merge()
    _fill(original, duplicate, ALONE, merge)
    if _agree(original, duplicate, NAME):
        _fill(original, duplicate, NAME, merge)
        original.name_key = person_key(original.first_name, original.last_name)
    # a region or postal code means nothing in another country
    if original.country in ("", duplicate.country) and _agree(original, duplicate, PLACE):
        _fill(original, duplicate, PLACE, merge)
    _add_message(original, duplicate, merge)
    for name in ENTRIES:
        _add_entries(original, duplicate, name, merge)
    return merge


def _agree(original: Lead, duplicate: Lead, names: Sequence[str]) -> bool:
    """Whether the two say nothing different: parts of one name or place are never mixed with another's."""
    both = [(getattr(original, name), getattr(duplicate, name)) for name in names]
    return all(mine == other for mine, other in both if mine and other)


def _fill(original: Lead, duplicate: Lead, names: Sequence[str], merge: Merge) -> None:
    for name in names:
        value = getattr(duplicate, name)
        if getattr(original, name) in ("", None) and value not in ("", None):
            setattr(original, name, value)
            merge.filled.append(name)
            if how := duplicate.derived.get(name):
                original.derived = original.derived | {name: how}


def _add_message(original: Lead, duplicate: Lead, merge: Merge) -> None:
    if not duplicate.message or duplicate.message in original.message:
        return
    both = f"{original.message}\n\n{duplicate.message}".strip()
    if len(both) > LONGEST_MESSAGE:
        merge.too_much.append("message")
    else:
        original.message = both
        merge.filled.append("message")


def _add_entries(original: Lead, duplicate: Lead, name: str, merge: Merge) -> None:
    have, offered = getattr(original, name), getattr(duplicate, name)
    new = [(key, value) for key, value in offered.items() if key not in have]
    room = max(0, MOST_ENTRIES - len(have))
    if new[:room]:
        setattr(original, name, have | dict(new[:room]))
        merge.filled.append(name)
    if new[room:]:
        merge.too_much.append(name)
