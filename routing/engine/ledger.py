"""The entitlement ledger: what each lead entitled everybody to, who is next in turn, and how a posting is stored.

Amounts are whole billionths of a lead. A posting always sums to exactly 0, and so does every ledger.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, MutableMapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from itertools import groupby, pairwise, repeat
from operator import add
from typing import NamedTuple, TypeAlias

from routing.engine.types import ONE_LEAD, TIE, LedgerKey, Member, Posting, RepId

Line: TypeAlias = tuple[RepId, int]

NEVER = datetime.min.replace(tzinfo=UTC)
"""Whoever never had a lead has waited longest."""

THOUSANDTHS = 1_000


class Saver(NamedTuple):
    """Somebody on leave who goes on earning: `share` in thousandths of their own, and room in their savings."""

    rep: RepId
    weight: int
    share: int
    room: int


@dataclass(frozen=True, slots=True)
class Entitlement:
    """What one lead entitles those who may take it to: reps in order of their ids, and each one's share.

    `saved` is what those on leave earn for later, `paid_out` what moves from savings to where it counts; `total` is
    what all of them earn, and the winner pays.
    """

    reps: tuple[RepId, ...]
    shares: tuple[int, ...]
    lines: tuple[Line, ...]
    total: int
    saved: tuple[Line, ...] = ()
    paid_out: tuple[Line, ...] = ()

    def standings(self, balances: Mapping[RepId, int]) -> list[int]:
        """Everybody's balance once this lead's share is earned and what is due of their savings is paid out."""
        standings = list(map(add, map(balances.get, self.reps, repeat(0)), self.shares))
        for rep, amount in self.paid_out:
            standings[self.reps.index(rep)] += amount
        return standings


class Turn(NamedTuple):
    """Whose turn it is, and why. `standing` is the winner's balance with this lead's share; `level` how many had it."""

    winner: RepId
    standing: int
    level: int
    deciding: str


def entitle(members: Iterable[Member], savers: Iterable[Saver] = ()) -> Entitlement:
    """Share one lead out by weight, rounded down. Nobody with a weight of 0 or less is entitled to anything.

    Savers come first: each gets that part of what would be theirs if all of them were here, as long as their savings
    have room; the others share what is left.
    """
    weights = {member.rep: member.weight for member in members if member.weight > 0}
    whole = sum(weights.values())
    saved = _savings(savers, whole) if whole else ()
    left = ONE_LEAD - sum(amount for _, amount in saved)
    reps = tuple(sorted(weights))
    shares = tuple(weights[rep] * left // whole for rep in reps)
    total = sum(shares) + ONE_LEAD - left if whole else 0
    return Entitlement(reps, shares, tuple(zip(reps, shares, strict=True)), total, saved)


def _savings(savers: Iterable[Saver], present: int) -> tuple[Line, ...]:
    able = [saver for saver in savers if saver.weight > 0 and saver.share > 0 and saver.room > 0]
    whole = present + sum(saver.weight for saver in able)
    earned = [(s.rep, min(s.weight * s.share * ONE_LEAD // (whole * THOUSANDTHS), s.room)) for s in able]
    return tuple(sorted(line for line in earned if line[1] > 0))


def pay_out(entitlement: Entitlement, saved: Mapping[RepId, int], faster: Mapping[RepId, int]) -> tuple[Line, ...]:
    """What moves from savings to where it counts: at most `faster` thousandths of the own share of a lead."""
    due = [(rep, min(saved.get(rep, 0), share * faster.get(rep, 0) // THOUSANDTHS)) for rep, share in entitlement.lines]
    return tuple(line for line in due if line[1] > 0)


def turn_balances(
    balances: Mapping[RepId, int], saved: Mapping[RepId, int], members: Iterable[Member]
) -> Mapping[RepId, int]:
    """The balances that tell whose turn it is: without savings, and without what the others owe for them.

    Winners paid for what was saved, so their balances are lower by as much. That is lent back to the other members of
    the pool by weight while it is not paid out: else whoever comes back would be far ahead, and savings count at once.
    """
    owed = {rep: amount for rep, amount in saved.items() if amount}
    if not owed:
        return balances
    turns = {**balances, **{rep: balances.get(rep, 0) - amount for rep, amount in owed.items()}}
    weights = {member.rep: member.weight for member in members if member.weight > 0}
    for saver, amount in owed.items():
        others = sum(weights.values()) - weights.get(saver, 0)
        if saver in weights and others:
            for rep, weight in weights.items():
                turns[rep] = turns.get(rep, 0) + (amount * weight // others if rep != saver else 0)
    return turns


def next_in_turn(
    entitlement: Entitlement, balances: Mapping[RepId, int], last_at: Mapping[RepId, datetime | None]
) -> Turn | None:
    """Whose turn it is by their balances once this lead's share is earned."""
    return first_of(entitlement.reps, entitlement.standings(balances), last_at)


def first_of(
    reps: Sequence[RepId],
    standings: Sequence[int],
    last_at: Mapping[RepId, datetime | None],
    *,
    by: str = "highest balance",
) -> Turn | None:
    """The highest standing; level: longest since the last lead; level: lowest id."""
    if not reps:
        return None
    highest = max(standings)
    level = [position for position, standing in enumerate(standings) if standing >= highest - TIE]
    if len(level) == 1:
        deciding = by if len(reps) > 1 else "the only one who could take it"
        return Turn(reps[level[0]], highest, 1, deciding)
    waited = [last_at.get(reps[position]) or NEVER for position in level]
    first = waited.index(min(waited))
    deciding = "longest without a lead" if waited.count(waited[first]) == 1 else "first in line"
    return Turn(reps[level[first]], standings[level[first]], len(level), deciding)


def pay(entitlement: Entitlement, ledger: LedgerKey, winner: RepId) -> Posting:
    """Everybody earns their share, and the winner pays the total."""
    position = entitlement.reps.index(winner)
    paid = (winner, entitlement.shares[position] - entitlement.total)
    lines = entitlement.lines[:position] + (paid,) + entitlement.lines[position + 1 :]
    if entitlement.saved:
        lines = tuple(sorted(lines + entitlement.saved))
    return Posting(ledger, winner, lines, entitlement.total, entitlement.saved, entitlement.paid_out)


def settle(
    members: Iterable[Member],
    balances: Mapping[RepId, int],
    last_at: Mapping[RepId, datetime | None],
    *,
    ledger: LedgerKey,
    winner: RepId | None = None,
) -> Posting | None:
    """The posting of one lead among those who may take it; a `winner` given by hand takes the turn. None: nobody."""
    entitlement = entitle(members)
    if winner is None:
        turn = next_in_turn(entitlement, balances, last_at)
        return pay(entitlement, ledger, turn.winner) if turn else None
    return pay(entitlement, ledger, winner) if winner in entitlement.reps else None


def earned(posting: Posting) -> dict[RepId, int]:
    """What the lead of a posting entitled everybody to, the winner included."""
    shares = dict(posting.lines)
    shares[posting.winner] = shares.get(posting.winner, 0) + posting.paid
    return shares


def taken_by(posting: Posting, winner: RepId) -> Posting:
    """The same lead, taken by another of those whom it entitled: what an offer posts. Everybody earns the same."""
    shares = earned(posting)
    shares[winner] = shares.get(winner, 0) - posting.paid
    return Posting(posting.ledger, winner, tuple(sorted(shares.items())), posting.paid, posting.saved, posting.paid_out)


def reverse(posting: Posting) -> Posting:
    """The posting that takes back the whole of another one, savings included."""
    return Posting(
        posting.ledger,
        posting.winner,
        _negated(posting.lines),
        -posting.paid,
        _negated(posting.saved),
        _negated(posting.paid_out),
    )


def _negated(lines: tuple[Line, ...]) -> tuple[Line, ...]:
    return tuple((rep, -amount) for rep, amount in lines)


def post(posting: Posting, balances: MutableMapping[RepId, int], saved: MutableMapping[RepId, int]) -> None:
    """Let a posting move balances (as a whole, savings included) and savings.

    Savings never fall below nothing: what a reversal takes back of savings that were paid out meanwhile, it takes
    from where they went.
    """
    for rep, amount in posting.lines:
        balances[rep] = balances.get(rep, 0) + amount
    for rep, amount in posting.saved:
        saved[rep] = max(0, saved.get(rep, 0) + amount)
    for rep, amount in posting.paid_out:
        saved[rep] = max(0, saved.get(rep, 0) - amount)


def pack(lines: Sequence[Line]) -> bytes:
    """Lines in a few bytes: the number of lines, rep ids as steps, amounts as runs of equal ones."""
    ordered = sorted(lines)
    packed = bytearray(_packed_reps(tuple([rep for rep, _ in ordered])))
    for amount, run in groupby([amount for _, amount in ordered]):
        packed += _varint(len(list(run))) + _varint(_zigzag(amount))
    return bytes(packed)


@lru_cache(maxsize=64)
def _packed_reps(reps: tuple[RepId, ...]) -> bytes:
    """How many there are, and their ids as steps: alike in posting after posting of a ledger."""
    packed = bytearray(_varint(len(reps)))
    for before, rep in pairwise((0, *reps)):
        packed += _varint(rep - before)
    return bytes(packed)


def unpack(packed: bytes) -> tuple[Line, ...]:
    """The lines that were packed. Raises ValueError if the bytes are none that `pack` made."""
    numbers = _numbers(packed)
    try:
        reps: list[RepId] = []
        for _ in range(next(numbers)):
            reps.append(next(numbers) + (reps[-1] if reps else 0))
        amounts: list[int] = []
        while len(amounts) < len(reps):
            length, amount = next(numbers), _unzigzag(next(numbers))
            amounts += [amount] * min(length, len(reps) - len(amounts) + 1)
        if next(numbers, None) is None and len(amounts) == len(reps):
            return tuple(zip(reps, amounts, strict=True))
    except StopIteration:
        pass
    raise ValueError("These bytes are not the entries of a posting.")


def _zigzag(number: int) -> int:
    return number * 2 if number >= 0 else -number * 2 - 1


def _unzigzag(number: int) -> int:
    return number // 2 if number % 2 == 0 else -(number + 1) // 2


def _varint(number: int) -> bytes:
    encoded = bytearray()
    while number > 0x7F:
        encoded.append(number & 0x7F | 0x80)
        number >>= 7
    encoded.append(number)
    return bytes(encoded)


def _numbers(packed: bytes) -> Iterator[int]:
    number = shift = 0
    for byte in packed:
        number |= (byte & 0x7F) << shift
        shift += 7
        if not byte & 0x80:
            yield number
            number = shift = 0
    if shift:
        raise ValueError("These bytes are not the entries of a posting.")
