"""manage.py worker QUEUE: answers the doorbell of one queue, for ever, also through outages of Redis.

What is routed or sent without Redis is the clock's business; reports take too long for it, so their worker looks for
them itself as long as there is no Redis.
"""

from __future__ import annotations

import logging
import signal
import sys
import time
from typing import Any

import django_rq
from django.conf import settings
from django.core.management.base import CommandParser
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
from routing.doorbell import JOBS, worker_name
from routing.intent import embeddings
from routing.management.starting import CheckedCommand, load_addresses
from routing.services.audit import audit
from routing.services.heartbeats import beat, sign_off, succeed
from routing.services.work import run_next

logger = logging.getLogger(__name__)

WORKER_TTL = 20
"""RQ waits for a job for this long less 15 seconds, then goes round: so a worker shows that it lives every 5 s."""
CONNECT_SECONDS = 5
FIRST_PAUSE, LONGEST_PAUSE = 0.1, 5.0
HEARTBEAT_SECONDS = 10.0
ALERTS, REPORTS, ROUTING = "alerts", "reports", "routing"


class DoorbellWorker(SimpleWorker):
    """RQ's worker without fork, without remote commands, with fresh database connections for each job."""

    max_connection_wait_time = LONGEST_PAUSE
    log_result_lifespan = False
    stopping = False
    beating = False
    beat_at = float("-inf")

    def request_stop(self, signum: Any, frame: Any) -> None:
        """What is written with a heartbeat is written to its end; in it the stop would be taken for a fault."""
        self.stopping = True
        if not self.beating:
            self._stop(signum, frame)

    def _stop(self, signum: Any, frame: Any) -> None:
        super().request_stop(signum, frame)
        if self.queues[0].name == REPORTS:
            sys.exit(0)  # nobody waits for a report to end: it is given back, and begun anew after the restart

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
            self.beating = True
            try:
                _beat(self.queues[0].name)
            finally:
                self.beating = False
        if self.stopping:  # told meanwhile, or told and what that raised was lost
            self._stop(signal.SIGTERM, None)

    def subscribe(self) -> None:
        """RQ would open a thread and a connection here to be stopped from afar; our jobs last a second."""

    def unsubscribe(self) -> None:
        """Nothing was subscribed."""


class Command(CheckedCommand):
    help = "Answers the doorbell: routes leads (routing), sends alerts (alerts) or runs reports (reports)."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("queue", choices=sorted(JOBS), help="One queue a process.")

    def handle(self, *args: Any, queue: str, **options: Any) -> None:
        if queue == ALERTS:
            load_addresses()
        embeddings.permit(queue == ROUTING)
        try:
            _keep_working(queue)
        except StopRequested:
            pass
        finally:
            _sign_off(queue)


class Told:
    """Ends the process when it is told to.

    What a signal raises is lost if it comes while an object is thrown away, so that it was told is kept as well.
    """

    to_end = False

    def __call__(self, signum: int, frame: Any) -> None:
        self.to_end = True
        sys.exit(0)


def _keep_working(queue: str) -> None:
    _succeed(queue)
    pause, told = FIRST_PAUSE, Told()
    while not told.to_end:
        signal.signal(signal.SIGTERM, told)
        signal.signal(signal.SIGINT, told)
        began = time.monotonic()
        try:
            if _work(queue):
                return
        except (RedisError, OSError) as error:
            if pause > FIRST_PAUSE:  # else it may just be starting, like us
                logger.warning("worker_without_redis", extra={"queue": queue, "cause": type(error).__name__})
                _look_for_reports(queue)
        pause = FIRST_PAUSE if time.monotonic() - began > LONGEST_PAUSE else min(pause * 2, LONGEST_PAUSE)
        time.sleep(pause)


def _look_for_reports(queue: str) -> None:
    """Without Redis nobody rings: run one report that waits, if this is the worker for them."""
    if queue != REPORTS:
        return
    close_old_connections()
    try:
        _beat(queue)
        run_next(clock=current_time, beat=lambda now: _beat(queue))
    except DatabaseError as error:
        logger.warning("worker_without_database", extra={"queue": queue, "cause": type(error).__name__})
    finally:
        close_old_connections()


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


def _beat(queue: str) -> None:
    """Say in the database that this worker lives, and look after the others where no clock does.

    Nothing that goes wrong with it ends the worker.
    """
    close_old_connections()
    try:
        now = current_time()
        beat(worker_name(queue), now=now)
        audit(now=now)
    except Exception as error:  # neither an outage nor a fault of the auditor may end a worker
        logger.warning("heartbeat_failed", extra={"queue": queue, "cause": type(error).__name__})


def _succeed(queue: str) -> None:
    try:
        succeed(worker_name(queue))
    except DatabaseError as error:
        logger.warning("heartbeat_failed", extra={"queue": queue, "cause": type(error).__name__})


def _sign_off(queue: str) -> None:
    close_old_connections()
    try:
        sign_off(worker_name(queue))
    except DatabaseError as error:
        logger.warning("heartbeat_failed", extra={"queue": queue, "cause": type(error).__name__})
