"""What going by results is worth: leads that went by results beside the control group, which went by turn.

A control group lasts from the version that gave the pool one to the version that took it away. Its leads go on to count
after that, until the last of them is old enough; then the result is final. One that begins again is counted anew.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from math import ceil
from typing import Any

from routing.engine.control import Arms, Ratio, Won, ratio_of, wins_to_see
from routing.insights.control_groups import COUNTS_AFTER, Counts, counts_of
from routing.models import Pool, RulebookVersion
from routing.models.bounds import LARGEST_CONTROL
from routing.models.reading import one_by_one
from routing.snapshots.pools import control_share_of

VERSIONS_AT_ONCE = 100
WORTH_SEEING = 1.2
"""A rise by a fifth, such as from 10 % to 12 %, is what a comparison should be able to see."""


@dataclass(frozen=True, slots=True)
class Arm:
    """Leads that count, how many of them were won in time and how many went by turn; how many are too young yet."""

    leads: int = 0
    wins: int = 0
    by_turn: int = 0
    young: int = 0

    @property
    def rate(self) -> float | None:
        return self.wins / self.leads if self.leads else None


@dataclass(frozen=True, slots=True)
class Lasted:
    """One control group: the share of each version, from when, and until when if it has ended."""

    shares: Mapping[int, float] = field(default_factory=dict)
    since: datetime | None = None
    ended: datetime | None = None

    @property
    def share(self) -> float:
        """The last one."""
        return self.shares[max(self.shares)] if self.shares else 0.0

    @property
    def going_on(self) -> bool:
        return bool(self.shares) and self.ended is None

    @property
    def final(self) -> datetime | None:
        """When the last of its leads counts; None as long as it goes on."""
        return self.ended + COUNTS_AFTER if self.ended else None


@dataclass(frozen=True, slots=True)
class Uplift:
    """`routed` by results, `control` by turn, while the control group `lasted`; the ratio holds at all looks together.

    `needed` is how many leads that count, of both groups, it takes to see a rise by a fifth, and `needed_with_half` how
    many if half of the leads were the control group; None: too few to say.
    """

    lasted: Lasted
    routed: Arm
    control: Arm
    ratio: Ratio
    needed: int | None
    needed_with_half: int | None

    @property
    def arms(self) -> Arms:
        return Arms(self.control.leads, self.control.wins, self.routed.leads, self.routed.wins)


def uplift_of(pool: Pool, *, now: datetime) -> Uplift:
    """Of the pool's latest control group, as of now. Four queries."""
    lasted = control_group_of(pool)
    rows = counts_of(pool, lasted.shares, now=now) if lasted.shares else []
    routed, control = _arm(rows, control=False), _arm(rows, control=True)
    needed, with_half = (_needed(share, routed, control) for share in (lasted.share, LARGEST_CONTROL))
    return Uplift(lasted, routed, control, ratio_of(_won(rows, lasted)), needed, with_half)


def control_group_of(pool: Pool) -> Lasted:
    """The one that the pool has, or else the last one that it had. One query a hundred versions since that began."""
    shares, since, ended = dict[int, float](), None, None
    versions = RulebookVersion.objects.values_list("number", "published_at", "content__pools")
    for number, published_at, pools in one_by_one(versions, VERSIONS_AT_ONCE, by="-number"):
        share = _share(pools, pool.pk)
        if share:
            shares[number], since = share, published_at
        elif shares:
            break
        else:
            ended = published_at
    return Lasted(shares, since, ended if shares else None)


def _share(pools: Any, key: int) -> float:
    """What a version gave to the pool's control group; 0 where it had none."""
    rows = pools if isinstance(pools, list) else []
    terms: Mapping[str, Any] | None = next((row for row in rows if row.get("id") == key), None)
    return control_share_of(terms) if terms else 0.0


def _arm(rows: Iterable[Counts], *, control: bool) -> Arm:
    mine = [row for row in rows if row.control == control]
    return Arm(
        leads=sum(row.leads for row in mine),
        wins=sum(row.wins for row in mine),
        by_turn=sum(row.by_turn for row in mine),
        young=sum(row.young for row in mine),
    )


def _won(rows: Iterable[Counts], lasted: Lasted) -> list[Won]:
    """Together are those of all versions that drew with the same share."""
    wins = Counter[tuple[float, bool]]()
    for row in rows:
        wins[lasted.shares[row.version], row.control] += row.wins
    return [Won(share, wins[share, True], wins[share, False]) for share in sorted({share for share, _ in wins})]


def _needed(share: float, routed: Arm, control: Arm) -> int | None:
    leads, wins = routed.leads + control.leads, routed.wins + control.wins
    needed = wins_to_see(WORTH_SEEING, share) if wins else None
    return ceil(needed * leads / wins) if needed else None
