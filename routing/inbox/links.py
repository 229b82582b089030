"""The page behind a link in an alert: opening it changes nothing, one tap of a person does.

The form's guard against forgery is its own (human_step.py): Referrer-Policy: no-referrer makes browsers send
`Origin: null`, which Django's refuses, and the token in the address is what an attacker lacks in any case.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from routing.clock import current_time
from routing.inbox import human_step
from routing.inbox.callers import caller_of
from routing.inbox.forms import DeclineForm
from routing.inbox.human_step import Step
from routing.inbox.visit import signed_in_rep, zone_of
from routing.models import DeclineReason
from routing.notifications.cleaning import mail_link, phone_link
from routing.services import action_links, rep_acts
from routing.services import lead_actions as acts
from routing.services.action_links import Act, ActionLink, LinkExpired, LinkGone, LinkInvalid, Target
from routing.services.lead_actions.refusals import Refusal

logger = logging.getLogger(__name__)
HEADERS = {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer", "X-Robots-Tag": "noindex"}
VERBS = {Act.ACCEPT: "accept", Act.DECLINE: "decline", Act.CALL: "note the call", Act.MAIL: "note the mail",
         Act.CLAIM: "take it"}  # fmt: skip
BUTTONS = {Act.ACCEPT: "Accept the lead", Act.DECLINE: "Decline the lead", Act.CALL: "I called",
           Act.MAIL: "I mailed", Act.CLAIM: "Take the lead"}  # fmt: skip
DONE = {Act.ACCEPT: "Accepted", Act.DECLINE: "Declined", Act.CALL: "Your call is noted",
        Act.MAIL: "Your mail is noted", Act.CLAIM: "The lead is yours"}  # fmt: skip
OF_OWNER, OF_OFFER = (Act.ACCEPT, Act.CALL, Act.MAIL, Act.DECLINE), (Act.CLAIM, Act.DECLINE)


@dataclass(frozen=True, slots=True)
class Opened:
    """A link that was opened: in which browser, when, and what it is about. `own`: the rep is signed in here."""

    request: HttpRequest
    token: str
    link: ActionLink
    target: Target
    step: Step
    own: bool
    now: datetime

    @property
    def easy(self) -> bool:
        """One button is enough."""
        return self.own or self.step.passed

    @property
    def offered(self) -> tuple[Act, ...]:
        return OF_OFFER if self.target.offer else OF_OWNER

    @property
    def act(self) -> Act:
        """What the link proposes, else the first that is possible."""
        asked = self.request.POST.get("do") or self.request.GET.get("do", "")
        return next((act for act in self.offered if act.value == asked), self.offered[0])

    @property
    def actor(self) -> str:
        return f"{self.target.rep.name}, by mail link ({caller_of(self.request)})"


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def link(request: HttpRequest, token: str) -> HttpResponse:
    """GET asks, POST does it."""
    response = _answer(request, token)
    for name, value in HEADERS.items():
        response[name] = value
    return response


def _answer(request: HttpRequest, token: str) -> HttpResponse:
    try:
        read = action_links.read(token)
        target = action_links.target_of(read)
    except LinkExpired:
        return _stop(request, 410, "This link is too old", f"Links in mails work for {settings.LINK_HOURS} hours.")
    except LinkGone:
        return _stop(request, 410, "This lead is gone", "It was erased, or you are no longer here to answer it.")
    except LinkInvalid:
        return _stop(request, 404, "This link does not work", "It is incomplete. Open it from the mail again.")
    viewer = signed_in_rep(request)
    if viewer is not None and viewer.pk != target.rep.pk:
        text = f"It was sent to {target.rep.name}, and you are signed in as {viewer.name}."
        return _stop(request, 403, "This link is not for you", text)
    if target.row is None or target.moved:
        text = target.moved or "It was never given to you this way."
        return _stop(request, 409, "This lead has moved on", text)
    step = human_step.step_of(request, token) or human_step.new_step(token)
    opened = Opened(request, token, read, target, step, viewer is not None, current_time())
    with timezone.override(zone_of(target.rep)):
        return _act(opened) if request.method == "POST" else _ask(opened)


def _ask(opened: Opened, *, told: str = "", status: int = 200) -> HttpResponse:
    """The page with the one step. Whose lead it is stays masked."""
    lead, misses = opened.target.lead, opened.target.misses
    context = {
        "lead": lead, "rep": opened.target.rep, "row": opened.target.row, "offer": opened.target.offer,
        "hidden": opened.target.hidden, "now": opened.now, "email": masked_email(lead.email),
        "phone": masked_phone(lead.phone), "act": opened.act, "verb": VERBS[opened.act],
        "button": BUTTONS[opened.act], "step": opened.step, "numbers": human_step.NUMBERS, "easy": opened.easy,
        "told": told,
        "must_type": misses >= human_step.MISSES_TO_TYPE,
        "must_sign_in": not opened.easy and misses >= human_step.MISSES_TO_SIGN_IN,
        "others": [(act, BUTTONS[act]) for act in opened.offered if act != opened.act],
        "reasons": DeclineReason.choices, "reason": opened.request.POST.get("reason", ""),
    }  # fmt: skip
    return _kept(opened, render(opened.request, "inbox/link.html", context, status=status))


def _act(opened: Opened) -> HttpResponse:
    if _is_foreign(opened.request) or not _is_from_the_page(opened):
        text = "This page was not open in this browser, or cookies are off. Nothing was done: choose again."
        return _ask(opened, told=text, status=403)
    if not opened.easy and not action_links.judge(
        opened.target, partial(human_step.is_right, opened.request, opened.step)
    ):
        return _missed(opened)
    passed = replace(opened, step=replace(opened.step, passed=True))
    if opened.act == Act.DECLINE and not DeclineForm(opened.request.POST).is_valid():
        return _ask(passed, told="Say why you decline it.", status=400)
    try:
        DOING[opened.act](passed)
    except Refusal as refused:
        return _stop(opened.request, 409, "This lead has moved on", str(refused))
    return _kept(passed, _done(passed))


def _is_foreign(request: HttpRequest) -> bool:
    """Posted from a page of somebody else. Ours sends no origin, since it sends no referrer."""
    origin = request.headers.get("Origin", "null")
    return origin != "null" and origin.partition("://")[2] != request.get_host()


def _is_from_the_page(opened: Opened) -> bool:
    return human_step.step_of(opened.request, opened.token) is not None and human_step.is_this_page(
        opened.request, opened.step
    )


def _missed(opened: Opened) -> HttpResponse:
    """Wrong, as a machine would be: from now on two digits must be typed."""
    logger.warning("mail_link_missed", extra={"lead": opened.target.lead.pk, "caller": caller_of(opened.request)})
    target = action_links.target_of(opened.link)
    text = "That was not it, and nothing was done. Mail programs that press buttons by themselves end here."
    return _ask(replace(opened, target=target), told=text, status=403)


def _accept(opened: Opened) -> None:
    lead, rep = opened.target.lead, opened.target.rep
    assignment = opened.target.assignment
    attempt = assignment.attempt if assignment else None
    acts.accept(lead=lead, rep=rep, attempt=attempt, now=opened.now, actor=opened.actor)


def _claim(opened: Opened) -> None:
    acts.claim(lead=opened.target.lead, rep=opened.target.rep, now=opened.now, actor=opened.actor)


def _decline(opened: Opened) -> None:
    assignment, form = opened.target.assignment, DeclineForm(opened.request.POST)
    form.full_clean()
    rep_acts.decline(
        lead=opened.target.lead, rep=opened.target.rep, attempt=assignment.attempt if assignment else None,
        now=opened.now, actor=opened.actor, **form.cleaned_data,
    )  # fmt: skip


def _answered(opened: Opened) -> None:
    rep_acts.answer(
        lead=opened.target.lead, rep=opened.target.rep, channel=opened.act.value, note="", now=opened.now,
        actor=opened.actor,
    )  # fmt: skip


DOING: dict[Act, Callable[[Opened], None]] = {
    Act.ACCEPT: _accept, Act.CLAIM: _claim, Act.DECLINE: _decline, Act.CALL: _answered, Act.MAIL: _answered,
}  # fmt: skip


def _done(opened: Opened) -> HttpResponse:
    """What was done, and, to whoever took the step, how to reach the lead."""
    kept, answered = opened.act != Act.DECLINE, opened.act in (Act.CALL, Act.MAIL)
    lead = opened.target.lead
    if kept:
        lead.refresh_from_db()
    context = {
        "lead": lead, "rep": opened.target.rep, "now": opened.now, "tel": phone_link(lead.phone),
        "mailto": mail_link(lead.email), "done": DONE[opened.act], "kept": kept,
        "step": opened.step, "answered": answered,
        "next": [(act, BUTTONS[act]) for act in (Act.CALL, Act.MAIL) if kept and not answered],
        "again": opened.request.path,
    }  # fmt: skip
    return render(opened.request, "inbox/link_done.html", context)


def _kept(opened: Opened, response: HttpResponse) -> HttpResponse:
    seconds = settings.LINK_HOURS * 3600
    human_step.keep(
        response, opened.step, secure=settings.SESSION_COOKIE_SECURE, path=opened.request.path, seconds=seconds
    )
    return response


def _stop(request: HttpRequest, status: int, title: str, text: str) -> HttpResponse:
    return render(request, "inbox/link_stop.html", {"title": title, "text": text}, status=status)


def masked_email(address: str) -> str:
    """m•••@brightwater.example."""
    name, at, domain = address.partition("@")
    return f"{name[:1]}•••@{domain}" if at else ""


def masked_phone(number: str) -> str:
    """••• 71."""
    return f"••• {number[-2:]}" if number else ""
