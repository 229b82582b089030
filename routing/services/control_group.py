"""End a pool's control group, or begin one anew: a version that changes nothing but that share, at once.

An open draft and publications to come follow in the same point, so that publishing them does not bring back what was
ended; whatever else is in them stays. The ledger of the control group keeps its balances.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction

from routing.engine.types import Strategy
from routing.models import Pool, RulebookVersion, ScheduledVersion
from routing.models.bounds import LARGEST_CONTROL
from routing.services.privacy import audit_log
from routing.services.publish import frozen, one_at_a_time, published, store_version
from routing.services.waiting import look_at_waiting_leads_again
from routing.snapshots.pools import control_share_of


class NoControlGroup(Exception):
    """There is none to end, or none can begin; the text says why."""


@transaction.atomic
def end_control_group(*, pool: Pool, user: User | None, now: datetime) -> RulebookVersion:
    """All leads of the pool go by results from now on. Raises NoControlGroup if they do already."""
    version = _publish_share(pool, 0.0, note=f"The control group of {pool} ends", user=user, now=now)
    audit_log.note(action="control_group.ended", subject=pool, detail={"version": version.number}, user=user, now=now)
    return version


@transaction.atomic
def begin_control_group(*, pool: Pool, share: float, user: User | None, now: datetime) -> RulebookVersion:
    """A share of the pool's leads (more than 0, at most a half) goes by turn from now on. Raises NoControlGroup."""
    if not 0 < share <= LARGEST_CONTROL:
        raise NoControlGroup("A control group has more than none and at most half of the leads.")
    note = f"A control group of {pool} begins: {share:.0%}"
    version = _publish_share(pool, share, note=note, user=user, now=now)
    detail = {"version": version.number, "share": share}
    audit_log.note(action="control_group.begun", subject=pool, detail=detail, user=user, now=now)
    return version


def _publish_share(pool: Pool, share: float, *, note: str, user: User | None, now: datetime) -> RulebookVersion:
    """Not held up by what else is wrong with the rulebook: that was so before, and is no worse for this."""
    look_at_waiting_leads_again(now=now)
    one_at_a_time()
    newest = published()
    terms = _terms(newest.content, pool) if newest else None
    if newest is None or terms is None or terms.get("strategy") != Strategy.PERFORMANCE.value:
        raise NoControlGroup(f"The pool {pool} does not go by results, in what is published.")
    if bool(control_share_of(terms)) == bool(share):
        raise NoControlGroup(
            f"The pool {pool} has {'a control group already' if share else 'no control group any more'}."
        )
    _change_draft(pool, share, why=note)
    for scheduled in ScheduledVersion.objects.filter(ended_at=None):
        scheduled.content = _with_share(scheduled.content, pool, share)
        scheduled.save(update_fields=["content"])
    return store_version(_with_share(newest.content, pool, share), after=newest, note=note, user=user, now=now)


def _change_draft(pool: Pool, share: float, *, why: str) -> None:
    row = Pool.objects.select_for_update(no_key=True, of=("self",)).get(pk=pool.pk)
    row.control_share = share
    row._change_reason = why  # type: ignore[attr-defined]  # read by the history
    row.save(update_fields=["control_share"])


def _with_share(content: dict[str, Any], pool: Pool, share: float) -> dict[str, Any]:
    """A copy; one that does not name the pool stays as it is."""
    copy = frozen(content)
    terms = _terms(copy, pool)
    if terms is not None:
        terms["control_share"] = share
    return copy


def _terms(content: dict[str, Any], pool: Pool) -> dict[str, Any] | None:
    """What a version says of the pool."""
    return next((row for row in content.get("pools", []) if row.get("id") == pool.pk), None)
