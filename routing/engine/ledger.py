"""The entitlement ledger: what each lead entitled everybody to, who is next in turn, and how a posting is stored.

Amounts are whole billionths of a lead. A posting always sums to exactly 0, and so does every ledger.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import groupby, pairwise
from operator import add
from typing import NamedTuple, TypeAlias

from routing.engine.types import ONE_LEAD, TIE, LedgerId, Member, Posting, RepId

Line: TypeAlias = tuple[RepId, int]

NEVER = datetime.min.replace(tzinfo=UTC)
"""Whoever never had a lead has waited longest."""


@dataclass(frozen=True, slots=True)
class Entitlement:
    """What one lead entitles those who may take it to: reps in order of their ids, and each one's share."""

    reps: tuple[RepId, ...]
    shares: tuple[int, ...]
    lines: tuple[Line, ...]
    total: int


class Turn(NamedTuple):
    """Whose turn it is, and why. `standing` is the winner's balance with this lead's share; `level` how many had it."""

    winner: RepId
    standing: int
    level: int
    deciding: str


def entitle(members: Iterable[Member]) -> Entitlement:
    """Share one lead out by weight, rounded down. Nobody with a weight of 0 or less is entitled to anything."""
    weights = {member.rep: member.weight for member in members if member.weight > 0}
    whole = sum(weights.values())
    reps = tuple(sorted(weights))
    shares = tuple(weights[rep] * ONE_LEAD // whole for rep in reps)
    return Entitlement(reps, shares, tuple(zip(reps, shares, strict=True)), sum(shares))


def next_in_turn(
    entitlement: Entitlement, balances: Mapping[RepId, int], last_at: Mapping[RepId, datetime | None]
) -> Turn | None:
    """Highest balance once this lead's share is earned; level: longest since the last lead; level: lowest id."""
    reps = entitlement.reps
    if not reps:
        return None
    standings = list(map(add, [balances.get(rep, 0) for rep in reps], entitlement.shares))
    highest = max(standings)
    level = [position for position, standing in enumerate(standings) if standing >= highest - TIE]
    if len(level) == 1:
        deciding = "highest balance" if len(reps) > 1 else "the only one who could take it"
        return Turn(reps[level[0]], highest, 1, deciding)
    waited = [last_at.get(reps[position]) or NEVER for position in level]
    first = waited.index(min(waited))
    deciding = "longest without a lead" if waited.count(waited[first]) == 1 else "first in line"
    return Turn(reps[level[first]], standings[level[first]], len(level), deciding)


def pay(entitlement: Entitlement, ledger: LedgerId, winner: RepId) -> Posting:
    """Everybody earns their share, and the winner pays the total."""
    position = entitlement.reps.index(winner)
    paid = (winner, entitlement.shares[position] - entitlement.total)
    lines = entitlement.lines[:position] + (paid,) + entitlement.lines[position + 1 :]
    return Posting(ledger, winner, lines)


def settle(
    members: Iterable[Member],
    balances: Mapping[RepId, int],
    last_at: Mapping[RepId, datetime | None],
    *,
    ledger: LedgerId = 0,
    winner: RepId | None = None,
) -> Posting | None:
    """The posting of one lead among those who may take it; a `winner` given by hand takes the turn. None: nobody."""
    entitlement = entitle(members)
    if winner is None:
        turn = next_in_turn(entitlement, balances, last_at)
        return pay(entitlement, ledger, turn.winner) if turn else None
    return pay(entitlement, ledger, winner) if winner in entitlement.reps else None


def reverse(posting: Posting) -> Posting:
    """The posting that takes back the whole of another one."""
    return Posting(posting.ledger, posting.winner, tuple((rep, -amount) for rep, amount in posting.lines))


def pack(lines: Sequence[Line]) -> bytes:
    """Lines in a few bytes: the number of lines, rep ids as steps, amounts as runs of equal ones."""
    ordered = sorted(lines)
    packed = bytearray(_varint(len(ordered)))
    for (before, _), (rep, _) in pairwise(((0, 0), *ordered)):
        packed += _varint(rep - before)
    for amount, run in groupby(amount for _, amount in ordered):
        packed += _varint(sum(1 for _ in run)) + _varint(_zigzag(amount))
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
