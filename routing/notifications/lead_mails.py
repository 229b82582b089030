"""The mails about one lead, one function a kind: to its owner, to whom it is offered, to managers, to former owners."""

from __future__ import annotations

from collections.abc import Sequence

from routing.engine.counting import counted
from routing.engine.types import Method
from routing.notifications.cleaning import one_line
from routing.notifications.deadlines import Deadline
from routing.notifications.messages import (
    NAME_LENGTH,
    Answers,
    Envelope,
    LeadCard,
    Message,
    Ownership,
    lead_mail,
    sentence,
    why,
)

YOURS = "You get this mail because the lead is yours."
TESTERS = "You get this mail because you sent in a test lead."


def alert(lead: LeadCard, own: Ownership, envelope: Envelope) -> Message:
    """To the owner: this lead is yours."""
    return _to_owner(
        lead,
        own,
        envelope,
        subject=_alert_subject(lead, own),
        heading=_alert_heading(own),
        intro=f"This is a test. The lead goes to {own.owner}, who has not been told." if lead.test else "",
    )


def remind(lead: LeadCard, own: Ownership, envelope: Envelope) -> Message:
    """To the owner: the lead still waits for an answer."""
    return _to_owner(
        lead,
        own,
        envelope,
        subject=f"Still waiting: {lead.label} – {lead.wants}",
        heading="They still wait for your answer",
        intro=f"This is a test. {own.owner} would be reminded now." if lead.test else "",
    )


def last_resort(lead: LeadCard, own: Ownership, envelope: Envelope) -> Message:
    """To the last resort: nobody took this lead, so it is yours."""
    return _to_owner(
        lead,
        own,
        envelope,
        subject=f"Nobody took it: {lead.label} – {lead.wants} – is yours now",
        heading="Nobody took this lead",
        intro="Nobody could take it in time, so it is yours now. Answer it, or give it to somebody who can.",
        footer="You get this mail because you are the last resort for leads that nobody takes.",
    )


def exhausted(lead: LeadCard, own: Ownership, envelope: Envelope) -> Message:
    """To a manager, loudly: everybody who had this lead left it unanswered, so it is yours."""
    had = f"{_listed(own.earlier)} had it. " if own.earlier else ""
    return _to_owner(
        lead,
        own,
        envelope,
        subject=f"NOBODY ANSWERED: {lead.label} – {lead.wants} – is yours now",
        heading="Nobody answered this lead",
        urgent=True,
        intro=f"{had}It is yours now and goes to nobody else by itself. Answer it, or give it to somebody who will.",
        footer="You get this mail because you are the manager, or the last resort, of whoever had the lead.",
    )


def _to_owner(
    lead: LeadCard,
    own: Ownership,
    envelope: Envelope,
    *,
    subject: str,
    heading: str,
    intro: str,
    footer: str = YOURS,
    urgent: bool = False,
) -> Message:
    return lead_mail(
        lead,
        envelope,
        to_owner=True,
        subject=subject,
        heading=heading,
        urgent=urgent,
        intro=intro,
        deadline=own.deadline,
        there=_there(lead, own.deadline),
        answers=own.answers,
        note=_note(own),
        why=why(own, f"{own.owner}'s" if lead.test else "your"),
        why_heading=f"Why {own.owner}" if lead.test else "Why you",
        footer=TESTERS if lead.test else footer,
        open="Open the lead" if lead.test else "Open in the inbox",
    )


def offer(
    lead: LeadCard, answers: Answers, deadline: Deadline, envelope: Envelope, *, second: str, first: bool
) -> Message:
    """To somebody who may take a lead up. `second`: its owner, if it has one; `first`: the first to take it has it."""
    if second:
        intro = f"{second} has it, but has not answered yet. Take it, and it is yours."
    elif first:
        intro = "The first who takes it has it."
    else:
        intro = "It is offered to you alone. If you do not take it, it goes to the next."
    return lead_mail(
        lead,
        envelope,
        subject=f"Offered to you: {lead.title}",
        heading="A lead is offered to you",
        intro=f"This is a test. {intro}" if lead.test else intro,
        deadline=deadline,
        answers=answers,
        footer=TESTERS if lead.test else "You get this mail because you can take this lead.",
        open="Open the lead" if lead.test else "Open in the inbox",
    )


def offer_gone(lead: LeadCard, owner: str, envelope: Envelope) -> Message:
    """To somebody who can take the lead up no longer. `owner` has it now; empty if nobody has."""
    who = one_line(owner, NAME_LENGTH)
    return lead_mail(
        lead,
        envelope,
        contact=False,
        subject=f"{who} has it: {lead.title}" if who else f"No longer offered: {lead.title}",
        heading=f"{who} has it now" if who else "No longer offered",
        intro="This lead was offered to you too. You need not do anything.",
        footer="You get this mail because the lead was offered to you.",
    )


def taken_away(lead: LeadCard, owner: str, reason: str, envelope: Envelope) -> Message:
    """To somebody who lost a lead by no act of their own: who has it now, and why."""
    name = one_line(owner, NAME_LENGTH)
    now = f"{name} has it now." if name else "It is on its way to somebody else."
    return lead_mail(
        lead,
        envelope,
        contact=False,
        subject=f"No longer yours: {lead.label} – {lead.wants}",
        heading="This lead is no longer yours",
        intro=f"{now} You need not do anything; if you are talking to them already, tell {name or 'your manager'}.",
        why=sentence(reason),
        why_heading="Why",
        footer=TESTERS if lead.test else "You get this mail because the lead was yours until now.",
    )


def notice(lead: LeadCard, own: Ownership, envelope: Envelope) -> Message:
    """To somebody else whom a rule tells: who owns the lead."""
    return lead_mail(
        lead,
        envelope,
        subject=f"{one_line(own.owner, NAME_LENGTH)} has a new lead: {lead.label} – {lead.wants}",
        heading=f"{own.owner} has a new lead",
        intro=f"{own.owner} owns this lead and has been told. You need not do anything.",
        why=why(own, f"{own.owner}'s"),
        why_heading=f"Why {own.owner}",
        footer="You get this mail because a rule tells you of leads like this one.",
        open="Open the lead",
    )


def late(lead: LeadCard, own: Ownership, told: str, envelope: Envelope) -> Message:
    """To the owner's manager: no answer yet. `told` says when the owner was told, if they were."""
    return lead_mail(
        lead,
        envelope,
        subject=f"{one_line(own.owner, NAME_LENGTH)} has not answered: {lead.label} – {lead.wants}",
        heading=f"{own.owner} has not answered",
        intro=f"{own.owner} owns this lead{f' and was told {told}' if told else ''}. Ask them, or give the lead to "
        "somebody who can answer now.",
        deadline=own.deadline,
        there=_there(lead, own.deadline),
        footer=TESTERS
        if lead.test
        else f"You get this mail because you look after {own.owner}, or are the last resort.",
        open="Open the lead",
    )


def undelivered(lead: LeadCard, rep: str, error: str, envelope: Envelope, *, owner: str) -> Message:
    """To the rep's manager: they could not be told of a lead. `owner` has it now; empty while it looks for one."""
    name = one_line(owner, NAME_LENGTH)
    if name == one_line(rep, NAME_LENGTH):
        intro = f"The lead is still theirs. Tell {rep}, or give it to somebody else, and check their address."
    else:
        intro = f"{name} has the lead now. " if name else "The lead goes on to somebody else. "
        intro += f"Check how {rep} can be reached."
    return lead_mail(
        lead,
        envelope,
        subject=f"{one_line(rep, NAME_LENGTH)} could not be told: {lead.label} – {lead.wants}",
        heading=f"{rep} could not be told",
        intro=intro,
        why=sentence(error),
        why_heading="What happened",
        footer=f"You get this mail because you look after {rep}, or are the last resort.",
        open="Open the lead",
    )


def untold(lead: LeadCard, own: Ownership, envelope: Envelope) -> Message:
    """To the owner's manager: no alert could be sent to them for far too long."""
    rep = own.owner
    return lead_mail(
        lead,
        envelope,
        subject=f"{one_line(rep, NAME_LENGTH)} has not been told: {lead.label} – {lead.wants}",
        heading=f"{rep} has not been told",
        intro=f"This lead belongs to {rep}, but no alert could be sent to them so far. Tell them, or give the lead to "
        "somebody else.",
        why="Mail or chat servers may be out; the outbox says what they answered.",
        why_heading="What to look at",
        footer=f"You get this mail because you look after {rep}, or are the last resort.",
        open="Open the lead",
    )


def _alert_subject(lead: LeadCard, own: Ownership) -> str:
    if own.method == Method.RETURNING:
        return f"{lead.who} is back: {lead.wants}"
    if own.joins:
        return f"New lead: {lead.label} joins {one_line(own.joins, NAME_LENGTH)}'s request"
    return f"New lead: {lead.label} – {lead.wants}"


def _alert_heading(own: Ownership) -> str:
    if own.method == Method.RETURNING:
        return "A lead of yours is back"
    return "New lead for you" if not own.joins else "A colleague of a lead of yours"


def _there(lead: LeadCard, deadline: Deadline | None) -> str:
    """The deadline on the lead's own clock, where that differs."""
    there = deadline.elsewhere(lead.zone) if deadline and lead.zone else ""
    return f"Where {lead.who} is, that is {there}." if there else ""


def _note(own: Ownership) -> dict[str, str] | None:
    if own.note is None:
        return None
    author, text = own.note
    return {"author": one_line(author, NAME_LENGTH), "text": one_line(text, 500)}


def _listed(names: Sequence[str]) -> str:
    """Ana Diaz, Bob Ray and Cy Doe; of many the last three, and how many more."""
    cleaned = [one_line(name, NAME_LENGTH) for name in dict.fromkeys(names)]
    more = len(cleaned) - 3
    parts = [*([counted(more, "other")] if more > 0 else []), *cleaned[-3:]]
    return " and ".join([", ".join(parts[:-1]), parts[-1]]) if len(parts) > 1 else parts[0]
