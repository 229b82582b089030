"""Dealing leads out within the band: the same ledger that routing keeps, with equal weights."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from routing.engine.ledger import entitle, pay, post
from routing.engine.round import Order
from routing.engine.types import ONE_LEAD, LedgerKey, Member, RepId

SAME = 1e-9
"""Scores that differ by less are equal, as for the strategies of routing."""


class Desk:
    """Members of a pool and their balances. `largest`: how far from zero any balance was, in leads."""

    def __init__(self, members: Iterable[RepId], band: float) -> None:
        self.band = round(band * ONE_LEAD)
        self.balances: dict[RepId, int] = {}
        self.shares: dict[RepId, int] = {}
        self._furthest = 0
        self._last_at: dict[RepId, datetime | None] = {}
        self._key = LedgerKey(1)
        self.sit(members)

    @property
    def largest(self) -> float:
        return self._furthest / ONE_LEAD

    def sit(self, members: Iterable[RepId]) -> None:
        """Who takes leads from now on. Whoever comes anew begins with a balance of nothing."""
        self.members = frozenset(members)
        self._entitlement = entitle(Member(rep) for rep in self.members)

    def deal(self, at: datetime, scores: Mapping[RepId, float] | None = None) -> RepId:
        """Who gets this lead: the highest score of those within the band, level ones by turn; without scores by turn.

        Everybody earns, and the winner pays.
        """
        standings = self._entitlement.standings(self.balances)
        order = Order(self._entitlement, standings, self._last_at, "highest balance")
        best: list[RepId] | None = None
        if scores is not None:
            near = order.within(self.band)
            most = max(scores[rep] for rep in near) - SAME
            best = [rep for rep in near if scores[rep] >= most]
        turn = order.turn(best)
        if turn is None:
            raise ValueError("A pool without members deals nothing out.")
        posting = pay(self._entitlement, self._key, turn.winner)
        post(posting, self.balances, {})
        balances = self.balances.values()
        self._furthest = max(self._furthest, max(balances), -min(balances))
        self._last_at[turn.winner] = at
        self.shares[turn.winner] = self.shares.get(turn.winner, 0) + 1
        return turn.winner
