"""On SQLite: many writers, and kill -9 in the middle of writing."""

from __future__ import annotations

from collections.abc import Iterator

from tests.chaos.harness.faults import Fault, Group, Scene
from tests.chaos.harness.load import send, sending


def contended(scene: Scene) -> Iterator[None]:
    """Everybody writes at once; nobody is told that the database is locked."""
    send(scene.system, scene.batch, scene.count, senders=8, again=False)
    yield
    scene.promise(scene.batch.answers.keys() == {202}, f"answers: {dict(scene.batch.answers)}")
    scene.result.measured, scene.result.late = "202", scene.batch.seconds


def killed(scene: Scene) -> Iterator[None]:
    with sending(scene.system, scene.batch):
        scene.result.kills = scene.system.kill(scene.count, pause=0.15)
    yield
    found = scene.system.ask("PRAGMA integrity_check")
    scene.promise(found == [("ok",)], f"integrity_check: {found[:3]}")


GROUP = Group(
    "sqlite",
    [
        Fault("14", "SQLite: eight senders at once", contended, 0, 400, 10_000),
        Fault("15", "SQLite: kill -9 of anything while it writes", killed, 0, 60, 200),
    ],
    {"sqlite": True, "roles": {"web": 1, "workers": 1, "clock": 1}},
)
