"""A ring of an earlier version still makes a worker of this one do its work."""

from __future__ import annotations

import inspect
from datetime import datetime
from pathlib import Path

import pytest
from django.utils.module_loading import import_string
from redis import Redis
from rq import Queue
from rq.registry import FailedJobRegistry
from rq.serializers import JSONSerializer

from leadrouting import local_redis
from routing.clock import current_time
from routing.management.commands.worker import DoorbellWorker
from routing.models import Lead
from routing.services.publish import publish
from tests.factories import make_catch_all, make_lead, make_pool, make_rep
from tests.valkey import running_valkey

NAMES = {
    "routing": "routing.jobs.route",
    "alerts": "routing.jobs.deliver",
    "calls": "routing.jobs.call",
    "reports": "routing.jobs.report",
}
"""As they stand in queues since the first version. They never change."""


@pytest.mark.parametrize("name", NAMES.values())
def test_a_job_carries_no_arguments(name: str) -> None:
    assert not inspect.signature(import_string(name)).parameters


@pytest.mark.django_db(transaction=True)
def test_an_old_ring_is_answered(tmp_path: Path, now: datetime) -> None:
    make_catch_all(make_pool(make_rep("Ana")))
    publish(note="", user=None, now=now)
    lead = make_lead(current_time())
    with running_valkey(tmp_path) as url:
        connection: Redis = local_redis.client(url, timeout=5)
        queue = Queue("routing", connection=connection, serializer=JSONSerializer)
        queue.enqueue_call(NAMES["routing"], result_ttl=0)

        DoorbellWorker([queue], connection=connection, serializer=JSONSerializer).work(burst=True)

        assert (queue.count, FailedJobRegistry(queue=queue).count) == (0, 0)
    lead.refresh_from_db()
    assert lead.status == Lead.Status.ASSIGNED
