"""The people of a batch: live data, locked and read at one instant."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from routing.engine.types.vocabulary import LedgerId, PoolId, Refusal, RepId


class CapKind(StrEnum):
    HOUR = "hour"
    DAY = "day"
    WEEK = "week"
    OPEN = "open"
    UNANSWERED = "unanswered"


@dataclass(frozen=True, slots=True)
class CapUse:
    """A cap and what of it is used at the start of the batch.

    `pool` is None for a cap of the rep, else it is a cap of that membership and counts that pool's leads only.
    `every_kind`: leads that came by returning, same company, account owner or overflow count and are blocked too.
    `frees_at` is the earliest instant at which a unit is free again, if that is known.
    """

    kind: CapKind
    limit: int
    used: int
    pool: PoolId | None = None
    every_kind: bool = False
    frees_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class RepState:
    """What the gates need to know of one person at the batch's instant.

    `standing` is the first refusal by a gate that does not depend on the lead (inactive, paused, on leave,
    holiday, off shift), or None; `standing_detail` says it for people. `available_at` is when that refusal ends,
    None if unknown or never. `shift_open` tells whether they are within working hours and not on holiday,
    whatever else refuses.
    """

    id: RepId
    name: str
    standing: Refusal | None = None
    standing_detail: str = ""
    available_at: datetime | None = None
    backup: RepId | None = None
    caps: tuple[CapUse, ...] = ()


@dataclass(frozen=True, slots=True)
class Member:
    rep: RepId
    weight: int = 1000


@dataclass(frozen=True, slots=True)
class LedgerAccount:
    """A rep's account in a ledger: balance in billionths, and when they last won a lead there."""

    balance: int = 0
    last_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class People:
    """Everybody the leads of a batch can reach: locked and read at one instant.

    `members` holds only pools whose ledger is locked; `ledgers` the accounts of those ledgers.
    `last_resort` is in order of preference.
    """

    reps: Mapping[RepId, RepState]
    members: Mapping[PoolId, tuple[Member, ...]]
    ledgers: Mapping[LedgerId, Mapping[RepId, LedgerAccount]]
    last_resort: tuple[RepId, ...] = ()
    paused: bool = False
