"""An original and those that repeat it: locked together, moved together, and let go once it is nobody's original."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime

from django.db import connection, transaction

from routing.models import Lead, LeadEvent
from routing.models.bulk import update_rows
from routing.services.batches.lock import lock_people_of_leads

LONGEST_REASON = 200
LONGEST_EVENT = 500
LONGEST_NAME = 100


class _Joined(Exception):
    """Routing found another duplicate of the lead while that was being locked."""


def lock_family(lead: Lead, *others: Lead) -> dict[int, Lead]:
    """The lead with its duplicates, and the others, locked with their persons and companies.

    Nothing joins the lead until the transaction ends: routing does that under the lock of the person. If a duplicate
    was faster, all is let go and begun anew, since leads are locked before persons.
    """
    named = {lead.pk, *(other.pk for other in others)}
    while True:
        try:
            with transaction.atomic():
                return _lock_family(lead, named)
        except _Joined:
            continue


def _lock_family(lead: Lead, named: Collection[int]) -> dict[int, Lead]:
    duplicates = Lead.objects.filter(duplicate_of=lead.pk).order_by().values_list("pk", flat=True)
    rows = Lead.objects.filter(pk__in={*named, *duplicates}).select_for_update(no_key=True).order_by("pk")
    locked = {row.pk: row for row in rows}
    if not locked.keys() >= set(named):
        raise Lead.DoesNotExist("The lead was erased a moment ago.")
    lock_people_of_leads(locked.values(), ())
    if not locked.keys() >= set(duplicates.all()):
        raise _Joined
    return locked


def duplicates_in(family: Mapping[int, Lead], original: Lead) -> list[Lead]:
    """Those that repeat the original, now that they are locked."""
    return [row for row in family.values() if row.duplicate_of_id == original.pk]


def let_go(duplicates: Iterable[tuple[Lead, str]], *, now: datetime, actor: str = "") -> None:
    """They go to review, each by itself and for this reason: what is in review is nobody's original."""
    told = [(row.pk, text) for row, text in duplicates]
    update_rows(
        Lead, ("status", "duplicate_of", "route_after", "screen_reason"),
        [(pk, Lead.Status.QUARANTINED.value, None, None, text[:LONGEST_REASON]) for pk, text in told],
    )  # fmt: skip
    _note(told, LeadEvent.Kind.QUARANTINED, actor=actor, now=now)


def because(happened: str) -> str:
    """Why a duplicate is let go: what `happened` to the lead that it had joined, whom nobody need be reminded of."""
    return f"Joined an earlier request of the same person, which {happened}"


def move_to(original: Lead, duplicates: Collection[Lead], *, before: Lead, now: datetime, actor: str) -> None:
    """They repeat another original from now on, since theirs turned out to be a duplicate itself."""
    if not duplicates:
        return
    Lead.objects.filter(pk__in=[row.pk for row in duplicates]).update(duplicate_of=original)
    text = f"Duplicate of {original.label[:LONGEST_NAME]}, as {before.label[:LONGEST_NAME]} is one too"
    _note([(row.pk, text) for row in duplicates], LeadEvent.Kind.DUPLICATE, actor=actor, now=now)


def let_go_of_reviewed(originals: Mapping[int, str], *, now: datetime) -> bool:
    """Let go the duplicates of leads that routing sends to review: lead → why its duplicates go.

    False, and nothing is changed, if somebody works on one of them just now: nobody is waited for here, since leads
    are locked before everything that the batch has locked by now.
    """
    found = Lead.objects.filter(duplicate_of__in=originals.keys(), status=Lead.Status.DUPLICATE).order_by("pk")
    keys = list(found.values_list("pk", flat=True))
    if not keys:
        return True
    skip = connection.features.has_select_for_update_skip_locked
    free = list(found.filter(pk__in=keys).select_for_update(no_key=True, skip_locked=skip))
    if len(free) < len(keys):
        return False
    let_go([(row, originals[row.duplicate_of_id or 0]) for row in free], now=now)
    return True


def _note(told: Iterable[tuple[int, str]], kind: LeadEvent.Kind, *, actor: str, now: datetime) -> None:
    LeadEvent.objects.bulk_create(
        LeadEvent(lead_id=pk, kind=kind, text=text[:LONGEST_EVENT], actor=actor[:150], happened_at=now)
        for pk, text in told
    )
