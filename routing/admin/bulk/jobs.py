"""All failed jobs that are shown, at once: a page that says how many, then each by itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse

from routing.engine.counting import counted
from routing.services.queues import FailedJob, NoSuchJob, RedisAway, remove, run_again

ALL, JOBS = "all", "jobs"


class OnAll(NamedTuple):
    """`button` has {} for the jobs with their number; `done` stands before their number afterwards."""

    act: Callable[..., None]
    button: str
    hint: str
    done: str
    red: bool


ON_ALL: Mapping[str, OnAll] = {
    "again": OnAll(
        run_again, "Run {} again", "They wait in their queues again. Running one twice does no harm.",
        "Put back into the queue", False,
    ),
    "remove": OnAll(
        remove, "Remove {}", "They are forgotten. What they were to do is done all the same.", "Removed", True,
    ),
}  # fmt: skip


class JobsForm(forms.Form):
    all = forms.CharField(widget=forms.HiddenInput())
    jobs = forms.CharField(widget=forms.HiddenInput())


def ask_about_all(request: HttpRequest, failed: list[FailedJob], *, each: Mapping[str, object]) -> HttpResponse:
    """With how many jobs what would be done; `each` is the context of every page."""
    name = request.POST[ALL]
    on_all = ON_ALL[name]
    title = on_all.button.format(counted(len(failed), "failed job"))
    context = {
        **each,
        "title": title,
        "hint": on_all.hint,
        "form": JobsForm(initial={ALL: name, JOBS: " ".join(f"{job.queue}:{job.key}" for job in failed)}),
        "button": title,
        "red": on_all.red,
        "back": reverse("admin:routing_heartbeat_jobs"),
    }
    return TemplateResponse(request, "admin/routing/ask.html", context)


def do_with_all(request: HttpRequest) -> None:
    """Each of the jobs that were asked about; those that are gone by now are left."""
    on_all, done, gone = ON_ALL[request.POST[ALL]], 0, 0
    try:
        for named in request.POST[JOBS].split():
            queue, _, key = named.partition(":")
            try:
                on_all.act(queue=queue, key=key)
                done += 1
            except NoSuchJob:
                gone += 1
    except RedisAway:
        messages.error(request, "Redis does not answer: the other jobs are as they were. Try again in a moment.")
    if done:
        messages.success(request, f"{on_all.done}: {counted(done, 'job')}.")
    if gone:
        messages.warning(request, f"{counted(gone, 'job')} left: no longer among the failed ones.")
