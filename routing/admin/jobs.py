"""Processes that live, and the page of the queues: what waits for whom, who works, and which jobs failed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.safestring import SafeString
from unfold.decorators import display

from reps.admin_base import RecordAdmin
from reps.admin_display import NOTHING, badge, moment
from routing.admin.base import received_at
from routing.admin.bulk.jobs import ALL, JOBS, ON_ALL, ask_about_all, do_with_all
from routing.models import Heartbeat
from routing.services.access import ROUTE_LEADS
from routing.services.heartbeats import allowed
from routing.services.queues import Board, FailedJob, NoSuchJob, Queue, RedisAway, load_board, remove, run_again

DOING: dict[str, tuple[Callable[..., None], str]] = {
    "again": (run_again, "The job waits in its queue again."),
    "remove": (remove, "The job is removed. What it was to do is done all the same."),
}


@admin.register(Heartbeat)
class HeartbeatAdmin(RecordAdmin):
    list_display = ["name", "state", "beat"]
    fields = readonly_fields = ["name", "beat"]
    empty_hint = "No worker or clock has run yet. Start everything with: .venv/bin/python manage.py up"
    publishing_note = "When each process last went round."

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view(self.jobs_view)
        return [path("jobs/", view, name="routing_heartbeat_jobs"), *super().get_urls()]

    def jobs_view(self, request: HttpRequest) -> HttpResponse:
        """GET shows the queues; POST does something with one failed job, or asks about all of them first."""
        may = request.user.has_perm(ROUTE_LEADS)
        if not self.has_view_permission(request) or (request.method == "POST" and not may):
            raise PermissionDenied
        if request.method == "POST" and request.POST.get(ALL) in ON_ALL:
            if JOBS not in request.POST:
                failed = load_board(now=received_at(request)).failed
                return ask_about_all(request, failed, each=self.admin_site.each_context(request))
            do_with_all(request)
            return HttpResponseRedirect(reverse("admin:routing_heartbeat_jobs"))
        if request.method == "POST":
            _do(request)
            return HttpResponseRedirect(reverse("admin:routing_heartbeat_jobs"))
        context = {**self.admin_site.each_context(request), **_context(now=received_at(request)), "may": may}
        return TemplateResponse(request, "admin/routing/jobs.html", context)

    @display(description="state")
    def state(self, heartbeat: Any) -> SafeString:
        late = heartbeat.seen_at - heartbeat.beat_at > allowed(heartbeat.name)
        return badge("Silent", "red", "Look at the process and its log") if late else badge("Running", "green")

    @display(description="last beat", ordering="beat_at")
    def beat(self, heartbeat: Any) -> SafeString:
        return moment(heartbeat.beat_at, heartbeat.seen_at)


def _context(*, now: datetime) -> dict[str, Any]:
    board = load_board(now=now)
    return {
        "title": "Jobs",
        "redis": board.redis,
        "queues": [_shown(queue, now) for queue in board.queues],
        "failed": [_shown_failed(job, now) for job in board.failed],
        "more": _not_shown(board),
    }


def _do(request: HttpRequest) -> None:
    act, done = DOING.get(request.POST.get("do", ""), (None, ""))
    try:
        if act is None:
            messages.error(request, "Say what to do with the job: run it again, or remove it.")
        else:
            act(queue=request.POST.get("queue", ""), key=request.POST.get("job", ""))
            messages.success(request, done)
    except NoSuchJob:
        messages.warning(
            request, "The job is no longer among the failed ones: somebody was quicker, or a week is over."
        )
    except RedisAway:
        messages.error(request, "Redis does not answer, so nothing was done. Try again in a moment.")


def _shown(queue: Queue, now: datetime) -> dict[str, Any]:
    return {
        "name": queue.name,
        "task": queue.task,
        "due": queue.due,
        "oldest": moment(queue.oldest, now) if queue.oldest else NOTHING,
        "jobs": None if queue.waiting is None else (queue.waiting, queue.running, queue.failed),
        "state": _state(queue),
        "heard": moment(queue.heard_at, now) if queue.heard_at else NOTHING,
    }


def _state(queue: Queue) -> Any:
    if queue.workers:
        return badge(f"{queue.workers} at work", "green", "Heard of within the last minute")
    return badge("Nobody", "amber", "No worker was heard of for a minute: the clock does its work, more slowly")


def _shown_failed(job: FailedJob, now: datetime) -> dict[str, Any]:
    return {"job": job, "failed": moment(job.failed_at, now) if job.failed_at else NOTHING}


def _not_shown(board: Board) -> int:
    return sum(queue.failed or 0 for queue in board.queues) - len(board.failed)
