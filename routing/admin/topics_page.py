"""Signals and topics: what is heard of whom, what routing reads in a message that is pasted, and who would get it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextareaWidget, UnfoldAdminTextInputWidget

from reps.admin_display import badge, moment, person, quiet
from reps.admin_forms import LEVELS
from routing.admin.base import received_at
from routing.admin.labels import METHODS, OUTCOMES, label_of
from routing.admin.shares import balance_text
from routing.admin.taught import taught_by_pool
from routing.engine.types import TopicTag
from routing.insights.signals import Heard, Subject, latest_signals
from routing.intake import registrable_domain
from routing.intent import FALLBACK
from routing.models import RoutingSettings, Topic
from routing.services.access import SEE_ALL_LEADS
from routing.services.reading import standing_problem
from routing.services.try_message import Choice, Expert, Tried, expert_pools, try_message
from routing.services.which_version import NoSuchVersion
from routing.snapshots.rulebook import Published, current_rulebook
from routing.snapshots.signals import FROM_THE_LEAD

LONGEST = 5_000
TOO_LONG = "At most %(limit_value)d characters; these are %(show_value)d."


class MessageForm(forms.Form):
    message = forms.CharField(
        max_length=LONGEST,
        error_messages={"max_length": TOO_LONG, "required": "Paste a message first."},
        widget=UnfoldAdminTextareaWidget({"rows": 7}),
        help_text=f"As a lead would write it, at most {LONGEST:,} characters. It is kept nowhere.",
    )
    domain = forms.CharField(
        required=False,
        max_length=253,
        label="Company's domain",
        widget=UnfoldAdminTextInputWidget(),
        help_text="Such as globex.com: its account and its signals count, too. May be empty.",
    )
    pool = forms.ChoiceField(
        required=False,
        label="Experts of",
        widget=UnfoldAdminSelectWidget(),
        help_text="A published pool that goes by intent.",
    )

    def __init__(self, *args: Any, pools: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["pool"].choices = pools  # type: ignore[attr-defined]
        # a browser would cut off what is too long, and say nothing
        self.fields["message"].widget.attrs.pop("maxlength", None)
        if not pools:
            del self.fields["pool"]

    def clean_domain(self) -> str:
        given: str = self.cleaned_data["domain"]
        domain = registrable_domain(given)
        if given and "." not in domain:
            raise forms.ValidationError("Write a domain such as globex.com.")
        return domain


def topics_view(request: HttpRequest, page: Any) -> HttpResponse:
    """`page` is the admin of signals. Writes nothing, whatever is pasted."""
    if not (page.has_view_permission(request) and request.user.has_perm(SEE_ALL_LEADS)):
        raise PermissionDenied
    now, published = received_at(request), current_rulebook()
    pools = [(str(pool.id), pool.name) for pool in expert_pools()] if published else []
    form = MessageForm(request.POST if request.method == "POST" else None, pools=pools)
    context = {
        "title": "Signals and topics",
        "model_admin": page,
        "form": form,
        "published": published,
        "reader": _reader(published, now),
        "has_topics": bool(published and published.rulebook.topics) or Topic.objects.exists(),
        "result": _result(form, now) if form.is_bound and form.is_valid() else None,
        "taught": taught_by_pool(published, now),
        "subjects": [_subject(one, now) for one in latest_signals(published.rulebook, now=now)] if published else [],
    }
    shared = page.admin_site.each_context(request)
    return TemplateResponse(request, "admin/routing/topics.html", shared | context)


def _reader(published: Published | None, now: datetime) -> dict[str, Any] | None:
    """What finds the topics, and what is in its way; None where it is keywords, as for everybody at first."""
    if published is None or published.rulebook.settings.extractor == FALLBACK:
        return None
    extractor = RoutingSettings.Extractor(published.rulebook.settings.extractor)
    return {"label": extractor.label, "problem": standing_problem(published.rulebook, now=now)}


# --- the test box -------------------------------------------------------------------------------------------------


def _result(form: MessageForm, now: datetime) -> dict[str, Any] | None:
    data = form.cleaned_data
    try:
        tried = try_message(
            text=data["message"], domain=data["domain"], pool=int(data.get("pool") or 0) or None, now=now
        )
    except NoSuchVersion as refused:
        form.add_error(None, str(refused))
        return None
    return {
        "topics": [_tag(tag) for tag in tried.topics],
        "note": tried.note,
        "choice": _choice(tried.choice, now) if tried.choice else None,
        "rules": _by_rules(tried),
    }


def _tag(tag: TopicTag) -> dict[str, str]:
    return {
        "topic": tag.topic,
        "sure": f"{tag.confidence:.0%}",
        "quote": tag.quote,
        "where": "the message" if tag.origin == FROM_THE_LEAD else f"a signal: {tag.origin.replace('_', ' ')}",
        "left": "" if tag.decay >= 1 else f"{tag.decay:.0%} of it left",
    }


def _choice(choice: Choice, now: datetime) -> dict[str, Any]:
    winner = next((one.name for one in choice.experts if one.chosen), "")
    return {
        "pool": choice.pool.name,
        "url": reverse("admin:routing_pool_change", args=[choice.pool.id]),
        "winner": winner,
        "reason": choice.reason,
        "notes": choice.notes,
        "least": f"{choice.pool.minimum_fit:g}",
        "experts": [_expert(one, choice, now) for one in choice.experts],
    }


def _expert(one: Expert, choice: Choice, now: datetime) -> dict[str, Any]:
    part = badge("Gets it", "green") if one.chosen else "Fits" if one.takes_part else quiet("Too little")
    return {
        "person": person(one.name),
        "chosen": one.chosen,
        "part": part,
        "fit": f"{one.fit:.2f}",
        "share": round(100 * min(one.fit, 1)),
        "levels": [_known(*known) for known in one.levels],
        "balance": balance_text(one.balance),
        "refusal": one.refusal,
        "again": moment(one.available_at, now) if one.available_at else "",
    }


def _known(topic: str, declared: float, learned: float) -> str:
    """kubernetes 2 (advanced) + 0.6 learned."""
    said = f"{declared:g} ({LEVELS.get(round(declared), LEVELS[3])})" if declared else ""
    return f"{topic} " + " + ".join(filter(None, [said, f"{learned:g} learned" if learned else ""]))


def _by_rules(tried: Tried) -> dict[str, str]:
    decision = tried.by_rules
    names = {row["rep"]: row["name"] for row in decision["trace"].get("candidates", ())}
    return {
        "outcome": label_of(OUTCOMES, decision["outcome"]),
        "rule": decision["rule"] or "",
        "pool": decision["pool"] or "",
        "rep": names.get(decision["rep"], decision["rep"] or ""),
        "method": label_of(METHODS, decision["method"] or ""),
        "reason": decision["reason"],
    }


# --- what was heard -----------------------------------------------------------------------------------------------


def _subject(one: Subject, now: datetime) -> dict[str, Any]:
    row, name = (one.account, "account") if one.account else (one.lead, "lead")
    return {
        "name": one.name,
        "url": reverse(f"admin:routing_{name}_change", args=[row.pk]) if row else "",
        "known": "account" if one.account else "lead" if one.lead else "no account yet",
        "heard": [_heard(heard, now) for heard in one.heard],
        "more": one.more,
    }


def _heard(one: Heard, now: datetime) -> dict[str, Any]:
    signal = one.signal
    days = f"{one.half_life_days:g} day{'' if one.half_life_days == 1 else 's'}"
    return {
        "title": str(signal),
        "url": reverse("admin:routing_signal_change", args=[signal.pk]),
        "kind": signal.kind.replace("_", " ") if signal.title else "",
        "when": moment(signal.observed_at, now),
        "strength": f"{signal.strength:.0%}",
        "left": "forgotten" if one.forgotten else f"{one.left:.0%} left",
        "share": 0 if one.forgotten else round(100 * one.left),
        "half_life": f"{days}, its own" if one.own else days,
        "topics": [(tag.topic, f"{tag.confidence:.0%}", tag.quote) for tag in one.topics],
    }
