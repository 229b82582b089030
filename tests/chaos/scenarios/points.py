"""Processes die at named points of the code, or stop there for ever with all that they hold."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from tests.chaos.harness import checks
from tests.chaos.harness.company import REPS, SOLO
from tests.chaos.harness.faults import Fault, Group, Scene
from tests.chaos.harness.load import Batch, call, send, sending
from tests.chaos.harness.processes import wait_for
from tests.chaos.harness.spread import running_spread
from tests.chaos.harness.table import Result
from tests.chaos.scenarios.killing import MAX_ROUTED, routed_late
from tests.processes.running import ROOT

NAMED = re.compile(r"crash\.crash_point\(\"(\w+)\"\)")
DIED = re.compile(r"^crash point (\w+)$", re.MULTILINE)
EXAMPLE = "name"
HELD_UP_WITHIN = 25.0
"""A session that stops inside a transaction is ended by PostgreSQL after 15 seconds; then others go on."""
PATIENCE = 240.0
TURNS = """
    SELECT winner_id FROM routing_posting
    WHERE lead_id IS NOT NULL AND ledger_id = (SELECT ledger_id FROM routing_pool WHERE name = 'Crew') ORDER BY id
"""
"""Also those of leads that everybody in their own pool let pass."""
ONE_OWNED = """
    SELECT CAST(l.uuid AS text) FROM routing_lead l
    WHERE l.idempotency_key LIKE %s AND l.status = 'assigned' AND l.attempt = 1 ORDER BY l.id DESC LIMIT 1
"""
NTH = 6
DEATHS_A_POINT = 8
"""So many deaths in the mean."""
ENOUGH_POINTS = 0.8
"""Of the points. To wait for the rarest would end one message so often that it is given up, as one that kills."""


def names() -> list[str]:
    """All points that the product's code has."""
    found = [NAMED.findall(path.read_text(encoding="utf-8")) for path in sorted((ROOT / "routing").rglob("*.py"))]
    return sorted({name for some in found for name in some} - {EXAMPLE})


def each_point(scene: Scene) -> Iterator[None]:
    """Each process, in each of its lives, dies at one of the points; then all run on without."""
    system, points, since = scene.system, names(), len(scene.system.words())
    others = Batch(f"{scene.batch.name}others", "quick")  # they move on, and are given away
    wait_for(lambda: not system.one(checks.PENDING, "%"), MAX_ROUTED)  # leads of other faults are not to wait for this
    system.restart(crash=points, nth=NTH, stop_at="")
    with sending(system, scene.batch, a_second=8), sending(system, others, a_second=4):
        wait_for(lambda: _gave_away(scene, others) and _deaths(scene, since).total() >= scene.count, PATIENCE)
    deaths = _deaths(scene, since)
    scene.result.kills = scene.result.trials = deaths.total()
    scene.promise(deaths.total() >= scene.count, f"only {deaths.total()} deaths of {scene.count} came about")
    system.restart(crash=[])
    yield
    checks.settle(system, [others])
    checks.check(scene.lab, system, others, among := Result(scene.row, ""))
    scene.result.add(among)
    never = sorted(set(points) - set(deaths))
    scene.result.fault += f": {len(deaths)} of {len(points)} points"
    wanted = ENOUGH_POINTS * min(scene.count // DEATHS_A_POINT, len(points))
    scene.promise(len(deaths) >= wanted, f"never died at: {', '.join(never)}")
    spread = running_spread((winner for (winner,) in system.ask(TURNS)), reps=REPS)
    scene.promise(spread <= 1, f"turns were uneven by {spread}")


def _gave_away(scene: Scene, others: Batch) -> bool:
    """As a manager does, so that this comes by its points too."""
    for (lead,) in scene.system.ask(ONE_OWNED, others.pattern):
        call(scene.system, "POST", f"leads/{lead}/reassign", {"rep": SOLO, "reason": "chaos"})
    return True


def _deaths(scene: Scene, since: int = 0) -> Counter[str]:
    """At which points processes died, after so many words of the log."""
    return Counter(DIED.findall(scene.system.words()[since:]))


def before_a_job(scene: Scene) -> Iterator[None]:
    """Every worker dies as soon as it has taken a job, before it has begun on it."""
    system = scene.system
    system.restart(crash=["after_dequeue_before_job"], nth=1)
    with sending(system, scene.batch, a_second=8):
        wait_for(lambda: len(scene.batch.acked) >= scene.count, PATIENCE)
    scene.result.kills = _deaths(scene)["after_dequeue_before_job"]
    scene.promise(scene.result.kills, "no worker took a job")
    system.restart(crash=[], nth=NTH)
    yield
    routed_late(scene)
    scene.not_above(MAX_ROUTED)


def stopped_inside(scene: Scene) -> Iterator[None]:
    """One router stops for ever with its locks held; the others wait no longer than PostgreSQL lets them."""
    system, once = scene.system, scene.lab.folder / f"stopped-{scene.batch.name}"
    system.restart(stop_at="after_batch_before_commit", once=str(once))
    send(system, scene.batch, 1)
    scene.promise(wait_for(once.exists, 20), "no router came by")
    send(system, scene.batch, scene.count)
    _wake_at_the_end(scene, once)
    yield
    routed_late(scene)
    scene.not_above(HELD_UP_WITHIN)


def _wake_at_the_end(scene: Scene, once: Path) -> None:
    """Nobody but the one that stopped is left behind; it stays as it is until everything is ended."""
    left = "SELECT count(*) FROM routing_lead WHERE idempotency_key LIKE %s AND status = 'pending'"
    done = wait_for(lambda: not scene.system.one(left, scene.batch.pattern), HELD_UP_WITHIN + 10)
    scene.promise(done, f"{scene.system.one(left, scene.batch.pattern)} leads wait behind process {once.read_text()}")


GROUP = Group(
    "points",
    [
        Fault("3", "kill -9 between taking a job and beginning it", before_a_job, 0, 50, 500),
        Fault("31", "a router stopped inside its transaction", stopped_inside, 0, 20, 100),
        Fault("29", "death at named points of the code", each_point, 2, 120, 1_000),
    ],
)
