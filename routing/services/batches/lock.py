"""Row locks, always in the order leads → identities → accounts → ledgers → reps, each sorted by key.

On SQLite a transaction holds the one write lock from its beginning, and these statements only read.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

from django.db.models import Model, QuerySet

from reps.models import Rep
from routing.models import Account, Identity, Lead, Ledger, PoolMember, RoutingBatch
from routing.snapshots.people import last_resort_ids


def lock_claim(pk: int) -> bool:
    """Hold the claim's row for as long as the work lasts; False if somebody gave the leads back meanwhile."""
    return RoutingBatch.objects.select_for_update(no_key=True).filter(pk=pk).exists()


def lock_leads(lead_ids: Collection[int]) -> list[Lead]:
    """The leads that are still undecided, oldest first."""
    rows = Lead.objects.undecided().filter(pk__in=lead_ids)
    return list(rows.select_for_update(no_key=True, of=("self",)).order_by("pk"))


def lock_people_of_leads(leads: Iterable[Lead], accounts: Collection[int]) -> None:
    """The persons and companies behind the leads, so that two leads of one person are decided one after the other."""
    identities = {
        identity
        for lead in leads
        for identity in (lead.email_identity_id, lead.phone_identity_id, lead.company_identity_id)
        if identity
    }
    _lock(Identity.objects.filter(pk__in=identities))
    _lock(Account.objects.filter(pk__in=accounts))


def lock_ledgers(ledger_ids: Collection[int]) -> None:
    _lock(Ledger.objects.filter(pk__in=ledger_ids))


def lock_reps(*, pool_ids: Collection[int], rep_ids: Collection[int], last_resort: bool = True) -> frozenset[int]:
    """All members of the pools, the named reps with their backups, and the last resort if wanted; their keys."""
    wanted = set(rep_ids) | set(PoolMember.objects.filter(pool__in=pool_ids).values_list("rep_id", flat=True))
    wanted |= set(last_resort_ids()) if last_resort else set()
    wanted |= set(Rep.objects.filter(pk__in=rep_ids).exclude(backup=None).values_list("backup_id", flat=True))
    _lock(Rep.objects.filter(pk__in=wanted))
    return frozenset(wanted)


def _lock(rows: QuerySet[Model]) -> None:
    list(rows.order_by("pk").select_for_update(no_key=True).values_list("pk", flat=True))
