"""The database goes away in the middle: who was told nothing, or to come again, sends the same, and it is one lead."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import OperationalError, connection
from django.test import Client

from routing.intake.bodies import Body, item_body
from routing.models import InboundAddress, Lead, Submission
from routing.services.inbound.addresses import path_of
from routing.services.inbound.receive import Part, Taken, take_in, take_in_all
from routing.services.submissions.receive import AWAY
from routing.services.submissions.same import SAME_WITHIN
from routing.services.submissions.unfinished import finish_begun
from tests.chaos.at_once import at_once
from tests.inbound.conftest import MIA, new_address

pytestmark = pytest.mark.django_db(transaction=True)
SECOND, LATER = timedelta(seconds=1), SAME_WITHIN + timedelta(minutes=1)
LIST = [{"contact": {"email": f"mia{number}@globex.com"}} for number in range(2)]
NOTHING = {"contact": {"email": "nonsense"}}
MOST_STATEMENTS = 200


class Away:
    """The database fails at the n-th statement: at that alone, or from then on."""

    def __init__(self, at: int, *, stays: bool) -> None:
        self.at, self.stays, self.asked = at, stays, 0

    def __call__(self, execute: Callable[..., Any], *args: Any) -> Any:
        self.asked += 1
        if self.asked == self.at or (self.stays and self.asked > self.at):
            raise OperationalError("server closed the connection unexpectedly")
        return execute(*args)


@contextmanager
def away_at_commit(number: int, *, committed: bool) -> Iterator[list[int]]:
    """The n-th COMMIT is heard of no more, whether it was done or not."""
    real, seen = connection._commit, [0]

    def commit() -> None:
        seen[0] += 1
        if seen[0] == number and not committed:
            raise OperationalError("could not receive data from server")
        real()
        if seen[0] == number:
            raise OperationalError("could not receive data from server")

    connection._commit = commit
    try:
        yield seen
    finally:
        connection._commit = real


def sent(address: InboundAddress, bodies: list[Any], now: datetime) -> list[Taken | None] | None:
    """None stands for 503."""
    try:
        return take_in_all(address=address, parts=[Part(item_body(body)) for body in bodies], now=now)
    except AWAY:
        return None


def until_it_is_taken(address: InboundAddress, bodies: list[Any], now: datetime, *, clock: bool) -> None:
    """The sender comes again after a second, or eleven minutes later, when the clock has been there meanwhile."""
    if clock:
        finish_begun(now=now + timedelta(minutes=2))
    assert sent(address, bodies, now + (LATER if clock else SECOND)) is not None


@pytest.mark.parametrize(
    ("bodies", "stays", "clock"),
    [
        pytest.param([MIA], False, False, id="one, once, soon"),
        pytest.param([MIA], True, True, id="one, from then on, after the clock"),
        pytest.param([MIA], False, True, id="one, once, after the clock", marks=pytest.mark.further),
        pytest.param([MIA], True, False, id="one, from then on, soon", marks=pytest.mark.further),
        *(
            pytest.param(LIST, stays, clock, id=f"list, {stays=}, {clock=}", marks=pytest.mark.further)
            for stays in (False, True)
            for clock in (False, True)
        ),
    ],
)
def test_whenever_the_database_goes_away_it_is_one_lead(
    now: datetime, bodies: list[Any], stays: bool, clock: bool
) -> None:
    for number in range(1, MOST_STATEMENTS):
        address = new_address(name=f"Door {number}").address
        before, away = Lead.objects.count(), Away(number, stays=stays)
        with connection.execute_wrapper(away):
            first = sent(address, bodies, now)
        if first is None:
            until_it_is_taken(address, bodies, now, clock=clock)
        finish_begun(now=now + 2 * LATER)

        assert Lead.objects.count() - before == len(bodies), f"statement {number}"
        if away.asked < number:
            return
    pytest.fail("There is no end of statements.")


@pytest.mark.parametrize("committed", [False, True])
def test_so_it_is_where_nobody_knows_whether_it_was_committed(now: datetime, committed: bool) -> None:
    for number in range(1, 20):
        address = new_address(name=f"Door {number}").address
        before = Lead.objects.count()
        with away_at_commit(number, committed=committed) as commits:
            first = sent(address, LIST, now)
        if first is None:
            until_it_is_taken(address, LIST, now, clock=True)
        finish_begun(now=now + 2 * LATER)

        assert Lead.objects.count() - before == len(LIST), f"commit {number}"
        if commits[0] < number:
            return
    pytest.fail("There is no end of commits.")


@pytest.mark.parametrize("stays", [False, True])
def test_whoever_is_told_202_twice_with_minutes_between_has_two_leads(now: datetime, stays: bool) -> None:
    for number in range(1, MOST_STATEMENTS):
        address = new_address(name=f"Door {number}").address
        before, away = Lead.objects.count(), Away(number, stays=stays)
        with connection.execute_wrapper(away):
            first = sent(address, [MIA], now)
        finish_begun(now=now + timedelta(minutes=2))
        if first is not None:
            sent(address, [MIA], now + LATER)

            assert Lead.objects.count() - before == 2, f"statement {number}"
        if away.asked < number:
            return


# --- its process dies ---------------------------------------------------------------------------------------------


class Died(BaseException):
    """As a process ends: nothing is caught."""


def dies_in_between(address: InboundAddress, body: Body, now: datetime) -> None:
    def die(execute: Callable[..., Any], sql: str, *args: Any) -> Any:
        if sql.startswith('INSERT INTO "routing_lead"'):
            raise Died
        return execute(sql, *args)

    with connection.execute_wrapper(die), pytest.raises(Died):
        take_in(address=address, body=body, now=now)


@pytest.mark.parametrize("later", [SECOND, LATER, timedelta(hours=1), timedelta(days=30)], ids=str)
@pytest.mark.parametrize("clock", [False, True], ids=["in hand", "after the clock"])
def test_what_its_process_died_of_is_the_same_whenever_it_comes_again(
    now: datetime, clock: bool, later: timedelta
) -> None:
    address = new_address().address
    dies_in_between(address, item_body(MIA), now)
    if clock:
        finish_begun(now=now + timedelta(minutes=2))

    again = take_in(address=address, body=item_body(MIA), now=now + later)

    assert (again.lead, Submission.objects.count()) == (Lead.objects.get(), 1)


def test_after_its_answer_it_is_the_same_for_ten_minutes(now: datetime) -> None:
    address = new_address().address
    dies_in_between(address, item_body(MIA), now)

    for later in (LATER, LATER + SAME_WITHIN - SECOND, LATER + SAME_WITHIN + SECOND):
        take_in(address=address, body=item_body(MIA), now=now + later)

    assert Lead.objects.count() == 2


def test_of_senders_who_come_again_at_the_same_moment_there_is_one_lead(now: datetime) -> None:
    address = new_address().address
    dies_in_between(address, item_body(MIA), now)

    def come_again() -> Any:
        taken = take_in(address=address, body=item_body(MIA), now=now + LATER)
        return taken.lead and taken.lead.pk

    assert set(at_once(*[come_again] * 6)) == {Lead.objects.get().pk}


def test_what_was_refused_and_comes_again_is_refused_as_the_same(now: datetime) -> None:
    address = new_address().address

    for later in (timedelta(), SECOND):
        take_in(address=address, body=item_body(NOTHING), now=now + later)

    assert Submission.objects.get().attempts == 2


def test_one_that_takes_the_database_too_long_holds_up_no_other(now: datetime) -> None:
    address = new_address().address
    for each in LIST:
        dies_in_between(address, item_body(each), now)

    def too_long_for_one(execute: Callable[..., Any], sql: str, parameters: Any, *args: Any) -> Any:
        if sql.startswith('INSERT INTO "routing_lead"') and "mia0@globex.com" in parameters:
            raise OperationalError("canceling statement due to statement timeout")
        return execute(sql, parameters, *args)

    with connection.execute_wrapper(too_long_for_one):
        assert finish_begun(now=now + LATER) == 1
    assert Lead.objects.get().email == "mia1@globex.com"
    assert finish_begun(now=now + LATER) == 1


# --- what the sender hears ----------------------------------------------------------------------------------------


def fail_at(what: str, error: type[Exception] = OperationalError) -> Callable[..., Any]:
    def fail(execute: Callable[..., Any], sql: str, *args: Any) -> Any:
        if sql.startswith(what):
            raise error("away")
        return execute(sql, *args)

    return fail


def post(key: str, body: Any) -> Any:
    return Client().post(path_of(key), json.dumps(body), content_type="application/json")


@pytest.mark.parametrize("error", AWAY)
def test_what_is_kept_is_answered_as_kept(error: type[Exception]) -> None:
    door = new_address()
    with connection.execute_wrapper(fail_at('INSERT INTO "routing_lead"', error)):
        answer = post(door.key, MIA)

    kept = Submission.objects.get()
    assert (answer.status_code, answer.json()) == (202, {"submission": str(kept.uuid), "status": "pending"})
    finish_begun(now=kept.received_at + timedelta(minutes=2))
    assert post(door.key, MIA).json()["id"] == str(Lead.objects.get().uuid)


@pytest.mark.skipif(connection.vendor != "postgresql", reason="nobody cuts a connection to a file")
def test_where_this_connection_alone_was_cut_it_is_answered_as_kept() -> None:
    def cut(execute: Callable[..., Any], sql: str, *args: Any) -> Any:
        what = (
            "SELECT pg_terminate_backend(pg_backend_pid()) --" if sql.startswith('INSERT INTO "routing_lead"') else ""
        )
        return execute(what + sql, *args)

    door = new_address()
    with connection.execute_wrapper(cut):
        answer = post(door.key, MIA)

    assert (answer.status_code, Submission.objects.get().status) == (202, "received")


def test_of_a_list_each_is_answered_as_far_as_it_came() -> None:
    door, seen = new_address(), [0]

    def fail(execute: Callable[..., Any], sql: str, *args: Any) -> Any:
        seen[0] += sql.startswith('INSERT INTO "routing_lead" ')
        if seen[0] == 2:
            seen[0] += 1
            raise OperationalError("away")
        return execute(sql, *args)

    with connection.execute_wrapper(fail):
        answer = post(door.key, LIST)

    results = answer.json()["results"]
    assert [sorted(result) for result in results] == [["id", "status"], ["status", "submission"]]
    assert (answer.status_code, Submission.objects.filter(status="received").count()) == (202, 1)


@pytest.mark.parametrize("error", AWAY)
def test_where_nothing_is_sure_the_sender_is_told_that_coming_again_does_no_harm(error: type[Exception]) -> None:
    door = new_address()
    with connection.execute_wrapper(fail_at('INSERT INTO "routing_submission"', error)):
        answer = post(door.key, MIA)

    assert (answer.status_code, answer["Retry-After"]) == (503, "5")
    assert "makes no second lead" in answer.json()["detail"]
    assert not Submission.objects.exists()


def test_what_was_refused_before_is_never_promised(now: datetime) -> None:
    address = new_address().address
    take_in(address=address, body=item_body(NOTHING), now=now)

    with connection.execute_wrapper(fail_at('UPDATE "routing_submission" SET "status"')), pytest.raises(AWAY):
        take_in(address=address, body=item_body(NOTHING), now=now + SECOND)


def test_it_is_looked_at_by_people_what_the_clock_cannot_make_a_lead_of(now: datetime) -> None:
    address = new_address().address
    with connection.execute_wrapper(fail_at('UPDATE "routing_submission" SET "status"')):
        waits = take_in(address=address, body=item_body(NOTHING), now=now)
    assert waits.pending

    finish_begun(now=now + timedelta(minutes=2))

    assert Submission.objects.to_review().get() == waits.submission


def test_a_lead_is_made_once_of_what_the_clock_has_in_hand_too(now: datetime) -> None:
    address = new_address().address
    dies_in_between(address, item_body(MIA), now)
    row = Submission.objects.get()

    def finish() -> Any:
        return finish_begun(now=now + timedelta(minutes=2)) and None

    def again() -> Any:
        taken = take_in(address=address, body=item_body(MIA), now=now + timedelta(minutes=2))
        return taken.lead and taken.lead.pk

    at_once(finish, again)

    row.refresh_from_db()
    assert row.lead == Lead.objects.get()
