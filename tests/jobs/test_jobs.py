"""Jobs as RQ calls them: they do what is due, ring again when it takes long, and may run twice."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import pytest
from pytest_django import Settings
from redis import Redis

from routing import doorbell, jobs
from routing.models import Assignment, Decision, Lead, OutboxMessage, Work
from routing.services.publish import publish
from routing.services.work import start
from tests.factories import make_catch_all, make_lead, make_pool, make_rep
from tests.smtp import Sink, use
from tests.valkey import for_doorbells, running_valkey

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with running_valkey(tmp_path_factory.mktemp("v")) as url:
        yield url


@pytest.fixture
def redis(address: str, settings: Settings) -> Iterator[Redis]:
    with for_doorbells(address, settings) as client:
        yield client


@pytest.fixture
def lead(now: datetime) -> Lead:
    make_catch_all(make_pool(make_rep("Ana")))
    publish(note="", user=None, now=now)
    return make_lead(now)


def test_routing_twice_decides_once(lead: Lead, redis: Redis) -> None:
    jobs.route()
    jobs.route()

    assert (Assignment.objects.count(), Decision.objects.count()) == (1, 1)


def test_alerting_twice_sends_one_mail(lead: Lead, redis: Redis, settings: Settings) -> None:
    jobs.route()
    with Sink() as sink:
        use(settings, real=None, local=sink)

        jobs.deliver()
        jobs.deliver()

        assert len(sink.mails) == 1
    assert not OutboxMessage.objects.waiting().exists()


@pytest.mark.parametrize(
    ("queue", "job"), [("routing", jobs.route), ("alerts", jobs.deliver), ("reports", jobs.report)]
)
def test_a_job_answers_the_bell(queue: str, job: object, redis: Redis) -> None:
    doorbell.ring(queue)

    job()  # type: ignore[operator]

    assert not redis.exists(f"doorbell:{queue}")


def test_work_that_somebody_starts_is_run(lead: Lead, redis: Redis, now: datetime) -> None:
    work = start(kind=Work.Kind.REPLAY, params={"days": 7}, user=None, now=now)

    jobs.report()

    work.refresh_from_db()
    assert (work.status, work.error) == (Work.Status.DONE, "")


def test_a_job_that_takes_long_ends_and_rings_for_the_next(
    lead: Lead, redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "TURN_SECONDS", -1)

    jobs.route()

    assert redis.llen("rq:queue:routing") == 1
