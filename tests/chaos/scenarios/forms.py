"""Hosted forms while the database is away or the disk is full: what a visitor was thanked for becomes one lead."""

from __future__ import annotations

import os
import subprocess
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from urllib.parse import urlencode

from tests.chaos.harness.company import FORM
from tests.chaos.harness.faults import Fault, Group, Scene
from tests.chaos.harness.processes import System, wait_for

SENDERS = 4
OUTAGE_SECONDS = 60.0
APART = 0.12
"""Seconds from one visitor to the next: 500 of them fill the outage."""
TIMEOUT = 10.0
SETTLED_SECONDS = 60.0
THANKED = (200, 202, 303)
SMALL = "2m"
LEADS = "SELECT email, count(*) FROM routing_lead WHERE form = %s AND email LIKE %s GROUP BY email"
UNTOLD = """
    SELECT count(*) FROM routing_lead l WHERE l.form = %s AND l.email LIKE %s AND NOT EXISTS (
        SELECT 1 FROM routing_outboxmessage m WHERE m.lead_id = l.id AND m.kind = 'alert')
"""
"""Decided leads have an alert that is on its way: that it arrives is what other rows are about."""
INVALID = "SELECT count(*) FROM routing_submission WHERE status = 'invalid' AND raw LIKE %s"


class Visitors:
    """Everybody who sends the form, and what they were told. Each has the key of a page of their own."""

    def __init__(self, scene: Scene, name: str) -> None:
        self.scene, self.name = scene, name
        self.keys: dict[int, str] = {}
        self.thanked: dict[str, float] = {}
        self.answers: Counter[int] = Counter()

    @property
    def pattern(self) -> str:
        return f"{self.name}-%"

    def send(self, number: int, email: str = "") -> int:
        """Once; the same visitor again sends the same page."""
        address = email or f"{self.name}-{number}@visitor{number}.example"
        key = self.keys.setdefault(number, str(uuid.uuid4()))
        began = time.monotonic()
        status = _post(self.scene.system, {"first_name": "Mia", "email": address, "lr_key": key})
        self.answers[status] += 1
        if status in THANKED:
            self.thanked.setdefault(address, time.monotonic() - began)
        return status

    def send_all(self, count: int, again_each: int = 10, apart: float = 0.0) -> None:
        """So many visitors, so many seconds apart; each tenth clicks twice."""
        began = time.monotonic()

        def send(number: int) -> None:
            time.sleep(max(0.0, began + number * apart - time.monotonic()))
            for _ in range(2 if number % again_each == 0 else 1):
                self.send(number)

        with ThreadPoolExecutor(SENDERS) as pool:
            list(pool.map(send, range(count)))


def away(scene: Scene) -> Iterator[None]:
    """The database is stopped; visitors are thanked all the same, and two clocks take in what waits."""
    scene.checked = False
    visitors = Visitors(scene, "away")
    with _stopped(scene):
        visitors.send_all(scene.count, apart=min(APART, OUTAGE_SECONDS / scene.count))
    _settle(scene, visitors)
    yield
    scene.result.acked = len(visitors.thanked)
    scene.promise(visitors.answers.keys() <= {303}, f"answers besides 303: {dict(visitors.answers)}")
    scene.promise(len(visitors.thanked) == scene.count, f"thanked {len(visitors.thanked)} of {scene.count}")
    scene.result.measured, scene.result.late = "thanked", list(visitors.thanked.values())
    scene.not_above(2.0)
    _check(scene, visitors)


def no_room(scene: Scene) -> Iterator[None]:
    """The disk of the spool is full: 503 and never a thank-you; what was thanked for before is there afterwards."""
    scene.checked = False
    visitors = Visitors(scene, "full")
    try:
        with _small_disk(_spool(scene)) as place, _stopped(scene):
            visitors.send_all(scene.count // 2)
            before = visitors.answers.copy()
            with _filled(place):
                visitors.send_all(scene.count, again_each=scene.count + 1)
            full = visitors.answers - before
            visitors.send_all(scene.count)  # with room again
            _wait_until_taken_in(scene, visitors, start=scene.lab.cluster.start)
    except (OSError, subprocess.SubprocessError) as error:
        scene.result.skipped = f"no small file system can be mounted: {error}"
        yield
        return
    _settle(scene, visitors)
    yield
    scene.result.acked = len(visitors.thanked)
    scene.promise(before.keys() == {303}, f"answers before it was full: {dict(before)}")
    scene.promise(full[503], f"the disk was never full: {dict(full)}")
    scene.promise(visitors.answers.keys() <= {303, 503}, f"answers besides 303 and 503: {dict(visitors.answers)}")
    _check(scene, visitors)


def malformed(scene: Scene) -> Iterator[None]:
    """What cannot be a lead is answered 422, and kept for people to look at."""
    scene.checked = False
    visitors = Visitors(scene, "wrong")
    for number in range(scene.count):
        visitors.send(number, email=f"wrong-{number}@")
    yield
    scene.promise(visitors.answers == {422: scene.count}, f"answers: {dict(visitors.answers)}")
    kept = scene.system.one(INVALID, "%wrong-%")
    scene.promise(kept == scene.count, f"kept {kept} of {scene.count}")


def _post(system: System, fields: dict[str, str]) -> int:
    client = HTTPConnection("127.0.0.1", system.port, timeout=TIMEOUT)
    try:
        kind = {"Content-Type": "application/x-www-form-urlencoded"}
        client.request("POST", f"/f/{FORM}/", urlencode(fields), kind)
        answer = client.getresponse()
        answer.read()
        return answer.status
    except (OSError, HTTPException):
        return 0
    finally:
        client.close()


def _settle(scene: Scene, visitors: Visitors) -> None:
    def settled() -> bool:
        found = len(scene.system.ask(LEADS, FORM, visitors.pattern))
        return found >= len(visitors.thanked) and not scene.system.one(UNTOLD, FORM, visitors.pattern)

    wait_for(settled, SETTLED_SECONDS)  # what is missing then is found by the check


def _wait_until_taken_in(scene: Scene, visitors: Visitors, *, start: Callable[[], None]) -> None:
    """Before the small disk goes, with what lies on it."""
    start()
    wait_for(lambda: len(scene.system.ask(LEADS, FORM, visitors.pattern)) >= len(visitors.thanked), SETTLED_SECONDS)


def _check(scene: Scene, visitors: Visitors) -> None:
    found = dict(scene.system.ask(LEADS, FORM, visitors.pattern))
    scene.result.lost = len(visitors.thanked.keys() - found.keys())
    scene.result.doubled = sum(count - 1 for count in found.values())
    scene.promise(not scene.result.lost, f"thanked for, and no lead: {scene.result.lost}")
    scene.promise(not scene.result.doubled, f"more leads than visitors: {scene.result.doubled}")
    untold = scene.system.one(UNTOLD, FORM, visitors.pattern)
    scene.promise(not untold, f"nobody was told of {untold} leads")


def _spool(scene: Scene) -> Path:
    return Path(scene.system.environment["LEADROUTING_DATA"]) / "spool"


@contextmanager
def _stopped(scene: Scene) -> Iterator[None]:
    scene.lab.cluster.stop()
    try:
        yield
    finally:
        if not scene.lab.cluster.answers():
            scene.lab.cluster.start()


@contextmanager
def _small_disk(place: Path) -> Iterator[Path]:
    if os.geteuid():
        raise PermissionError("that needs root")
    place.mkdir(exist_ok=True)
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={SMALL}", "tmpfs", place], check=True, capture_output=True)
    try:
        yield place
    finally:
        subprocess.run(["umount", "-l", place], check=True, capture_output=True)


@contextmanager
def _filled(place: Path) -> Iterator[None]:
    ballast = place / "ballast"
    try:
        with ballast.open("wb", buffering=0) as file:
            while True:
                file.write(bytes(4096))
    except OSError:
        yield
    finally:
        ballast.unlink()


GROUP = Group(
    "forms",
    [
        Fault("22", "submissions that cannot be leads", malformed, 0, 200, 2_000),
        Fault("11", "PostgreSQL away while visitors send a form", away, 20, 500, 5_000),
        Fault("13 spool", "disk of the spool full", no_room, 0, 100, 1_000),
    ],
)
