"""One lead in one pool, as a strategy sees it: who may take it, how near each is to their turn, and what is known."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from routing.engine.batch import Batch, Contest
from routing.engine.ledger import Entitlement, Turn, first_of, turn_balances
from routing.engine.totals import total_standings
from routing.engine.types import ONE_LEAD, TIE, Fairness, Lead, LedgerKey, OfferMode, Pool, RepId


@dataclass(frozen=True, slots=True)
class Order:
    """Those who earn from a lead, and their standings in billionths: the highest is next in turn.

    `by` is what the highest has in words.
    """

    entitlement: Entitlement
    standings: list[int]
    last_at: Mapping[RepId, datetime | None]
    by: str

    def turn(self, among: Collection[RepId] | None = None) -> Turn | None:
        """Whose turn it is of all of them, or of those given."""
        reps, standings = self.entitlement.reps, self.standings
        if among is not None and len(among) < len(reps):
            some = [(rep, standing) for rep, standing in zip(reps, standings, strict=True) if rep in among]
            reps, standings = tuple(rep for rep, _ in some), [standing for _, standing in some]
        return first_of(reps, standings, self.last_at, by=self.by)

    def within(self, band: int) -> list[RepId]:
        """Those whose standing is no more than `band` below the highest."""
        least = max(self.standings) - max(band, TIE)
        pairs = zip(self.entitlement.reps, self.standings, strict=True)
        return [rep for rep, standing in pairs if standing >= least]


@dataclass(frozen=True, slots=True)
class Round:
    """One lead in one pool. At least one member may take it."""

    pool: Pool
    lead: Lead
    fact: Callable[[str], object]
    batch: Batch
    contest: Contest
    ledger: LedgerKey

    @property
    def able(self) -> int:
        """How many members passed every gate."""
        return len(self.contest.entitlement.reps)

    def order(self, among: Collection[RepId] | None = None) -> Order:
        """Who is next, of those who may take the lead or of some of them: only they earn and pay.

        What a pool offers to somebody and nobody took yet counts as theirs here, though not in the ledger.
        """
        accounts = self.batch.accounts(self.ledger)
        entitlement = self.batch.entitlement(self.contest, self.ledger, among)
        if self.pool.fairness is Fairness.TOTALS:
            standings = total_standings(self.batch, self.contest, self.pool, self.ledger, entitlement.reps)
            return Order(entitlement, standings, accounts.last_at, "lowest total")
        standings = entitlement.standings(self.balances())
        if self.pool.offer is OfferMode.EXCLUSIVE:  # or all leads of an hour would be offered to one rep
            pending = [self.batch.offered[self.pool.id, rep] for rep in entitlement.reps]
            standings = [standing - leads * ONE_LEAD for standing, leads in zip(standings, pending, strict=True)]
        return Order(entitlement, standings, accounts.last_at, "highest balance")

    def balances(self) -> Mapping[RepId, int]:
        """The balances that tell whose turn it is."""
        accounts = self.batch.accounts(self.ledger)
        return turn_balances(accounts.balances, accounts.saved, self.contest.members.values())

    def standing_in_words(self, standing: int) -> str:
        if self.pool.fairness is Fairness.TOTALS:
            return f"{-standing / ONE_LEAD:.2f} leads by weight in {self.pool.totals_days:g} days"
        return f"{standing / ONE_LEAD:+.3f} leads with this one's share"

    def open_units(self, rep: RepId) -> int:
        """The units somebody has open, with those that this batch gave."""
        state = self.batch.people.reps.get(rep)
        return (state.open_units if state else 0) + self.batch.given.units[rep, None, True]


@dataclass(frozen=True, slots=True)
class Choice:
    """Who a strategy chose and why. `order` says who earns; `by_turn`: in the end the turn decided.

    `deciding` is the reason in a few words, `why` in a sentence; `scores` are what the strategy compared.
    """

    turn: Turn
    order: Order
    deciding: str
    why: str
    by_turn: bool = False
    scores: Mapping[RepId, float] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
