"""Loops: who lies in themselves by way of their parents, and pools that overflow to each other."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Hashable, Iterable, Mapping
from typing import Any, TypeVar

Node = TypeVar("Node", bound=Hashable)


def looping(parents: Mapping[Any, Any]) -> set[Any]:
    """Those who are their own ancestor, child → parent."""
    return {start for start in parents if start in _ancestors(start, parents)}


def _ancestors(start: Any, parents: Mapping[Any, Any]) -> set[Any]:
    seen: set[Any] = set()
    at = parents.get(start)
    while at is not None and at not in seen:
        seen.add(at)
        at = parents.get(at)
    return seen


def overflow_loops(rules: Iterable[tuple[Node, Collection[Any], Any]]) -> dict[Node, list[Any]]:
    """Rules (name, pools they send leads to, pool they overflow to) whose overflow leads back to a pool of theirs.

    Name → the way round, pool by pool. A pool that overflows to itself has a way of one.
    """
    rows = [row for row in rules if row[2] is not None]
    onward: dict[Any, set[Any]] = defaultdict(set)
    for _, pools, overflow in rows:
        for pool in pools:
            onward[pool].add(overflow)
    return {name: way for name, pools, overflow in rows if (way := _way(overflow, set(pools), onward))}


def _way(start: Any, back_to: set[Any], onward: Mapping[Any, Collection[Any]]) -> list[Any]:
    """A shortest way from `start` to one of `back_to`, both included; none: nothing."""
    came_from: dict[Any, Any] = {start: None}
    queue = [start]
    for pool in queue:
        if pool in back_to:
            way = [pool]
            while came_from[way[-1]] is not None:
                way.append(came_from[way[-1]])
            return way[::-1]
        for following in sorted(onward.get(pool, ()), key=str):
            if following not in came_from:
                came_from[following] = pool
                queue.append(following)
    return []
