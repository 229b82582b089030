"""The disk under PostgreSQL is full: nothing is acknowledged that is not stored, and room is all it needs."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psycopg

from tests.chaos.harness.faults import Fault, Group, Scene
from tests.chaos.harness.load import Batch, send

ROOM_MB = 160
PIECE = bytes(1 << 16)
MEGABYTE = "SELECT pg_logical_emit_message(false, 'chaos', repeat('x', 1000000))"
"""To the write-ahead log, and nowhere else."""


def no_room(scene: Scene) -> Iterator[None]:
    scene.checked = False
    full, cluster = Batch(f"{scene.batch.name}full"), scene.lab.cluster
    try:
        with _small_disk(scene, cluster.folder / "pg_wal") as place:
            send(scene.system, scene.batch, scene.count, again=False)
            with _filled(place):
                _use_what_is_left(scene)
                send(scene.system, full, scene.count, again=False)
            if not cluster.answers():
                cluster.crash()
            send(scene.system, scene.batch, scene.count)
    except (OSError, subprocess.SubprocessError) as error:
        scene.result.skipped = f"no small file system can be mounted: {error}"
        yield
        return
    scene.checked = True
    yield
    there = {key for (key,) in scene.system.ask("SELECT idempotency_key FROM routing_lead")}
    lost = full.acked.keys() - there
    scene.promise(not lost, f"acknowledged on a full disk and not stored: {len(lost)}")
    scene.promise(any(full.answers[status] for status in (503, 0)), f"the disk was never full: {dict(full.answers)}")
    scene.promise(full.answers.keys() <= {202, 503}, f"answers besides 202 and 503: {dict(full.answers)}")


def _use_what_is_left(scene: Scene) -> None:
    """PostgreSQL has files in advance, in which some leads would still have room."""
    with suppress(psycopg.Error):
        for _ in range(2 * ROOM_MB):
            scene.lab.cluster.ask(MEGABYTE, database="postgres")


@contextmanager
def _small_disk(scene: Scene, log: Path) -> Iterator[Path]:
    """PostgreSQL's write-ahead log, without which it can store nothing, on a file system with little room."""
    if os.geteuid():
        raise PermissionError("that needs root")
    cluster, place, aside = scene.lab.cluster, scene.lab.folder / "small", scene.lab.folder / "pg_wal"
    place.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={ROOM_MB}m", "tmpfs", place], check=True, capture_output=True)
    try:
        cluster.stop()
        shutil.move(log, aside)
        _copy(aside, place / "pg_wal")
        log.symlink_to(place / "pg_wal")
        cluster.start()
        yield place
    finally:
        cluster.stop()
        log.unlink()
        _copy(place / "pg_wal", log)
        subprocess.run(["umount", place], check=True, capture_output=True)
        shutil.rmtree(aside)
        cluster.start()


def _copy(source: Path, target: Path) -> None:
    """With the owner, who is not us."""
    subprocess.run(["cp", "-a", source, target], check=True)


@contextmanager
def _filled(place: Path) -> Iterator[None]:
    ballast = place / "ballast"
    try:
        with ballast.open("wb", buffering=0) as file:
            while True:
                file.write(PIECE)
    except OSError:
        yield
    finally:
        ballast.unlink()


GROUP = Group("disk", [Fault("13", "disk full", no_room, 0, 100, 1_000)])
