"""manage.py worker QUEUE: answers the doorbell of one queue, for ever, also through outages of Redis."""

from __future__ import annotations

import logging
import signal
import sys
import time
from typing import Any

import django_rq
from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser
from django.db import Error as DatabaseError
from django.db import close_old_connections
from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry
from rq import Queue, SimpleWorker
from rq.exceptions import StopRequested
from rq.executions import Execution
from rq.job import Job
from rq.serializers import JSONSerializer

from routing.clock import current_time
from routing.doorbell import JOBS
from routing.models import Heartbeat

logger = logging.getLogger(__name__)

WORKER_TTL = 20
"""RQ waits for a job for this long less 15 seconds, then goes round: so a worker shows that it lives every 5 s."""
CONNECT_SECONDS = 5
FIRST_PAUSE, LONGEST_PAUSE = 0.1, 5.0
HEARTBEAT_SECONDS = 10.0


class DoorbellWorker(SimpleWorker):
    """RQ's worker without fork, without remote commands, with fresh database connections for each job."""

    max_connection_wait_time = LONGEST_PAUSE
    log_result_lifespan = False
    stopping = False
    beat_at = float("-inf")

    def request_stop(self, signum: Any, frame: Any) -> None:
        self.stopping = True
        super().request_stop(signum, frame)

    def perform_job(self, job: Job, queue: Queue, execution: Execution) -> bool:
        close_old_connections()
        try:
            return super().perform_job(job, queue, execution)
        finally:
            close_old_connections()

    def heartbeat(self, *args: Any, **kwargs: Any) -> None:
        super().heartbeat(*args, **kwargs)
        if time.monotonic() >= self.beat_at + HEARTBEAT_SECONDS:
            self.beat_at = time.monotonic()
            _beat(self.queues[0].name)

    def subscribe(self) -> None:
        """RQ would open a thread and a connection here to be stopped from afar; our jobs last a second."""

    def unsubscribe(self) -> None:
        """Nothing was subscribed."""


class Command(BaseCommand):
    help = "Answers the doorbell: routes leads (routing) or sends alerts (alerts) as soon as there are any."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("queue", choices=sorted(JOBS), help="One queue a process.")

    def handle(self, *args: Any, queue: str, **options: Any) -> None:
        try:
            _keep_working(queue)
        except StopRequested:
            pass
        finally:
            _sign_off(queue)


def _keep_working(queue: str) -> None:
    pause = FIRST_PAUSE
    while True:
        signal.signal(signal.SIGTERM, _leave)
        signal.signal(signal.SIGINT, _leave)
        began = time.monotonic()
        try:
            if _work(queue):
                return
        except (RedisError, OSError) as error:
            if pause > FIRST_PAUSE:  # else it may just be starting, like us
                logger.warning("worker_without_redis", extra={"queue": queue, "cause": type(error).__name__})
        pause = FIRST_PAUSE if time.monotonic() - began > LONGEST_PAUSE else min(pause * 2, LONGEST_PAUSE)
        time.sleep(pause)


def _work(queue: str) -> bool:
    """Answer the bell until told to stop: true; or until Redis is away: false, or its error."""
    connection = Redis.from_url(
        settings.REDIS_ADDRESS, socket_connect_timeout=CONNECT_SECONDS, retry=Retry(NoBackoff(), 0)
    )
    try:
        jobs = django_rq.get_queue(queue, connection=connection, commit_mode="auto")
        worker = DoorbellWorker(
            [jobs], connection=connection, serializer=JSONSerializer, worker_ttl=WORKER_TTL, log_job_description=False
        )
        try:
            worker.work()
        except (RedisError, OSError):
            if not worker.stopping:
                raise
        return worker.stopping
    finally:
        connection.close()


def _leave(signum: int, frame: Any) -> None:
    sys.exit(0)


def _beat(queue: str) -> None:
    """Say in the database that this worker lives; a database that is away must not end it."""
    close_old_connections()
    try:
        Heartbeat.objects.beat(_name(queue), current_time())
    except DatabaseError as error:
        logger.warning("heartbeat_failed", extra={"queue": queue, "cause": type(error).__name__})


def _sign_off(queue: str) -> None:
    close_old_connections()
    try:
        Heartbeat.objects.filter(name=_name(queue)).delete()
    except DatabaseError as error:
        logger.warning("heartbeat_failed", extra={"queue": queue, "cause": type(error).__name__})


def _name(queue: str) -> str:
    return f"worker {queue}"
