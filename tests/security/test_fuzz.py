"""Thousands of hostile requests at every door: no 500 ever, what is taken in is stored, and memory stays as it is.

Each request is made from SEED, its door and its number alone. A failure names all three, and shows the request.
"""

from __future__ import annotations

import gc
import logging
import os
import traceback
from collections.abc import Iterator
from copy import copy
from http import HTTPStatus
from io import BytesIO
from itertools import count
from pathlib import Path
from random import Random
from typing import Any
from weakref import finalize

import pytest
from django.db import close_old_connections
from django.test import Client

from routing.models import Lead, Submission
from tests.admin.conftest import without_menu
from tests.security import doors, public_doors
from tests.security.doors import Door, World
from tests.security.hostile import Shot

SEED = 20260303
VOLUMES: dict[str, tuple[Door, str, str, int]] = {
    "leads": (doors.leads, "api", "POST", 2800),
    "change_lead": (doors.change_lead, "api", "PATCH", 120),
    "signals": (doors.signals, "api", "POST", 900),
    "acts": (doors.acts, "api", "POST", 450),
    "everything_else": (doors.everything_else, "api", "POST", 400),
    "reads": (doors.reads, "api", "GET", 120),
    "forms": (public_doors.forms, "visitor", "POST", 200),
    "inbound": (public_doors.inbound, "visitor", "POST", 150),
    "uploads": (public_doors.uploads, "api", "POST", 150),
    "inbox": (doors.inbox, "rep", "POST", 120),
    "admin": (doors.admin, "boss", "POST", 60),
}
"""Door → how it is made, whose browser, and how many of which method. What comes by another one is not counted."""
POSTS = sum(number for _, _, method, number in VOLUMES.values() if method == "POST")
TIMES = 20
"""As many more in the long run."""
WARM_UP = 50
MOST_GROWTH = 50 * 1024 * 1024


@pytest.fixture
def quiet() -> Iterator[None]:
    """Every refusal is a line in the log, and pytest would keep them all."""
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


def open_to_all(world: World) -> World:
    world.inbound = public_doors.open_doors()
    world.form = doors.Fields(world.visitor.get(public_doors.FORM_PATH).content.decode()).forms[0]
    return world


@pytest.fixture(scope="class")
def world(django_db_setup: None, django_db_blocker: Any) -> Iterator[World]:
    """Made once; what came through one door is rolled back before the next. Pages come without their menu."""
    with django_db_blocker.unblock(), doors.a_world() as made, without_menu():
        yield open_to_all(made)


@pytest.mark.one_database("the same requests go to PostgreSQL in the long run")
@pytest.mark.parametrize("door", VOLUMES)
class TestForAMinute:
    @pytest.mark.usefixtures("db", "quiet")
    def test_whatever_comes_is_answered(self, world: World, door: str) -> None:
        attack(world, door)


@pytest.mark.long
@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("quiet")
@pytest.mark.parametrize("door", VOLUMES)
def test_whatever_comes_for_hours_is_answered(door: str) -> None:
    attack(open_to_all(doors.make_world()), door, TIMES)


def test_they_are_as_many_as_promised() -> None:
    assert POSTS >= 5_000
    assert POSTS * TIMES >= 100_000


def attack(world: World, door: str, times: int = 1) -> None:
    make, whose, method, volume = VOLUMES[door]
    client: Client = getattr(world, whose)
    before, thanked, counted = 0, set[str](), 0
    for number in count():
        if number % WARM_UP == 0:
            client = copy(client)  # Django's test client keeps a finalizer of each request as long as it lives
        if number == WARM_UP:
            before = memory()
        elif number % WARM_UP == 0 and before:
            assert grown(before) < MOST_GROWTH
        shot = make(Random(f"{SEED} {door} {number}"), world)
        answer = fire(client, shot, f"{door} {number}")
        assert is_kept(door, answer), told(shot, f"{door} {number}")
        if door == "forms" and answer.status_code == HTTPStatus.SEE_OTHER:
            thanked.add(answer["Location"])  # each names what it is about
        counted += shot.method == method
        if counted == volume * times:
            break
    assert len(thanked) <= Submission.objects.count()
    assert grown(before) < MOST_GROWTH


def is_kept(door: str, answer: Any) -> bool:
    """Whether what an answer says was taken in is there. One by one: what comes next might undo it."""
    if door == "leads" and answer.status_code in (201, 202) and answer["Content-Type"] == "application/json":
        return Lead.objects.filter(uuid=answer.json()["id"]).exists()
    if door == "inbound" and answer.status_code in (200, 202) and answer.content.startswith(b"{"):
        told = answer.json().get("submission")
        return told is None or Submission.objects.filter(uuid=told).exists()
    return True


def fire(client: Client, shot: Shot, name: str) -> Any:
    environ: dict[str, Any] = {"wsgi.input": BytesIO(shot.body)} | shot.environ  # ends where the body does
    kept = client.cookies.copy()  # a cookie that is no session has the browser forget its own
    try:
        answer = client.generic(
            shot.method, shot.path, shot.body, content_type=shot.content_type, headers=dict(shot.headers), **environ
        )
    except Exception:
        pytest.fail(f"{told(shot, name)}\n{traceback.format_exc()[-3000:]}", pytrace=False)
    client.cookies = kept
    assert answer.status_code < 500, told(shot, name)
    return answer


def told(shot: Shot, name: str) -> str:
    around = {"headers": dict(shot.headers), "environ": dict(shot.environ), "type": shot.content_type[:200]}
    return f"seed {SEED}, {name}: {shot.method} {shot.path[:500]} {around}\n{shot.body[:1500]!r}"


def grown(before: int) -> int:
    """What is not needed any more is given back early: between large pages it would hold whole blocks of memory."""
    if memory() - before >= MOST_GROWTH // 2:
        forget_what_the_client_keeps()
        gc.collect()
    return memory() - before


def forget_what_the_client_keeps() -> None:
    """Django's test client connects a function of Django anew for each request, and each time leaves a finalizer."""
    for one in gc.get_objects():
        if type(one) is finalize and (kept := one.peek()) and kept[0] is close_old_connections:
            one.detach()


def memory() -> int:
    """Bytes of this process that lie in memory."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
