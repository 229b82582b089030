"""The page of the queues: what is due, who works, failed jobs run again or removed; also while Redis is away."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from rq import SimpleWorker
from rq.serializers import JSONSerializer

from leadrouting import local_redis
from routing import doorbell
from routing.models import Heartbeat, Lead, OutboxMessage
from routing.services.access import Role
from tests.admin.conftest import without_menu
from tests.factories import make_lead
from tests.valkey import for_doorbells, running_valkey

PAGE = "/admin/routing/heartbeat/jobs/"


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    with running_valkey(tmp_path_factory.mktemp("v")) as url:
        yield url


@pytest.fixture
def redis(address, settings):
    with for_doorbells(address, settings) as client:
        yield client


@pytest.fixture
def failed(redis, monkeypatch):
    """A job of the routing queue whose worker met a fault that tells of somebody."""

    def fails():
        raise ValueError("mia@globex.com is no number")

    monkeypatch.setattr("routing.jobs.route", fails)
    doorbell.ring("routing")
    queue = doorbell.jobs_of("routing")
    SimpleWorker([queue], connection=queue.connection, serializer=JSONSerializer).work(burst=True)
    [key] = queue.failed_job_registry.get_job_ids()
    return key


def queues(response):
    return {queue["name"]: queue for queue in response.context["queues"]}


def test_it_says_how_much_is_due_for_each_queue_and_since_when(boss, redis):
    now = timezone.now()
    make_lead(now - timedelta(minutes=3), status=Lead.Status.PENDING)

    shown = queues(boss.get(PAGE))

    assert (shown["routing"]["due"], shown["alerts"]["due"]) == (1, 0)
    assert "3 min" in shown["routing"]["oldest"].replace("\u00a0", " ")


@pytest.mark.parametrize(("channel", "queue"), [("email", "alerts"), ("sms", "calls"), ("slack", "calls")])
def test_a_message_is_due_in_the_queue_whose_worker_sends_it(boss, redis, channel, queue):
    now = timezone.now()
    OutboxMessage.objects.create(kind="alert", channel=channel, key="k", available_at=now, created_at=now)

    assert {name: shown["due"] for name, shown in queues(boss.get(PAGE)).items() if shown["due"]} == {queue: 1}


def test_it_says_who_is_at_work(boss, redis):
    Heartbeat.objects.create(name="worker routing@host:1", beat_at=timezone.now())
    Heartbeat.objects.create(name="worker alerts@host:2", beat_at=timezone.now() - timedelta(minutes=5))

    shown = queues(boss.get(PAGE))

    assert "1 at work" in shown["routing"]["state"]
    assert "Nobody" in shown["alerts"]["state"]


def test_a_failed_job_is_shown_by_the_kind_of_its_error_alone(boss, failed):
    page = boss.get(PAGE)

    assert queues(page)["routing"]["jobs"] == (0, 0, 1)
    assert [row["job"].cause for row in page.context["failed"]] == ["ValueError"]
    assert "mia@globex.com" not in page.content.decode()


def test_a_failed_job_is_run_again(boss, failed):
    boss.post(PAGE, {"do": "again", "queue": "routing", "job": failed})

    assert queues(boss.get(PAGE))["routing"]["jobs"] == (1, 0, 0)


def test_a_failed_job_is_removed(boss, failed):
    boss.post(PAGE, {"do": "remove", "queue": "routing", "job": failed})

    assert queues(boss.get(PAGE))["routing"]["jobs"] == (0, 0, 0)


@pytest.mark.parametrize("asked", [{"queue": "routing", "job": "another"}, {"queue": "nothing", "job": "x"}, {}])
@pytest.mark.parametrize("do", ["again", "remove"])
def test_a_job_that_is_gone_is_said_to_be(boss, redis, do, asked):
    page = boss.post(PAGE, {"do": do} | asked, follow=True)

    assert "no longer among the failed ones" in page.content.decode()


def test_it_must_be_said_what_to_do(boss, failed):
    page = boss.post(PAGE, {"do": "explode", "queue": "routing", "job": failed}, follow=True)

    assert "Say what to do" in page.content.decode()
    assert queues(page)["routing"]["jobs"] == (0, 0, 1)


def test_without_redis_it_says_so_and_what_is_due_is_known(boss, settings, tmp_path):
    settings.REDIS_ADDRESS = local_redis.address(tmp_path)
    doorbell._line.cache_clear()
    make_lead(timezone.now(), status=Lead.Status.PENDING)

    page = boss.get(PAGE)
    answer = boss.post(PAGE, {"do": "again", "queue": "routing", "job": "x"}, follow=True)

    assert "Redis does not answer" in page.content.decode()
    assert (queues(page)["routing"]["due"], queues(page)["routing"]["jobs"]) == (1, None)
    assert "nothing was done" in answer.content.decode()
    doorbell._line.cache_clear()


def test_who_only_reads_finds_no_button(sign_in, failed):
    client = sign_in(Role.READ_ONLY)

    assert "Run again" not in client.get(PAGE).content.decode()
    assert client.post(PAGE, {"do": "remove", "queue": "routing", "job": failed}).status_code == 403


def test_more_processes_take_no_more_queries(boss, redis):
    with without_menu():
        with CaptureQueriesContext(connection) as one:
            boss.get(PAGE)
        Heartbeat.objects.bulk_create(
            Heartbeat(name=f"worker routing@host:{n}", beat_at=timezone.now()) for n in range(10)
        )
        with CaptureQueriesContext(connection) as many:
            boss.get(PAGE)

    assert len(many) == len(one)


def test_all_failed_jobs_are_run_again_after_a_page_that_says_how_many(boss, failed):
    asked = boss.post(PAGE, {"all": "again"})
    assert asked.context["title"] == "Run 1 failed job again"
    assert doorbell.jobs_of("routing").failed_job_registry.count == 1

    sent = {"all": "again", "jobs": f"{asked.context['form'].initial['jobs']} routing:gone"}
    page = boss.post(PAGE, sent, follow=True)

    assert doorbell.jobs_of("routing").failed_job_registry.count == 0
    assert [str(message) for message in page.context["messages"]] == [
        "Put back into the queue: 1 job.",
        "1 job left: no longer among the failed ones.",
    ]
