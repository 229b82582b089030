"""The queues: what waits in the database for each, what Redis holds of it, and jobs of it that failed.

A job only has a worker look for what waits, and what no job does the clock does two seconds later. So a failed job has
lost nothing; it tells of a fault, and can be run again or removed.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Min, QuerySet
from redis.exceptions import RedisError
from rq import Queue as Jobs
from rq.exceptions import InvalidJobOperation, NoSuchJobError
from rq.job import Job

from routing import doorbell
from routing.models import Heartbeat, Lead, OutboxMessage, WebhookDelivery, Work
from routing.outbox import BY_MAIL
from routing.services.heartbeats import SILENT
from routing.services.work import ABANDONED_AFTER

FAILED_SHOWN = 50
"""Of each queue, the newest."""
TASKS = {
    "routing": "Decides who owns the leads that are due",
    "alerts": "Sends mails and messages",
    "calls": "Calls webhooks, agents and chat services",
    "reports": "Runs imports, replays, repairs and checks",
}


class RedisAway(Exception):
    """Redis does not answer."""


class NoSuchJob(Exception):
    """The job is not among the failed ones of this queue."""


@dataclass(frozen=True, slots=True)
class Queue:
    """One queue. `due`: rows of the database that wait; `oldest`: since when the first of them does.

    `waiting`, `running` and `failed` are jobs in Redis, None while it is away. `heard_at`: when one of its `workers`
    last said that it lives.
    """

    name: str
    task: str
    due: int
    oldest: datetime | None
    workers: int
    heard_at: datetime | None
    waiting: int | None = None
    running: int | None = None
    failed: int | None = None


@dataclass(frozen=True, slots=True)
class FailedJob:
    """A job that ended with an error. `cause` is its kind; its text may tell of people, and stays in the log."""

    queue: str
    key: str
    cause: str
    failed_at: datetime | None


@dataclass(frozen=True, slots=True)
class Board:
    """All queues. `redis`: whether it answered; without it there are no figures of jobs."""

    queues: list[Queue]
    failed: list[FailedJob]
    redis: bool


def load_board(*, now: datetime) -> Board:
    """What every queue has to do, and what became of its jobs. Reads alone."""
    try:
        jobs = {name: doorbell.jobs_of(name) for name in doorbell.JOBS}
        counts = {name: _counts(queue) for name, queue in jobs.items()}
        failed = [job for name, queue in jobs.items() for job in _failed(name, queue)]
    except (RedisError, OSError):
        counts, failed, redis = {}, [], False
    else:
        redis = True
    beats = list(Heartbeat.objects.filter(name__startswith="worker ").values_list("name", "beat_at"))
    queues = [_queue(name, counts.get(name, {}), beats, now) for name in doorbell.JOBS]
    newest_first = sorted(failed, key=lambda job: job.failed_at or now, reverse=True)
    return Board(queues, newest_first, redis)


def run_again(*, queue: str, key: str) -> None:
    """Put a failed job back into its queue. Raises RedisAway, NoSuchJob."""
    try:
        _failed_job(queue, key).requeue()
    except (NoSuchJobError, InvalidJobOperation) as error:
        raise NoSuchJob from error
    except (RedisError, OSError) as error:
        raise RedisAway from error


def remove(*, queue: str, key: str) -> None:
    """Forget a failed job; what it was to do is done all the same. Raises RedisAway, NoSuchJob."""
    try:
        _failed_job(queue, key).delete()
    except NoSuchJobError as error:
        raise NoSuchJob from error
    except (RedisError, OSError) as error:
        raise RedisAway from error


def _failed_job(queue: str, key: str) -> Job:
    if queue not in doorbell.JOBS:
        raise NoSuchJob
    jobs = doorbell.jobs_of(queue)
    if key not in jobs.failed_job_registry.get_job_ids():
        raise NoSuchJob
    return Job.fetch(key, connection=jobs.connection, serializer=jobs.serializer)


def _counts(jobs: Jobs) -> dict[str, int]:
    return {
        "waiting": jobs.count,
        "running": jobs.started_job_registry.count,
        "failed": jobs.failed_job_registry.count,
    }


def _failed(name: str, jobs: Jobs) -> list[FailedJob]:
    keys = jobs.failed_job_registry.get_job_ids(0, FAILED_SHOWN - 1, desc=True)
    found = Job.fetch_many(keys, connection=jobs.connection, serializer=jobs.serializer)
    return [FailedJob(name, job.id, _cause(job), job.ended_at) for job in found if job is not None]


def _cause(job: Job) -> str:
    """The class of the error, from the last line of what was written of it."""
    result = job.latest_result()
    lines = (result.exc_string or "").strip().splitlines() if result else []
    kind = lines[-1].split(":")[0].rpartition(".")[2].strip() if lines else ""
    return kind if kind.isidentifier() else "unknown"


def _queue(name: str, counts: dict[str, int], beats: list[tuple[str, datetime]], now: datetime) -> Queue:
    due, oldest = _due(name, now)
    heard = [beat_at for worker, beat_at in beats if worker.startswith(f"{doorbell.worker_name(name)}@")]
    living = [beat_at for beat_at in heard if beat_at >= now - SILENT]
    return Queue(name, TASKS[name], due, oldest, len(living), max(heard, default=None), **counts)


def _due(name: str, now: datetime) -> tuple[int, datetime | None]:
    """As the workers claim it: messages that are no mail are calls."""
    messages = OutboxMessage.objects.due(now)
    rows: dict[str, list[tuple[QuerySet[Any], str]]] = {
        "routing": [(Lead.objects.pending(now), "route_after")],
        "alerts": [(messages.filter(channel__in=BY_MAIL), "available_at")],
        "calls": [
            (messages.exclude(channel__in=BY_MAIL), "available_at"),
            (WebhookDelivery.objects.due(now).filter(webhook__active=True), "available_at"),
        ],
        "reports": [(Work.objects.to_run(abandoned_before=now - ABANDONED_AFTER), "created_at")],
    }
    oldest = [waiting.order_by().aggregate(oldest=Min(since))["oldest"] for waiting, since in rows[name]]
    return sum(waiting.count() for waiting, _ in rows[name]), min(filter(None, oldest), default=None)
