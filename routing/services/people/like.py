"""A new rep like one who is there: the same team, hours, knowledge, limits and pools; nothing that is that person's."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction

from reps.models import Rep
from routing.models import Pool, PoolMember
from routing.models.bounds import MOST_RAMP_WEEKS
from routing.rulebook.config.errors import ConfigError, InvalidConfig, shown
from routing.services.importing.one import save_row
from routing.services.importing.shown import document_of
from routing.services.manage import change_members

COPIED = (
    "team", "timezone", "working_hours", "holidays", "languages", "skills", "expertise", "caps", "catch_up", "backup",
)  # fmt: skip
"""Not what belongs to the person: leads, accounts, territories, channels, calendar, leave."""
USUAL_WEEKS = 4


@transaction.atomic
def add_like(
    *,
    like: Rep,
    values: Mapping[str, Any],
    now: datetime,
    ramp_weeks: int = USUAL_WEEKS,
    user: User | None = None,
    reason: str = "",
) -> Rep:
    """`values` are keys of the configuration file, e-mail and name at least; they win over what is copied.

    In the same pools with the same weights, which they grow to over `ramp_weeks`; 0: at once. Raises InvalidConfig.
    """
    if not 0 <= ramp_weeks <= MOST_RAMP_WEEKS:
        raise InvalidConfig([ConfigError("ramp_weeks", f"{ramp_weeks} is not from 0 to {MOST_RAMP_WEEKS}.")])
    document = document_of("reps", like)
    copied = {key: document[key] for key in COPIED}
    rep: Rep = save_row(section="reps", row=None, changes=copied | dict(values), now=now, user=user, reason=reason)
    places = PoolMember.objects.filter(rep=like, pool__in=Pool.objects.current()).order_by("pool_id")
    members = [
        PoolMember(pool_id=place.pool_id, rep=rep, weight=place.weight, caps=place.caps, ramp_weeks=ramp_weeks)
        for place in places
    ]
    change_members(saved=members, removed=(), now=now)
    return rep


def rep_like(address: Any) -> Rep:
    """Whom somebody new is to be like. Raises InvalidConfig."""
    found = Rep.objects.filter(email=address.strip().lower()).first() if isinstance(address, str) else None
    if found is None:
        raise InvalidConfig([ConfigError("like", f"there is no rep {shown(address)}. Give somebody's e-mail address.")])
    return found
