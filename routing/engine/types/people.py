"""The people of a batch: live data, locked and read at one instant."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from routing.engine.types.performance import ExpertiseTable, PerformanceTable
from routing.engine.types.vocabulary import LedgerKey, PoolId, Refusal, RepId


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
class CatchUp:
    """What somebody on leave goes on earning: `share` (0 to 1) of their share, until `cap` leads are saved up.

    Afterwards the savings are paid out so slowly that they get at most `max_rate` times their share.
    """

    share: float = 0.0
    cap: float = 5.0
    max_rate: float = 1.5


@dataclass(frozen=True, slots=True)
class RepState:
    """What the gates need to know of one person at the batch's instant.

    `standing` is the first refusal by a gate that does not depend on the lead (inactive, paused, on leave,
    holiday, off shift), or None; `standing_detail` says it for people. `available_at` is when that refusal ends,
    None if unknown or never. `shift_open` tells whether they are within working hours and not on holiday,
    whatever else refuses. `languages` are lower-case codes, `skills` and the topics of `expertise` are folded names
    (topic → level, 1 to 3). `open_units` are the units of the leads they have open, `released` the number of
    released leads that they have not answered yet, those that are offered to them included.
    """

    id: RepId
    name: str
    standing: Refusal | None = None
    standing_detail: str = ""
    available_at: datetime | None = None
    backup: RepId | None = None
    caps: tuple[CapUse, ...] = ()
    languages: frozenset[str] = frozenset()
    skills: frozenset[str] = frozenset()
    expertise: Mapping[str, float] = field(default_factory=dict)
    open_units: int = 0
    released: int = 0
    catch_up: CatchUp | None = None


@dataclass(frozen=True, slots=True)
class Member:
    rep: RepId
    weight: int = 1000


@dataclass(frozen=True, slots=True)
class LedgerAccount:
    """A rep's account in a ledger: balance in billionths, and when they last won a lead there.

    `saved` is the part of the balance that was earned on leave and not paid out yet: it counts in the sum of the
    ledger, but not towards whose turn it is (ledger.turn_balances).
    """

    balance: int = 0
    last_at: datetime | None = None
    saved: int = 0


@dataclass(frozen=True, slots=True)
class People:
    """Everybody the leads of a batch can reach: locked and read at one instant.

    `members` holds only pools whose ledger is locked; `ledgers` the accounts of those ledgers; a weight is already
    tilted where a pool gives more leads to better results. `last_resort` is in order of preference. `totals` are the
    leads won in the last `totals_days`, `joined` when members joined: both only for pools that share totals.
    `performance` holds the day's numbers of pools that go by results, `expertise` what the outcomes of those teach that
    go by intent and learn. `offered` counts the leads that a pool offers to
    one member at a time and that nobody took yet.
    """

    reps: Mapping[RepId, RepState]
    members: Mapping[PoolId, tuple[Member, ...]]
    ledgers: Mapping[LedgerKey, Mapping[RepId, LedgerAccount]]
    last_resort: tuple[RepId, ...] = ()
    paused: bool = False
    paused_pools: frozenset[PoolId] = frozenset()
    totals: Mapping[LedgerKey, Mapping[RepId, int]] = field(default_factory=dict)
    joined: Mapping[tuple[PoolId, RepId], datetime] = field(default_factory=dict)
    performance: Mapping[PoolId, PerformanceTable] = field(default_factory=dict)
    expertise: Mapping[PoolId, ExpertiseTable] = field(default_factory=dict)
    offered: Mapping[tuple[PoolId, RepId], int] = field(default_factory=dict)
