"""Erase somebody everywhere. What was posted stays, without them: balances go on adding up."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from django.db import transaction
from django.db.models import Q, QuerySet

from reps.models import Rep
from routing.models import ImportChunk, ImportRow, Lead, Posting
from routing.services.batches.lock import lock_people_of_leads
from routing.services.privacy.audit_log import note
from routing.services.privacy.people import Person, person_named, person_of
from routing.services.privacy.place import Fate
from routing.services.privacy.places import PLACES
from routing.services.privacy.redaction import without
from routing.services.privacy.spooled import spooled_naming, take_out_of_spool
from routing.services.privacy.suppression import remember_erased, suppress
from routing.services.privacy.turns import keep_doors_out
from routing.services.time_limits import take_your_time
from routing.services.waiting import look_again_after_commit

STAYS = (ImportChunk, ImportRow, Posting)


@dataclass(frozen=True, slots=True)
class Erased:
    """How many of what went, by place; and what somebody has to change by hand, with how many rows."""

    counts: Mapping[str, int] = field(default_factory=dict)
    by_hand: Mapping[str, int] = field(default_factory=dict)


class _Joined(Exception):
    """Another lead of theirs, or a duplicate, came while the leads were being locked."""


@transaction.atomic
def erase_lead(*, lead: Lead, now: datetime) -> Erased:
    """The lead with its duplicates and every copy of them; the person's other leads stay, and what these need."""
    take_your_time()
    rows = _lock(lambda: [lead.pk])
    if not any(row.pk == lead.pk for row in rows):
        raise Lead.DoesNotExist("The lead was erased a moment ago.")
    done = _erase(person_of(rows), now=now)
    remember_erased([str(row.uuid) for row in rows], now=now)
    note(action="lead.erased", detail={"leads": [str(row.uuid) for row in rows]}, now=now)
    return done


@transaction.atomic
def erase_person(
    *, email: str = "", phone: str = "", never_again: bool = False, reason: str = "", now: datetime,
    progress: Callable[[int, int], object] = lambda done, total: None,
) -> Erased:  # fmt: skip
    """Everybody of this address or number, with all their leads. Raises NobodyNamed.

    `never_again`: the address and the number are not taken in any more.
    """
    take_your_time()
    asked = person_named(email=email, phone=phone)
    rows = _lock(lambda: person_named(email=email, phone=phone).keys, {*asked.emails, *asked.phones})
    person = replace(person_named(email=email, phone=phone), leads=tuple(rows))
    done = _erase(person, now=now, progress=progress)
    remember_erased([*person.emails, *person.phones, *(str(row.uuid) for row in rows)], now=now)
    if never_again:
        suppress([email, phone], reason=without(reason, person.pattern), now=now)
    note(action="person.erased", detail={"copies": dict(done.counts), "refused": never_again}, now=now)
    return done


@transaction.atomic
def erase_aged(leads: Collection[int], *, now: datetime) -> int:
    """Leads that are kept no longer, with what hangs on them; how many. Texts and files that name them age by
    themselves."""
    person = person_of(_lock(lambda: leads, None))
    for place in PLACES:
        if place.model is not ImportChunk:
            place.erase_linked(person)
    look_again_after_commit(now=now)
    return len(person.leads)


def erase_rows(leads: Sequence[Lead]) -> None:
    """Leads imported by mistake, locked by now: the rows of their file stay, and why turns were given back."""
    person = person_of(leads)
    for place in PLACES:
        if place.model not in STAYS:
            place.erase_linked(person)


def _erase(person: Person, *, now: datetime, progress: Callable[[int, int], object] = lambda *_: None) -> Erased:
    counts: dict[str, int] = {}
    by_hand: dict[str, int] = {}
    for number, place in enumerate(PLACES):
        progress(number, len(PLACES))
        if place.fate is Fate.BY_HAND:
            by_hand[place.name] = place.linked_rows(person).count() + place.named_rows(person).count()
        else:
            counts[place.name] = place.erase(person)
    counts["spool"] = take_out_of_spool(spooled_naming(person))
    look_again_after_commit(now=now)
    return Erased(_some(counts), _some(by_hand))


def _some(counts: Mapping[str, int]) -> dict[str, int]:
    return {name: count for name, count in counts.items() if count}


def _lock(keys_now: Callable[[], Iterable[int]], known_by: Collection[str] | None = ()) -> list[Lead]:
    """The leads with their duplicates, then their turns, persons and companies, accounts and owners, in that order.

    Nobody of this address or number, or of theirs, is taken in until the transaction ends. Without `known_by` (None)
    nobody waits.
    """
    while True:
        try:
            with transaction.atomic():
                return _locked(keys_now, known_by)
        except _Joined:
            continue


def _locked(keys_now: Callable[[], Iterable[int]], known_by: Collection[str] | None) -> list[Lead]:
    rows = list(_concerned(keys_now()).order_by("pk").select_for_update(no_key=True))
    if known_by is not None:
        keep_doors_out({*known_by, *(text for row in rows for text in (row.email, row.phone))})
    lock_people_of_leads(rows, {row.account_id for row in rows if row.account_id})
    if _concerned(keys_now()).exclude(pk__in=[row.pk for row in rows]).exists():
        raise _Joined
    owners = {row.owner_id for row in rows if row.owner_id}
    list(Rep.objects.filter(pk__in=owners).order_by("pk").select_for_update(no_key=True).values_list("pk"))
    return rows


def _concerned(keys: Iterable[int]) -> QuerySet[Lead]:
    wanted = sorted(keys)
    return Lead.objects.filter(Q(pk__in=wanted) | Q(duplicate_of__in=wanted))
