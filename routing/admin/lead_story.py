"""A lead's story in one paragraph: received, owned by, why, alerted, waited for, answered."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from reps.admin_display import AT_ONCE, after, countdown, day, moment, span
from routing.admin.labels import HELD_REASONS, METHODS, label_of
from routing.admin.lead_delays import Waited
from routing.engine.counting import counted
from routing.engine.explain import LENT, discreet_text
from routing.engine.types import Alert, HeldReason, Method
from routing.insights.speed import Part
from routing.models import Assignment, EndReason, Lead

Status = Lead.Status
ORDINALS = ("first", "second", "third", "fourth", "fifth", "sixth")
CHANNELS = {"call": " by phone", "mail": " by mail", "meeting": " by meeting"}
WAITED_FOR = {Part.NOBODY: "for somebody who could take it", Part.OUTSIDE: "for working hours to begin"}
FORMER_NAMED = 3
SHORTEST_NUMBER = 7
"""Digits."""


@dataclass(frozen=True, slots=True)
class Tale:
    """What the story is told of. `reason`: of the decision that gave the lead to its owner, or left it to nobody.

    `inside`: whoever reads it has signed in. Others are told no address, and of what was typed name and company alone.
    """

    lead: Lead
    assignments: Sequence[Assignment]
    waited: Waited | None
    reason: str
    now: datetime
    inside: bool = True

    @property
    def current(self) -> Assignment | None:
        return next((one for one in self.assignments if one.ended_at is None), None)


def story(tale: Tale) -> list[SafeString]:
    """Sentences, each of which stands for itself."""
    return [_received(tale), *_state(tale), *_former(tale), *_waiting(tale), *_answer(tale)]


def _received(tale: Tale) -> SafeString:
    lead = tale.lead
    return format_html(
        "<b>{}</b>{} came in {}{} ({}).",
        _who(tale),
        f" of {lead.company}" if lead.company else "",
        moment(lead.submitted_at, tale.now),
        f" through {lead.source}" if lead.source and tale.inside else "",
        lead.get_kind_display().lower(),
    )


def _who(tale: Tale) -> str:
    lead = tale.lead
    return (lead.name or lead.email or lead.phone if tale.inside else name_outside(lead)) or "Somebody"


def name_outside(lead: Lead) -> str:
    """The name, unless it may be an address or a number: forms take anything for a name."""
    digits = sum(map(str.isdigit, lead.name))
    return "" if "@" in lead.name or digits >= SHORTEST_NUMBER else lead.name


def _state(tale: Tale) -> list[SafeString]:
    """Whose it is, why, and whether they were told; else why it is nobody's."""
    lead = tale.lead
    match lead.status:
        case Status.PENDING:
            return [format_html("It is being routed{}.", " again" if tale.assignments else "")]
        case Status.HELD:
            return _held(tale)
        case Status.PARKED:
            why = f": {lead.park_reason}" if tale.inside and lead.park_reason else ""
            return [format_html("It is in nurture{}. It comes back on {}.", why, day(lead.review_date))]
        case Status.QUARANTINED:
            why = f": {lead.screen_reason or 'it looks like spam'}".removesuffix(".") if tale.inside else ""
            return [format_html("It needs a review{}.", why)]
        case Status.DUPLICATE:
            return [format_html("It joined {}.", _joined(tale))]
    return list(_owned(tale)) if lead.owner else []


def _joined(tale: Tale) -> str | SafeString:
    other = tale.lead.duplicate_of
    return link_to(other) if other and tale.inside else "an earlier one"


def link_to(lead: Lead) -> SafeString:
    address = reverse("admin:routing_lead_change", args=[lead.pk])
    return format_html('<a class="lr-link" href="{}">{}</a>', address, lead.label)


def _held(tale: Tale) -> list[SafeString]:
    """Since when and for what it waits, and when that ends."""
    lead = tale.lead
    assert lead.held_since is not None
    why = _held_for(lead, tale.reason)
    if lead.held_reason == HeldReason.OFFERED:
        said = format_html("Nobody owns it yet: it was {} {}.", why.lstrip(": "), moment(lead.held_since, tale.now))
    else:
        said = format_html("Nobody owns it: it has waited {}{}.", after(tale.now, lead.held_since), why)
    sentences = [said]
    if lead.hold_deadline_at:
        last = "If nobody takes it, the last resort gets it {}."
        sentences.append(format_html(last, moment(lead.hold_deadline_at, tale.now)))
    return sentences


def _held_for(lead: Lead, reason: str) -> str:
    why = discreet_text(reason).partition(". ")[0].removesuffix(".") or label_of(HELD_REASONS, lead.held_reason)
    if why.startswith("Waiting "):
        return why.removeprefix("Waiting")
    return f": {_going_on(why)}"


def _going_on(text: str) -> str:
    """To follow a colon: in lower case, unless it begins with a name."""
    first, blank, rest = text.partition(" ")
    return text if rest[:1].isupper() else f"{first.lower()}{blank}{rest}"


def _owned(tale: Tale) -> Iterator[SafeString]:
    lead, current = tale.lead, tale.current
    assert lead.owner is not None
    why = f" ({label_of(METHODS, lead.method).lower()})"
    if tale.inside:
        why = short_why(lead.owner.name, tale.reason) + _rule(current, tale.reason)
    if lead.attempt > 1:
        known = lead.attempt <= len(ORDINALS)
        place = f"{ORDINALS[lead.attempt - 1]} owner" if known else f"owner number {lead.attempt}"
        had = format_html("<b>{}</b> got it {}, as its {}", lead.owner.name, moment(lead.owned_at, tale.now), place)
    elif lead.owned_at is not None and (lead.owned_at - lead.submitted_at).total_seconds() >= AT_ONCE:
        had = format_html("{} later it went to <b>{}</b>", after(lead.owned_at, lead.submitted_at), lead.owner.name)
    else:
        had = format_html("At once it went to <b>{}</b>", lead.owner.name)
    yield format_html("{}{}.", had, why)
    if current is not None and (current.alerted_at or lead.status == Status.ASSIGNED):
        yield from _alerted(current)


def short_why(owner: str, reason: str) -> str:
    """Why it is theirs, in a clause to follow their name; without what brackets say of others."""
    text = discreet_text(reason).partition(";")[0].removesuffix(".")
    if not text:
        return ""
    if text.startswith(f"{owner} "):
        return f", who{text.removeprefix(owner)}"
    if text.startswith(f"Given to {owner}"):
        said = text.partition(": ")[2]
        return f", by hand: {said}" if said else ", by hand"
    return f": {_going_on(text).replace(': ', ', ', 1)}"


def _rule(current: Assignment | None, reason: str) -> str:
    """The rule that led to them, where the reason does not name it. Some leads follow an owner: it chose nobody."""
    rule = current.rule if current else None
    if current is None or rule is None or current.method in (*LENT, Method.MANUAL) or rule.name in reason:
        return ""
    return f", by the rule “{rule.name}”"


def _alerted(current: Assignment) -> Iterator[SafeString]:
    if current.alerted_at is not None and current.alerted_at < current.assigned_at:
        yield SafeString("The offer had told them before.")
    elif current.alerted_at is not None:
        yield format_html("The alert left {}.", after(current.alerted_at, current.assigned_at, "later"))
    elif current.alert == Alert.NONE:
        yield SafeString("Its rule sends no alert.")
    elif current.alert == Alert.DIGEST:
        yield SafeString("The next digest tells them.")
    elif current.responded_at is None and current.accepted_at is None:
        yield SafeString("The alert has not left yet.")


def _former(tale: Tale) -> Iterator[SafeString]:
    """Who had it before, for how long, and why no longer."""
    former = [one for one in tale.assignments if one.ended_at is not None]
    named = [_had(one) for one in former[-FORMER_NAMED:]]
    if not named:
        return
    others = len(former) - len(named)
    first = f"{counted(others, 'other')} had it, then {' '.join(named[0])}" if others else " had it ".join(named[0])
    yield format_html("Before, {}.", ", then ".join([first, *map(" ".join, named[1:])]))


def _had(one: Assignment) -> tuple[str, str]:
    """Ana Diaz, for 9 min (declined)."""
    assert one.ended_at is not None
    length = span((one.ended_at - one.assigned_at).total_seconds())
    ended = EndReason(one.end_reason).label
    return one.rep.name, f"for {length} ({ended[:1].lower()}{ended[1:]})"


def _waiting(tale: Tale) -> Iterator[SafeString]:
    """For what it waited, besides its owners."""
    held_at_once = tale.lead.status == Status.HELD and not tale.assignments  # that was said
    if tale.waited is None or held_at_once:
        return
    parts = tale.waited.parts
    waits = [f"{span(parts[part])} {what}" for part, what in WAITED_FOR.items() if parts[part] >= 1]
    if waits:
        yield format_html("It {} {}.", "waited" if tale.waited.answered else "has waited", " and ".join(waits))


def _answer(tale: Tale) -> Iterator[SafeString]:
    lead, current = tale.lead, tale.current
    answered = [one for one in tale.assignments if one.responded_at is not None]
    if answered:
        yield _answered(min(answered, key=lambda one: one.responded_at or tale.now))
    if lead.status == Status.CLOSED:
        yield _closed(lead, tale.now)
    elif current is not None and current.responded_at is None:
        yield from _unanswered(current, tale.now)


def _answered(one: Assignment) -> SafeString:
    assert one.responded_at is not None
    since = one.alerted_at or one.assigned_at
    known = "the alert" if one.alerted_at else "getting it"
    how = CHANNELS.get(one.channel, "")
    told = format_html("<b>{}</b> answered{} {} after {}", one.rep.name, how, after(one.responded_at, since), known)
    if one.due_at is None:
        return format_html("{}.", told)
    left = (one.due_at - one.responded_at).total_seconds()
    return format_html("{}, {} {} the deadline.", told, span(left), "before" if left >= 0 else "after")


def _unanswered(current: Assignment, now: datetime) -> Iterator[SafeString]:
    name = current.rep.name
    if current.accepted_at is not None:
        yield format_html("{} accepted it {}.", name, moment(current.accepted_at, now))
    if current.due_at is None:
        waits = " yet" if current.alert == Alert.NOW and current.alerted_at is None else ""  # it begins with the alert
        yield format_html("{} has not answered yet, and no deadline runs{}.", name, waits)
    else:
        late = "{} has not answered, and is late: {}." if current.due_at < now else "{} has not answered yet: {}."
        yield format_html(late, name, countdown(current.due_at, now))


def _closed(lead: Lead, now: datetime) -> SafeString:
    became = f" as {lead.get_outcome_display().lower()}" if lead.outcome else ""
    answer = "" if lead.first_response_at else "; no answer was noted"
    if lead.closed_at is None:
        return format_html("It is closed{}{}.", became, answer)
    return format_html("It was closed{} {}{}.", became, moment(lead.closed_at, now), answer)
